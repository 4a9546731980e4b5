//! Settings. Precedence: flag, `PLACEMENT_…` variable, TOML file, default.
//!
//! [`GlobalArgs`] holds flags and variables; [`Config`] holds the resolved settings.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Deserialize;

use crate::config::bucket_address::{BucketAddress, ParseBucketAddressError};
use crate::config::server::{AccessConfig, RateLimitConfig, ServerConfig, TlsConfig};
use crate::toml_reader::TomlReader;
use crate::{regular_file, toml_reader};

pub mod bucket_address;
pub mod server;

/// The settings file in the working folder, read if no other file is named.
pub const USUAL_FILE: &str = "placement.toml";
/// Default folder of published directories, or of their local copies.
pub const USUAL_INDEX: &str = "index";
/// Default address of the server: loopback, reachable from this machine only.
pub const USUAL_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// Flags and variables that every command accepts.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct GlobalArgs {
    /// Where directories are published: a folder, or s3://, gs:// or az:// with a bucket and a prefix [default: index]
    #[arg(long, global = true, env = "PLACEMENT_INDEX", value_name = "WHERE", help_heading = "Settings")]
    pub index: Option<IndexLocation>,
    /// Folder for fetched files and the ledger; refresh reads DIR/fetched [default: data]
    #[arg(long, global = true, env = "PLACEMENT_DATA", value_name = "DIR", help_heading = "Settings")]
    pub data: Option<PathBuf>,
    /// TOML file with the settings of the program [default: placement.toml, if it exists]
    #[arg(long, global = true, env = "PLACEMENT_CONFIG", value_name = "FILE", help_heading = "Settings")]
    pub config: Option<PathBuf>,
    /// Log level: error, warn, info, debug or trace [default: info]
    #[arg(long, global = true, env = "PLACEMENT_LOG", value_name = "LEVEL", help_heading = "Settings")]
    pub log: Option<LogLevel>,
}

/// Log level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// Failures only
    Error,
    /// Also warnings
    Warn,
    /// Also one line per request
    #[default]
    Info,
    /// Also details for troubleshooting
    Debug,
    /// Everything
    Trace,
}

/// An address to listen on, such as `127.0.0.1:8080` or `localhost:8080`. No other host name is
/// accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ListenAddress(pub SocketAddr);

impl FromStr for ListenAddress {
    type Err = ParseAddressError;

    fn from_str(text: &str) -> Result<Self, ParseAddressError> {
        let numeric = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
        numeric.as_deref().unwrap_or(text).parse().map(Self).map_err(|_| ParseAddressError)
    }
}

impl TryFrom<String> for ListenAddress {
    type Error = ParseAddressError;

    fn try_from(text: String) -> Result<Self, ParseAddressError> {
        text.parse()
    }
}

/// The text is not an address and a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the address to listen on must be an IP address and a port, such as 127.0.0.1:8080")]
pub struct ParseAddressError;

/// The resolved settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Folder of published directories; of their local copies, if they are published in object storage.
    pub index: PathBuf,
    /// The object storage where directories are published, if they are.
    pub bucket: Option<BucketAddress>,
    /// Folder for fetched files and the default ledger.
    pub data: PathBuf,
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The log level.
    pub log: LogLevel,
    /// `refresh.toml`, if one was named.
    pub settings: Option<PathBuf>,
    /// `hospital.toml`, if one was named.
    pub hospital: Option<PathBuf>,
    /// The location of the ledger.
    pub ledger: LedgerLocation,
    /// Days that choice lists are kept; `None` keeps them forever.
    pub keep_lists_days: Option<NonZeroU32>,
    /// The settings file, if there was one.
    pub file: Option<PathBuf>,
    /// The settings of the server.
    pub edge: ServerConfig,
}

/// Where directories are published.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum IndexLocation {
    /// A folder.
    Folder(PathBuf),
    /// Object storage, from which servers copy directories to the folder `local_copy`.
    Bucket(BucketAddress),
}

impl FromStr for IndexLocation {
    type Err = ParseBucketAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains("://") { text.parse().map(Self::Bucket) } else { Ok(Self::Folder(text.into())) }
    }
}

impl TryFrom<String> for IndexLocation {
    type Error = ParseBucketAddressError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// The location of the ledger.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum LedgerLocation {
    /// A file, which the program creates.
    File(PathBuf),
    /// A PostgreSQL database URL: `postgres://placement@db.mercy.example/placement`. It may contain
    /// a password, so any text with `://` is treated as such and never printed.
    Postgres(String),
}

impl LedgerLocation {
    /// Whether the URL contains a password, after the user name or as a parameter.
    pub fn has_password(&self) -> bool {
        let Self::Postgres(address) = self else { return false };
        let authority = address.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?']).next().unwrap_or_default());
        let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
        user.contains(':') || address.contains("password=")
    }
}

/// Omits the database URL.
impl fmt::Debug for LedgerLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

impl From<String> for LedgerLocation {
    fn from(text: String) -> Self {
        if text.contains("://") { Self::Postgres(text) } else { Self::File(text.into()) }
    }
}

impl FromStr for LedgerLocation {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text.to_owned().into())
    }
}

/// The TOML file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigFile {
    index: Option<IndexLocation>,
    data: Option<PathBuf>,
    listen: Option<ListenAddress>,
    log: Option<LogLevel>,
    settings: Option<PathBuf>,
    hospital: Option<PathBuf>,
    ledger: Option<LedgerLocation>,
    keep_lists_days: Option<NonZeroU32>,
    public_url: Option<String>,
    #[serde(default)]
    behind_proxy: bool,
    #[serde(default)]
    drain_seconds: u16,
    tls: Option<TlsConfig>,
    access: Option<AccessConfig>,
    limits: Option<RateLimitConfig>,
    #[serde(default)]
    cors_origins: Vec<String>,
    local_copy: Option<PathBuf>,
}

/// Default file name of the ledger in the data folder.
pub const USUAL_LEDGER: &str = "ledger.sqlite";

/// The settings are invalid.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {error}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The cause.
        error: std::io::Error,
    },
    /// Unknown keys or invalid values.
    #[error("{}", toml_reader::faults_of_file(&.path.display().to_string(), .faults))]
    Wrong {
        /// The file.
        path: PathBuf,
        /// Every error with its line and key, one per line.
        faults: String,
    },
}

impl Config {
    /// Resolves every setting. `listen` is the address from the command line.
    ///
    /// # Errors
    /// The file is invalid, or the named file does not exist. [`USUAL_FILE`] is optional.
    pub fn resolve(typed: &GlobalArgs, listen: Option<ListenAddress>) -> Result<Self, ConfigError> {
        let usual = || Some(PathBuf::from(USUAL_FILE)).filter(|usual| usual.symlink_metadata().is_ok());
        let path = typed.config.clone().or_else(usual);
        let file = path.as_deref().map(ConfigFile::read).transpose()?.unwrap_or_default();
        let data = typed.data.clone().or(file.data).unwrap_or_else(|| "data".into());
        let (index, bucket) = match typed.index.clone().or(file.index) {
            Some(IndexLocation::Bucket(address)) => (None, Some(address)),
            Some(IndexLocation::Folder(folder)) => (Some(folder), None),
            None => (None, None),
        };
        Ok(Self {
            index: index.or(file.local_copy).unwrap_or_else(|| USUAL_INDEX.into()),
            bucket,
            ledger: file.ledger.unwrap_or_else(|| LedgerLocation::File(data.join(USUAL_LEDGER))),
            edge: ServerConfig {
                public_url: file.public_url,
                behind_proxy: file.behind_proxy,
                drain_seconds: file.drain_seconds,
                tls: file.tls,
                access: file.access,
                limits: file.limits.unwrap_or_default(),
                cors_origins: file.cors_origins,
            },
            keep_lists_days: file.keep_lists_days,
            file: path,
            data,
            listen: listen.or(file.listen).map_or(USUAL_ADDRESS, |address| address.0),
            log: typed.log.or(file.log).unwrap_or_default(),
            settings: file.settings,
            hospital: file.hospital,
        })
    }
}

impl ConfigFile {
    fn read(path: &Path) -> Result<Self, ConfigError> {
        let text =
            regular_file::read_to_string(path).map_err(|error| ConfigError::Unreadable { path: path.to_owned(), error })?;
        Self::parse(&text, path)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        TomlReader::new(text).read_whole().map_err(|faults| ConfigError::Wrong {
            path: path.to_owned(),
            faults: faults.lines().map(without_address).collect::<Vec<_>>().join("\n"),
        })
    }
}

/// Removes the details of an error that contains a URL, which may hold a password.
fn without_address(fault: &str) -> String {
    let Some((before, _)) = fault.split_once("://") else { return fault.to_owned() };
    let line = before.split_once(": ").map_or("", |(line, _)| line);
    format!("{line}: a URL is not allowed here")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_a_fault_says_which() {
        for (text, says) in [
            ("indx = \"here\"", "there is no setting \"indx\"; did you mean index?"),
            (
                "password = \"x\"",
                "there is no setting \"password\"; there are index, data, listen, log, settings, hospital, ledger, keep_lists_days, public_url",
            ),
            ("listen = \"8080\"", "the address to listen on must be an IP address and a port"),
            ("log = \"loud\"", "line 1: log: there is no value \"loud\"; there are error, warn, info, debug, trace"),
            ("index = 3", "invalid type"),
            ("index", "line 1: "),
        ] {
            let error = ConfigFile::parse(text, Path::new("placement.toml")).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn every_fault_of_a_file_is_told_at_once() {
        let text = "indx = \"here\"\nlisten = 8080\n[tls]\ncertificate = 3\n[access]\noidc = [{ issuer = \"a\" }, { issure = \"b\" }]\n";
        let error = ConfigFile::parse(text, Path::new("placement.toml")).unwrap_err().to_string();
        let found: Vec<&str> = error.lines().map(str::trim).collect();
        let expected = [
            "placement.toml:",
            "line 1: indx: there is no setting \"indx\"; did you mean index?",
            "line 2: listen: invalid type: integer `8080`, expected a text in quotes",
            "line 4: tls.certificate: invalid type: integer `3`, expected a text in quotes",
            "line 6: access.oidc.jwks: is missing",
            "line 6: access.oidc.issuer: is missing",
            "line 6: access.oidc.issure: there is no setting \"issure\"; did you mean issuer?",
        ];
        assert_eq!(found, expected, "{error}");
    }

    #[test]
    fn the_password_of_a_database_is_never_shown() {
        for (text, says) in [
            ("log = \"info\"\nledger = \"postgres://placement:s3cret@host/db", "line 2: "),
            ("ledger = \"postgres://placement:s3cret@host/db\" x", "line 1: "),
            ("ledger = [\"postgres://placement:s3cret@host/db\"]", "line 1: ledger: invalid type: sequence"),
            ("index = \"a\"\nbehind_proxy = \"postgres://placement:s3cret@host/db\"", "line 2: a URL is not allowed here"),
        ] {
            let error = ConfigFile::parse(text, Path::new("placement.toml")).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(says) && !shown.contains("s3cret"), "{text}: {shown}");
        }
        let file =
            ConfigFile::parse("ledger = \"postgresql://placement:s3cret@host/db\"", Path::new("placement.toml")).unwrap();
        assert_eq!(file.ledger, Some(LedgerLocation::Postgres("postgresql://placement:s3cret@host/db".to_owned())));
        assert!(!format!("{file:?}").contains("s3cret"));
        let other = LedgerLocation::from("mysql://placement:s3cret@host/db".to_owned());
        assert_eq!(format!("{other:?}"), "Postgres(…)", "a file path would show the password");
        assert_eq!(LedgerLocation::from("kept/ledger.sqlite".to_owned()), LedgerLocation::File("kept/ledger.sqlite".into()));
    }

    #[test]
    fn a_password_in_an_address_is_noticed() {
        for (address, has) in [
            ("postgres://placement:s3cret@host/db", true),
            ("postgres://host/db?user=placement&password=s3cret", true),
            ("postgres://placement@host:6432/db?sslmode=verify-full", false),
            ("postgres://host:5432/db", false),
            ("kept/password=ledger.sqlite", false),
        ] {
            assert_eq!(LedgerLocation::from(address.to_owned()).has_password(), has, "{address}");
        }
    }

    #[test]
    fn addresses_are_read_without_asking_anybody() {
        for (text, reads) in [
            ("127.0.0.1:8080", Some("127.0.0.1:8080")),
            ("localhost:0", Some("127.0.0.1:0")),
            ("[::1]:80", Some("[::1]:80")),
            ("example.org:80", None),
            ("8080", None),
            ("", None),
        ] {
            let address = text.parse::<ListenAddress>().ok().map(|address| address.0.to_string());
            assert_eq!(address.as_deref(), reads, "{text}");
        }
    }
}
