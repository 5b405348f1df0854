use futures_util::FutureExt;

use crate::app::App;
use crate::aws::Dispatch;
use crate::concurrently;
use crate::error::Fault;
use crate::job::Job;
use crate::kinds::Kind;
use crate::queue::Queue;

/// Sends the messages that the jobs' rows stand for, each to the queue of its kind. Returns the indexes of those that
/// were not sent, with the reason.
///
/// A message that is sent twice meets the claim and starts nothing.
pub async fn send_jobs(app: &App, jobs: &[&Job]) -> Vec<(usize, Fault)> {
    let kinds: Vec<Result<Kind, Fault>> = jobs.iter().map(|job| Kind::of(job)).collect();
    let of_queue = |queue: Queue| {
        let indexes = kinds
            .iter()
            .enumerate()
            .filter(move |(_, kind)| kind.as_ref().is_ok_and(|kind| kind.queue() == queue));
        indexes.map(|(index, _)| index).collect::<Vec<_>>()
    };
    let sends = Queue::ALL.map(|queue| (queue, of_queue(queue)));
    let sends = sends.into_iter().filter(|(_, indexes)| !indexes.is_empty());
    let sends = sends.map(|(queue, indexes)| send_to(app, queue, jobs, indexes).boxed()).collect();
    let failed = concurrently::all(Queue::ALL.len(), sends).await;
    let unknown = kinds.into_iter().enumerate().filter_map(|(index, kind)| Some((index, kind.err()?)));
    unknown.chain(failed.into_iter().flatten()).collect()
}

/// Sends the message that a job's row stands for.
pub async fn send_job(app: &App, job: &Job) -> Result<(), Fault> {
    send_jobs(app, &[job]).await.into_iter().next().map_or(Ok(()), |(_, fault)| Err(fault))
}

async fn send_to(app: &App, queue: Queue, jobs: &[&Job], indexes: Vec<usize>) -> Vec<(usize, Fault)> {
    let queue = match app.queues.of(queue) {
        Ok(queue) => queue,
        Err(fault) => {
            let cause = fault.chain();
            let fault = |index| (index, Fault::new("finding the queue", cause.clone()));
            return indexes.into_iter().map(fault).collect();
        }
    };
    let now = app.clock.now();
    let dispatches: Vec<Dispatch> = indexes.iter().map(|&index| Dispatch::of(jobs[index], now)).collect();
    let failed = queue.send(&dispatches).await;
    failed.into_iter().map(|(position, fault)| (indexes[position], fault)).collect()
}
