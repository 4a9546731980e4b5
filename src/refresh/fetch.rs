//! Downloads the sources before the refresh reads them as files.
//!
//! [`nightly_sources`] fetches every declared source. [`transport`] is a bounded HTTP GET;
//! [`outbound`] decides which addresses it may connect to. [`plan_net`] fetches a payer's directory
//! by `search` pages or by `bulk` export; `ndjson` writes its files. `save` fetches single files,
//! `catalogue` looks up their address at CMS, and `source_state` records what was fetched.
//! `staging` holds the files until all have arrived: a fetch replaces its folder completely or not
//! at all.

pub(crate) mod blocked_host;
pub(crate) mod bulk;
pub(crate) mod catalogue;
pub mod error;
pub(crate) mod fhir_bundle;
pub mod limits;
pub(crate) mod ndjson;
pub mod nightly_sources;
pub mod outbound;
pub mod plan_net;
pub mod plan_net_progress;
pub(crate) mod save;
pub(crate) mod search;
pub(crate) mod source_state;
pub(crate) mod staging;
pub mod token;
pub mod transport;
pub(crate) mod validators;
