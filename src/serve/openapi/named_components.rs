//! The named parts of a document: only those that it uses, and a name for each alternative.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use utoipa::openapi::schema::Object;
use utoipa::openapi::{Components, Paths, Ref, RefOr, Schema};

use crate::serve::openapi::schemas::as_json;

/// Gives a name to each alternative of a schema that is an object with one required field: the names
/// of the schema and of the field. Without one, a generator numbers its types.
pub(crate) fn name_alternatives(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    let mut named = Vec::new();
    for (name, schema) in &mut *schemas {
        let RefOr::T(Schema::OneOf(either)) = schema else { continue };
        for item in &mut either.items {
            let RefOr::T(Schema::Object(object)) = &*item else { continue };
            if let Some(own) = alternative_name(name, object) {
                let schema = std::mem::replace(item, RefOr::Ref(Ref::from_schema_name(&own)));
                named.push((own, schema));
            }
        }
    }
    schemas.extend(named);
}

/// `ChangeWithinMiles` for the alternative of `Change` with the field `within_miles`.
fn alternative_name(of: &str, object: &Object) -> Option<String> {
    let [field] = &object.required[..] else { return None };
    let capital = |word: &str| word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect();
    Some(format!("{of}{}", field.split('_').map(capital).collect::<Vec<String>>().concat()))
}

/// Removes the components that neither `paths` nor another component in use names.
pub(crate) fn keep_used(paths: &Paths, components: &mut Components) {
    let (paths, all) = (as_json(paths), as_json(components));
    let mut used = BTreeSet::new();
    let mut open = vec![&paths];
    while let Some(part) = open.pop() {
        match part {
            Value::Object(fields) => {
                if let Some(Value::String(name)) = fields.get("$ref")
                    && let Some(pointer) = name.strip_prefix(COMPONENTS)
                    && used.insert(pointer.to_owned())
                {
                    open.extend(all.pointer(pointer));
                }
                if let Some(Value::Array(security)) = fields.get("security") {
                    let schemes = security.iter().filter_map(Value::as_object).flat_map(|by| by.keys());
                    used.extend(schemes.map(|name| format!("/securitySchemes/{name}")));
                }
                open.extend(fields.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    let is_used = |kind: &str, name: &str| used.contains(&format!("/{kind}/{name}"));
    components.schemas.retain(|name, _| is_used("schemas", name));
    components.responses.retain(|name, _| is_used("responses", name));
    components.headers.retain(|name, _| is_used("headers", name));
    components.security_schemes.retain(|name, _| is_used("securitySchemes", name));
}

const COMPONENTS: &str = "#/components";
