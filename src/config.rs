//! Settings: a flag wins over a `PLACEMENT_…` variable, that over the TOML file, that over the default.
//!
//! Two steps: [`GlobalArgs`] is what was typed, [`Config`] what the program uses.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Deserialize;

use crate::config::server::{AccessConfig, RateLimitConfig, ServerConfig, TlsConfig};
use crate::toml_reader::TomlReader;
use crate::{regular_file, toml_reader};

pub mod server;

/// The file read when no other is named and the working folder has it.
pub const USUAL_FILE: &str = "placement.toml";
/// The address served on when none is given: only this machine can reach it.
pub const USUAL_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// What was typed as flags or set as variables; every command takes these.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct GlobalArgs {
    /// Folder of published directories [default: index]
    #[arg(long, global = true, env = "PLACEMENT_INDEX", value_name = "DIR", help_heading = "Settings")]
    pub index: Option<PathBuf>,
    /// Folder of what came in; refresh reads DIR/fetched [default: data]
    #[arg(long, global = true, env = "PLACEMENT_DATA", value_name = "DIR", help_heading = "Settings")]
    pub data: Option<PathBuf>,
    /// TOML file with index, data, listen, log, settings, hospital and ledger [default: placement.toml, if there is one]
    #[arg(long, global = true, env = "PLACEMENT_CONFIG", value_name = "FILE", help_heading = "Settings")]
    pub config: Option<PathBuf>,
    /// What serve and demo log: error, warn, info, debug or trace [default: info]
    #[arg(long, global = true, env = "PLACEMENT_LOG", value_name = "LEVEL", help_heading = "Settings")]
    pub log: Option<LogLevel>,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// What failed.
    Error,
    /// And what may fail soon.
    Warn,
    /// And one line a request.
    #[default]
    Info,
    /// And what helps to find a fault.
    Debug,
    /// And everything.
    Trace,
}

/// An address to listen on, such as `127.0.0.1:8080` or `localhost:8080`. No name but `localhost` is looked up.
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
#[error("an address to listen on is an IP address and a port, such as 127.0.0.1:8080")]
pub struct ParseAddressError;

/// What the program uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Folder of published directories.
    pub index: PathBuf,
    /// Folder of what came in.
    pub data: PathBuf,
    /// The address to serve on.
    pub listen: SocketAddr,
    /// How much is logged.
    pub log: LogLevel,
    /// The file with the settings of the night, where one was named.
    pub settings: Option<PathBuf>,
    /// The file in which the hospital describes itself, where one was named.
    pub hospital: Option<PathBuf>,
    /// Where the ledger is.
    pub ledger: LedgerLocation,
    /// How many days choice lists are kept; for good where it is not set.
    pub keep_lists_days: Option<NonZeroU32>,
    /// The file the settings were read from, where there was one.
    pub file: Option<PathBuf>,
    /// How the program meets the world.
    pub edge: ServerConfig,
}

/// Where the ledger is.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum LedgerLocation {
    /// In a file, which this program makes.
    File(PathBuf),
    /// In a PostgreSQL database, by its address: `postgres://placement@db.mercy.example/placement`. May hold a password, so it is never
    /// printed, not even where it is the address of something else.
    Postgres(String),
}

impl LedgerLocation {
    /// Whether a password stands in the address: behind the name of the user, or as a parameter.
    pub fn has_password(&self) -> bool {
        let Self::Postgres(address) = self else { return false };
        let authority = address.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?']).next().unwrap_or_default());
        let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
        user.contains(':') || address.contains("password=")
    }
}

/// Without the address of a database.
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
    index: Option<PathBuf>,
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
    tls: Option<TlsConfig>,
    access: Option<AccessConfig>,
    limits: Option<RateLimitConfig>,
    #[serde(default)]
    cors_origins: Vec<String>,
}

/// The file in the data folder that choice lists are recorded in when no other is named.
pub const USUAL_LEDGER: &str = "ledger.sqlite";

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {error}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Keys are not known or values are wrong.
    #[error("{}", toml_reader::faults_of_file(&.path.display().to_string(), .faults))]
    Wrong {
        /// The file.
        path: PathBuf,
        /// Everything that is wrong with it, each with its line and its key, a line each.
        faults: String,
    },
}

impl Config {
    /// Settles every setting; `listen` is what was typed for the address.
    ///
    /// # Errors
    /// Says what is wrong with the file. A file that was named must exist; [`USUAL_FILE`] need not.
    pub fn resolve(typed: &GlobalArgs, listen: Option<ListenAddress>) -> Result<Self, ConfigError> {
        let usual = || Some(PathBuf::from(USUAL_FILE)).filter(|usual| usual.symlink_metadata().is_ok());
        let path = typed.config.clone().or_else(usual);
        let file = path.as_deref().map(ConfigFile::read).transpose()?.unwrap_or_default();
        let data = typed.data.clone().or(file.data).unwrap_or_else(|| "data".into());
        Ok(Self {
            index: typed.index.clone().or(file.index).unwrap_or_else(|| "index".into()),
            ledger: file.ledger.unwrap_or_else(|| LedgerLocation::File(data.join(USUAL_LEDGER))),
            edge: ServerConfig {
                public_url: file.public_url,
                behind_proxy: file.behind_proxy,
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

/// A fault without what is wrong where an address stands in it: that may hold a password.
fn without_address(fault: &str) -> String {
    let Some((before, _)) = fault.split_once("://") else { return fault.to_owned() };
    let line = before.split_once(": ").map_or("", |(line, _)| line);
    format!("{line}: an address stands where none belongs")
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
            ("listen = \"8080\"", "an address to listen on is an IP address and a port"),
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
            ("index = \"a\"\nbehind_proxy = \"postgres://placement:s3cret@host/db\"", "line 2: an address stands where"),
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
        assert_eq!(format!("{other:?}"), "Postgres(…)", "it is no file, or the password would stand in its path");
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
