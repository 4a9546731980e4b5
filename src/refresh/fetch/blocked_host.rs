//! A host that may not be connected to.

use std::error::Error;
use std::net::IpAddr;

/// A host that may not be connected to: every address it has is barred.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{host} may not be connected to: {address} is {what}; list its range where that is meant ({LISTED})")]
pub struct BlockedHost {
    /// The host as it was asked for.
    pub host: String,
    /// The first of its addresses.
    pub address: IpAddr,
    /// What the address is for.
    pub what: &'static str,
}

/// How a range is listed.
pub(crate) const LISTED: &str = "allow of [outbound], or --allow-net";

impl BlockedHost {
    /// The one that an error of a client comes from.
    pub fn within<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Self> {
        let mut error = Some(error);
        while let Some(this) = error {
            if let Some(barred) = this.downcast_ref() {
                return Some(barred);
            }
            error = this.source();
        }
        None
    }
}

/// The cause at the bottom, which is what people understand. It names no address.
pub(crate) fn innermost(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
