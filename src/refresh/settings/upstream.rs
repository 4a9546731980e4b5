//! One declared source: where it is, how it is asked, what it may cost.

use std::path::PathBuf;

use reqwest::Url;

use crate::refresh::fetch::limits::FetchLimits;
use crate::refresh::settings::pattern::UrlTemplate;

/// One source: where it is, how it is asked, what it may cost.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceConfig {
    /// Where it is and what kind of server has it.
    pub kind: UpstreamKind,
    /// Where the bearer token is that opens it; the token itself is read when it is needed and kept nowhere.
    pub token: Option<TokenLocation>,
    /// Ask no more often than every so many days; `None`: every night.
    pub every_days: Option<u16>,
    /// That it was never fetched is no reason to publish nothing.
    pub optional: bool,
    /// Talk without encryption to a server that is not this machine.
    pub allow_http: bool,
    /// What it may cost.
    pub limits: FetchLimits,
}

/// What kind of server has a source.
#[derive(Debug, Clone, PartialEq)]
pub enum UpstreamKind {
    /// A dataset of the CMS Provider Data Catalog: a catalogue says where the file is and when it was changed.
    Cms {
        /// The dataset's identifier, such as `6jpm-sxkc`.
        dataset: String,
        /// The address that the identifier is put behind.
        catalogue: Url,
        /// The name the file gets.
        save_as: String,
    },
    /// A file at an address.
    File {
        /// The address, perhaps with the month or week in it.
        url: UrlTemplate,
        /// The name the file gets.
        save_as: String,
    },
    /// A payer's FHIR Plan-Net server.
    PlanNet {
        /// Its base address.
        url: Url,
        /// Ask for a bulk `$export`.
        bulk: bool,
        /// Resources a page to ask for.
        count: u32,
        /// Resource types the server does not have.
        without: Vec<String>,
    },
}

/// Where a bearer token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenLocation {
    /// In a file.
    File(PathBuf),
    /// In a variable of the environment.
    Variable(String),
}
