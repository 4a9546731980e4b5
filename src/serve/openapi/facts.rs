//! Facts as schemas: a value, who said it and when, and what others said instead.

use std::borrow::Cow;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::provider::{QualityMeasure, Sex};
use crate::serve::json::parts::{AddressJson, PositionJson};
use crate::serve::openapi::enums::MEASURES;

/// Declares a schema for the facts of each kind of value.
macro_rules! facts {
    ($(#[doc = $says:literal] $name:ident: $value:ty;)+) => {$(
        #[doc = $says]
        #[derive(Debug)]
        pub(crate) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                fact($says, &<$value>::schema())
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )+};
}

facts! {
    /// A text, who said it, and what others said instead.
    TextFact: String;
    /// A yes or no, who said it, and what others said instead.
    YesNoFact: bool;
    /// A count, who said it, and what others said instead.
    CountFact: u32;
    /// A rating, who gave it, and what others gave instead.
    RatingFact: f64;
    /// A list, who said it, and what others said instead.
    ListFact: Vec<String>;
    /// A sex, who said it, and what others said instead.
    SexFact: Sex;
    /// An address, who said it, and what others said instead.
    AddressFact: AddressJson<'static>;
    /// A point, who said it, and what others said instead.
    PointFact: PositionJson;
}

fn fact(says: &str, value: &RefOr<Schema>) -> RefOr<Schema> {
    let told = || said(ObjectBuilder::new().schema_type(Type::Object).property("value", value.clone()).required("value"));
    let others = ArrayBuilder::new().items(told()).description(Some("Other values, the most trusted first."));
    told().description(Some(says.trim())).property("others", others).required("others").into()
}

/// `object` with who said it and when.
pub(crate) fn said(object: ObjectBuilder) -> ObjectBuilder {
    let nullable = |says: &str| {
        let either = SchemaType::from_iter([Type::String, Type::Null]);
        ObjectBuilder::new().schema_type(either).description(Some(says))
    };
    let day = |says: &str| nullable(says).format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)));
    let last = ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)));
    let last = last.description(Some("The last day it holds; absent where nobody set one."));
    object
        .property("source", nullable("The source in words."))
        .property("as_of", day("The day the source said it; null where the source carries no date."))
        .property("verified_at", day("The day somebody checked it, where known."))
        .property("holds_until", last)
        .required("source")
        .required("as_of")
        .required("verified_at")
}

/// A rating under the name of its measure: `{"overall_star": 4, "source": …}`.
#[derive(Debug)]
pub(crate) struct QualityFact;

impl PartialSchema for QualityFact {
    fn schema() -> RefOr<Schema> {
        const SAYS: &str =
            "A rating under the name of its measure, and who said it: `{\"overall_star\": 4, \"source\": \"…\"}`.";
        let rating = |measure: QualityMeasure| {
            let (low, high) = measure.scale_tenths();
            let scale = ObjectBuilder::new().schema_type(Type::Number);
            scale.minimum(Some(f64::from(low) / 10.0)).maximum(Some(f64::from(high) / 10.0))
        };
        let object = ObjectBuilder::new().schema_type(Type::Object).description(Some(SAYS));
        let object = MEASURES.into_iter().fold(object, |object, measure| object.property(measure.code(), rating(measure)));
        said(object).into()
    }
}

impl ToSchema for QualityFact {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Quality")
    }
}
