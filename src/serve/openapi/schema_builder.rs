//! Pieces of the schemas of bodies that are read by hand.

use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, KnownFormat, Object, ObjectBuilder, OneOfBuilder, Ref, Schema, SchemaFormat,
    SchemaType, Type,
};

/// What a schema is made of, and the schemas it needs.
pub(crate) type NamedSchema = (String, RefOr<Schema>);

/// A value of type `of`, or null, which is the same as leaving the field out.
pub(crate) fn optional(of: Type, says: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::from_iter([of, Type::Null])).description(Some(says))
}

/// A value of type `of`.
pub(crate) fn given(of: Type, says: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(of).description(Some(says))
}

/// The one text it can be.
pub(crate) fn only(text: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some([text]))
}

/// A whole number from `low` to `high`, or null.
pub(crate) fn whole(low: u32, high: u32, says: &str) -> ObjectBuilder {
    optional(Type::Integer, says).minimum(Some(low)).maximum(Some(high))
}

/// A list of `items`, or null.
pub(crate) fn list(items: impl Into<RefOr<Schema>>, says: &str) -> ArrayBuilder {
    let either = SchemaType::from_iter([Type::Array, Type::Null]);
    ArrayBuilder::new().schema_type(either).items(items.into()).description(Some(says))
}

/// An object that holds nothing but what it names.
pub(crate) fn closed(says: &str) -> ObjectBuilder {
    given(Type::Object, says).additional_properties(Some(AdditionalProperties::FreeForm(false)))
}

/// The schema `T`, by its name.
pub(crate) fn the<T: ToSchema>() -> Ref {
    Ref::from_schema_name(T::name())
}

/// The schema `T`, by its name, or null.
pub(crate) fn the_or_null<T: ToSchema>(says: &str) -> OneOfBuilder {
    or_null().item(the::<T>()).description(Some(says))
}

/// Null, or what is added.
pub(crate) fn or_null() -> OneOfBuilder {
    OneOfBuilder::new().item(Object::with_type(Type::Null))
}

/// `object` with a keyword of JSON Schema that the builder does not know.
pub(crate) fn with_keyword(object: ObjectBuilder, keyword: &str, value: Value) -> ObjectBuilder {
    object.extensions(Some(Extensions::from_iter([(keyword, value)])))
}

/// Declares bodies: of each its name, its schema, and the schemas that it names.
macro_rules! bodies {
    ($(#[doc = $says:literal] $name:ident: $schema:expr, with [$($part:ty),*];)+) => {$(
        #[doc = $says]
        #[derive(Debug)]
        pub(crate) struct $name;

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                $schema.into()
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed(stringify!($name))
            }

            fn schemas(schemas: &mut Vec<$crate::serve::openapi::schema_builder::NamedSchema>) {
                $(
                    let part = <$part as utoipa::ToSchema>::name().into_owned();
                    schemas.push((part, <$part as utoipa::PartialSchema>::schema()));
                    <$part as utoipa::ToSchema>::schemas(schemas);
                )*
                let _ = schemas;
            }
        }
    )+};
}

pub(crate) use bodies;

/// A list of at most `most` items, which must be there.
pub(crate) fn listed(items: impl Into<RefOr<Schema>>, most: usize, says: &str) -> ArrayBuilder {
    ArrayBuilder::new().items(items.into()).max_items(Some(most)).description(Some(says))
}

/// A day, or null.
pub(crate) fn day(says: &str) -> ObjectBuilder {
    optional(Type::String, says).format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
}

/// Anything: it may be sent and is not read.
pub(crate) fn unread(says: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::AnyValue).description(Some(says))
}

/// A text with something in it.
pub(crate) fn text(says: &str) -> ObjectBuilder {
    given(Type::String, says).pattern(Some("\\S"))
}
