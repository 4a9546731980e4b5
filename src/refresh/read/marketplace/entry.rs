//! The entries of marketplace files, read leniently: `null` equals a missing field, and a number is accepted for a text.

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::place::{State, Zip, ZipTable};
use crate::provider::Address;
use crate::refresh::csv_cell;
use crate::refresh::json_element::JsonElement;
use crate::refresh::streaming_list::ElementOutcome;

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
struct EntryKind {
    #[serde(default, rename = "type", deserialize_with = "text")]
    name: String,
}

/// Why an entry is not read further: it is about a person, or nothing says that it is about a facility. `None` for a facility.
pub(crate) fn set_aside(element: JsonElement<'_>) -> Option<ElementOutcome> {
    let refused = |why: &str| Some(ElementOutcome::Rejected(why.to_owned()));
    // The part read before an error may be about a person, so the message quotes nothing.
    let Ok(kind) = element.parse::<EntryKind>() else { return refused("it is not an object with a type") };
    match kind.name.to_ascii_uppercase().as_str() {
        "FACILITY" => None,
        "INDIVIDUAL" => Some(ElementOutcome::PassedOver),
        _ => refused("its type is neither FACILITY nor INDIVIDUAL"),
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
    #[serde(default, deserialize_with = "text")]
    pub last_updated_on: String,
    #[serde(default, deserialize_with = "list")]
    pub addresses: Vec<MarketplaceAddress>,
    #[serde(default, deserialize_with = "list")]
    pub plans: Vec<ParticipationEntry>,
}

impl MarketplaceFacility {
    /// Its types and specialties, as written.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = &str> {
        self.kinds.iter().chain(&self.specialty).chain(&self.speciality).map(String::as_str)
    }
}

/// A facility's address.
#[derive(Deserialize)]
pub(crate) struct MarketplaceAddress {
    #[serde(default, deserialize_with = "text")]
    address: String,
    #[serde(default, alias = "address2", deserialize_with = "text")]
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
    /// The address, without the parts that cannot be read.
    pub(crate) fn address(&self) -> Option<Address> {
        let street: Vec<&str> =
            [&self.address, &self.address_2].into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        Address {
            street: csv_cell::clean_text(&street.join(", ")).0.into_owned(),
            city: csv_cell::clean_text(&self.city).0.into_owned(),
            state: self.state(),
            zip: self.zip(),
        }
        .unless_empty()
    }

    /// The address and telephone number as written, for comparison.
    pub(crate) fn written(&self) -> String {
        [&self.address, &self.address_2, &self.city, &self.state, &self.zip, &self.phone].map(String::as_str).join("|")
    }

    /// The field of the address that cannot be read, and its value.
    pub(crate) fn unusable(&self) -> Option<(&'static str, &str)> {
        if self.zip().is_none() {
            return Some(("zip", &self.zip));
        }
        self.state().is_none().then_some(("state", &self.state))
    }

    /// The ZIP code; leading zeros that a number lost are restored.
    pub(crate) fn zip(&self) -> Option<Zip> {
        self.zip.parse().ok().or_else(|| Zip::with_lost_zeros(&self.zip))
    }

    /// The state; if missing or unreadable, the state of the ZIP code.
    fn state(&self) -> Option<State> {
        self.state.parse().ok().or_else(|| ZipTable::curated().get(self.zip()?).map(|place| place.state))
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
pub(crate) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
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
pub(crate) fn texts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
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
pub(crate) fn list<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::<Vec<Option<T>>>::deserialize(from)?.unwrap_or_default().into_iter().flatten().collect())
}

/// A list of years, or a single one.
pub(crate) fn years<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<i16>, D::Error> {
    let year = |text: String| text.parse().map_err(|_| D::Error::custom(format!("\"{text}\" is not a year")));
    texts(from)?.into_iter().map(year).collect()
}
