//! What is brought in from servers, before a night reads it as files.
//!
//! [`nightly_sources`] brings every declared source. [`transport`] is a bounded GET and knows nothing of what it carries; [`outbound`] says
//! what it may connect to. [`plan_net`] brings a payer's directory by one of two ways, `search` pages or a `bulk` export; an `ndjson` file is
//! one file of it being written. `save` brings single files, `catalogue` asks CMS where they are, `source_state` remembers what was
//! brought. `staging` holds the files apart until all are there: a fetch changes its folder wholly or not at all.

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
