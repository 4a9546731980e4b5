//! What to fetch of a payer's directory, and what came of it.

use std::path::PathBuf;

use jiff::civil::Date;

use crate::refresh::fetch::plan_net_progress::TypeCount;
use crate::refresh::fetch::transport::TransportOptions;

/// How the server is queried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchMode {
    /// Search pages, following their `next` links.
    Pages {
        /// Requested resources per page.
        count: u32,
    },
    /// Bulk `$export`.
    Bulk,
}

/// What to fetch and where to store it.
#[derive(Debug, Clone)]
pub struct PlanNetOptions {
    /// The address: the base of a FHIR server, such as `https://payer.example/fhir`, an index of files, a bulk manifest or a
    /// file; or searches of one server, separated by spaces.
    pub base: String,
    /// The folder to fill. It contains nothing but fetched files.
    pub into: PathBuf,
    /// How to query the server.
    pub way: FetchMode,
    /// Fetch only what changed on or after this day and merge it into the folder.
    pub since: Option<Date>,
    /// Types of [`KINDS`](crate::refresh::fetch::plan_net_progress::KINDS) that the server does not have.
    pub without: Vec<String>,
    /// Token, limits and allowed addresses.
    pub terms: TransportOptions,
    /// Today, the date of the files unless the server states one.
    pub today: Date,
}

/// The result of a fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanNetFetch {
    /// Counts of each type, in the order of [`KINDS`](crate::refresh::fetch::plan_net_progress::KINDS).
    pub brought: Vec<TypeCount>,
    /// The date of the files.
    pub as_of: Date,
    /// Number of files, if the directory consists of files.
    pub files: usize,
    /// What the address is.
    pub met: &'static str,
    /// Whether nothing has changed since the last fetch.
    pub unchanged: bool,
    /// Bytes received.
    pub bytes: u64,
    /// Remarks.
    pub remarks: Vec<String>,
}

impl PlanNetFetch {
    /// The result of a fetch that has brought nothing yet.
    pub(crate) fn of(met: &'static str, as_of: Date) -> Self {
        Self { brought: Vec::new(), as_of, files: 0, met, unchanged: false, bytes: 0, remarks: Vec::new() }
    }
}
