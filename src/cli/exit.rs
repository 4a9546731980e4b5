//! Exit codes for scripts, and error messages for people.

use std::fmt::Write as _;
use std::io;
use std::process::{ExitCode, Termination};

use serde::Serialize;

use crate::catalog::manifest::CatalogError;
use crate::config::ConfigError;
use crate::ledger::error::LedgerError;
use crate::refresh::error::RefreshError;
use crate::refresh::fetch::error::FetchError;
use crate::sample::error::SampleError;
use crate::serve::http::auth::settings::AccessConfigError;
use crate::serve::http::listen::ListenError;
use crate::serve::http::listen::certificate::CertificateError;

/// Exit codes. Those from 64 on follow `sysexits.h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitStatus {
    /// Success.
    Done = 0,
    /// A failure without a code of its own.
    Failed = 1,
    /// The command line is invalid.
    Usage = 2,
    /// The gate refused the new directory; the current one is unchanged.
    Refused = 3,
    /// The question or the data is invalid.
    WrongData = 65,
    /// The input does not exist.
    NoInput = 66,
    /// The program cannot listen on the address, or a source server is unreachable or misbehaves.
    Unavailable = 69,
    /// The result cannot be written.
    CannotWrite = 73,
    /// Another refresh, or another fetch into the same folder, is running.
    Busy = 75,
    /// The settings are invalid.
    Config = 78,
}

impl ExitStatus {
    /// Every code.
    pub const ALL: [Self; 10] = [
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::Refused,
        Self::WrongData,
        Self::NoInput,
        Self::Unavailable,
        Self::CannotWrite,
        Self::Busy,
        Self::Config,
    ];

    fn meaning(self) -> &'static str {
        match self {
            Self::Done => "success",
            Self::Failed => "failure not listed below",
            Self::Usage => "invalid command line",
            Self::Refused => "the gate refused the new directory; the current one is unchanged",
            Self::WrongData => "invalid question or data",
            Self::NoInput => "missing input: no directory, generation, folder or file",
            Self::Unavailable => "cannot listen on the address, or a source server is unreachable or misbehaves",
            Self::CannotWrite => "cannot write the result",
            Self::Busy => "another refresh or fetch is running, or the current directory changed meanwhile",
            Self::Config => "invalid settings, or settings that leave the server open to others",
        }
    }

    /// The list of exit codes for `--help` and the manual page.
    pub fn list() -> String {
        let mut text = "Exit Codes:\n".to_owned();
        for exit in Self::ALL {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "  {:>2}  {}", exit as u8, exit.meaning());
        }
        text
    }
}

impl Termination for ExitStatus {
    fn report(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}

/// A failed command: exit code and message.
#[derive(Debug)]
pub struct CommandFailure {
    /// Exit code.
    pub exit: ExitStatus,
    /// Message, possibly of several lines. If empty, nothing is printed.
    pub message: String,
    /// The errors of a question, which the message lists too.
    pub faults: Vec<CommandFault>,
    /// Number of further errors of the question.
    pub more: usize,
}

/// One error of a question, with the flag or the JSON pointer where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CommandFault {
    /// The flag, such as `--zip`, or the JSON pointer if the question came as JSON.
    pub at: String,
    /// A stable code, such as `no_such_service`.
    pub code: &'static str,
    /// What is wrong, as a sentence.
    pub detail: String,
    /// How to correct it, if known.
    pub hint: Option<String>,
}

/// A failed command as JSON.
#[derive(Debug, Serialize)]
struct FailureJson<'a> {
    error: FailureDetailJson<'a>,
}

#[derive(Debug, Serialize)]
struct FailureDetailJson<'a> {
    exit_code: u8,
    /// What the exit code means.
    meaning: &'static str,
    message: &'a str,
    /// The errors of the question; empty if it is something else.
    errors: &'a [CommandFault],
    #[serde(skip_serializing_if = "Option::is_none")]
    more_errors: Option<usize>,
}

impl CommandFailure {
    /// A failure with a message.
    pub fn new(exit: ExitStatus, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), faults: Vec::new(), more: 0 }
    }

    /// The failure of an invalid command line, in the words of clap without the usage.
    pub fn from_usage(error: &clap::Error) -> Self {
        let text = error.to_string();
        let said = text.split("\n\nUsage:").next().unwrap_or_default();
        let said = said.split("\n\nFor more information").next().unwrap_or_default();
        let lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
        let message = lines.collect::<Vec<_>>().join("\n");
        Self::new(ExitStatus::Usage, message.strip_prefix("error: ").unwrap_or(&message))
    }

    /// The failure as one line of JSON.
    pub fn to_json(&self) -> String {
        // The message of a question lists its errors, which have their own field.
        let message = if self.faults.is_empty() { Some(self.message.as_str()) } else { self.message.lines().next() };
        let error = FailureDetailJson {
            exit_code: self.exit as u8,
            meaning: self.exit.meaning(),
            message: message.unwrap_or_default(),
            errors: &self.faults,
            more_errors: (self.more > 0).then_some(self.more),
        };
        serde_json::to_string(&FailureJson { error }).unwrap_or_default()
    }

    /// A failure to read or write `what`.
    pub fn from_io(what: &str, error: &io::Error) -> Self {
        Self::new(exit_of(error), format!("{what}: {error}"))
    }
}

/// Maps an I/O error to an exit code. A closed pipe counts as success: the reader has seen enough.
fn exit_of(error: &io::Error) -> ExitStatus {
    match error.kind() {
        io::ErrorKind::BrokenPipe => ExitStatus::Done,
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory => ExitStatus::NoInput,
        io::ErrorKind::PermissionDenied
        | io::ErrorKind::ReadOnlyFilesystem
        | io::ErrorKind::StorageFull
        | io::ErrorKind::QuotaExceeded
        | io::ErrorKind::FileTooLarge => ExitStatus::CannotWrite,
        // Truncated or damaged archives.
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => ExitStatus::WrongData,
        _ => ExitStatus::Failed,
    }
}

impl From<CatalogError> for CommandFailure {
    fn from(error: CatalogError) -> Self {
        let exit = match &error {
            CatalogError::NothingPublished(_) | CatalogError::NoSuchGeneration(_) => ExitStatus::NoInput,
            CatalogError::Damaged { .. } | CatalogError::Unreadable { .. } | CatalogError::Unnamed { .. } => {
                ExitStatus::WrongData
            }
            CatalogError::Disk { error, .. } | CatalogError::Unconfirmed { error, .. } => exit_of(error),
            CatalogError::Index(_) => ExitStatus::Failed,
        };
        let advice = match &error {
            CatalogError::NothingPublished(_) => {
                "\n  build one with placement refresh --from FOLDER, or try --sample or placement demo"
            }
            CatalogError::NoSuchGeneration(_) => "\n  see placement directory list",
            CatalogError::Unnamed { .. } => {
                "\n  see placement directory list, then choose one with placement directory rollback ID"
            }
            CatalogError::Damaged { .. } => "\n  placement directory rollback switches to the newest intact older directory",
            _ => "",
        };
        Self::new(exit, format!("{error}{advice}"))
    }
}

impl From<RefreshError> for CommandFailure {
    fn from(error: RefreshError) -> Self {
        let exit = match error {
            RefreshError::Locked | RefreshError::Overtaken { .. } => ExitStatus::Busy,
            RefreshError::Refused(_) => ExitStatus::Refused,
            RefreshError::NothingFetched(_) | RefreshError::Bucket(_) => ExitStatus::Unavailable,
            RefreshError::MissingColumns(_)
            | RefreshError::Sources { .. }
            | RefreshError::NothingRecognised { .. }
            | RefreshError::NoProviders(_) => ExitStatus::WrongData,
            RefreshError::Disk { ref error, .. } => exit_of(error),
            RefreshError::Catalog(error) => return error.into(),
        };
        let advice = match error {
            RefreshError::Refused(_) => "\n  if these changes are expected, publish with --force REASON",
            _ => "",
        };
        Self::new(exit, format!("{error}{advice}"))
    }
}

impl From<FetchError> for CommandFailure {
    fn from(error: FetchError) -> Self {
        let exit = match &error {
            FetchError::Asked(_) => ExitStatus::Usage,
            FetchError::Server(_) => ExitStatus::Unavailable,
            FetchError::NothingToUpdate(_) => ExitStatus::NoInput,
            FetchError::NotOurs { .. } => ExitStatus::CannotWrite,
            FetchError::Locked(_) => ExitStatus::Busy,
            FetchError::Disk { error, .. } => exit_of(error),
        };
        Self::new(exit, error.to_string())
    }
}

impl From<SampleError> for CommandFailure {
    fn from(error: SampleError) -> Self {
        let exit = match &error {
            SampleError::NoSuchZip(_) | SampleError::NobodyThere { .. } => ExitStatus::WrongData,
            SampleError::NoColumn { .. } => ExitStatus::Failed,
            SampleError::Disk { .. } => ExitStatus::CannotWrite,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<ConfigError> for CommandFailure {
    fn from(error: ConfigError) -> Self {
        Self::new(ExitStatus::Config, error.to_string())
    }
}

impl From<CertificateError> for CommandFailure {
    fn from(error: CertificateError) -> Self {
        Self::new(ExitStatus::Config, error.to_string())
    }
}

impl From<ListenError> for CommandFailure {
    fn from(error: ListenError) -> Self {
        let exit = match error {
            ListenError::Refused { .. } => ExitStatus::Unavailable,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<AccessConfigError> for CommandFailure {
    fn from(error: AccessConfigError) -> Self {
        Self::new(ExitStatus::Config, format!("the server did not start:\n  {error}"))
    }
}

impl From<LedgerError> for CommandFailure {
    fn from(error: LedgerError) -> Self {
        let exit = match &error {
            LedgerError::File { path, error } => {
                return Self::from_io(&format!("the ledger {}", path.display()), error);
            }
            LedgerError::NotALedger { .. }
            | LedgerError::Empty { .. }
            | LedgerError::Gone { .. }
            | LedgerError::Newer { .. }
            | LedgerError::Damaged => ExitStatus::WrongData,
            LedgerError::Database(_) | LedgerError::Slow { .. } | LedgerError::NotOpen(_) => ExitStatus::Unavailable,
            LedgerError::Address(_) | LedgerError::NoPostgres => ExitStatus::Config,
            LedgerError::Recorded | LedgerError::OtherHospital | LedgerError::NotSealed | LedgerError::NotTold(_) => {
                ExitStatus::Failed
            }
        };
        Self::new(exit, error.to_string())
    }
}
