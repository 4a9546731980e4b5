//! The entries of marketplace files, read leniently: `null` equals a missing field, and a number is accepted for a text.

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::place::{State, Zip, ZipTable};
use crate::provider::Address;
use crate::refresh::csv_cell;
use crate::text::fold_words;

/// A plan's identifier and name.
#[derive(Deserialize)]
pub(crate) struct PlanEntry {
    #[serde(deserialize_with = "text")]
    pub plan_id: String,
    #[serde(default, deserialize_with = "text")]
    pub marketing_name: String,
}

/// The type of an entry, read before anything else.
#[derive(Deserialize)]
pub(crate) struct EntryKind {
    #[serde(default, rename = "type", deserialize_with = "text")]
    name: String,
}

/// The types of entries.
pub(crate) enum FacilityTypeText {
    /// An organization.
    Facility,
    /// A person; nothing of the entry may be kept.
    Person,
    /// The type is missing or something else.
    Unknown,
}

impl EntryKind {
    /// The type by its name, ignoring case.
    pub(crate) fn of(&self) -> FacilityTypeText {
        match self.name.to_ascii_uppercase().as_str() {
            "FACILITY" => FacilityTypeText::Facility,
            "INDIVIDUAL" => FacilityTypeText::Person,
            _ => FacilityTypeText::Unknown,
        }
    }
}

/// A facility and the plans it participates in.
#[derive(Deserialize)]
pub(crate) struct MarketplaceFacility {
    #[serde(default, deserialize_with = "text")]
    pub npi: String,
    #[serde(rename = "facility_name", deserialize_with = "text")]
    pub name: String,
    #[serde(default, rename = "facility_type", deserialize_with = "texts")]
    kinds: Vec<String>,
    // Both spellings are in use; an entry may have both.
    #[serde(default, deserialize_with = "texts")]
    specialty: Vec<String>,
    #[serde(default, deserialize_with = "texts")]
    speciality: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    pub addresses: Vec<MarketplaceAddress>,
    #[serde(default, deserialize_with = "list")]
    pub plans: Vec<ParticipationEntry>,
}

impl MarketplaceFacility {
    /// Its types and specialties as lowercase words with spaces around: " skilled nursing facility ".
    pub(crate) fn kinds(&self) -> Vec<String> {
        let plain = |text: &String| format!(" {} ", fold_words(text));
        self.kinds.iter().chain(&self.specialty).chain(&self.speciality).map(plain).collect()
    }
}

/// A facility's address.
#[derive(Deserialize)]
pub(crate) struct MarketplaceAddress {
    #[serde(default, deserialize_with = "text")]
    address: String,
    #[serde(default, deserialize_with = "text")]
    address_2: String,
    #[serde(default, deserialize_with = "text")]
    city: String,
    #[serde(default, deserialize_with = "text")]
    state: String,
    #[serde(default, deserialize_with = "text")]
    zip: String,
    #[serde(default, deserialize_with = "text")]
    pub phone: String,
}

impl MarketplaceAddress {
    /// The address if its ZIP code and state are known.
    pub(crate) fn address(&self) -> Option<Address> {
        let street: Vec<&str> =
            [&self.address, &self.address_2].into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        Some(Address {
            street: csv_cell::clean_text(&street.join(", ")).0.into_owned(),
            city: csv_cell::clean_text(&self.city).0.into_owned(),
            state: self.state()?,
            zip: self.zip()?,
        })
    }

    /// The field that makes the address unusable, and its value.
    pub(crate) fn unusable(&self) -> Option<(&'static str, &str)> {
        if self.zip().is_none() {
            return Some(("zip", &self.zip));
        }
        self.state().is_none().then_some(("state", &self.state))
    }

    /// The ZIP code; leading zeros that a number lost are restored.
    fn zip(&self) -> Option<Zip> {
        let digits = self.zip.bytes().all(|byte| byte.is_ascii_digit());
        if digits && (3..5).contains(&self.zip.len()) { format!("{:0>5}", self.zip).parse() } else { self.zip.parse() }.ok()
    }

    /// The state; if missing, the state of the ZIP code.
    fn state(&self) -> Option<State> {
        if self.state.is_empty() {
            return ZipTable::curated().get(self.zip()?).map(|place| place.state);
        }
        self.state.parse().ok()
    }
}

/// A facility's participation in a plan.
#[derive(Deserialize)]
pub(crate) struct ParticipationEntry {
    #[serde(deserialize_with = "text")]
    pub plan_id: String,
    #[serde(default, deserialize_with = "text")]
    pub network_tier: String,
    #[serde(default, deserialize_with = "years")]
    pub years: Vec<i16>,
}

/// A trimmed text; a number as its digits, an empty text for `null`.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    match Value::deserialize(from)? {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.trim().to_owned()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(D::Error::custom("expected a text, found a list, an object or a boolean")),
    }
}

/// A text in a list.
#[derive(Deserialize)]
struct BoundedText(#[serde(deserialize_with = "text")] String);

/// A list of texts, or a single one; empty texts are dropped.
fn texts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let texts = match Value::deserialize(from)? {
        Value::Null => Vec::new(),
        Value::Array(items) => {
            let text = |item| BoundedText::deserialize(item).map(|BoundedText(text)| text).map_err(D::Error::custom);
            items.into_iter().map(text).collect::<Result<_, _>>()?
        }
        one => vec![text(one).map_err(D::Error::custom)?],
    };
    Ok(texts.into_iter().filter(|text: &String| !text.is_empty()).collect())
}

/// A list; `null` is an empty list, and `null` items are dropped.
fn list<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::<Vec<Option<T>>>::deserialize(from)?.unwrap_or_default().into_iter().flatten().collect())
}

fn years<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<i16>, D::Error> {
    let year = |text: String| text.parse().map_err(|_| D::Error::custom(format!("\"{text}\" is not a year")));
    texts(from)?.into_iter().map(year).collect()
}
