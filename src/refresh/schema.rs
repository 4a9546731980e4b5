//! The files of this project's own making, version 1: the columns of a payer roster and of a provider profile.

use crate::likeness::{did_you_mean, nearest};
use crate::refresh::account::Refusal;
use crate::refresh::column::Column;
use crate::refresh::dataset::Dataset;
use crate::refresh::table::Columns;

/// How a field is written: in a table always as text, in JSON as the type that is natural.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Several texts: `|` between them in a table, a list in JSON.
    Texts,
    /// A number.
    Number,
    /// A GeoJSON object.
    Area,
}

/// A column of a table, or a field of a JSON object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// What it means.
    pub column: Column,
    /// What it is called.
    pub name: &'static str,
    /// How it is written.
    pub kind: Kind,
}

const fn field(column: Column, name: &'static str, kind: Kind) -> Field {
    Field { column, name, kind }
}

/// The columns of a payer roster.
pub const ROSTER: [Field; 9] = [
    field(Column::Payer, "payer", Kind::Text),
    field(Column::Plan, "plan", Kind::Texts),
    field(Column::Network, "network", Kind::Text),
    field(Column::Ccn, "ccn", Kind::Text),
    field(Column::Npi, "npi", Kind::Text),
    field(Column::Service, "service", Kind::Text),
    field(Column::Tier, "tier", Kind::Text),
    field(Column::Begin, "begin", Kind::Text),
    field(Column::End, "end", Kind::Text),
];

/// The columns of a provider profile.
pub const PROFILE: [Field; 25] = [
    field(Column::Ccn, "ccn", Kind::Text),
    field(Column::Npi, "npi", Kind::Text),
    field(Column::Service, "service", Kind::Text),
    field(Column::Name, "name", Kind::Text),
    field(Column::Street, "street", Kind::Text),
    field(Column::City, "city", Kind::Text),
    field(Column::State, "state", Kind::Text),
    field(Column::Zip, "zip", Kind::Text),
    field(Column::Phone, "phone", Kind::Text),
    field(Column::NeedsYes, "needs_yes", Kind::Texts),
    field(Column::NeedsNo, "needs_no", Kind::Texts),
    field(Column::MaxWeight, "max_weight_lb", Kind::Number),
    field(Column::MinAge, "min_age", Kind::Number),
    field(Column::MaxAge, "max_age", Kind::Number),
    field(Column::MaxDoses, "max_doses_a_day", Kind::Number),
    field(Column::MaxCost, "max_cost_dollars_a_day", Kind::Number),
    field(Column::Zips, "zips", Kind::Texts),
    field(Column::RadiusMiles, "radius_miles", Kind::Number),
    field(Column::AreaGeojson, "area_geojson", Kind::Area),
    field(Column::Languages, "languages", Kind::Texts),
    field(Column::OnlySex, "only_sex", Kind::Text),
    field(Column::StartOfCare, "start_of_care_hours", Kind::Number),
    field(Column::AsOf, "as_of", Kind::Text),
    field(Column::VerifiedAt, "verified_at", Kind::Text),
    field(Column::StatedBy, "stated_by", Kind::Text),
];

/// The fields of a dataset whose schema is ours; `None` where it is somebody else's and may hold more than is read.
pub fn of(dataset: Dataset) -> Option<&'static [Field]> {
    match dataset {
        Dataset::PayerRoster => Some(&ROSTER),
        Dataset::ProviderProfiles => Some(&PROFILE),
        _ => None,
    }
}

/// What a dataset calls a column today.
pub fn name(dataset: Dataset, column: Column) -> &'static str {
    let field = of(dataset).and_then(|fields| fields.iter().find(|field| field.column == column));
    field.map_or(dataset.calls(column), |field| field.name)
}

/// Which of our schemas a header was most likely meant for; `None` where hardly a cell of it is like any.
pub fn likely(columns: &Columns) -> Option<Dataset> {
    let alike = |dataset: Dataset| {
        let names = || of(dataset).into_iter().flatten().map(|field| field.name);
        columns.cells().filter(|cell| !nearest(cell, names(), 1).is_empty()).count()
    };
    let (cells, dataset) =
        [Dataset::PayerRoster, Dataset::ProviderProfiles].map(|dataset| (alike(dataset), dataset)).into_iter().max()?;
    (cells >= 2).then_some(dataset)
}

/// That the schema has no field of this name, with the nearest it has.
pub fn unknown(what: &str, name: &str, fields: &[Field]) -> Refusal {
    let names = nearest(name, fields.iter().map(|field| field.name), 3);
    let all = || "placement template prints every one there is".to_owned();
    Refusal::whole("", &format!("there is no {what} \"{name}\"")).advised(did_you_mean(&names).unwrap_or_else(all))
}

/// What is wrong with the header of a file whose schema is ours: each cell at fault, and why.
pub fn wrong_header(dataset: Dataset, columns: &Columns) -> Vec<(String, Refusal)> {
    let Some(fields) = of(dataset) else { return Vec::new() };
    let known: Vec<Column> = fields.iter().map(|field| field.column).collect();
    let strange = columns.unknown(&known).map(|cell| (cell.to_owned(), unknown("column", cell, fields)));
    let again = |cell: &String| (cell.clone(), Refusal::whole("", &format!("a second column \"{cell}\" is not read")));
    strange.chain(columns.doubled.iter().map(again)).collect()
}
