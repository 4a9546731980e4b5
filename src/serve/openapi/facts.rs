//! Facts as schemas: a value, its source and date, and the values of other sources.

use std::borrow::Cow;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::provider::Sex;
use crate::provider::quality::QualityMeasure;
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
    /// A text, its source, and the values of other sources.
    TextFact: String;
    /// A yes or no, its source, and the values of other sources.
    YesNoFact: bool;
    /// A count, its source, and the values of other sources.
    CountFact: u32;
    /// A rating, its source, and the values of other sources.
    RatingFact: f64;
    /// A list, its source, and the values of other sources.
    ListFact: Vec<String>;
    /// A sex, its source, and the values of other sources.
    SexFact: Sex;
    /// An address, its source, and the values of other sources.
    AddressFact: AddressJson<'static>;
    /// A point, its source, and the values of other sources.
    PointFact: PositionJson;
}

fn fact(says: &str, value: &RefOr<Schema>) -> RefOr<Schema> {
    let told = || said(ObjectBuilder::new().schema_type(Type::Object).property("value", value.clone()).required("value"));
    let others = ArrayBuilder::new().items(told()).description(Some("The values of other sources, the most trusted first."));
    told().description(Some(says.trim())).property("others", others).required("others").into()
}

/// `object` with its source and dates.
pub(crate) fn said(object: ObjectBuilder) -> ObjectBuilder {
    let nullable = |says: &str| {
        let either = SchemaType::from_iter([Type::String, Type::Null]);
        ObjectBuilder::new().schema_type(either).description(Some(says))
    };
    let day = |says: &str| nullable(says).format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)));
    let last = ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)));
    let last = last.description(Some("The last day it is in effect; absent if none was set."));
    object
        .property("source", nullable("The source in words."))
        .property("as_of", day("The day of the source's data; null if it carries no date."))
        .property("verified_at", day("The day somebody confirmed it, if known."))
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
            "A rating under the name of its measure, and its source: `{\"overall_star\": 4, \"source\": \"…\"}`.";
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
