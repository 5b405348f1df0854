use crate::app::App;
use crate::aws::table::Withdrawal;
use crate::metrics::{self, Metric};
use crate::rate_limit::holding::{Holding, Next};
use crate::rate_limit::{Bucket, Taken};

/// Takes `tokens` for one request out of `bucket`, mostly without a call: see [`crate::rate_limit`].
///
/// Tokens are taken from the table before they are spent, but for the few that are borrowed: a crash loses what was
/// taken ahead and what was owed, and neither is more than a lease. While the table is throttled, fails or hangs, each
/// environment admits what one shard would: a limit must not be what takes the service down, and a slow table is when it
/// matters most.
pub async fn take_tokens(app: &App, bucket: &Bucket, tokens: u32) -> Taken {
    let holding = app.leases.of(bucket, || Holding::new(bucket, random(app)));
    let mut holding = holding.lock().await;
    if holding.limit() != bucket.limit || holding.is_of_the_future(app.clock.now()) {
        *holding = Holding::new(bucket, random(app));
    }
    // One moment for all of it: a shard that is left alone is not asked again in the same request.
    let now = app.clock.now();
    loop {
        let ask = match holding.next(tokens, now) {
            Next::Answer(taken) => return taken,
            Next::Ask(ask) => ask,
        };
        match app.table.withdraw(bucket, &ask).await {
            Ok(Withdrawal::Made { full_at }) => holding.granted(&ask, full_at, now),
            Ok(Withdrawal::Refused { full_at }) => {
                if full_at.is_some_and(|full_at| full_at > ask.latest) {
                    tracing::warn!(
                        policy = bucket.policy(),
                        "a rate limit was written by a wrong clock, and is set right"
                    );
                }
                holding.refused(&ask, full_at, random(app), now);
            }
            Err(fault) => {
                let taken = holding.unanswered(tokens, app.clock.now());
                if app.leases.is_log_due(app.clock.now()) {
                    let (error, policy) = (fault.chain(), bucket.policy());
                    tracing::warn!(error, policy, "requests pass uncounted");
                    metrics::count(Metric::RateLimitsBypassed, None);
                }
                return taken;
            }
        }
    }
}

fn random(app: &App) -> u64 {
    let bits = app.ids.next();
    u64::from_be_bytes([bits[0], bits[1], bits[2], bits[3], bits[4], bits[5], bits[6], bits[7]])
}
