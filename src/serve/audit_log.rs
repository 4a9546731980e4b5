//! The audit: who did what kind of thing when, and how it ended. Never what was asked, typed or listed.
//!
//! It is part of the log, under the target `audit`. What does nothing worth asking about later is left out: empty forms, signs of life,
//! figures, published documents. The policies of routes decide that.

use std::sync::Arc;

use axum::http::StatusCode;
use imbl::OrdMap;

use crate::api_keys::key_id::KeyId;
use crate::api_keys::{KeyRecord, Principal};
use crate::ledger::event::{LedgerEvent, SequencedEvent};
use crate::provider::ProviderId;

/// Writes one line: that `principal` did what `label` says. `provider` is the one that something was said of, if it was kept.
pub(crate) fn write(principal: &Principal, label: &str, status: StatusCode, request_id: &str, provider: Option<&ProviderId>) {
    tracing::info!(
        target: "audit",
        principal = principal.name,
        deed = label,
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
