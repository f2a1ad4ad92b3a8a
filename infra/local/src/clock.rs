//! A clock that people can turn forward, and one that stands still for tests.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use transom::ports::Clock;

/// The furthest that the clock is turned at once: a slip of the hand should not end in another century.
pub const FURTHEST_TURN: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Another clock's time and an offset that only grows and is kept in a file.
#[derive(Debug)]
pub struct TurnedClock {
    base: Arc<dyn Clock>,
    file: Option<PathBuf>,
    /// The offset.
    turned: watch::Sender<SignedDuration>,
    /// One turn at a time.
    turning: Mutex<()>,
}

/// Why the clock was not turned.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    #[error("the clock only goes forward")]
    Backwards,
    #[error("the clock goes forward by at most 366 days at once")]
    TooFar,
    #[error("the clock's offset could not be kept")]
    NotKept(#[source] io::Error),
}

#[derive(Serialize, Deserialize)]
struct Kept {
    offset_ms: i64,
}

impl TurnedClock {
    /// A clock that forgets how far it was turned.
    pub fn in_memory(base: Arc<dyn Clock>) -> Self {
        Self { base, file: None, turned: watch::Sender::new(SignedDuration::ZERO), turning: Mutex::new(()) }
    }

    /// A clock whose offset is kept in this file.
    pub fn open(base: Arc<dyn Clock>, file: &Path) -> io::Result<Self> {
        let offset = match fs::read(file) {
            Ok(text) => SignedDuration::from_millis(serde_json::from_slice::<Kept>(&text)?.offset_ms),
            Err(error) if error.kind() == io::ErrorKind::NotFound => SignedDuration::ZERO,
            Err(error) => return Err(error),
        };
        Ok(Self { file: Some(file.to_owned()), turned: watch::Sender::new(offset), ..Self::in_memory(base) })
    }

    /// Turns the clock forward and gives the new time, once the offset is kept. Parts of a millisecond do not count.
    pub fn advance(&self, by: SignedDuration) -> Result<Timestamp, TurnError> {
        if by.is_negative() {
            return Err(TurnError::Backwards);
        }
        if by > FURTHEST_TURN {
            return Err(TurnError::TooFar);
        }
        let _one_at_a_time = self.turning.lock().unwrap_or_else(PoisonError::into_inner);
        let whole_ms = |span: SignedDuration| i64::try_from(span.as_millis()).map_err(|_| TurnError::TooFar);
        let offset_ms = whole_ms(*self.turned.borrow())?.checked_add(whole_ms(by)?).ok_or(TurnError::TooFar)?;
        let offset = SignedDuration::from_millis(offset_ms);
        let now = self.base.now().checked_add(offset).map_err(|_| TurnError::TooFar)?;
        if let Some(file) = &self.file {
            write_whole(file, &serde_json::to_vec(&Kept { offset_ms }).expect("a number has a JSON form"))
                .map_err(TurnError::NotKept)?;
        }
        self.turned.send_replace(offset);
        Ok(now)
    }

    /// Changes whenever the clock is turned.
    pub fn turned(&self) -> watch::Receiver<SignedDuration> {
        self.turned.subscribe()
    }
}

impl Clock for TurnedClock {
    fn now(&self) -> Timestamp {
        let offset = *self.turned.borrow();
        self.base.now().checked_add(offset).unwrap_or(Timestamp::MAX)
    }
}

/// Writes a file so that it is there whole or not at all, for its owner's eyes only.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};

    let draft = path.with_extension("draft");
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(bytes)?;
    file.sync_data()?;
    fs::rename(&draft, path)
}

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    pub fn new(at: Timestamp) -> Self {
        Self(Mutex::new(at))
    }

    pub fn set(&self, at: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }

    pub fn advance(&self, by: SignedDuration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Arc<ManualClock> {
        Arc::new(ManualClock::new("2026-03-01T12:00:00Z".parse().unwrap()))
    }

    #[test]
    fn a_turned_clock_is_ahead_of_its_base_and_stays_so_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("clock.json");
        let base = noon();
        let clock = TurnedClock::open(base.clone(), &file).unwrap();
        clock.advance(SignedDuration::from_hours(24)).unwrap();
        let now = clock.advance(SignedDuration::from_mins(30)).unwrap();
        assert_eq!(now, "2026-03-02T12:30:00Z".parse().unwrap());
        base.advance(SignedDuration::from_secs(5));
        let clock = TurnedClock::open(base, &file).unwrap();
        assert_eq!(clock.now(), "2026-03-02T12:30:05Z".parse().unwrap());
    }

    #[test]
    fn it_never_goes_back_nor_into_another_century() {
        let clock = TurnedClock::in_memory(noon());
        assert!(matches!(clock.advance(SignedDuration::from_secs(-1)), Err(TurnError::Backwards)));
        assert!(matches!(clock.advance(SignedDuration::MAX), Err(TurnError::TooFar)));
        assert_eq!(clock.now(), noon().now());
    }

    #[test]
    fn whoever_waits_for_a_turn_is_told() {
        let clock = TurnedClock::in_memory(noon());
        let turned = clock.turned();
        assert!(!turned.has_changed().unwrap());
        clock.advance(SignedDuration::from_secs(1)).unwrap();
        assert!(turned.has_changed().unwrap());
    }
}
