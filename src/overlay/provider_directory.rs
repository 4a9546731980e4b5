//! A directory that finds providers by id.

use std::sync::Arc;

use jiff::civil::Date;

use crate::matching::candidate::{Directory, LineId};
use crate::provider::{Provider, ProviderId};
use crate::service::Service;

/// A directory that finds providers by id.
pub trait ProviderDirectory: Directory {
    /// The provider with this id, whichever of its ids it is.
    fn provider_of(&self, id: &ProviderId) -> Option<Arc<Provider>>;

    /// The line of `service` of the provider with this id.
    fn line_of(&self, id: &ProviderId, service: Service) -> Option<LineId>;

    /// The day the directory was built: answers from before it make what is usual. `None` if it is not known.
    fn built_on(&self) -> Option<Date> {
        None
    }
}
