//! What may be called at all: an address is checked when it is stored, when it is called, and once more by the connection
//! itself, which dials nothing but what was checked (fault matrix G10).

use std::net::{IpAddr, SocketAddr};

use reqwest::Url;

use super::networks::{Network, is_metadata, is_public};
use crate::ports::events::BadAddress;

/// The lowest port that is not one of the well-known services'.
const FIRST_FREE_PORT: u16 = 1024;

/// What may be called beside the public internet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guard {
    networks: Vec<Network>,
}

impl Guard {
    /// `networks`: private ones that may be called all the same.
    pub fn new(networks: Vec<Network>) -> Self {
        Self { networks }
    }

    /// Whether the connection may go there.
    pub fn allows(&self, ip: IpAddr) -> bool {
        !is_metadata(ip) && (is_public(ip) || self.networks.iter().any(|network| network.contains(ip)))
    }

    fn is_named(&self, ip: IpAddr) -> bool {
        self.allows(ip) && !is_public(ip)
    }

    /// Reads an address. The parser knows every way of writing a number of four bytes, octal and hexadecimal
    /// ones and such without dots among them (WHATWG URL, "IPv4 parser").
    pub fn read(&self, url: &str) -> Result<Url, BadAddress> {
        let url = Url::parse(url).map_err(|_| BadAddress::NotAUrl)?;
        let host = url.host_str().ok_or(BadAddress::NotAUrl)?;
        let literal: Option<IpAddr> = host.trim_start_matches('[').trim_end_matches(']').parse().ok();
        let port = url.port_or_known_default().ok_or(BadAddress::NotHttps)?;
        match url.scheme() {
            "https" => {}
            // Only to a network that was named: nothing of it passes by anybody else.
            "http" if literal.is_some_and(|ip| self.is_named(ip)) => {}
            _ => return Err(BadAddress::NotHttps),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadAddress::Credentials);
        }
        if url.fragment().is_some() {
            return Err(BadAddress::Fragment);
        }
        if port < FIRST_FREE_PORT && Some(port) != default_port(url.scheme()) {
            return Err(BadAddress::Port);
        }
        match literal {
            Some(ip) if self.allows(ip) => Ok(url),
            Some(_) => Err(BadAddress::Private),
            None if is_ours(host) => Err(BadAddress::Private),
            None => Ok(url),
        }
    }

    /// What a name leads to, if all of it may be called. One that leads to a private address besides is not trusted at all.
    pub fn checked(&self, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, BadAddress> {
        if found.is_empty() {
            return Err(BadAddress::UnknownName);
        }
        if found.iter().all(|address| self.allows(address.ip())) { Ok(found) } else { Err(BadAddress::Private) }
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "https" => Some(443),
        "http" => Some(80),
        _ => None,
    }
}

/// Names that lead nowhere but to this machine or its neighbours (RFC 6761, RFC 6762, RFC 8375), and such without a dot.
fn is_ours(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let ends = ["localhost", "local", "internal", "home.arpa", "localdomain", "test", "invalid", "onion", "arpa"];
    !host.contains('.') || ends.iter().any(|end| host == *end || host.ends_with(&format!(".{end}")))
}
