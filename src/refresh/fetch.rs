//! Downloads the sources before the refresh reads them as files.
//!
//! [`nightly_sources`] fetches every declared source. [`transport`] is a bounded HTTP GET;
//! [`outbound`] decides which addresses it may connect to. [`plan_net`] fetches a payer's directory:
//! `endpoint` finds out what its address is; then by `search` pages or by `bulk` export, of which
//! `ndjson` writes the files, or as the `file_set` that an index lists. `save` fetches single files,
//! `catalogue` looks up their address at CMS, and `source_state` records what was fetched.
//! `staging` holds the files until all have arrived: a fetch replaces its folder completely or not
//! at all.

pub(crate) mod blocked_host;
pub(crate) mod bulk;
pub(crate) mod catalogue;
pub(crate) mod endpoint;
pub mod error;
pub(crate) mod fhir_bundle;
pub(crate) mod file_set;
pub mod limits;
pub(crate) mod ndjson;
pub mod nightly_sources;
pub mod outbound;
pub mod plan_net;
pub(crate) mod plan_net_files;
pub mod plan_net_options;
pub mod plan_net_progress;
pub(crate) mod save;
pub(crate) mod search;
pub(crate) mod source_state;
pub(crate) mod staging;
pub mod token;
pub mod transport;
pub(crate) mod validators;
