//! The audit: who did what kind of thing when, and how it ended. Never what was asked, typed or listed.
//!
//! It is part of the log, under the target `audit`. What does nothing worth asking about later is left out: empty forms, signs of life,
//! figures, published documents.

use std::sync::Arc;

use axum::http::StatusCode;
use imbl::OrdMap;

use crate::api_keys::key_id::KeyId;
use crate::api_keys::{KeyRecord, Principal};
use crate::ledger::event::{LedgerEvent, SequencedEvent};
use crate::provider::ProviderId;
use crate::serve::http::routes::Route;

/// The deeds that are not audited.
const LEFT_OUT: [&str; 8] =
    ["asset", "cds.discover", "document", "fhir.capabilities", "health", "metrics", "page", "session.form"];

/// Whether what a route does is audited.
pub(crate) fn is_audited(row: &Route) -> bool {
    !LEFT_OUT.contains(&row.deed)
}

/// One line: that `principal` called the route of `row`. `provider` is the one that something was said of, if it was kept.
pub(crate) fn note(principal: &Principal, row: &Route, status: StatusCode, request_id: &str, provider: Option<&ProviderId>) {
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

/// What was done to API keys, as `changes` of the ledger tell it that come after `known`: whoever made or took back a key did it beside
/// the server. Sessions are begun and ended by requests, which have their own lines.
pub(crate) fn keys(known: &OrdMap<KeyId, Arc<KeyRecord>>, changes: &[SequencedEvent]) {
    let keys = changes.iter().filter_map(|change| match &change.entry {
        LedgerEvent::Key(key) if key.parent.is_none() => Some(key),
        _ => None,
    });
    for key in keys {
        let before = known.get(&key.id);
        let is_revoked = key.revoked_at.is_some() && before.is_none_or(|before| before.revoked_at.is_none());
        for (deed, is_done) in [("key.create", before.is_none()), ("key.revoke", is_revoked)] {
            if is_done {
                tracing::info!(target: "audit", principal = "ledger", deed, key = %key.id, "done");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::http::routes::TABLE;

    #[test]
    fn everything_that_is_guarded_is_audited_but_figures_and_empty_forms() {
        for row in &TABLE {
            let is_guarded = row.needs != crate::serve::http::routes::RouteAccess::Nothing;
            assert!(is_audited(row) || !is_guarded || ["metrics", "page"].contains(&row.deed), "{}", row.path);
        }
        assert!(LEFT_OUT.iter().all(|deed| TABLE.iter().any(|row| row.deed == *deed)));
    }
}
