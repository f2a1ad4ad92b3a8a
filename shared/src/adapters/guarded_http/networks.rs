//! Which addresses of the internet may be called, so that nobody makes Transom call what only it can reach
//! (server-side request forgery). By the registries of special addresses (IANA, "IPv4 special-purpose" and "IPv6
//! special-purpose address registry").

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network, such as `10.1.0.0/16`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    /// How many leading bits are the network's.
    bits: u8,
}

impl Network {
    const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> Self {
        Self { first: IpAddr::V4(Ipv4Addr::new(a, b, c, d)), bits }
    }
    const fn v6(first: Ipv6Addr, bits: u8) -> Self {
        Self { first: IpAddr::V6(first), bits }
    }

    pub fn contains(self, ip: IpAddr) -> bool {
        match (self.first, ip) {
            (IpAddr::V4(first), IpAddr::V4(ip)) => {
                let shift = 32 - u32::from(self.bits.min(32));
                first.to_bits().checked_shr(shift) == ip.to_bits().checked_shr(shift)
            }
            (IpAddr::V6(first), IpAddr::V6(ip)) => {
                let shift = 128 - u32::from(self.bits.min(128));
                first.to_bits().checked_shr(shift) == ip.to_bits().checked_shr(shift)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

/// It is not a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a network such as 10.1.0.0/16 or fd12:3456::/32")]
pub struct BadNetwork;

impl std::str::FromStr for Network {
    type Err = BadNetwork;
    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let (first, bits) = text.trim().split_once('/').ok_or(BadNetwork)?;
        let first: IpAddr = first.parse().map_err(|_| BadNetwork)?;
        let bits: u8 = bits.parse().map_err(|_| BadNetwork)?;
        let most = if first.is_ipv4() { 32 } else { 128 };
        // A network that is everything, or nearly, is a mistake.
        if (8..=most).contains(&bits) { Ok(Self { first, bits }) } else { Err(BadNetwork) }
    }
}

/// IPv4 networks that are not the public internet's.
const SPECIAL_V4: &[Network] = &[
    Network::v4(0, 0, 0, 0, 8),       // this network
    Network::v4(10, 0, 0, 0, 8),      // private
    Network::v4(100, 64, 0, 0, 10),   // shared address space, where clouds keep services of their own
    Network::v4(127, 0, 0, 0, 8),     // loopback
    Network::v4(169, 254, 0, 0, 16),  // link-local: metadata services
    Network::v4(172, 16, 0, 0, 12),   // private
    Network::v4(192, 0, 0, 0, 24),    // protocol assignments
    Network::v4(192, 0, 2, 0, 24),    // documentation
    Network::v4(192, 31, 196, 0, 24), // AS112
    Network::v4(192, 52, 193, 0, 24), // AMT
    Network::v4(192, 88, 99, 0, 24),  // 6to4 relays
    Network::v4(192, 168, 0, 0, 16),  // private
    Network::v4(192, 175, 48, 0, 24), // AS112
    Network::v4(198, 18, 0, 0, 15),   // benchmarks
    Network::v4(198, 51, 100, 0, 24), // documentation
    Network::v4(203, 0, 113, 0, 24),  // documentation
    Network::v4(224, 0, 0, 0, 4),     // multicast
    Network::v4(240, 0, 0, 0, 4),     // reserved, broadcast
];

/// The only IPv6 addresses that are given out to the public. All that carry an IPv4 address (mapped, compatible, NAT64), the
/// private, link-local and multicast ones lie outside it.
const PUBLIC_V6: Network = Network::v6(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// And what is special within it.
const SPECIAL_V6: &[Network] = &[
    Network::v6(Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocol assignments, Teredo among them
    Network::v6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    Network::v6(Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4: an IPv4 address inside
    Network::v6(Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48), // AS112
    Network::v6(Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation
];

/// Never called, whatever else is allowed: where clouds hand out credentials.
const METADATA: &[Network] = &[
    Network::v4(169, 254, 0, 0, 16),
    Network::v4(100, 100, 100, 200, 32),
    Network::v6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0), 32),
    Network::v6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
];

/// Whether it is an address of the public internet.
pub fn is_public(ip: IpAddr) -> bool {
    let within = |networks: &[Network]| networks.iter().any(|network| network.contains(ip));
    match ip {
        IpAddr::V4(_) => !within(SPECIAL_V4),
        IpAddr::V6(v6) => PUBLIC_V6.contains(ip) && !within(SPECIAL_V6) && !is_isatap(v6),
    }
}

/// An IPv4 address in the lower half (RFC 5214, section 6.1).
fn is_isatap(ip: Ipv6Addr) -> bool {
    matches!(ip.segments()[4..6], [0 | 0x200, 0x5efe])
}

/// Whether it is where a cloud hands out credentials.
pub fn is_metadata(ip: IpAddr) -> bool {
    METADATA.iter().any(|network| network.contains(ip))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_its_addresses_and_no_others() {
        let network: Network = "10.1.0.0/16".parse().unwrap();
        let holds = |ip: &str| network.contains(ip.parse().unwrap());
        assert!(holds("10.1.0.0") && holds("10.1.255.255") && !holds("10.2.0.0") && !holds("::ffff:10.1.0.1"));
        for bad in ["", "10.1.0.0", "10.1.0.0/", "10.1.0.0/33", "0.0.0.0/0", "10.1/16", "::/0", "fd00::/129", "a/8"] {
            assert_eq!(bad.parse::<Network>(), Err(BadNetwork), "{bad}");
        }
        assert!("127.0.0.1/32".parse::<Network>().unwrap().contains("127.0.0.1".parse().unwrap()));
    }

    #[test]
    fn public_addresses_are_public() {
        for ip in [
            "1.1.1.1",
            "8.8.8.8",
            "52.95.110.1",
            "172.15.0.1",
            "172.32.0.1",
            "100.63.255.255",
            "192.167.1.1",
            "2600:1f18::1",
            "2a05:d018::1",
            "2606:4700:4700::1111",
        ] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
    }
}
