//! The IPv4 addresses that an IPv6 address may stand for. Where that is not certain, all readings are returned.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Where RFC 6052 puts the four octets in prefixes of 48, 56, 64 and 96 bits. The octet at 8 is always passed over.
const TRANSLATED: [[usize; 4]; 4] = [[6, 7, 9, 10], [7, 9, 10, 11], [9, 10, 11, 12], [12, 13, 14, 15]];

const LAST: [usize; 4] = [12, 13, 14, 15];

/// Each IPv4 address that packets for `address` may end at, by whichever of the forms it has:
///
/// | form | prefix | where |
/// | --- | --- | --- |
/// | compatible (RFC 4291), but `::` and `::1` | `::/96` | the last 32 bits |
/// | mapped (RFC 4291) | `::ffff:0:0/96` | the last 32 bits |
/// | translated (RFC 2765) | `::ffff:0:0:0/96` | the last 32 bits |
/// | NAT64, well-known (RFC 6052) | `64:ff9b::/96` | the last 32 bits |
/// | NAT64, local use (RFC 8215) | `64:ff9b:1::/48` | any of the four positions of RFC 6052 |
/// | 6to4 (RFC 3056) | `2002::/16` | the next 32 bits |
/// | Teredo (RFC 4380) | `2001::/32` | the server in the next 32 bits, the client in the last, inverted |
/// | ISATAP (RFC 5214) | any | the last 32 bits, after `0:5efe` or `200:5efe` |
pub fn addresses(address: Ipv6Addr) -> Vec<Ipv4Addr> {
    let octets = address.octets();
    let at = |positions: [usize; 4]| Ipv4Addr::from(positions.map(|position| octets[position]));
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => Vec::new(),
        [0, 0, 0, 0, 0, 0, ..] | [0, 0, 0, 0, 0, 0xffff, ..] | [0, 0, 0, 0, 0xffff, 0, ..] => vec![at(LAST)],
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => vec![at(LAST)],
        // Zeros are what is left after an address.
        [0x64, 0xff9b, 1, ..] => TRANSLATED.map(at).into_iter().filter(|v4| !v4.is_unspecified()).collect(),
        [0x2002, ..] => vec![at([2, 3, 4, 5])],
        [0x2001, 0, ..] => vec![at([4, 5, 6, 7]), Ipv4Addr::from_bits(!at(LAST).to_bits())],
        [_, _, _, _, 0 | 0x200, 0x5efe, ..] => vec![at(LAST)],
        _ => Vec::new(),
    }
}
