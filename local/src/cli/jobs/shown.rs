//! Jobs as text for people.

use serde_json::Value;

/// A job with its attempts, or a line for each job of a page.
pub fn shown(answer: &Value) -> String {
    match answer["data"].as_array() {
        Some(jobs) if jobs.is_empty() => "no jobs\n".to_owned(),
        Some(jobs) => jobs.iter().map(line).collect(),
        None => job(answer),
    }
}

fn line(job: &Value) -> String {
    let tags: Vec<&str> = job["tags"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    format!(
        "{}  {:9}  {:>3} attempts  {}  {}\n",
        text(&job["id"]),
        text(&job["state"]),
        job["attempts"].as_u64().unwrap_or(0),
        text(&job["created_at"]),
        tags.join(", ")
    )
}

fn job(job: &Value) -> String {
    let mut shown = format!("{}  {}{}\n", text(&job["id"]), text(&job["state"]), waits(job));
    for attempt in job["timeline"].as_array().into_iter().flatten() {
        let status = attempt["status"].as_u64().map_or_else(String::new, |status| format!(" {status}"));
        let took = attempt["duration_ms"].as_u64().map_or_else(String::new, |ms| format!(", {ms} ms"));
        let then =
            attempt["delay_ms"].as_u64().map_or_else(String::new, |ms| format!(", then {} s", ms / 1000));
        shown.push_str(&format!(
            "  run {}: {}{status} at {}{took}{then}\n",
            attempt["run"],
            text(&attempt["outcome"]),
            text(&attempt["ended_at"]),
        ));
    }
    if let Some(detail) = job["failure"]["detail"].as_str() {
        shown.push_str(&format!("  {detail}\n"));
    }
    if let Some(body) = job["output"]["body"].as_str() {
        shown.push_str(&format!("  {body}\n"));
    }
    shown
}

fn waits(job: &Value) -> String {
    let until = job["due_at"].as_str().map_or_else(String::new, |at| format!(" until {at}"));
    match job["waits_for"].as_str() {
        Some(reason) => format!(", waits for {}{until}", reason.replace('_', " ")),
        None => String::new(),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_job_is_shown_with_its_attempts_and_the_reason_why_it_waits() {
        let job = json!({
            "id": "job_1", "state": "waiting", "waits_for": "retry", "due_at": "2026-11-24T12:10:00.000Z",
            "failure": { "detail": "HTTP 500: no" },
            "timeline": [{
                "run": 1, "outcome": "response_status", "status": 500, "ended_at": "2026-11-24T12:04:00.560Z",
                "duration_ms": 112, "delay_ms": 360_000,
            }],
        });
        let expected = "job_1  waiting, waits for retry until 2026-11-24T12:10:00.000Z\n  \
                        run 1: response_status 500 at 2026-11-24T12:04:00.560Z, 112 ms, then 360 s\n  HTTP 500: no\n";
        assert_eq!(shown(&job), expected);
    }

    #[test]
    fn a_page_is_shown_a_line_each() {
        let job = json!({
            "id": "job_1", "state": "dead", "attempts": 3, "created_at": "2026-11-24T12:04:00.560Z", "tags": ["a", "b"],
        });
        let line = "job_1  dead         3 attempts  2026-11-24T12:04:00.560Z  a, b\n";
        assert_eq!(shown(&json!({ "data": [job] })), line);
        assert_eq!(shown(&json!({ "data": [] })), "no jobs\n");
    }
}
