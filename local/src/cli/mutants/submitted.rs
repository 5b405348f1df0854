//! The changes to jobs that clients submit.

use super::list::Mutant;

const TABLE: &str = "shared/src/aws/table/jobs.rs";
const SUBMITTED_TABLE: &str = "shared/src/aws/table/jobs/submitted.rs";

pub const SUBMITTED: [Mutant; 9] = [
    Mutant {
        name: "expired-job-claimed",
        file: TABLE,
        from: "AND (attribute_not_exists(#start_by) OR #start_by >= :now OR #epoch > :none)",
        to: "AND (attribute_not_exists(#start_by) OR #start_by >= :now OR #epoch >= :none)",
        test: "jobs::times::a_job_that_is_not_started_in_time_expires_and_one_that_was_does_not",
        why: "a reminder would come late instead of not at all",
    },
    Mutant {
        name: "cancelled-job-run-after-a-crash",
        file: "shared/src/job/verdict.rs",
        from: "if job.cancel_requested {",
        to: "if job.cancel_requested && job.epoch > 100 {",
        test: "jobs::changes::a_job_that_was_to_be_cancelled_is_not_run_again_after_a_crash",
        why: "a job that was cancelled would never come to an end",
    },
    Mutant {
        name: "cancelled-job-tried-again",
        file: TABLE,
        from: "update.and(\"attribute_not_exists(#cancel_requested)\")",
        to: "update",
        test: "jobs::changes::a_running_job_is_cancelled_when_its_attempt_ends_unless_it_succeeds",
        why: "a job that was cancelled while it ran would run again",
    },
    Mutant {
        name: "retry-without-new-dispatch",
        file: SUBMITTED_TABLE,
        from: "            .increase(\"dispatch\")\n            .set(\"attempts\"",
        to: "            .set(\"attempts\"",
        test: "jobs::changes::a_job_that_ended_is_run_again_under_its_id_and_its_attempts_go_on_counting",
        why: "a job that is retried by hand would wait for the audit",
    },
    Mutant {
        name: "retry-with-the-old-plan",
        file: SUBMITTED_TABLE,
        from: ".set(\"deferrals\", number(seen.epoch))",
        to: "",
        test: "jobs::changes::a_job_that_ended_is_run_again_under_its_id_and_its_attempts_go_on_counting",
        why: "a job that is retried by hand would be dead after one attempt",
    },
    Mutant {
        name: "waiting-job-sent-at-once",
        file: "shared/src/job.rs",
        from: "matches!(new.state, State::Queued | State::Running)",
        to: "matches!(new.state, State::Queued | State::Running | State::Waiting)",
        test: "jobs::cost::each_surcharge_is_what_the_guide_says",
        why: "a job that waits for hours would cost a message and a claim that is refused",
    },
    Mutant {
        name: "retry-after-ignored",
        file: "shared/src/job/next.rs",
        from: "after_wait(wait.max(asked), now)",
        to: "after_wait(if asked.is_zero() { asked } else { wait }, now)",
        test: "jobs::responses::a_wait_that_the_receiver_asks_for_is_kept_to_within_the_plan",
        why: "a server that asked for rest would get none",
    },
    Mutant {
        name: "one-callback-for-all-ends",
        file: "shared/src/kinds/http/callback.rs",
        from: "let (epoch, dispatch) = (job.epoch.to_string(), job.dispatch.to_string());",
        to: "let (epoch, dispatch) = (String::new(), String::new());",
        test: "jobs::callbacks::each_end_of_a_job_that_is_retried_is_told_of",
        why: "nobody would be told how a job ended that was retried",
    },
    Mutant {
        name: "input-of-any-request",
        file: TABLE,
        from: "format!(\"#{}\", submission.fingerprint)",
        to: "format!(\"#{}\", submission.fingerprint.len())",
        test: "jobs::faults::a_request_that_died_before_its_row_leaves_its_input_to_no_other",
        why: "a job would send the request of another one under the same key",
    },
];
