//! Schemas of request bodies.

use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, OneOfBuilder, Ref, Schema, Type};
use utoipa::openapi::{Object, RefOr};

/// The schema of a value, or a reference to it.
pub(crate) type ValueSchema = RefOr<Schema>;

/// A schema with its name.
pub(crate) type NamedSchema = (String, ValueSchema);

/// The schema of a field as JSON.
#[derive(Debug, Clone)]
pub(crate) struct FieldSchema {
    /// The name of the field.
    pub(crate) name: &'static str,
    /// Its schema.
    pub(crate) schema: Value,
    /// Whether it is required.
    pub(crate) is_required: bool,
}

/// One of several forms of an object.
#[derive(Debug)]
pub(crate) struct FormSchema {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its description.
    pub(crate) says: &'static str,
    /// The required fields, each with a narrower schema if this form has one.
    pub(crate) members: Vec<(&'static str, Option<Value>)>,
    /// The optional fields.
    pub(crate) others: Vec<&'static str>,
}

impl FormSchema {
    /// The schema of the form with its name, its fields taken from `fields`.
    pub(crate) fn named(&self, fields: &[FieldSchema]) -> NamedSchema {
        let known = |name: &str| fields.iter().find(|field| field.name == name).cloned();
        let members = self.members.iter().filter_map(|(name, narrower)| {
            let wide = known(name)?.schema;
            let schema = match (narrower, &wide["type"]) {
                (Some(narrower), _) => described(narrower.clone(), wide["description"].as_str().unwrap_or_default()),
                (None, Value::Array(types)) => with(wide.clone(), "type", types.first().cloned()),
                _ => wide,
            };
            Some(FieldSchema { name, schema, is_required: true })
        });
        let fields = members.chain(self.others.iter().filter_map(|name| known(name))).collect();
        (self.name.to_owned(), closed_object(self.says, fields).into())
    }
}

/// A value that matches one of the `schemas`.
pub(crate) fn one_of(says: &str, schemas: impl IntoIterator<Item = Value>) -> ValueSchema {
    let one_of = schemas.into_iter().map(parsed).fold(OneOfBuilder::new(), OneOfBuilder::item);
    one_of.description(Some(says.trim())).into()
}

/// An object with `fields` and no others.
pub(crate) fn closed_object(says: &str, fields: Vec<FieldSchema>) -> ObjectBuilder {
    let object = ObjectBuilder::new().schema_type(Type::Object).description(Some(says.trim()));
    fields.into_iter().fold(object.additional_properties(Some(AdditionalProperties::FreeForm(false))), |object, field| {
        let object = object.property(field.name, parsed(field.schema));
        if field.is_required { object.required(field.name) } else { object }
    })
}

/// Parses `json` as a schema.
pub(crate) fn parsed(json: Value) -> ValueSchema {
    serde_json::from_value(json).unwrap_or_else(|_| Object::default().into())
}

/// A reference to the schema of `T`, which is added to `schemas` with those it refers to.
pub(crate) fn name_of<T: ToSchema>(schemas: &mut Vec<NamedSchema>) -> Value {
    T::schemas(schemas);
    schemas.push((T::name().into_owned(), T::schema()));
    reference(&T::name())
}

/// A reference to the schema with that name.
pub(crate) fn reference(name: &str) -> Value {
    json!({"$ref": Ref::from_schema_name(name).ref_location})
}

/// A text that is one of `words`.
pub(crate) fn word_of(words: impl IntoIterator<Item = impl Into<Value>>) -> Value {
    json!({"type": "string", "enum": words.into_iter().map(Into::into).collect::<Vec<Value>>()})
}

/// Adds the description `says` if `schema` has none.
pub(crate) fn described(schema: Value, says: &str) -> Value {
    if schema["description"].is_null() { with(schema, "description", Some(says.trim())) } else { schema }
}

/// Allows null if `schema` has a type of its own. A reference cannot be extended; its field may be
/// left out instead.
pub(crate) fn or_null(schema: Value) -> Value {
    let types = schema["type"].as_str().map(|of| json!([of, "null"]));
    with(schema, "type", types)
}

/// Adds a keyword to `schema` if it has a value.
pub(crate) fn with(mut schema: Value, keyword: &str, value: Option<impl Into<Value>>) -> Value {
    if let (Some(keywords), Some(value)) = (schema.as_object_mut(), value) {
        keywords.insert(keyword.to_owned(), value.into());
    }
    schema
}

/// Adds a JSON Schema keyword that the builder does not support.
pub(crate) fn with_keyword(object: ObjectBuilder, keyword: &str, value: Value) -> ObjectBuilder {
    object.extensions(Some(Extensions::from_iter([(keyword, value)])))
}
