//! Random bytes for ids, tokens and salts.

use crate::serve::http::problem::Problem;

/// Bytes from the operating system.
///
/// # Errors
/// It gives none.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Problem> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(%error, "cannot get random bytes");
        Problem::Internal
    })?;
    Ok(bytes)
}
