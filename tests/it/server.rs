//! An HTTP server of somebody else, for as long as a test needs it.

use std::{ops::Deref, thread};

use wiremock::MockServer;

/// A mock server that a test may drop whatever it has done before. Dropped, a mock server waits in place for what it has
/// heard; a task that has used up its turn is never let through to that, and would wait for ever.
pub struct Server(Option<MockServer>);

impl Server {
    pub async fn start() -> Self {
        Self(Some(MockServer::start().await))
    }
}

impl Deref for Server {
    type Target = MockServer;

    fn deref(&self) -> &MockServer {
        self.0.as_ref().expect("it runs until it is dropped")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let server = self.0.take();
        // Another thread has no turn to use up.
        let dropped = thread::spawn(move || drop(server)).join();
        assert!(dropped.is_ok() || thread::panicking(), "what the server expected has not come");
    }
}
