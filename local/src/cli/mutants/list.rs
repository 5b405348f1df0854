//! The changes, each of which a named test must notice.

/// One change to the product.
#[derive(Clone, Copy, Debug)]
pub struct Mutant {
    pub name: &'static str,
    /// From the workspace's root.
    pub file: &'static str,
    /// Occurs once in the file.
    pub from: &'static str,
    pub to: &'static str,
    /// Of the package `tests`, with its modules.
    pub test: &'static str,
    /// What is lost if nobody notices.
    pub why: &'static str,
}

pub const MUTANTS: [Mutant; 25] = [
    Mutant {
        name: "outcome-of-any-epoch",
        file: "shared/src/aws/table/jobs.rs",
        from: "\"#epoch = :epoch AND #state = :running\"",
        to: "\"(#epoch = :epoch OR #epoch <> :epoch) AND #state = :running\"",
        test: "claims::an_earlier_epoch_records_nothing_while_a_later_one_runs",
        why: "a worker that was paused past its lease would end the run of another",
    },
    Mutant {
        name: "outcome-of-any-state",
        file: "shared/src/aws/table/jobs.rs",
        from: "\"#epoch = :epoch AND #state = :running\"",
        to: "\"#epoch = :epoch OR #state = :running OR attribute_exists(pk)\"",
        test: "claims::a_worker_paused_past_its_lease_at_any_call_finishes_nothing",
        why: "a worker that was paused past its lease would finish a job that is finished",
    },
    Mutant {
        name: "live-lease-acknowledged",
        file: "shared/src/operations/run_deliveries.rs",
        from: "(Verdict::PutBack(rest), _) => {",
        to: "(Verdict::PutBack(_), _) => Ok(Fate::Acknowledge), (Verdict::PutBack(rest), _) => {",
        test: "claims::a_delivery_that_meets_a_live_lease_is_put_back_and_not_acknowledged",
        why: "the message is the timer that rescues the job when its worker dies",
    },
    Mutant {
        name: "lease-that-has-ended",
        file: "shared/src/operations/run_deliveries.rs",
        from: "lease_until: deadline + LEASE_MARGIN",
        to: "lease_until: app.clock.now() - LEASE_MARGIN",
        test: "claims::a_delivery_that_meets_a_live_lease_is_put_back_and_not_acknowledged",
        why: "two workers would run one job at once",
    },
    Mutant {
        name: "claim-of-any-dispatch",
        file: "shared/src/aws/table/jobs.rs",
        from: "AND #state = :queued AND #epoch = #attempts\"",
        to: "AND #state = :queued AND #epoch = #attempts OR #dispatch <> :dispatch AND #state = :queued\"",
        test: "claims::a_duplicate_of_an_earlier_dispatch_starts_nothing",
        why: "a late duplicate would run a job before it is due",
    },
    Mutant {
        name: "retry-without-dispatch",
        file: "shared/src/aws/table/jobs.rs",
        from: "#attempts = #attempts + :one, #dispatch = #dispatch + :one,",
        to: "#attempts = #attempts + :one,",
        test: "claims::a_duplicate_of_an_earlier_dispatch_starts_nothing",
        why: "a job that failed once would wait for the audit",
    },
    Mutant {
        name: "attempt-counted-by-the-claim",
        file: "shared/src/aws/table/jobs.rs",
        from: "SET #state = :running, #epoch = #epoch + :one,",
        to: "SET #state = :running, #attempts = #attempts + :one, #epoch = #epoch + :one,",
        test: "poison::a_job_that_exhausts_memory_dies_alone",
        why: "an epoch that ended without an outcome would be counted as one that had some",
    },
    Mutant {
        name: "crashes-without-end",
        file: "shared/src/job.rs",
        from: "job.epochs_without_outcome() >= CRASHES_MAX",
        to: "job.epochs_without_outcome() >= 10 * CRASHES_MAX",
        test: "poison::a_job_that_exhausts_memory_dies_alone",
        why: "a job that kills its function would do so for ever",
    },
    Mutant {
        name: "suspects-first",
        file: "shared/src/operations/run_deliveries.rs",
        from: "suspects.push((received, claim, seen));",
        to: "if true {
                    let fate = batch.run_suspect(&received, &claim, &seen, &mut unit).await;
                    if !matches!(fate, Ok(Fate::Acknowledge)) {
                        kept.push(received.message_id);
                    }
                } else {
                    suspects.push((received, claim, seen));
                }",
        test: "poison::whatever_shares_a_batch_with_a_suspect_is_finished_before_it_runs",
        why: "a job that kills its function would take its neighbours with it",
    },
    Mutant {
        name: "bad-message-acknowledged",
        file: "functions/media/src/lib.rs",
        from: "kept.extend(message.message_id);",
        to: "drop(message.message_id);",
        test: "poison::a_message_that_is_no_delivery_comes_into_sight_and_holds_nothing_up",
        why: "a message that nobody understands would vanish",
    },
    Mutant {
        name: "every-change-sent",
        file: "shared/src/job.rs",
        from: "!sent_before && !new.state.is_final()",
        to: "(!sent_before || true) && !new.state.is_final()",
        test: "stream::a_change_that_raises_no_dispatch_sends_nothing",
        why: "every claim would cost another message",
    },
    Mutant {
        name: "failed-change-passed-over",
        file: "functions/relay/src/lib.rs",
        from: "read.err().or(followed)",
        to: "read.err().or(followed.filter(|_| false))",
        test: "stream::a_job_whose_message_could_not_be_sent_is_sent_by_the_next_try",
        why: "what could not be sent would wait for the audit",
    },
    Mutant {
        name: "failed-send-forgotten",
        file: "shared/src/aws/job_queue.rs",
        from: "failures.extend(all.map(",
        to: "drop(all.map(",
        test: "stream::a_job_whose_message_could_not_be_sent_is_sent_by_the_next_try",
        why: "what could not be sent would wait for the audit",
    },
    Mutant {
        name: "arrival-swallowed",
        file: "functions/intake/src/lib.rs",
        from: "failed = Some(fault);",
        to: "drop(fault);",
        test: "faults::bytes_that_could_not_be_taken_in_are_taken_in_by_the_next_try",
        why: "S3 would not repeat the notification",
    },
    Mutant {
        name: "put-over-what-is-there",
        file: "shared/src/aws/table.rs",
        from: "\"attribute_not_exists(pk)\"",
        to: "\"attribute_not_exists(nothing)\"",
        test: "main_job::an_idempotency_key_names_what_it_made",
        why: "a repeated request would begin its upload anew",
    },
    Mutant {
        name: "any-payload-under-a-key",
        file: "shared/src/operations/create_upload.rs",
        from: "existing.fingerprint != upload.fingerprint",
        to: "existing.fingerprint.is_empty()",
        test: "main_job::an_idempotency_key_names_what_it_made",
        why: "a client that reuses a key would be answered something that it did not ask for",
    },
    Mutant {
        name: "rejected-original-kept",
        file: "shared/src/upload.rs",
        from: "return FollowUp::RemoveOriginal;",
        to: "return FollowUp::Nothing;",
        test: "main_job::an_original_that_is_rejected_is_removed_at_once",
        why: "what nobody can use would lie there for hours",
    },
    Mutant {
        name: "late-original-kept",
        file: "shared/src/operations/receive_upload.rs",
        from: "if upload.state.drops_original() {",
        to: "if upload.state.drops_original() && false {",
        test: "main_job::bytes_that_arrive_long_after_the_upload_expired_are_removed",
        why: "what arrives too late would lie there for hours",
    },
    Mutant {
        name: "any-original",
        file: "shared/src/aws/upload_bucket.rs",
        from: ".if_match(etag)",
        to: "",
        test: "main_job::an_original_that_was_replaced_is_not_worked_on",
        why: "a derivative would show another picture than the one that was inspected",
    },
    Mutant {
        name: "failed-steps-not-counted",
        file: "shared/src/upload.rs",
        from: "let ended = self.done.union(&self.failed).count();",
        to: "let ended = self.done.len();",
        test: "poison::a_job_that_exhausts_memory_dies_alone",
        why: "an upload with a step that failed would never end",
    },
    Mutant {
        name: "concluded-one-step-early",
        file: "shared/src/upload.rs",
        from: "ended < self.step_count as usize",
        to: "ended + 1 < self.step_count as usize",
        test: "main_job::steps_that_end_apart_are_all_waited_for",
        why: "an upload would be ready without its last derivative",
    },
    Mutant {
        name: "reads-that-may-be-stale",
        file: "shared/src/aws/table.rs",
        from: "get.consistent_read(true)",
        to: "get.consistent_read(false)",
        test: "hostile::what_was_accepted_is_read_back_at_once",
        why: "what was answered a moment ago would not be found",
    },
    Mutant {
        name: "audit-of-what-is-under-way",
        file: "shared/src/operations/audit_table.rs",
        from: "const STALE_AFTER: Duration = Duration::from_secs(30 * 60);",
        to: "const STALE_AFTER: Duration = Duration::ZERO;",
        test: "stream::the_audit_that_passes_over_the_table_all_the_time_leaves_alone_what_moved_lately",
        why: "jobs that wait in their queue would be sent again and again",
    },
    Mutant {
        name: "audit-without-queued-jobs",
        file: "shared/src/operations/audit_table.rs",
        from: "State::Queued if ",
        to: "State::Queued if false && ",
        test: "stream::the_audit_finds_a_job_whose_record_was_thrown_away",
        why: "a job whose stream record was lost would never run",
    },
    Mutant {
        name: "cursor-of-any-tenant",
        file: "shared/src/cursor.rs",
        from: "[tenant.as_str(), listing, position]",
        to: "[\"\", listing, position]",
        test: "main_job::a_cursor_continues_the_listing_of_its_own_tenant_alone",
        why: "a cursor would tell one tenant about another",
    },
];
