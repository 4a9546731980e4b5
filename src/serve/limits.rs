//! How much is taken at once: what one principal may ask in a second, and what the program works on together.

use tokio::sync::OwnedSemaphorePermit;

use super::problem::Problem;
use super::surface::Row;
use crate::access::Principal;
use crate::config::edge;

/// What has been taken.
#[derive(Debug)]
pub struct Limits;

impl Limits {
    /// Limits as they are set.
    pub fn new(_: &edge::Limits) -> Self {
        Self
    }

    /// A place for one request of `principal`, held until it is answered.
    ///
    /// # Errors
    /// The principal has asked too much, or the program has too much to do.
    pub fn admit(&self, _: &Principal, _: &Row) -> Result<Option<OwnedSemaphorePermit>, Problem> {
        Ok(None)
    }
}
