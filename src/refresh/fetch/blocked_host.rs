//! The error for a host that must not be connected to.

use std::error::Error;
use std::net::IpAddr;

/// A host all of whose addresses are blocked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("connecting to {host} is not allowed: {address} is {what}; to allow its range, list it ({LISTED})")]
pub struct BlockedHost {
    /// The host as requested.
    pub host: String,
    /// Its first blocked address.
    pub address: IpAddr,
    /// The purpose of the address range.
    pub what: &'static str,
}

/// Where a range is allowed.
pub(crate) const LISTED: &str = "allow in [outbound], or --allow-net";

impl BlockedHost {
    /// Finds the blocked host in the source chain of a client error.
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

/// The innermost cause, which is the clearest. It names no address.
pub(crate) fn innermost(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
