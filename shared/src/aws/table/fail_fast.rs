//! Calls that a request does not wait for: should the table not answer soon, it passes without.

use std::time::Duration;

use aws_sdk_dynamodb::config::Builder;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;

/// A request waits no longer than this, all tries together.
const ANSWER_WITHIN: Duration = Duration::from_millis(500);

/// One more try, soon: what fails is mostly a connection that was closed while the environment was frozen.
const ATTEMPTS_MAX: u32 = 2;
const SECOND_TRY_AFTER: Duration = Duration::from_millis(20);

/// Returns the settings that such a call overrides in the client's configuration.
pub(super) fn fail_fast() -> Builder {
    Builder::new()
        .timeout_config(TimeoutConfig::builder().operation_timeout(ANSWER_WITHIN).build())
        .retry_config(
            RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX).with_initial_backoff(SECOND_TRY_AFTER),
        )
}
