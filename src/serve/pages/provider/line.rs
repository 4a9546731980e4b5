//! One service of a provider.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::coverage::names::network_in_full;
use crate::coverage::{AffiliationTerms, IdentityConfidence, PlanDirectory, TermsId};
use crate::evidence::{Fact, Tristate};
use crate::matching::freshness::FactKind;
use crate::place::Zip;
use crate::provider::{AvailabilityWindow, OperatingStatus, ServiceArea, ServiceLine, Sex};
use crate::serve::pages::provider::facts::{FactRow, by, yes_or_no};
use crate::serve::pages::provider::published;
use crate::service::{DeliveryMode, Limit, Need, Service};
use crate::text::count_text::counted;
use crate::text::us_date::us_date;
use crate::{languages, phrases};

/// One service.
#[derive(Debug)]
pub(crate) struct LineView {
    /// Its code, which is the id of its section.
    pub code: &'static str,
    /// Its name.
    pub label: &'static str,
    /// Status, payment, rating, beds and similar facts.
    pub facts: Vec<FactRow>,
    /// The service area; `None` if the patient travels.
    pub area: Option<AreaView>,
    /// Needs answered yes.
    pub yes: Vec<FactRow>,
    /// Needs answered no.
    pub no: Vec<FactRow>,
    /// Needs without an answer, by group of the vocabulary.
    pub unknown: Vec<(&'static str, Vec<&'static str>)>,
    /// The number of needs without an answer.
    pub unknown_count: usize,
    /// Its admission limits.
    pub limits: Vec<FactRow>,
    /// The networks that list it.
    pub networks: Vec<ListingView>,
}

/// The service area of a service that travels to the patient.
#[derive(Debug)]
pub(crate) struct AreaView {
    /// "Serves 48 ZIPs", or that it is not reported.
    pub says: String,
    /// Source and date.
    pub by: String,
    /// The ZIPs, grouped by their first three digits.
    pub zips: Vec<String>,
    /// What other sources say.
    pub others: Vec<String>,
}

/// One network that lists it, with the terms.
#[derive(Debug)]
pub(crate) struct ListingView {
    /// The network, with its payer.
    pub network: String,
    /// The tier, if the payer has tiers.
    pub tier: Option<String>,
    /// The dates, as of today.
    pub term: String,
    /// Whether the terms are in force today.
    pub holds: bool,
    /// How the listing was matched to this provider.
    pub sure: &'static str,
    /// Other remarks of the listing.
    pub remarks: Vec<&'static str>,
    /// Source and date.
    pub by: String,
}

impl LineView {
    /// `line` with the networks that list it and its availability on `later` days, as of `today`.
    pub(crate) fn new(
        line: &ServiceLine,
        networks: Vec<ListingView>,
        later: &[(Fact<bool>, AvailabilityWindow)],
        today: Date,
    ) -> Self {
        let comes = line.service.geography() == DeliveryMode::ProviderComes;
        let unknown = unknown(line);
        Self {
            code: line.service.code(),
            label: line.service.label(),
            facts: facts(line, later, today),
            area: comes.then(|| AreaView::new(&line.area)),
            yes: answers(line, true, today),
            no: answers(line, false, today),
            unknown_count: unknown.values().map(Vec::len).sum(),
            unknown: unknown.into_iter().map(|((_, group), labels)| (group, labels)).collect(),
            limits: line.limits.iter().map(|(limit, fact)| limit_row(*limit, fact)).collect(),
            networks,
        }
    }
}

/// The operating status in words.
pub(crate) fn standing(standing: OperatingStatus) -> &'static str {
    match standing {
        OperatingStatus::Open => "Active",
        OperatingStatus::Closed => "It has closed",
        OperatingStatus::NotCertified => "Its certification has ended",
        OperatingStatus::ExcludedByOig => "Excluded from federal programs by the Office of Inspector General",
    }
}

fn facts(line: &ServiceLine, later: &[(Fact<bool>, AvailabilityWindow)], today: Date) -> Vec<FactRow> {
    let mut rows = published::notices(line);
    rows.push(FactRow {
        what: "Status".to_owned(),
        says: Some(standing(line.standing).to_owned()),
        by: line.standing_by.as_ref().map(by).unwrap_or_default(),
        others: Vec::new(),
    });
    rows.push(told("Medicare-certified", line.medicare.as_ref(), |yes| yes_or_no(*yes)));
    rows.push(told("Medicaid-certified in its state", line.medicaid.as_ref(), |yes| yes_or_no(*yes)));
    let days = line.room_days.map(|days| format!(", {days}")).unwrap_or_default();
    rows.push(told(phrases::room_label(line.service), line.availability.as_ref(), |yes| yes_or_no(*yes) + &days));
    let label = format!("{} later", phrases::room_label(line.service));
    rows.extend(later.iter().map(|(room, days)| FactRow::new(&*label, room, |yes| format!("{}, {days}", yes_or_no(*yes)))));
    rows.extend(line.outcomes.as_ref().map(|known| FactRow {
        says: Some(phrases::likelihood::outcomes(known)),
        by: "reported by referring hospitals".to_owned(),
        ..FactRow::silent("Referrals")
    }));
    rows.extend(line.record.as_deref().map(|record| FactRow {
        says: Some(phrases::likelihood::recorded(record).join("; ")),
        by: "calls, referrals and its own statements".to_owned(),
        ..FactRow::silent("Recorded answers")
    }));
    rows.extend(published::quality(line, today));
    if has_beds(line.service) || line.beds.is_some() {
        rows.push(told(beds(line.service), line.beds.as_ref(), ToString::to_string));
    }
    rows.push(told("Languages", line.languages.as_ref(), |codes| languages(codes)));
    rows.extend(line.only_sex.as_ref().map(|fact| FactRow::new("Accepts", fact, |sex: &Sex| only(*sex).to_owned())));
    let hours = |hours: &u32| format!("within {} of a referral", counted(u64::from(*hours), "hour"));
    rows.extend(line.start_of_care_hours.as_ref().map(|fact| FactRow::new("Start of care", fact, hours)));
    rows
}

fn told<T>(what: &'static str, fact: Option<&Fact<T>>, show: impl Fn(&T) -> String) -> FactRow {
    fact.map_or_else(|| FactRow::silent(what), |fact| FactRow::new(what, fact, show))
}

fn only(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "women only",
        Sex::Male => "men only",
    }
}

/// The label of its size.
pub(crate) fn beds(service: Service) -> &'static str {
    if service == Service::Dialysis { "Stations" } else { "Certified beds" }
}

/// Whether it has beds or stations: a service that travels to the patient has none.
pub(crate) fn has_beds(service: Service) -> bool {
    service.geography() == DeliveryMode::PatientTravels
}

/// "English, Spanish"; an unknown code stays a code.
pub(crate) fn languages(codes: &[String]) -> String {
    codes.iter().map(|code| languages::name(code).unwrap_or(code)).collect::<Vec<_>>().join(", ")
}

fn answers(line: &ServiceLine, yes: bool, today: Date) -> Vec<FactRow> {
    let said = line.answers.iter().filter(|(_, fact)| fact.value == yes);
    let row =
        |need: &Need, fact| FactRow::new(need.label(), fact, |yes| yes_or_no(*yes)).marked(FactKind::Acceptance, fact, today);
    said.map(|(need, fact)| row(need, fact)).collect()
}

/// The needs without an answer, in the order of their groups in the vocabulary.
fn unknown(line: &ServiceLine) -> BTreeMap<(u8, &'static str), Vec<&'static str>> {
    let mut groups: BTreeMap<(u8, &'static str), Vec<&'static str>> = BTreeMap::new();
    let first = |group: &str| Need::all().find(|need| need.entry().group == group).map_or(0, Need::index);
    for need in Need::all().filter(|need| line.answer(*need) == Tristate::Unknown) {
        let group = need.entry().group.as_str();
        groups.entry((first(group), group)).or_default().push(need.label());
    }
    groups
}

fn limit_row(limit: Limit, fact: &Fact<u32>) -> FactRow {
    let (label, unit) = limit.entry().map_or((limit.code(), ""), |entry| (entry.label.as_str(), entry.unit.as_str()));
    FactRow::new(label, fact, |bound| format!("{bound} {unit}").trim_end().to_owned())
}

impl AreaView {
    fn new(area: &ServiceArea) -> Self {
        let serves = |zips: &[Zip]| format!("Serves {}", counted(zips.len() as u64, "ZIP"));
        match area {
            ServiceArea::Zips(fact) => Self {
                says: serves(&fact.value),
                by: by(&fact.evidence),
                zips: together(&fact.value),
                others: fact.others.iter().map(|(zips, said)| format!("{} ({})", serves(zips), by(said))).collect(),
            },
            ServiceArea::NotPublished => Self {
                says: "Service area not reported. Ask whether it serves the patient's ZIP".to_owned(),
                by: String::new(),
                zips: Vec::new(),
                others: Vec::new(),
            },
        }
    }
}

/// ZIPs in lines with the same first three digits.
fn together(zips: &[Zip]) -> Vec<String> {
    let mut lines: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for zip in zips {
        lines.entry(zip.number() / 100).or_default().push(zip.to_string());
    }
    lines.into_values().map(|line| line.join(" ")).collect()
}

impl ListingView {
    /// The listings for `terms` of a directory with these `plans`, those in force today first.
    pub(crate) fn all(terms: &[TermsId], plans: &PlanDirectory, today: Date) -> Vec<Self> {
        let mut all: Vec<Self> = terms.iter().filter_map(|key| Self::new(plans.terms(*key)?, plans, today)).collect();
        all.sort_by(|a, b| b.holds.cmp(&a.holds).then_with(|| a.network.cmp(&b.network)));
        all
    }

    fn new(terms: &AffiliationTerms, plans: &PlanDirectory, today: Date) -> Option<Self> {
        let remarks = [
            (terms.new_patients == Tristate::Yes, "accepts new patients"),
            (terms.new_patients == Tristate::No, "does not accept new patients"),
            (terms.low_confidence, "the source is older than the payer's own directory"),
        ];
        Some(Self {
            network: network_in_full(plans.network(terms.network)?, plans),
            tier: terms.tier.clone(),
            term: term(terms, today),
            holds: terms.in_force(today),
            sure: match terms.link {
                IdentityConfidence::Sure => "its number",
                IdentityConfidence::OtherLocation => "its number, but only at another address",
                IdentityConfidence::Probable => "similar name and address only",
            },
            remarks: remarks.into_iter().filter(|(so, _)| *so).map(|(_, remark)| remark).collect(),
            by: phrases::with_old_mark(by(&terms.evidence), FactKind::Network, Some(&terms.evidence), today),
        })
    }
}

/// "since Jan 1, 2025", "until Dec 31, 2026", "ended Jun 30, 2026", "no dates given".
fn term(terms: &AffiliationTerms, today: Date) -> String {
    match (terms.begin, terms.end) {
        (_, Some(end)) if end < today => format!("ended {}", us_date(end)),
        (Some(begin), _) if begin > today => format!("begins {}", us_date(begin)),
        (Some(begin), Some(end)) => format!("{} to {}", us_date(begin), us_date(end)),
        (Some(begin), None) => format!("since {}", us_date(begin)),
        (None, Some(end)) => format!("until {}", us_date(end)),
        (None, None) => "no dates given".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::coverage::NetworkId;
    use crate::evidence::Evidence;

    #[test]
    fn terms_are_shown_as_of_today() {
        let day = |month| Some(date(2026, month, 1));
        for (begin, end, says) in [
            (None, None, "no dates given"),
            (day(1), None, "since Jan 1, 2026"),
            (day(12), None, "begins Dec 1, 2026"),
            (None, day(12), "until Dec 1, 2026"),
            (day(1), day(12), "Jan 1, 2026 to Dec 1, 2026"),
            (day(1), day(6), "ended Jun 1, 2026"),
        ] {
            let terms = AffiliationTerms {
                network: NetworkId(0),
                tier: None,
                begin,
                end,
                link: IdentityConfidence::Sure,
                new_patients: Tristate::Unknown,
                low_confidence: false,
                evidence: Evidence::new("a payer", None),
            };
            assert_eq!(term(&terms, date(2026, 11, 21)), says);
        }
    }

    #[test]
    fn zips_and_languages_are_grouped() {
        let zips: Vec<Zip> = ["29401", "29403", "00601"].iter().map(|zip| zip.parse().unwrap()).collect();
        assert_eq!(together(&zips), ["00601", "29401 29403"]);
        assert_eq!(languages(&["en".to_owned(), "es".to_owned(), "qq".to_owned()]), "English, Spanish, qq");
    }

    #[test]
    fn every_need_is_shown_once() {
        let line = LineView::new(&ServiceLine::without_facts(Service::Dialysis), Vec::new(), &[], date(2026, 11, 21));
        assert_eq!(line.unknown_count, Need::all().len());
        assert!(line.area.is_none() && line.facts.iter().all(|row| row.what != "Certified beds"));
    }
}
