//! DynamoDB in this process: the real SDK talks to an embedded database through its HTTP connector, without sockets.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use aws_sdk_dynamodb::config::{
    BehaviorVersion, Region, StalledStreamProtectionConfig, retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use dynoxide::{Database, DynoxideError};
use tokio::sync::watch;

use crate::{calls, stream::StreamReader};

/// One index serves both of the engine's queries on the stream, which otherwise become slower with every record.
const STREAM_INDEX: &str = "CREATE INDEX IF NOT EXISTS transom_stream_seq \
     ON _stream_records(table_name, CAST(sequence_number AS INTEGER))";

/// How long a connection of ours waits for another one's write to end. The engine's own waits 5 seconds as well.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Most records that are deleted in one transaction: every request waits meanwhile.
const FORGET_AT_ONCE: usize = 500;

/// What a sequence number of the stream is more than the number in the engine's own table.
const SEQUENCE_OFFSET: u128 = 100_000_000_000_000_000_000;

/// The embedded database could not be opened or asked.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("the embedded database failed")]
    Database(#[from] DynoxideError),
    #[error("the side connection to the embedded database failed")]
    Side(#[from] rusqlite::Error),
    #[error("a temporary folder could not be made")]
    Folder(#[from] std::io::Error),
    #[error("the path of the database is not valid UTF-8")]
    Path,
    #[error("{table} has no stream")]
    NoStream { table: String },
    #[error("not a sequence number of a stream")]
    SequenceNumber,
    #[error("a stream record has no JSON form")]
    Record(#[from] serde_json::Error),
}

/// One request on its way to the database.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// DynamoDB's name of it, such as `PutItem`.
    pub operation: &'a str,
    /// The table that it is about; the first one, where there are several.
    pub table: &'a str,
    /// The request as JSON.
    pub body: &'a [u8],
}

/// What a hook lets happen to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Go,
    /// Nothing happens; the caller gets this HTTP status and DynamoDB error code, such as
    /// `(400, "ThrottlingException")`.
    FailBefore(u16, &'static str),
    /// Nothing happens, and the caller never gets an answer.
    Silence,
    /// It takes effect, yet the caller gets this error.
    FailAfter(u16, &'static str),
}

/// Sees every call and decides about it.
pub type Hook = Arc<dyn Fn(&Call<'_>) -> Verdict + Send + Sync>;

/// An embedded database. Cloning gives another handle to the same one.
#[derive(Clone)]
pub struct Engine {
    pub(crate) shared: Arc<Shared>,
    hook: Option<Hook>,
}

pub(crate) struct Shared {
    pub(crate) database: Database,
    /// Where consumed stream records are deleted; made once, since opening one costs more than using it.
    side: Mutex<rusqlite::Connection>,
    written: watch::Sender<u64>,
    path: PathBuf,
    /// Dropped last, after every connection into it.
    _folder: Option<tempfile::TempDir>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("hooked", &self.hook.is_some()).finish_non_exhaustive()
    }
}

impl Engine {
    /// Opens or makes the database in this file. A crash of this process loses nothing; a crash of the machine may lose
    /// the last writes, since they are not forced to the disk.
    pub fn open(path: &Path) -> Result<Self, EngineError> {
        Self::with_folder(path, None)
    }

    /// A database of its own that is gone when the last handle and client of it is. It lies in a temporary file: SQLite's
    /// shared memory databases do not wait for each other's locks, so a second connection would fail now and then.
    pub fn memory() -> Result<Self, EngineError> {
        let folder = tempfile::Builder::new().prefix("transom").tempdir()?;
        let path = folder.path().join("db");
        Self::with_folder(&path, Some(folder))
    }

    /// A database in memory that is gone with its last handle, for one thread: SQLite's shared memory databases do not
    /// wait for each other's locks. Made in well under a millisecond, and as fast as it gets.
    pub fn fleeting() -> Result<Self, EngineError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!(
            "file:transom-{}-{}?mode=memory&cache=shared",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        Self::with_folder(Path::new(&name), None)
    }

    fn with_folder(path: &Path, folder: Option<tempfile::TempDir>) -> Result<Self, EngineError> {
        let database = Database::new(path.to_str().ok_or(EngineError::Path)?)?;
        database.enable_bulk_loading()?;
        let side = side_connection(path)?;
        side.execute_batch(STREAM_INDEX)?;
        let shared = Shared {
            database,
            side: Mutex::new(side),
            written: watch::Sender::new(0),
            path: path.to_owned(),
            _folder: folder,
        };
        Ok(Self { shared: Arc::new(shared), hook: None })
    }

    /// Another handle to the same database: the clients that it makes pass every call through `hook`.
    #[must_use]
    pub fn with_hook(&self, hook: Hook) -> Self {
        Self { shared: Arc::clone(&self.shared), hook: Some(hook) }
    }

    /// The AWS SDK on this database. It never retries and never times out, so that a test sees every call once.
    pub fn dynamo(&self) -> aws_sdk_dynamodb::Client {
        dynamo_over(Connector(self.clone()))
    }

    /// Does one operation, such as `PutItem`, past every hook: DynamoDB's JSON in, HTTP status and JSON out. For
    /// connectors of one's own (see [`dynamo_over`]).
    pub fn perform(&self, operation: &str, body: &[u8]) -> (u16, Vec<u8>) {
        match self.shared.perform(operation, body) {
            Ok(answer) => (200, answer),
            Err(error) => (error.status_code(), error.to_json().into_bytes()),
        }
    }

    /// Reads a table's stream after `after`, or from its beginning.
    ///
    /// # Errors
    /// [`EngineError::NoStream`] if the table is missing or has no stream.
    pub fn stream(&self, table: &str, after: Option<&str>) -> Result<StreamReader, EngineError> {
        StreamReader::open(Arc::clone(&self.shared), table, after)
    }

    /// Changes with every write that took place, so that a follower of a stream need not poll. Writes of before this call
    /// are not announced: read first, then wait.
    pub fn written(&self) -> watch::Receiver<u64> {
        self.shared.written.subscribe()
    }

    /// Deletes the stream records of a table up to (and without) `sequence_number`, and says how many those were. The
    /// newest always stays: without it the numbering could start over at an earlier one.
    pub fn forget_until(&self, table: &str, sequence_number: &str) -> Result<usize, EngineError> {
        let until = sequence_number
            .parse::<u128>()
            .ok()
            .and_then(|public| public.checked_sub(SEQUENCE_OFFSET))
            .and_then(|stored| i64::try_from(stored).ok())
            .ok_or(EngineError::SequenceNumber)?;
        let mut forgotten = 0;
        loop {
            let now = self.shared.side().execute(
                "DELETE FROM _stream_records WHERE id IN (SELECT id FROM _stream_records WHERE table_name = ?1 \
                 AND CAST(sequence_number AS INTEGER) < MIN(?2, (SELECT MAX(CAST(sequence_number AS INTEGER)) \
                 FROM _stream_records WHERE table_name = ?1)) ORDER BY CAST(sequence_number AS INTEGER) LIMIT ?3)",
                rusqlite::params![table, until, i64::try_from(FORGET_AT_ONCE).unwrap_or(i64::MAX)],
            )?;
            forgotten += now;
            if now < FORGET_AT_ONCE {
                return Ok(forgotten);
            }
        }
    }

    /// Deletes what its expiry attribute says is over, as DynamoDB does within days, and says how many rows those were.
    pub fn collect_expired(&self) -> Result<usize, EngineError> {
        let collected = self.shared.database.sweep_ttl()?;
        if collected > 0 {
            self.shared.announce();
        }
        Ok(collected)
    }

    /// Another connection to the same database file, for tables of one's own. It waits for others' writes; keep its
    /// transactions short, since every request waits for them.
    pub fn side_connection(&self) -> Result<rusqlite::Connection, EngineError> {
        side_connection(&self.shared.path)
    }
}

/// The AWS SDK over a connector. It never retries, never times out, and does not sign: nobody looks at a signature here.
pub fn dynamo_over(connector: impl HttpClient + 'static) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("local"))
        .allow_no_auth()
        .endpoint_url("http://embedded.invalid")
        .http_client(connector)
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build();
    aws_sdk_dynamodb::Client::from_conf(config)
}

fn side_connection(path: &Path) -> Result<rusqlite::Connection, EngineError> {
    let connection = rusqlite::Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // As the engine's own connection: a crash of the process loses nothing.
    connection.pragma_update(None, "synchronous", "OFF")?;
    Ok(connection)
}

impl Shared {
    fn side(&self) -> MutexGuard<'_, rusqlite::Connection> {
        self.side.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn announce(&self) {
        self.written.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Does one operation on the database; request and answer are DynamoDB's JSON.
    fn perform(&self, operation: &str, body: &[u8]) -> Result<Vec<u8>, DynoxideError> {
        macro_rules! operations {
            ($($name:literal => $method:ident,)*) => {
                match operation {
                    $($name => {
                        let answer = self.database.$method(serde_json::from_slice(body).map_err(|e| bad_body(&e))?)?;
                        serde_json::to_vec(&answer).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
                    })*
                    _ => Err(DynoxideError::ValidationException(format!("{operation} is not embedded"))),
                }
            };
        }
        let answer = operations! {
            "PutItem" => put_item,
            "UpdateItem" => update_item,
            "DeleteItem" => delete_item,
            "GetItem" => get_item,
            "Query" => query,
            "Scan" => scan,
            "BatchGetItem" => batch_get_item,
            "BatchWriteItem" => batch_write_item,
            "TransactWriteItems" => transact_write_items,
            "TransactGetItems" => transact_get_items,
            "CreateTable" => create_table,
            "DescribeTable" => describe_table,
            "DeleteTable" => delete_table,
            "UpdateTable" => update_table,
            "ListTables" => list_tables,
            "UpdateTimeToLive" => update_time_to_live,
            "DescribeTimeToLive" => describe_time_to_live,
        };
        let writes = ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"];
        if answer.is_ok() && writes.contains(&operation) {
            self.announce();
        }
        answer
    }
}

/// The engine's readers mark what DynamoDB would call a validation error; its HTTP layer, which is not here, unwraps that.
fn bad_body(error: &serde_json::Error) -> DynoxideError {
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(&*message, |(before, _)| before);
    if let Some(told) = message.strip_prefix("VALIDATION_REQUEST:") {
        DynoxideError::ValidationException(format!("1 validation error detected: {told}"))
    } else if let Some(told) = message.strip_prefix("VALIDATION:") {
        DynoxideError::ValidationException(told.to_owned())
    } else {
        DynoxideError::SerializationException(message.to_owned())
    }
}

/// Stands where the SDK's connection to the internet would.
#[derive(Clone, Debug)]
struct Connector(Engine);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.split_once('.').map_or("", |(_, operation)| operation);
        let body = request.body().bytes().unwrap_or(b"{}");
        calls::note_dynamo(operation, body);
        let verdict = self.0.hook.as_ref().map_or(Verdict::Go, |hook| {
            let table = table_of(body).unwrap_or_default();
            hook(&Call { operation, table: &table, body })
        });
        let (status, answer) = match verdict {
            Verdict::Go => self.0.perform(operation, body),
            Verdict::FailBefore(status, code) => (status, failure(code)),
            Verdict::Silence => return HttpConnectorFuture::new(std::future::pending()),
            Verdict::FailAfter(status, code) => {
                // What became of it is exactly what this caller must not learn.
                let _ = self.0.shared.perform(operation, body);
                (status, failure(code))
            }
        };
        let status = status.try_into().expect("the engine and its hooks answer with HTTP statuses");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(answer))))
    }
}

impl HttpClient for Connector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// The body of an error answer with this DynamoDB code.
pub fn failure(code: &str) -> Vec<u8> {
    serde_json::json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "injected" })
        .to_string()
        .into_bytes()
}

/// The table that a request names.
fn table_of(body: &[u8]) -> Option<String> {
    let request: serde_json::Value = serde_json::from_slice(body).ok()?;
    if let Some(table) = request["TableName"].as_str() {
        return Some(table.to_owned());
    }
    if let Some(tables) = request["RequestItems"].as_object() {
        return tables.keys().next().cloned();
    }
    let first = request["TransactItems"].as_array()?.first()?.as_object()?.values().next()?;
    first["TableName"].as_str().map(str::to_owned)
}
