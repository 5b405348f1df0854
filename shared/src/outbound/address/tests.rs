use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Guard, Kind};

const STRICT: Guard = Guard { allow_loopback: false };
const LOOPBACK: Guard = Guard { allow_loopback: true };

fn kind(address: &str) -> Option<Kind> {
    STRICT.judge(address.parse().expect(address)).err().map(|refusal| refusal.kind)
}

/// First and last of each range that is not public, and the addresses just outside.
const V4_EDGES: [(&str, &str, Kind, &[&str]); 19] = [
    ("0.0.0.0", "0.255.255.255", Kind::Unspecified, &["1.0.0.0"]),
    ("10.0.0.0", "10.255.255.255", Kind::Private, &["9.255.255.255", "11.0.0.0"]),
    ("100.64.0.0", "100.127.255.255", Kind::CarrierShared, &["100.63.255.255", "100.128.0.0"]),
    ("127.0.0.0", "127.255.255.255", Kind::Loopback, &["126.255.255.255", "128.0.0.0"]),
    ("169.254.0.0", "169.254.255.255", Kind::LinkLocal, &["169.253.255.255", "169.255.0.0"]),
    ("172.16.0.0", "172.31.255.255", Kind::Private, &["172.15.255.255", "172.32.0.0"]),
    ("192.0.0.0", "192.0.0.255", Kind::Reserved, &["191.255.255.255", "192.0.1.0"]),
    ("192.0.2.0", "192.0.2.255", Kind::Documentation, &["192.0.1.255", "192.0.3.0"]),
    ("192.88.99.0", "192.88.99.255", Kind::Reserved, &["192.88.98.255", "192.88.100.0"]),
    ("192.168.0.0", "192.168.255.255", Kind::Private, &["192.167.255.255", "192.169.0.0"]),
    ("198.18.0.0", "198.19.255.255", Kind::Benchmarking, &["198.17.255.255", "198.20.0.0"]),
    ("198.51.100.0", "198.51.100.255", Kind::Documentation, &["198.51.99.255", "198.51.101.0"]),
    ("203.0.113.0", "203.0.113.255", Kind::Documentation, &["203.0.112.255", "203.0.114.0"]),
    ("224.0.0.0", "239.255.255.255", Kind::Multicast, &["223.255.255.255"]),
    ("240.0.0.0", "255.255.255.254", Kind::Reserved, &[]),
    ("255.255.255.255", "255.255.255.255", Kind::Broadcast, &[]),
    ("169.254.169.254", "169.254.170.2", Kind::Metadata, &[]),
    ("100.100.100.200", "192.0.0.192", Kind::Metadata, &[]),
    ("168.63.129.16", "169.254.170.23", Kind::Metadata, &["168.63.129.15", "168.63.129.17"]),
];

const V6_EDGES: [(&str, &str, Kind, &[&str]); 14] = [
    ("::", "::", Kind::Unspecified, &[]),
    ("::1", "::1", Kind::Loopback, &[]),
    ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", Kind::LocalTranslation, &[]),
    ("100::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Kind::Reserved, &[]),
    ("2001:1::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", Kind::Reserved, &["2001:200::"]),
    ("2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff", Kind::Benchmarking, &[]),
    (
        "2001:db8::",
        "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
        Kind::Documentation,
        &["2001:db7::", "2001:db9::"],
    ),
    ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", Kind::Documentation, &["3ffe::", "3fff:1000::"]),
    ("4000::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Kind::Reserved, &[]),
    ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Kind::UniqueLocal, &[]),
    ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Kind::LinkLocal, &[]),
    ("fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Kind::SiteLocal, &[]),
    ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Kind::Multicast, &[]),
    ("fd00:ec2::254", "fd20:ce::254", Kind::Metadata, &[]),
];

#[test]
fn every_range_that_is_not_public_is_refused_to_its_edges() {
    for (first, last, expected, outside) in V4_EDGES.into_iter().chain(V6_EDGES) {
        assert_eq!(kind(first), Some(expected), "{first}");
        // The last of the local translation range reads as the broadcast address, and is refused as that.
        let of_last = kind(last).unwrap_or_else(|| panic!("{last}"));
        assert!(of_last == expected || expected == Kind::LocalTranslation, "{last} is {of_last:?}");
        for address in outside {
            assert_eq!(kind(address), None, "{address}");
        }
    }
}

#[test]
fn public_addresses_are_permitted_as_they_are() {
    let public = [
        "1.1.1.1",
        "8.8.8.8",
        "52.216.0.1",
        "223.255.255.254",
        "2606:4700:4700::1111",
        "2a05:d018::1",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2002:808:808::1",
    ];
    for address in public {
        let address: IpAddr = address.parse().unwrap();
        assert_eq!(STRICT.judge(address).map(|permitted| permitted.address()), Ok(address));
    }
}

/// All ways to write an IPv4 address into an IPv6 address.
fn disguises(inner: Ipv4Addr) -> Vec<Ipv6Addr> {
    let [a, b, c, d] = inner.octets().map(u16::from);
    let (high, low) = (a << 8 | b, c << 8 | d);
    vec![
        Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),
        Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, high, low),
        Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low),
        Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
        Ipv6Addr::new(0x64, 0xff9b, 1, high, c, d << 8, 0, 0),
        Ipv6Addr::new(0x64, 0xff9b, 1, a, b, low, 0, 0),
        Ipv6Addr::new(0x64, 0xff9b, 1, 0, a, b << 8 | c, d << 8, 0),
        Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low),
        Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
        Ipv6Addr::new(0x2001, 0, high, low, 0, 0, !0x808, !0x808),
        Ipv6Addr::new(0x2001, 0, 0x808, 0x808, 0, 0, !high, !low),
        Ipv6Addr::new(0x2a05, 0xd018, 0, 0, 0, 0x5efe, high, low),
        Ipv6Addr::new(0x2a05, 0xd018, 0, 0, 0x200, 0x5efe, high, low),
    ]
}

#[test]
fn what_is_refused_is_refused_in_every_disguise() {
    for (first, last, _, _) in V4_EDGES {
        for inner in [first, last].map(|address| address.parse::<Ipv4Addr>().unwrap()) {
            for disguise in disguises(inner) {
                for guard in [STRICT, LOOPBACK] {
                    let is_loopback_itself = guard == LOOPBACK && disguise == Ipv6Addr::LOCALHOST;
                    assert_eq!(
                        guard.judge(disguise.into()).is_ok(),
                        is_loopback_itself,
                        "{inner} as {disguise}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_refusal_names_what_the_address_stands_for() {
    let said = |address: &str| STRICT.judge(address.parse().unwrap()).unwrap_err().to_string();
    assert_eq!(said("10.1.2.3"), "10.1.2.3 is a private address");
    let metadata = "169.254.169.254, which is the address of a cloud's metadata";
    assert_eq!(said("64:ff9b::a9fe:a9fe"), format!("64:ff9b::a9fe:a9fe stands for {metadata}"));
    // The IPv4 address lies around the octet that must be zero.
    assert_eq!(said("64:ff9b:1:a9fe:a9:fe00::"), format!("64:ff9b:1:a9fe:a9:fe00:: stands for {metadata}"));
    assert_eq!(said("2002:7f00:1::"), "2002:7f00:1:: stands for 127.0.0.1, which is a loopback address");
    assert_eq!(
        said("64:ff9b:1:808:8:800::"),
        "64:ff9b:1:808:8:800:: is an address for local translation to IPv4"
    );
}

#[test]
fn allowing_loopback_allows_nothing_else() {
    for address in ["127.0.0.1", "127.255.255.254", "::1"] {
        assert!(STRICT.judge(address.parse().unwrap()).is_err());
        assert!(LOOPBACK.judge(address.parse().unwrap()).is_ok());
    }
    for (first, last, kind, _) in V4_EDGES.into_iter().chain(V6_EDGES) {
        for address in [first, last] {
            assert_eq!(LOOPBACK.judge(address.parse().unwrap()).is_ok(), kind == Kind::Loopback, "{address}");
        }
    }
}
