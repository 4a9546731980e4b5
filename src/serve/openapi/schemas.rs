//! The schemas of the document as tables of fields, for the page that shows it.

use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::schema::{Object, Schema};
use utoipa::openapi::{OpenApi, RefOr};

use crate::serve::openapi::prose::{ProseSpan, spans};

/// A named schema.
#[derive(Debug)]
pub(crate) struct SchemaView {
    pub(crate) name: String,
    pub(crate) says: Vec<ProseSpan>,
    /// The words of a vocabulary.
    pub(crate) words: String,
    /// The forms it may have; usually one.
    pub(crate) forms: Vec<SchemaVariant>,
}

/// One form a schema may have.
#[derive(Debug, Default)]
pub(crate) struct SchemaVariant {
    pub(crate) says: Vec<ProseSpan>,
    /// Its type, if it has no fields.
    pub(crate) holds: Vec<TypeLabel>,
    pub(crate) fields: Vec<SchemaField>,
}

/// A field or a parameter.
#[derive(Debug, Clone)]
pub(crate) struct SchemaField {
    pub(crate) name: String,
    pub(crate) is_required: bool,
    pub(crate) holds: Vec<TypeLabel>,
    pub(crate) bounds: String,
    pub(crate) says: Vec<ProseSpan>,
}

/// Words for the type of a value, and the schema they name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TypeLabel {
    pub(crate) words: String,
    pub(crate) link: Option<String>,
}

/// `part` of the document as JSON.
pub(crate) fn as_json(part: &impl Serialize) -> Value {
    serde_json::to_value(part).unwrap_or_default()
}

/// Every named schema.
pub(crate) fn shown(document: &OpenApi) -> Vec<SchemaView> {
    let schemas = document.components.iter().flat_map(|components| &components.schemas);
    schemas.map(|(name, schema)| SchemaView::new(name, schema, document)).collect()
}

impl SchemaView {
    fn new(name: &str, schema: &RefOr<Schema>, document: &OpenApi) -> Self {
        let json = as_json(schema);
        let words: Vec<&str> = json["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let forms = match schema {
            _ if !words.is_empty() => Vec::new(),
            RefOr::T(Schema::OneOf(either)) => either.items.iter().map(|item| SchemaVariant::of(item, document)).collect(),
            RefOr::T(Schema::AnyOf(either)) => either.items.iter().map(|item| SchemaVariant::of(item, document)).collect(),
            other => forms_of_all(other, document),
        };
        let says = spans(json["description"].as_str().unwrap_or_default());
        Self { name: name.to_owned(), says, words: words.join(", "), forms }
    }
}

/// The forms of a schema of which one part may have several.
fn forms_of_all(schema: &RefOr<Schema>, document: &OpenApi) -> Vec<SchemaVariant> {
    let RefOr::T(Schema::AllOf(all)) = schema else {
        return vec![SchemaVariant { says: Vec::new(), ..SchemaVariant::of(schema, document) }];
    };
    let mut forms = vec![SchemaVariant::default()];
    for part in &all.items {
        let choices = match named(part, document) {
            RefOr::T(Schema::OneOf(either)) => either.items.iter().map(|item| SchemaVariant::of(item, document)).collect(),
            part => vec![SchemaVariant { says: Vec::new(), ..SchemaVariant::of(part, document) }],
        };
        forms = choices.iter().flat_map(|choice| forms.iter().map(|form| form.and(choice))).collect();
    }
    forms
}

/// The schema that `schema` refers to, or itself.
fn named<'a>(schema: &'a RefOr<Schema>, document: &'a OpenApi) -> &'a RefOr<Schema> {
    let RefOr::Ref(name) = schema else { return schema };
    let name = name.ref_location.rsplit('/').next().unwrap_or_default();
    let known = document.components.as_ref().and_then(|components| components.schemas.get(name));
    known.unwrap_or(schema)
}

impl SchemaVariant {
    fn of(schema: &RefOr<Schema>, document: &OpenApi) -> Self {
        let json = as_json(schema);
        let says = spans(json["description"].as_str().unwrap_or_default());
        match schema {
            RefOr::T(Schema::Object(object)) if !object.properties.is_empty() => {
                Self { says, holds: Vec::new(), fields: fields(object) }
            }
            RefOr::T(Schema::AllOf(_)) => {
                let all = forms_of_all(schema, document).into_iter().next().unwrap_or_default();
                Self { says, ..all }
            }
            RefOr::Ref(_) if matches!(named(schema, document), RefOr::T(Schema::Object(known)) if !known.properties.is_empty()) => {
                Self { says: Vec::new(), ..Self::of(named(schema, document), document) }
            }
            _ => Self { says, holds: holds(&json), fields: Vec::new() },
        }
    }

    /// This with the fields of `other` after its own.
    fn and(&self, other: &Self) -> Self {
        let says = if other.says.is_empty() { self.says.clone() } else { other.says.clone() };
        let fields = self.fields.iter().chain(&other.fields).cloned().collect();
        Self { says, holds: Vec::new(), fields }
    }
}

fn fields(object: &Object) -> Vec<SchemaField> {
    let of = |(name, schema): (&String, &RefOr<Schema>)| field(name, &as_json(schema), object.required.contains(name));
    object.properties.iter().map(of).collect()
}

/// A field with that name.
pub(crate) fn field(name: &str, schema: &Value, is_required: bool) -> SchemaField {
    SchemaField {
        name: name.to_owned(),
        is_required,
        holds: holds(schema),
        bounds: bounds(schema),
        says: spans(schema["description"].as_str().unwrap_or_default()),
    }
}

/// The types of a value of `schema`; alternatives one after the other.
pub(crate) fn holds(schema: &Value) -> Vec<TypeLabel> {
    if let Some(name) = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()) {
        return vec![TypeLabel { words: name.to_owned(), link: Some(name.to_owned()) }];
    }
    let either =
        ["oneOf", "anyOf"].iter().find_map(|kind| schema[*kind].as_array()).filter(|_| schema["properties"].is_null());
    if let Some(either) = either {
        let (nulls, others): (Vec<&Value>, Vec<&Value>) = either.iter().partition(|item| item["type"] == "null");
        return others.into_iter().chain(nulls).flat_map(holds).collect();
    }
    if let Some(first) = schema["allOf"].as_array().and_then(|all| all.first()) {
        return holds(first);
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect::<Vec<_>>(),
    };
    if types.is_empty() { vec![plain("anything")] } else { types.into_iter().flat_map(|of| typed(of, schema)).collect() }
}

fn plain(words: &str) -> TypeLabel {
    TypeLabel { words: words.to_owned(), link: None }
}

fn typed(of: &str, schema: &Value) -> Vec<TypeLabel> {
    match (of, schema["format"].as_str()) {
        ("string", Some("date")) => vec![plain("date")],
        ("string", Some("date-time")) => vec![plain("date and time")],
        ("string", _) => vec![plain("text")],
        ("integer", _) => vec![plain("whole number")],
        ("boolean", _) => vec![plain("true or false")],
        ("array", _) => listed("list of ", &schema["items"]),
        ("object", _) if schema["additionalProperties"].is_object() => listed("map to ", &schema["additionalProperties"]),
        (other, _) => vec![plain(other)],
    }
}

/// The items of a list or a map, with `before` in front of the first.
fn listed(before: &str, items: &Value) -> Vec<TypeLabel> {
    let mut held = holds(items);
    if let Some(first) = held.first_mut() {
        first.words.insert_str(0, before);
    }
    held
}

/// The bounds of a value of `schema`.
fn bounds(schema: &Value) -> String {
    let number = |keyword: &str, says: &str| schema[keyword].as_f64().map(|bound| format!("{says}{bound}"));
    let words: Vec<&str> = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let told = [
        number("minimum", "from "),
        number("exclusiveMinimum", "more than "),
        number("maximum", "to "),
        number("minLength", "characters: at least "),
        number("maxLength", "characters: at most "),
        number("minItems", "items: at least "),
        number("maxItems", "items: at most "),
        schema["uniqueItems"].as_bool().filter(|unique| *unique).map(|_| "no duplicates".to_owned()),
        schema["pattern"].as_str().map(|pattern| format!("matches {pattern}")),
        (!words.is_empty()).then(|| format!("one of {}", words.join(", "))),
    ];
    told.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
