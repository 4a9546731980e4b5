//! How a command ends: an exit code scripts can decide on, and a message for people.

use std::fmt::Write as _;
use std::io;
use std::process::{ExitCode, Termination};

use crate::catalog::manifest::CatalogError;
use crate::config::ConfigError;
use crate::ledger::error::LedgerError;
use crate::refresh::error::RefreshError;
use crate::refresh::fetch::error::FetchError;
use crate::sample::error::SampleError;
use crate::serve::http::auth::settings::AccessConfigError;
use crate::serve::http::listen::ListenError;
use crate::serve::http::listen::certificate::CertificateError;

/// The exit codes; from 64 on they are those of `sysexits.h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitStatus {
    /// The command did what was asked.
    Done = 0,
    /// Something failed that is none of the below.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The gate refused what a refresh built; what is served stays as it is.
    Refused = 3,
    /// The question or the data given is wrong.
    WrongData = 65,
    /// What should be read is not there.
    NoInput = 66,
    /// The address cannot be listened on, or the server to fetch from does not do what it should.
    Unavailable = 69,
    /// The result cannot be written.
    CannotWrite = 73,
    /// Another refresh, or another fetch into the same folder, is running.
    Busy = 75,
    /// The settings are wrong.
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
            Self::Done => "the command did what was asked",
            Self::Failed => "something failed that is none of the below",
            Self::Usage => "the command line is wrong",
            Self::Refused => "the gate refused what the refresh built; what is served stays as it is",
            Self::WrongData => "the question or the data given is wrong",
            Self::NoInput => "what should be read is not there: no directory, no such generation, no such folder",
            Self::Unavailable => {
                "the address cannot be listened on, or the server to fetch from is out of reach or misbehaves"
            }
            Self::CannotWrite => "the result cannot be written",
            Self::Busy => "another refresh or fetch is running, or somebody went back to another directory meanwhile",
            Self::Config => "the settings are wrong, or they leave the address open to others",
        }
    }

    /// The list of codes for `--help` and the man page.
    pub fn list() -> String {
        let mut text = "Exit codes:\n".to_owned();
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

/// Why a command did not do what was asked.
#[derive(Debug)]
pub struct CommandFailure {
    /// The code to end with.
    pub exit: ExitStatus,
    /// What people read; may be several lines. Empty says nothing.
    pub message: String,
}

impl CommandFailure {
    /// A failure with its words.
    pub fn new(exit: ExitStatus, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }

    /// What a failure to read or write `what` is.
    pub fn from_io(what: &str, error: &io::Error) -> Self {
        Self::new(exit_of(error), format!("{what}: {error}"))
    }
}

/// A reader that closed the pipe early has what it wanted; other failures mean what they are.
fn exit_of(error: &io::Error) -> ExitStatus {
    match error.kind() {
        io::ErrorKind::BrokenPipe => ExitStatus::Done,
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory => ExitStatus::NoInput,
        io::ErrorKind::PermissionDenied
        | io::ErrorKind::ReadOnlyFilesystem
        | io::ErrorKind::StorageFull
        | io::ErrorKind::QuotaExceeded
        | io::ErrorKind::FileTooLarge => ExitStatus::CannotWrite,
        // What a broken off or damaged archive is.
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
                "\n  make one with placement refresh --from FOLDER, or try --sample or placement demo"
            }
            CatalogError::NoSuchGeneration(_) => "\n  placement directory list shows those there are",
            CatalogError::Unnamed { .. } => {
                "\n  placement directory list shows those there are, placement directory rollback ID names one again"
            }
            CatalogError::Damaged { .. } => "\n  placement directory rollback goes to the newest older one that is whole",
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
            RefreshError::NothingFetched(_) => ExitStatus::Unavailable,
            RefreshError::MissingColumns(_)
            | RefreshError::Sources { .. }
            | RefreshError::NothingRecognised { .. }
            | RefreshError::NoProviders(_) => ExitStatus::WrongData,
            RefreshError::Disk { ref error, .. } => exit_of(error),
            RefreshError::Catalog(error) => return error.into(),
        };
        let advice = match error {
            RefreshError::Refused(_) => "\n  if all of this is meant, publish it with --force REASON",
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
        Self::new(ExitStatus::Config, format!("the program is not started:\n  {error}"))
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
            LedgerError::Recorded | LedgerError::NotSealed | LedgerError::NotTold(_) => ExitStatus::Failed,
        };
        Self::new(exit, error.to_string())
    }
}
