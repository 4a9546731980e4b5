//! Parts of schemas for bodies without a type.

use utoipa::ToSchema;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Ref, SchemaType, Type};

/// Declares bodies, each with its name, its schema, and the schemas it names.
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

            fn schemas(schemas: &mut Vec<$crate::input::schema::NamedSchema>) {
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

/// An object without further properties.
pub(crate) fn closed(says: &str) -> ObjectBuilder {
    given(Type::Object, says).additional_properties(Some(AdditionalProperties::FreeForm(false)))
}

/// A value of type `of`.
pub(crate) fn given(of: Type, says: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(of).description(Some(says))
}

/// A value of type `of`, or null, which is the same as omitting the field.
pub(crate) fn optional(of: Type, says: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::from_iter([of, Type::Null])).description(Some(says))
}

/// A text with one possible value.
pub(crate) fn only(text: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some([text]))
}

/// A reference to the schema `T`.
pub(crate) fn the<T: ToSchema>() -> Ref {
    Ref::from_schema_name(T::name())
}

/// Any value: it is accepted and not read.
pub(crate) fn unread(says: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::AnyValue).description(Some(says))
}

/// A text that is not blank.
pub(crate) fn text(says: &str) -> ObjectBuilder {
    given(Type::String, says).pattern(Some("\\S"))
}
