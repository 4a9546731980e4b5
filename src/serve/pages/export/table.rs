//! A result as rows and columns, whatever file they are written to.

use jiff::Zoned;

use crate::catalog::manifest::Manifest;
use crate::discharge::Discharge;
use crate::evidence::{Evidence, Tristate};
use crate::matching::report::{AcceptanceAnswer, Match, Report};
use crate::phrases;
use crate::provider::{Address, Provider};
use crate::serve::pages::answer::line::reach;
use crate::serve::pages::answer::suggestions::cut;
use crate::service::DeliveryMode;

/// The heads of the columns and how wide each is, in letters.
pub(crate) const COLUMNS: [(&str, u16); 29] = [
    ("Rank", 6),
    ("Fit", 16),
    ("Name", 34),
    ("Service", 22),
    ("Ownership", 24),
    ("Street", 26),
    ("City", 18),
    ("State", 6),
    ("ZIP", 8),
    ("Phone", 14),
    ("Miles", 8),
    ("Service area", 20),
    ("Network", 44),
    ("Network source", 34),
    ("Needs: yes", 30),
    ("Needs: ask", 30),
    ("Needs: no", 30),
    ("Room", 30),
    ("Room source", 34),
    ("Referrals", 30),
    ("Rating", 16),
    ("Rating source", 34),
    ("Points", 8),
    ("Why here", 60),
    ("To know", 60),
    ("Provider id", 16),
    ("Listed by", 34),
    ("Synthetic", 16),
    ("Directory", 20),
];

/// What stands in one cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ExportCell {
    /// Text, whatever it looks like.
    Text(String),
    /// A number to sort and reckon by.
    Number(f64),
}

impl From<String> for ExportCell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// A result in rows.
#[derive(Debug)]
pub(crate) struct ExportTable {
    /// A row a match, a cell a column.
    pub rows: Vec<Vec<ExportCell>>,
    /// Whether not all matches are here.
    pub is_cut: bool,
    /// What the result is of: names and values.
    #[cfg_attr(not(feature = "xlsx"), expect(dead_code, reason = "CSV has one table"))]
    pub about: Vec<(&'static str, String)>,
}

impl ExportTable {
    /// `report`, answered from the directory of `manifest`, written at `now`.
    pub(crate) fn of(report: &Report, manifest: &Manifest, now: &Zoned) -> Self {
        let synthetic = if manifest.synthetic { "invented sample: do not place a patient by it" } else { "" };
        let mut about = vec![
            ("What was asked", phrases::question(&report.discharge)),
            ("Asked on", report.discharge.asked_on.to_string()),
            ("Written", now.strftime("%Y-%m-%d %H:%M").to_string()),
            ("Directory", manifest.generation.clone()),
            ("Directory built", manifest.built_at.to_string()),
            ("Directory is", synthetic.to_owned()),
            ("Places found", report.matched().to_string()),
            ("Places left out", report.left_out.values().sum::<u32>().to_string()),
            ("Cut", cut(report.matched()).unwrap_or_default()),
        ];
        about.extend(report.remarks.iter().map(|remark| ("Remark", remark.text.clone())));
        about.retain(|(_, value)| !value.is_empty());
        let rows = report.matches.iter().map(|found| row(found, &report.discharge, manifest)).collect();
        Self { rows, is_cut: cut(report.matched()).is_some(), about }
    }
}

fn row(found: &Match, discharge: &Discharge, manifest: &Manifest) -> Vec<ExportCell> {
    let provider = &found.provider;
    let address = provider.address.as_ref().map(|fact| &fact.value);
    let of_address = |part: fn(&Address) -> String| ExportCell::Text(address.map(part).unwrap_or_default());
    let rating = provider.line(discharge.service).and_then(|line| line.rating.as_ref());
    let by = |evidence: Option<&Evidence>| ExportCell::Text(evidence.map(Evidence::to_string).unwrap_or_default());
    let notices: Vec<&str> = found.notices.iter().map(|notice| notice.text.as_str()).collect();
    vec![
        ExportCell::Number(found.rank.into()),
        found.fit.label().to_owned().into(),
        provider.name.value.clone().into(),
        discharge.service.label().to_owned().into(),
        provider.ownership.as_ref().map(|fact| fact.value.clone()).unwrap_or_default().into(),
        of_address(|address| address.street.clone()),
        of_address(|address| address.city.clone()),
        of_address(|address| address.state.to_string()),
        of_address(|address| address.zip.to_string()),
        phone(provider).into(),
        miles(found, discharge),
        service_area(found, discharge).into(),
        phrases::network(&found.network).into(),
        by(found.network.evidence.as_ref()),
        answered(found, Tristate::Yes).into(),
        answered(found, Tristate::Unknown).into(),
        answered(found, Tristate::No).into(),
        room(found).into(),
        by(found.availability.evidence.as_ref()),
        found.outcomes.map(phrases::outcomes).unwrap_or_default().into(),
        rating.map(|fact| phrases::rating(fact.value)).unwrap_or_default().into(),
        by(rating.map(|fact| &fact.evidence)),
        rounded(found.score.value()),
        found.because.clone().into(),
        notices.join(" ").into(),
        provider.id.to_string().into(),
        provider.name_evidence().to_string().into(),
        if manifest.synthetic { "invented sample" } else { "" }.to_owned().into(),
        manifest.generation.clone().into(),
    ]
}

/// Empty where the service comes to the patient, and where the distance is not known.
fn miles(found: &Match, discharge: &Discharge) -> ExportCell {
    let travels = discharge.geography() == DeliveryMode::PatientTravels;
    let miles = found.distance.filter(|_| travels);
    miles.map_or_else(|| ExportCell::Text(String::new()), |miles| rounded(miles.value()))
}

/// Empty where the patient travels.
fn service_area(found: &Match, discharge: &Discharge) -> String {
    match discharge.geography() {
        DeliveryMode::PatientTravels => String::new(),
        DeliveryMode::ProviderComes => reach(found, discharge),
    }
}

/// "yes", "no" or "unknown", and for which days where the provider says so: "yes, 22 Nov to 24 Nov, 2 beds".
fn room(found: &Match) -> String {
    let days = found.availability.days.map(|days| format!(", {days}")).unwrap_or_default();
    format!("{}{days}", found.availability.answer.code())
}

/// A number with one decimal, the same as the page prints.
fn rounded(number: f64) -> ExportCell {
    let printed = format!("{number:.1}");
    printed.parse().map_or_else(|_| ExportCell::Text(printed.clone()), ExportCell::Number)
}

fn phone(provider: &Provider) -> String {
    provider.phone.as_ref().map(|fact| fact.value.to_string()).unwrap_or_default()
}

fn answered(found: &Match, answer: Tristate) -> String {
    let given = found.acceptance.answers.iter().filter(|given| given.answer == answer);
    let label = |given: &AcceptanceAnswer| {
        if given.required { given.asked.label().to_owned() } else { format!("{} (preferred)", given.asked.label()) }
    };
    given.map(label).collect::<Vec<_>>().join("; ")
}
