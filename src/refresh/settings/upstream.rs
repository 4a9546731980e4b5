//! One declared source: its location, how to fetch it, and limits.

use std::path::PathBuf;

use reqwest::Url;

use crate::refresh::fetch::limits::FetchLimits;
use crate::refresh::settings::pattern::UrlTemplate;

/// One source: its location, how to fetch it, and limits.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceConfig {
    /// Its location and kind of server.
    pub kind: UpstreamKind,
    /// The location of its bearer token. The token itself is read when needed and never stored.
    pub token: Option<TokenLocation>,
    /// Fetch at most once in this many days; `None` for every night.
    pub every_days: Option<u16>,
    /// A refresh may publish even if this source was never fetched.
    pub optional: bool,
    /// Allow unencrypted HTTP to servers other than this machine.
    pub allow_http: bool,
    /// Limits.
    pub limits: FetchLimits,
}

/// The kinds of servers.
#[derive(Debug, Clone, PartialEq)]
pub enum UpstreamKind {
    /// A dataset of the CMS Provider Data Catalog: a catalog gives the file's location and
    /// modification date.
    Cms {
        /// The dataset's identifier, such as `6jpm-sxkc`.
        dataset: String,
        /// The base URL to which the identifier is appended.
        catalogue: Url,
        /// Local file name.
        save_as: String,
    },
    /// A file at an address.
    File {
        /// The address, possibly with the month or week in it.
        url: UrlTemplate,
        /// Local file name.
        save_as: String,
    },
    /// A payer's FHIR Plan-Net server.
    PlanNet {
        /// Its base address.
        url: Url,
        /// Request a bulk `$export`.
        bulk: bool,
        /// Requested resources per page.
        count: u32,
        /// Resource types that the server does not have.
        without: Vec<String>,
    },
}

/// The location of a bearer token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenLocation {
    /// In a file.
    File(PathBuf),
    /// In an environment variable.
    Variable(String),
}
