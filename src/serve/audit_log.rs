//! The audit log: who did which kind of thing when, with which result. It never holds what was
//! asked, entered or listed.
//!
//! It is part of the log, under the target `audit`. Requests that need no trace are not audited:
//! empty forms, health checks, metrics, published documents. The route policies decide.

use std::sync::Arc;

use axum::http::StatusCode;
use imbl::OrdMap;

use crate::api_keys::key_id::KeyId;
use crate::api_keys::{KeyRecord, Principal};
use crate::hospital_id::HospitalId;
use crate::ledger::event::{LedgerEvent, SequencedEvent};
use crate::provider::ProviderId;

/// Writes one line: `principal` did `label` at `hospital`, if there are several. `provider` is set if a statement about it was stored.
pub(crate) fn write(
    principal: &Principal,
    hospital: Option<&HospitalId>,
    label: &str,
    (status, request_id): (StatusCode, &str),
    provider: Option<&ProviderId>,
) {
    tracing::info!(
        target: "audit",
        principal = principal.name,
        hospital = hospital.map(HospitalId::as_str),
        deed = label,
        status = status.as_u16(),
        request_id,
        provider = provider.map(ProviderId::as_str),
        "done"
    );
}

/// Audits changes of API keys among `changes` of the ledger that `known` does not have yet: keys
/// are created and revoked outside the server. Sessions begin and end by requests, which have their
/// own lines.
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
