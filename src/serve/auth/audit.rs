//! The audit: who did what kind of thing when, and how it ended. Never what was asked, typed or listed.
//!
//! It is part of the log, under the target `audit`. What does nothing worth asking about later is left out: empty forms, signs of life,
//! figures, published documents.

use axum::http::StatusCode;

use crate::access::Principal;
use crate::provider::ProviderId;
use crate::serve::surface::Row;

/// The deeds that are not audited.
const LEFT_OUT: [&str; 8] =
    ["asset", "cds.discover", "document", "fhir.capabilities", "health", "metrics", "page", "session.form"];

/// Whether what a route does is audited.
pub fn is_audited(row: &Row) -> bool {
    !LEFT_OUT.contains(&row.deed)
}

/// One line: that `principal` called the route of `row`. `provider` is the one that something was said of, if it was kept.
pub fn note(principal: &Principal, row: &Row, status: StatusCode, request_id: &str, provider: Option<&ProviderId>) {
    if !is_audited(row) {
        return;
    }
    tracing::info!(
        target: "audit",
        principal = principal.name,
        deed = row.deed,
        status = status.as_u16(),
        request_id,
        provider = provider.map(ProviderId::as_str),
        "done"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::surface::TABLE;

    #[test]
    fn everything_that_is_guarded_is_audited_but_figures_and_empty_forms() {
        for row in &TABLE {
            let is_guarded = row.needs != crate::serve::surface::Needs::Nothing;
            assert!(is_audited(row) || !is_guarded || ["metrics", "page"].contains(&row.deed), "{}", row.path);
        }
        assert!(LEFT_OUT.iter().all(|deed| TABLE.iter().any(|row| row.deed == *deed)));
    }
}
