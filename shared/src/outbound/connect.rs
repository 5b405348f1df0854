//! From a host to a connection: look its name up once, judge every answer, dial exactly what was permitted.

use std::io;
use std::time::Duration;

use super::address::{Guard, Permitted};
use super::deadline::Deadline;
use super::error::{Error, Phase};
use super::network::{Network, Stream};
use super::target::Target;

/// How many of a name's addresses are tried, one after the other.
pub const ADDRESSES_MAX: usize = 4;

/// An address that does not answer for that long gives way to the next one.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);

/// A connection to one of the target's permitted addresses.
pub async fn connect(
    network: &Network,
    guard: Guard,
    target: &Target,
    deadline: &mut Deadline,
) -> Result<Stream, Error> {
    let addresses = permitted(network, guard, target, deadline).await?;
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        let dialled = (network.dial)(address, target.port());
        match deadline.bound_within(CONNECT_TIMEOUT, Phase::Connecting, dialled).await? {
            Some(Ok(stream)) => return Ok(stream),
            Some(Err(error)) => failure = error,
            None => failure = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(Error::ConnectFailed { host: target.host().to_owned(), source: failure })
}

async fn permitted(
    network: &Network,
    guard: Guard,
    target: &Target,
    deadline: &mut Deadline,
) -> Result<Vec<Permitted>, Error> {
    if let Some(address) = judge_literal(guard, target)? {
        return Ok(vec![address]);
    }
    let host = target.host().to_owned();
    let answers = deadline.bound(Phase::Resolving, (network.resolve)(host.clone())).await?;
    let answers = match answers {
        Ok(answers) => answers,
        Err(source) => return Err(Error::DnsFailed { host, source }),
    };
    let mut permitted = Vec::new();
    let mut refused = None;
    for answer in answers {
        match guard.judge(answer) {
            Ok(address) => permitted.push(address),
            Err(refusal) => refused = refused.or(Some(refusal)),
        }
    }
    permitted.truncate(ADDRESSES_MAX);
    match refused {
        _ if !permitted.is_empty() => Ok(permitted),
        Some(refusal) => Err(Error::AddressRefused { host, refusal, is_literal: false }),
        None => Err(Error::DnsFailed { host, source: io::ErrorKind::NotFound.into() }),
    }
}

/// Judges the host if it is an address; `None` if it is a name.
pub fn judge_literal(guard: Guard, target: &Target) -> Result<Option<Permitted>, Error> {
    let judged = target.literal_address().map(|address| guard.judge(address)).transpose();
    judged.map_err(|refusal| Error::AddressRefused {
        host: target.host().to_owned(),
        refusal,
        is_literal: true,
    })
}
