//! The envelope of a call: checks the fields that the standard names, and reports all errors at
//! once. Fields that the standard does not name are read over, as it wants: a later version of it
//! may add some.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::input::errors::FieldErrors;
use crate::serve::cds_hooks::prefetch::{PrefetchValue, ServiceRequest, sent};
use crate::serve::http::extract::field_error;

/// A supported hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CdsHook {
    /// A patient is to be discharged.
    EncounterDischarge,
    /// An order is being written.
    OrderSelect,
    /// Orders are about to be signed.
    OrderSign,
}

impl CdsHook {
    /// Every hook.
    pub(crate) const ALL: [Self; 3] = [Self::EncounterDischarge, Self::OrderSelect, Self::OrderSign];

    /// Its name in the standard.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::EncounterDischarge => "encounter-discharge",
            Self::OrderSelect => "order-select",
            Self::OrderSign => "order-sign",
        }
    }

    /// The id of its service: the last part of its path.
    pub(crate) fn service(self) -> &'static str {
        match self {
            Self::EncounterDischarge => "placement",
            Self::OrderSelect => "placement-order-select",
            Self::OrderSign => "placement-order-sign",
        }
    }

    /// The texts that its context must have.
    fn context(self) -> &'static [&'static str] {
        match self {
            Self::EncounterDischarge => &["userId", "patientId", "encounterId"],
            Self::OrderSelect | Self::OrderSign => &["userId", "patientId"],
        }
    }
}

/// A call of a hook.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HookCall<'a> {
    /// Its hook.
    hook: CdsHook,
    context: &'a Map<String, Value>,
    /// What was sent with it; empty if nothing was.
    pub(crate) prefetch: &'a Map<String, Value>,
}

static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);

impl<'a> HookCall<'a> {
    /// Reads `raw` as a call of `hook`.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub(crate) fn read(raw: &'a Value, hook: CdsHook) -> Result<Self, FieldErrors> {
        let Some(fields) = raw.as_object() else {
            return Err(field_error("", "wrong_type", "expected an object: a CDS Hooks call", None).into());
        };
        let mut faults = FieldErrors::default();
        match text(fields, "", "hook", &mut faults) {
            Some(named) if named != hook.name() => {
                let of_hook = CdsHook::ALL.into_iter().find(|known| known.name() == named);
                let hint = of_hook.map_or_else(
                    || format!("register this service for {}", hook.name()),
                    |known| format!("call /cds-services/{} for {named}", known.service()),
                );
                faults.push(field_error("/hook", "does_not_apply", "this service does not support that hook", Some(hint)));
            }
            Some(_) | None => {}
        }
        text(fields, "", "hookInstance", &mut faults);
        let context = match fields.get("context").filter(|value| !value.is_null()) {
            None => {
                faults.push(field_error("/context", "missing", "context is missing", None));
                &*NONE
            }
            Some(Value::Object(context)) => {
                check_context(context, hook, &mut faults);
                context
            }
            Some(_) => {
                faults.push(field_error("/context", "wrong_type", "expected an object", None));
                &*NONE
            }
        };
        let prefetch = match fields.get("prefetch") {
            None | Some(Value::Null) => &*NONE,
            Some(Value::Object(prefetch)) => prefetch,
            Some(_) => {
                let detail = "expected an object with a key for each template";
                faults.push(field_error("/prefetch", "wrong_type", detail, None));
                &*NONE
            }
        };
        faults.or(Self { hook, context, prefetch })
    }

    /// The id of the encounter, with which orders are compared.
    pub(crate) fn encounter(&self) -> Option<&'a str> {
        self.context.get("encounterId").and_then(Value::as_str).map(str::trim).filter(|id| !id.is_empty())
    }

    /// The orders that are being written: those selected, or all that are to be signed.
    pub(crate) fn drafts(&self) -> Vec<ServiceRequest> {
        if self.hook == CdsHook::OrderSign {
            return match sent(self.context, DRAFTS) {
                PrefetchValue::These(orders) => orders,
                PrefetchValue::Not => Vec::new(),
            };
        }
        let selected = self.context.get(SELECTIONS).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let is_selected = |order: &Value| {
            let id = order.get("id").and_then(Value::as_str).unwrap_or_default();
            selected.iter().filter_map(Value::as_str).any(|chosen| chosen.strip_prefix("ServiceRequest/") == Some(id))
        };
        let entries = self.context.get(DRAFTS).and_then(|drafts| drafts.get("entry")).and_then(Value::as_array);
        let resources = entries.into_iter().flatten().filter_map(|entry| entry.get("resource"));
        let orders = resources.filter(|order| order.get("resourceType").and_then(Value::as_str) == Some("ServiceRequest"));
        orders.filter(|order| is_selected(order)).filter_map(|order| ServiceRequest::deserialize(order).ok()).collect()
    }
}

const DRAFTS: &str = "draftOrders";
const SELECTIONS: &str = "selections";

/// Checks the context of a call.
fn check_context(context: &Map<String, Value>, hook: CdsHook, faults: &mut FieldErrors) {
    for name in hook.context() {
        text(context, "/context", name, faults);
    }
    if hook == CdsHook::EncounterDischarge {
        return;
    }
    let mut needs = |name: &str, is_right: fn(&Value) -> bool, expected: &str| {
        let pointer = format!("/context/{name}");
        match context.get(name).filter(|value| !value.is_null()) {
            None => faults.push(field_error(&pointer, "missing", &format!("{name} is missing"), None)),
            Some(value) if is_right(value) => {}
            Some(_) => faults.push(field_error(&pointer, "wrong_type", expected, None)),
        }
    };
    if hook == CdsHook::OrderSelect {
        let ids = |value: &Value| value.as_array().is_some_and(|ids| ids.iter().all(Value::is_string));
        needs(SELECTIONS, ids, "expected a list of ids such as ServiceRequest/1");
    }
    needs(DRAFTS, Value::is_object, "expected a Bundle of the orders that are not signed yet");
}

/// A text field that is required.
pub(crate) fn text<'a>(fields: &'a Map<String, Value>, at: &str, name: &str, faults: &mut FieldErrors) -> Option<&'a str> {
    let pointer = format!("{at}/{name}");
    match fields.get(name).filter(|value| !value.is_null()) {
        None => faults.push(field_error(&pointer, "missing", &format!("{name} is missing"), None)),
        Some(Value::String(text)) if text.trim().is_empty() => {
            faults.push(field_error(&pointer, "missing", &format!("{name} is empty"), None));
        }
        Some(Value::String(text)) => return Some(text),
        Some(_) => faults.push(field_error(&pointer, "wrong_type", "expected text", None)),
    }
    None
}

/// How many cards one call of feedback may have. Our choice: one call of a hook is answered with
/// few.
pub(crate) const MOST_CARDS: usize = 100;
