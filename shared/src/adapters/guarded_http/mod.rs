//! The way out to addresses that come from an account's settings: subscribers' and identity providers'. Whoever may write
//! settings must not make Transom call what only it can reach.

mod guard;
mod networks;

use std::{
    net::{SocketAddr, ToSocketAddrs},
    sync::Arc,
    time::Duration,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

pub use guard::Guard;
pub use networks::{BadNetwork, Network};

use super::roots;
use crate::ports::{
    BoxError,
    events::{BadAddress, NotPosted},
};

/// Finds what a name leads to.
pub(super) trait Lookup: Send + Sync + 'static {
    fn look_up(&self, name: &str) -> std::io::Result<Vec<SocketAddr>>;
}

/// By the machine's own means.
pub(super) struct SystemLookup;

impl Lookup for SystemLookup {
    fn look_up(&self, name: &str) -> std::io::Result<Vec<SocketAddr>> {
        Ok((name, 0).to_socket_addrs()?.collect())
    }
}

/// Lets a connection go only where the guard allows. The client dials exactly what comes out of here, so there is no second
/// look-up that could answer otherwise.
struct Guarded<L> {
    guard: Arc<Guard>,
    lookup: Arc<L>,
}

impl<L: Lookup> Resolve for Guarded<L> {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, lookup) = (Arc::clone(&self.guard), Arc::clone(&self.lookup));
        Box::pin(async move {
            let found = tokio::task::spawn_blocking(move || lookup.look_up(name.as_str())).await;
            let found = found.map_err(BoxError::from)?.map_err(|_| Refused(BadAddress::UnknownName))?;
            let checked = guard.checked(found).map_err(Refused)?;
            Ok(Box::new(checked.into_iter()) as Addrs)
        })
    }
}

/// How the resolver tells, through the client's errors, why there is no connection.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(BadAddress);

/// For how long a client waits.
pub(super) struct Limits {
    /// For a connection to come about, its name and its TLS included.
    pub connect: Duration,
    /// For a whole call, with whatever of its answer is read.
    pub call: Duration,
    /// Until an unused connection is given up.
    pub idle: Duration,
}

/// A client that goes only where the guard allows. An address with a number in it is not looked up, so it is to be read by
/// [`Guard::read`] first.
#[expect(clippy::disallowed_methods, reason = "the one client for others' addresses, with its limits and its guard")]
pub(super) fn client(
    guard: &Arc<Guard>,
    lookup: impl Lookup,
    limits: &Limits,
) -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .tls_certs_only(roots::certificates()?)
        .dns_resolver(Guarded { guard: Arc::clone(guard), lookup: Arc::new(lookup) })
        // A proxy would connect in our place, unchecked.
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(limits.connect)
        .timeout(limits.call)
        .pool_idle_timeout(limits.idle)
        .user_agent(concat!("Transom/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// Why there is no answer.
pub(super) fn why(error: &reqwest::Error) -> NotPosted {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(this) = cause {
        if let Some(Refused(why)) = this.downcast_ref::<Refused>() {
            return NotPosted::Forbidden(*why);
        }
        cause = this.source();
    }
    if error.is_timeout() {
        NotPosted::TimedOut
    } else if error.is_connect() || error.is_builder() {
        NotPosted::NotConnected
    } else {
        NotPosted::Broken
    }
}
