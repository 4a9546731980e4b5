//! Macros that declare requests and vocabularies, and generate a parser and a schema from one
//! declaration.

/// Declares a request body or a part of one.
///
/// Each line of a struct declares a [`Field`](crate::input::field::Field): its description, name,
/// type with bounds, and further rules as calls of [`FieldRule`](crate::input::field::FieldRule).
/// `one of` lists the forms that an object may have, each with its required fields and, after a
/// semicolon, its optional ones. The parser accepts the fields of every form; the second stage
/// decides which form it is. `where` gives calls of
/// [`ObjectRule`](crate::input::field::ObjectRule). An enum is a text or an object.
macro_rules! input {
    (
        $(#[doc = $says:literal])+
        pub(crate) struct $request:ident as $title:literal {
            $(
                $(#[doc = $about:literal])+
                $field:ident: $kind:ty $(, $rule:ident $arguments:tt)*;
            )+
        }
        $(one of {$(
            $(#[doc = $form_says:literal])+
            $form:ident { $($member:ident $(= $narrower:expr)?),+ $(; $($other:ident),+)? }
        )+})?
        $(where $($option:ident $option_arguments:tt),+;)?
    ) => {
        $(#[doc = $says])+
        #[derive(Debug, Clone)]
        pub(crate) struct $request {
            $($(#[doc = $about])+ pub(crate) $field: $crate::input::field::Field<<$kind as $crate::input::field::InputType>::Value>,)+
        }

        impl $request {
            /// The field names, in order.
            pub(crate) const NAMES: &'static [&'static str] = &[$(stringify!($field)),+];
        }

        impl $crate::input::field::InputType for $request {
            type Value = Self;

            fn read(
                value: &serde_json::Value,
                at: $crate::input::place::FieldPlace,
                faults: &mut $crate::input::errors::FieldErrors,
            ) -> Option<Self> {
                let rule = $crate::input::field::ObjectRule::new(Self::NAMES)$($(.$option $option_arguments)+)?;
                let object = rule.open(value, at, faults)?;
                Some(Self {$(
                    $field: $crate::input::field::FieldRule::<$kind>::new(stringify!($field), concat!($($about),+))
                        $(.$rule $arguments)*
                        .read(object, at, faults),
                )+})
            }

            fn describe(schemas: &mut Vec<$crate::input::schema::NamedSchema>) -> serde_json::Value {
                $crate::input::schema::name_of::<Self>(schemas)
            }
        }

        $crate::input::declare::named_schema! { $request as $title, |schemas| {
            let fields = vec![$(
                $crate::input::field::FieldRule::<$kind>::new(stringify!($field), concat!($($about),+))
                    $(.$rule $arguments)*
                    .describe(schemas)
            ),+];
            let forms = [$($($crate::input::schema::FormSchema {
                name: stringify!($form),
                says: concat!($($form_says),+),
                members: vec![$((stringify!($member), $crate::input::declare::narrower!($($narrower)?))),+],
                others: vec![$($(stringify!($other)),+)?],
            }),+)?];
            let rule = $crate::input::field::ObjectRule::new($request::NAMES)$($(.$option $option_arguments)+)?;
            rule.describe(concat!($($says),+), fields, &forms, schemas)
        }}
    };
    (
        $(#[doc = $says:literal])+
        pub(crate) enum $request:ident as $title:literal {
            $(#[doc = $text_says:literal])+
            $text:ident($word:ty),
            $(#[doc = $object_says:literal])+
            $object:ident($fields:ty),
        }
    ) => {
        $(#[doc = $says])+
        #[derive(Debug, Clone)]
        pub(crate) enum $request {
            $(#[doc = $text_says])+
            $text(<$word as $crate::input::field::InputType>::Value),
            $(#[doc = $object_says])+
            $object(Box<<$fields as $crate::input::field::InputType>::Value>),
        }

        impl $crate::input::field::InputType for $request {
            type Value = Self;

            fn read(
                value: &serde_json::Value,
                at: $crate::input::place::FieldPlace,
                faults: &mut $crate::input::errors::FieldErrors,
            ) -> Option<Self> {
                if value.is_object() {
                    <$fields as $crate::input::field::InputType>::read(value, at, faults).map(Box::new).map(Self::$object)
                } else {
                    <$word as $crate::input::field::InputType>::read(value, at, faults).map(Self::$text)
                }
            }

            fn describe(schemas: &mut Vec<$crate::input::schema::NamedSchema>) -> serde_json::Value {
                $crate::input::schema::name_of::<Self>(schemas)
            }
        }

        $crate::input::declare::named_schema! { $request as $title, |schemas| {
            let forms = [
                <$word as $crate::input::field::InputType>::describe(schemas),
                <$fields as $crate::input::field::InputType>::describe(schemas),
            ];
            $crate::input::schema::one_of(concat!($($says),+), forms)
        }}
    };
}

/// Gives a type a named schema in the OpenAPI document; the schemas that it refers to are added to
/// `$schemas`.
macro_rules! named_schema {
    ($value:ty as $title:literal, |$schemas:ident| $schema:expr) => {
        impl utoipa::PartialSchema for $value {
            fn schema() -> $crate::input::schema::ValueSchema {
                let $schemas = &mut Vec::new();
                $schema
            }
        }

        impl utoipa::ToSchema for $value {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed($title)
            }

            fn schemas($schemas: &mut Vec<$crate::input::schema::NamedSchema>) {
                let _ = $schema;
            }
        }
    };
}

macro_rules! narrower {
    () => {
        None
    };
    ($schema:expr) => {
        Some($schema)
    };
}

/// Declares vocabularies. Each has a description, a type and a schema name; then either the values
/// `of` the type, their codes, and the error code and detail for an unknown text; or the codes, a
/// parser, and a function that reports an unknown text.
macro_rules! vocabulary {
    ($(
        $(#[doc = $says:literal])+
        $value:ty as $title:literal of $all:expr, $code:expr, $fault:literal, $detail:expr;
    )+) => {$(
        $crate::input::declare::vocabulary! {
            $(#[doc = $says])+
            $value as $title: $all.into_iter().map($code),
                |typed| $all.into_iter().find(|known| $code(*known) == typed),
                |typed, at, faults| {
                    let detail: fn(&str) -> String = $detail;
                    faults.unknown(at, $fault, detail(typed), typed, $all.into_iter().map($code));
                };
        }
    )+};
    ($(
        $(#[doc = $says:literal])+
        $value:ty as $title:literal: $words:expr, $read:expr, $refuse:expr;
    )+) => {$(
        impl $crate::input::field::InputType for $value {
            type Value = Self;

            fn read(
                value: &serde_json::Value,
                at: $crate::input::place::FieldPlace,
                faults: &mut $crate::input::errors::FieldErrors,
            ) -> Option<Self> {
                let read: fn(&str) -> Option<Self> = $read;
                let refuse: fn(&str, $crate::input::place::FieldPlace, &mut $crate::input::errors::FieldErrors) = $refuse;
                let typed = $crate::input::values::text(value, at, faults)?;
                let found = read(typed);
                if found.is_none() {
                    refuse(typed, at, faults);
                }
                found
            }

            fn describe(schemas: &mut Vec<$crate::input::schema::NamedSchema>) -> serde_json::Value {
                $crate::input::schema::name_of::<Self>(schemas)
            }
        }

        $crate::input::declare::named_schema! { $value as $title, |schemas| {
            let _: &mut Vec<$crate::input::schema::NamedSchema> = schemas;
            let words = $crate::input::schema::word_of($words);
            $crate::input::schema::parsed($crate::input::schema::described(words, concat!($($says),+)))
        }}
    )+};
}

pub(crate) use {input, named_schema, narrower, vocabulary};

#[cfg(test)]
mod tests {
    use jiff::civil::Date;
    use serde_json::{Value, json};
    use utoipa::{PartialSchema, ToSchema};

    use crate::input::errors::FieldErrors;
    use crate::input::field::InputType;
    use crate::input::place::FieldPlace;
    use crate::input::values::{ListOf, Text, Whole};
    use crate::service::Service;

    input! {
        /// A made-up body.
        pub(crate) struct BodySample as "BodySample" {
            /// The name.
            name: Text<5>, required("which name?", || Some("any".to_owned())), filled("missing", "no name", || None);
            /// How many.
            count: Whole<1, 3>, usual(2);
            /// The day.
            day: Date, note(|| format!("At most {} days ago.", 3));
            /// The parts.
            parts: ListOf<PartSample, 2>, filled("missing", "no parts", || None);
        }
    }

    input! {
        /// A service or a flag.
        pub(crate) struct PartSample as "PartSample" {
            /// A service.
            service: Service;
            /// A flag.
            flag: bool;
            /// How sure.
            sure: Whole<0, 100>;
        }
        one of {
            /// A part with a service.
            ServicePart { service; sure }
            /// A part with a flag.
            FlagPart { flag = crate::input::schema::word_of(["on"]), sure }
        }
    }

    fn read(body: &Value) -> (Option<BodySample>, Vec<String>) {
        let mut faults = FieldErrors::default();
        let read = BodySample::read(body, FieldPlace::ROOT, &mut faults);
        (read, faults.iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect())
    }

    #[test]
    fn every_fault_of_a_body_is_told_and_the_rest_is_read() {
        let (sample, faults) = read(&json!({"name": "a", "day": null, "parts": [{"flag": true}]}));
        let sample = sample.unwrap();
        assert_eq!(sample.name.given().map(String::as_str), Some("a"));
        let part = sample.parts.items().next().unwrap().1;
        assert_eq!((part.flag.given(), part.service.given()), (Some(&true), None));
        assert_eq!((faults, sample.count.given(), sample.day.is_present()), (Vec::new(), Some(&2), false));
        assert_eq!(sample.parts.items().map(|(at, _)| at.to_string()).collect::<Vec<_>>(), ["/parts/0"]);
        let wrong = json!({"nmae": 1, "count": 4, "day": "x", "parts": [{"service": "hospices", "sure": 1, "flag": "x"}, 1]});
        let (sample, faults) = read(&wrong);
        assert_eq!(
            faults,
            [
                "/nmae unknown_field",
                "/name missing",
                "/count out_of_range",
                "/day not_a_date",
                "/parts/0/service no_such_service",
                "/parts/0/flag wrong_type",
                "/parts/1 wrong_type"
            ]
        );
        let sample = sample.unwrap();
        assert_eq!((sample.count.is_present(), sample.count.given()), (true, None));
        assert_eq!(sample.parts.items().filter_map(|(_, part)| part.sure.given()).collect::<Vec<_>>(), [&1]);
        for (body, fault) in [
            (json!([]), " wrong_type"),
            (json!({"name": "  "}), "/name missing"),
            (json!({"name": "abcdef"}), "/name too_long"),
            (json!({"name": "a", "parts": []}), "/parts missing"),
            (json!({"name": "a", "parts": [{}, {}, {}]}), "/parts too_many"),
        ] {
            assert_eq!(read(&body).1, [fault], "{body}");
        }
    }

    #[test]
    fn the_schema_is_of_the_same_lines() {
        let mut parts = Vec::new();
        <BodySample as ToSchema>::schemas(&mut parts);
        let names: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["Service", "ServicePart", "FlagPart", "PartSample"]);
        let body = json!({
            "type": "object", "description": "A made-up body.", "required": ["name"], "additionalProperties": false,
            "properties": {
                "name": {"type": "string", "description": "The name.", "maxLength": 5, "pattern": "\\S"},
                "count": {"type": ["integer", "null"], "description": "How many. 2 if left out.", "minimum": 1, "maximum": 3},
                "day": {"type": ["string", "null"], "format": "date", "description": "The day. At most 3 days ago."},
                "parts": {
                    "type": ["array", "null"], "description": "The parts.", "minItems": 1, "maxItems": 2,
                    "items": {"$ref": "#/components/schemas/PartSample"}
                }
            }
        });
        assert_eq!(json!(BodySample::schema()), body);
        let flag = json!({
            "type": "object", "description": "A part with a flag.", "required": ["flag", "sure"], "additionalProperties": false,
            "properties": {
                "flag": {"type": "string", "description": "A flag.", "enum": ["on"]},
                "sure": {"type": "integer", "description": "How sure.", "minimum": 0, "maximum": 100}
            }
        });
        assert_eq!(json!(parts[2].1), flag);
        assert_eq!(json!(parts[1].1)["properties"]["sure"]["type"], json!(["integer", "null"]));
        let forms = ["#/components/schemas/ServicePart", "#/components/schemas/FlagPart"].map(|name| json!({"$ref": name}));
        assert_eq!(json!(parts[3].1), json!({"description": "A service or a flag.", "oneOf": forms}));
    }
}
