//! A result as rows and columns, for every file format. Names and dates stay as in the directory: dates in ISO 8601.

use jiff::Zoned;

use crate::catalog::manifest::Manifest;
use crate::discharge::{Discharge, Notice};
use crate::evidence::{Evidence, Tristate};
use crate::matching::report::{AcceptanceAnswer, Match, Report};
use crate::phrases;
use crate::phrases::likelihood::{likelihood, outcomes};
use crate::phrases::tiers::tier;
use crate::provider::{Address, AvailabilityWindow, Provider, ServiceLine};
use crate::serve::pages::answer::line::reach;
use crate::serve::pages::answer::suggestions::cut;
use crate::service::DeliveryMode;
use crate::text::count_text::counted;

/// The column headings and widths, in characters.
pub(crate) const COLUMNS: &[(&str, u16)] = &[
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
    ("Room from", 12),
    ("Referrals", 30),
    ("Rating", 16),
    ("Rating source", 34),
    ("Quality measures", 44),
    ("Is for", 30),
    ("Score", 8),
    ("Chance (%)", 8),
    ("Chance times score", 8),
    ("Likelihood", 60),
    ("Why ranked here", 60),
    ("Safety notices", 60),
    ("Notes", 60),
    ("Provider id", 16),
    ("Listed by", 34),
    ("Synthetic", 16),
    ("Directory", 20),
];

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ExportCell {
    /// Text, even if it looks like a number.
    Text(String),
    /// A number.
    Number(f64),
}

impl From<String> for ExportCell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// A table in rows.
#[derive(Debug)]
pub(crate) struct ExportTable {
    /// The column headings and widths, in characters.
    pub columns: &'static [(&'static str, u16)],
    /// The name of the sheet in a workbook.
    #[cfg_attr(not(feature = "xlsx"), expect(dead_code, reason = "CSV has one table"))]
    pub sheet: &'static str,
    /// One row for each match, one cell for each column.
    pub rows: Vec<Vec<ExportCell>>,
    /// Whether the result is cut off.
    pub is_cut: bool,
    /// The question and the directory, as names and values.
    #[cfg_attr(not(feature = "xlsx"), expect(dead_code, reason = "CSV has one table"))]
    pub about: Vec<(&'static str, String)>,
}

impl ExportTable {
    /// `report`, answered from the directory of `manifest`, written at `now`.
    pub(crate) fn of(report: &Report, manifest: &Manifest, now: &Zoned) -> Self {
        let synthetic = if manifest.synthetic { "invented sample: do not use for patient care" } else { "" };
        let mut about = vec![
            ("Question", phrases::question_dated(&report.discharge, phrases::iso_date)),
            ("Asked on", report.discharge.asked_on.to_string()),
            ("Written", now.strftime("%Y-%m-%d %H:%M").to_string()),
            ("Directory", manifest.generation.clone()),
            ("Directory built", manifest.built_at.to_string()),
            ("Directory is", synthetic.to_owned()),
            ("Providers found", report.matched().to_string()),
            ("Providers excluded", report.left_out.values().sum::<u32>().to_string()),
            ("Cut", cut(report.matched()).unwrap_or_default()),
        ];
        about.extend(report.remarks.iter().map(|remark| ("Remark", remark.text.clone())));
        about.retain(|(_, value)| !value.is_empty());
        let rows = report.matches.iter().map(|found| row(found, &report.discharge, manifest)).collect();
        Self { columns: COLUMNS, sheet: "Places", rows, is_cut: cut(report.matched()).is_some(), about }
    }
}

fn row(found: &Match, discharge: &Discharge, manifest: &Manifest) -> Vec<ExportCell> {
    let provider = &found.provider;
    let address = provider.address.as_ref().map(|fact| &fact.value);
    let of_address = |part: fn(&Address) -> String| ExportCell::Text(address.map(part).unwrap_or_default());
    let line = provider.line(discharge.service);
    let rating = line.and_then(|line| line.rating.as_ref());
    let gap = phrases::safety::rating_gap(provider, discharge.service);
    let by = |evidence: Option<&Evidence>| ExportCell::Text(evidence.map(Evidence::to_string).unwrap_or_default());
    let (safety, notes) = phrases::safety::notices_of(found, discharge);
    let joined = |notices: Vec<&Notice>| {
        ExportCell::Text(notices.iter().map(|notice| notice.text.as_str()).collect::<Vec<_>>().join(" "))
    };
    vec![
        ExportCell::Number(found.rank.into()),
        tier(found.fit, discharge).to_owned().into(),
        provider.name.value.clone().into(),
        discharge.service.label().to_owned().into(),
        provider.ownership.as_ref().map(|fact| fact.value.clone()).unwrap_or_default().into(),
        of_address(|address| address.street.clone()),
        of_address(|address| address.city.clone()),
        of_address(|address| address.state.map(|state| state.to_string()).unwrap_or_default()),
        of_address(|address| address.zip.map(|zip| zip.to_string()).unwrap_or_default()),
        phone(provider).into(),
        miles(found, discharge),
        service_area(found, discharge).into(),
        phrases::network_dated(&found.network, phrases::iso_date).into(),
        by(found.network.evidence.as_ref()),
        answered(found, Tristate::Yes).into(),
        answered(found, Tristate::Unknown).into(),
        answered(found, Tristate::No).into(),
        room(found).into(),
        by(found.availability.evidence.as_ref()),
        found.availability.room_from.map(|day| day.to_string()).unwrap_or_default().into(),
        found.outcomes.as_ref().map(outcomes).unwrap_or_default().into(),
        match (gap, rating) {
            (Some((gap, _)), _) => gap.to_owned().into(),
            (None, rating) => rating.map(|fact| phrases::rating(fact.value)).unwrap_or_default().into(),
        },
        by(gap.map(|(_, fact)| &fact.evidence).or(rating.map(|fact| &fact.evidence))),
        line.map(measures).unwrap_or_default().into(),
        line.map(served).unwrap_or_default().into(),
        rounded(found.score.value()),
        rounded(found.chance.chance.value() * 100.0),
        rounded(found.worth.value()),
        likelihood(found).join("; ").into(),
        found.because.clone().into(),
        joined(safety),
        joined(notes),
        provider.id.to_string().into(),
        provider.name_evidence().to_string().into(),
        if manifest.synthetic { "invented sample" } else { "" }.to_owned().into(),
        manifest.generation.clone().into(),
    ]
}

/// "Discharge function score, percent: 61.04 (CMS ..., 2026-09-16); ...".
fn measures(line: &ServiceLine) -> String {
    let said = line.measures.iter().map(|(measure, fact)| format!("{}: {} ({})", measure.label(), fact.value, fact.evidence));
    said.collect::<Vec<_>>().join("; ")
}

/// "veterans (its name suggests, 2026-10-29)"; empty if it is for everybody.
fn served(line: &ServiceLine) -> String {
    let said = line.serves.iter().map(|fact| format!("{} ({})", fact.value.label(), fact.evidence));
    said.collect::<Vec<_>>().join("; ")
}

/// Empty if the provider travels to the patient or the distance is unknown.
fn miles(found: &Match, discharge: &Discharge) -> ExportCell {
    let travels = discharge.geography() == DeliveryMode::PatientTravels;
    let miles = found.distance.filter(|_| travels);
    miles.map_or_else(|| ExportCell::Text(String::new()), |miles| rounded(miles.value()))
}

/// Empty if the patient travels.
fn service_area(found: &Match, discharge: &Discharge) -> String {
    match discharge.geography() {
        DeliveryMode::PatientTravels => String::new(),
        DeliveryMode::ProviderComes => reach(found, discharge),
    }
}

/// "yes", "no" or "unknown", with the days if the provider states them: "yes, 2026-11-22 to 2026-11-24, 2 beds".
fn room(found: &Match) -> String {
    let days = found.availability.days.map(|AvailabilityWindow { from, until, beds }| {
        let beds = beds.map(|beds| format!(", {}", counted(beds.into(), "bed"))).unwrap_or_default();
        format!(", {from} to {until}{beds}")
    });
    format!("{}{}", found.availability.answer.code(), days.unwrap_or_default())
}

/// A number with one decimal, as on the page.
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
