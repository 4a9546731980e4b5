//! The schemas of this project's own files, version 1: payer roster and provider profile.

use crate::fuzzy::{did_you_mean, nearest};
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_header::CsvHeader;
use crate::refresh::source_record::RowError;

/// The type of a field: always text in a table, the natural type in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldType {
    /// Text.
    Text,
    /// Several texts: separated by `|` in a table, a list in JSON.
    Texts,
    /// A number.
    Number,
    /// A GeoJSON object.
    Area,
}

/// A column of a table, or a field of a JSON object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TableField {
    /// Its meaning.
    pub column: KnownColumn,
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: FieldType,
}

const fn field(column: KnownColumn, name: &'static str, kind: FieldType) -> TableField {
    TableField { column, name, kind }
}

/// The columns of a payer roster.
pub(crate) const ROSTER: [TableField; 10] = [
    field(KnownColumn::Payer, "payer", FieldType::Text),
    field(KnownColumn::Plan, "plan", FieldType::Texts),
    field(KnownColumn::Network, "network", FieldType::Text),
    field(KnownColumn::Ccn, "ccn", FieldType::Text),
    field(KnownColumn::Npi, "npi", FieldType::Text),
    field(KnownColumn::Service, "service", FieldType::Text),
    field(KnownColumn::Tier, "tier", FieldType::Text),
    field(KnownColumn::Begin, "begin", FieldType::Text),
    field(KnownColumn::End, "end", FieldType::Text),
    field(KnownColumn::VerifiedAt, "verified_at", FieldType::Text),
];

/// The columns of a provider profile.
pub(crate) const PROFILE: [TableField; 26] = [
    field(KnownColumn::Ccn, "ccn", FieldType::Text),
    field(KnownColumn::Npi, "npi", FieldType::Text),
    field(KnownColumn::Service, "service", FieldType::Text),
    field(KnownColumn::Name, "name", FieldType::Text),
    field(KnownColumn::Street, "street", FieldType::Text),
    field(KnownColumn::City, "city", FieldType::Text),
    field(KnownColumn::State, "state", FieldType::Text),
    field(KnownColumn::Zip, "zip", FieldType::Text),
    field(KnownColumn::Phone, "phone", FieldType::Text),
    field(KnownColumn::NeedsYes, "needs_yes", FieldType::Texts),
    field(KnownColumn::NeedsNo, "needs_no", FieldType::Texts),
    field(KnownColumn::MaxWeight, "max_weight_lb", FieldType::Number),
    field(KnownColumn::MinAge, "min_age", FieldType::Number),
    field(KnownColumn::MaxAge, "max_age", FieldType::Number),
    field(KnownColumn::MaxDoses, "max_doses_a_day", FieldType::Number),
    field(KnownColumn::MaxCost, "max_cost_dollars_a_day", FieldType::Number),
    field(KnownColumn::Zips, "zips", FieldType::Texts),
    field(KnownColumn::RadiusMiles, "radius_miles", FieldType::Number),
    field(KnownColumn::AreaGeojson, "area_geojson", FieldType::Area),
    field(KnownColumn::Languages, "languages", FieldType::Texts),
    field(KnownColumn::OnlySex, "only_sex", FieldType::Text),
    field(KnownColumn::Serves, "serves", FieldType::Texts),
    field(KnownColumn::StartOfCare, "start_of_care_hours", FieldType::Number),
    field(KnownColumn::AsOf, "as_of", FieldType::Text),
    field(KnownColumn::VerifiedAt, "verified_at", FieldType::Text),
    field(KnownColumn::StatedBy, "stated_by", FieldType::Text),
];

/// The fault for an unknown field, with the nearest known names.
pub(crate) fn unknown(what: &str, name: &str, fields: &[TableField]) -> RowError {
    let names = nearest(name, fields.iter().map(|field| field.name), 3);
    let all = || "placement template prints all of them".to_owned();
    RowError::whole("", &format!("there is no {what} \"{name}\"")).with_hint(did_you_mean(&names).unwrap_or_else(all))
}

/// The faults of the header of a file with our own schema: each faulty cell and the reason.
pub(crate) fn wrong_header(fields: &[TableField], columns: &CsvHeader) -> Vec<(String, RowError)> {
    let known: Vec<KnownColumn> = fields.iter().map(|field| field.column).collect();
    let strange = columns.unknown(&known).map(|cell| (cell.to_owned(), unknown("column", cell, fields)));
    let again = |cell: &String| (cell.clone(), RowError::whole("", &format!("the duplicate column \"{cell}\" is ignored")));
    strange.chain(columns.doubled.iter().map(again)).collect()
}
