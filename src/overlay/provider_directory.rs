//! A directory whose providers can be found by their ids.

use std::sync::Arc;

use crate::matching::candidate::{Directory, LineId};
use crate::provider::{Provider, ProviderId};
use crate::service::Service;

/// A directory whose providers can be found by what they are called.
pub trait ProviderDirectory: Directory {
    /// The provider of that id, under whichever of its ids it is known.
    fn provider_of(&self, id: &ProviderId) -> Option<Arc<Provider>>;

    /// The line of `service` that the provider of that id offers.
    fn line_of(&self, id: &ProviderId, service: Service) -> Option<LineId>;
}
