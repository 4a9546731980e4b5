//! One service of a provider, ready to print.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::said::{Row, by, yes_or_no};
use crate::care::{Geography, Limit, Need, Service};
use crate::coverage::names::network_in_full;
use crate::coverage::{Link, Plans, Terms, TermsKey};
use crate::evidence::{Answer, Fact};
use crate::language;
use crate::place::Zip;
use crate::provider::{Measure, Rating, RoomDays, ServiceArea, ServiceLine, Sex, Standing};
use crate::words;

/// One service.
#[derive(Debug)]
pub struct Line {
    /// Its code, which is where links to it lead.
    pub code: &'static str,
    /// Its name.
    pub label: &'static str,
    /// Whether it may be asked at all, payment, rating, beds and the like.
    pub facts: Vec<Row>,
    /// Where it comes to; `None` for services the patient travels to.
    pub area: Option<Area>,
    /// What it said yes to.
    pub yes: Vec<Row>,
    /// What it said no to.
    pub no: Vec<Row>,
    /// What nobody said anything about, under the headings of the vocabulary.
    pub unknown: Vec<(&'static str, Vec<&'static str>)>,
    /// How many needs that is.
    pub unknown_count: usize,
    /// The bounds it set.
    pub limits: Vec<Row>,
    /// The networks that list it.
    pub networks: Vec<Listing>,
}

/// Where a service that comes to the patient comes to.
#[derive(Debug)]
pub struct Area {
    /// "Serves 48 ZIPs", or that nobody says.
    pub says: String,
    /// Who says so.
    pub by: String,
    /// The ZIPs, those of the same first three digits together.
    pub zips: Vec<String>,
    /// What others say.
    pub others: Vec<String>,
}

/// One network that lists it, and on what terms.
#[derive(Debug)]
pub struct Listing {
    /// The network, with its payer.
    pub network: String,
    /// The tier, where the payer has tiers.
    pub tier: Option<String>,
    /// From when to when, and whether that holds today.
    pub term: String,
    /// Whether the term holds today.
    pub holds: bool,
    /// How sure it is that the listing means this provider.
    pub sure: &'static str,
    /// What else the listing says.
    pub remarks: Vec<&'static str>,
    /// Who says so.
    pub by: String,
}

impl Line {
    /// `line` with the networks that list it, and what it says of its room on `later` days.
    pub fn new(line: &ServiceLine, networks: Vec<Listing>, later: &[(Fact<bool>, RoomDays)]) -> Self {
        let comes = line.service.geography() == Geography::ProviderComes;
        let unknown = unknown(line);
        Self {
            code: line.service.code(),
            label: line.service.label(),
            facts: facts(line, later),
            area: comes.then(|| Area::new(&line.area)),
            yes: answers(line, true),
            no: answers(line, false),
            unknown_count: unknown.values().map(Vec::len).sum(),
            unknown: unknown.into_iter().map(|((_, group), labels)| (group, labels)).collect(),
            limits: line.limits.iter().map(|(limit, fact)| limit_row(*limit, fact)).collect(),
            networks,
        }
    }
}

/// Whether it may be asked at all, in words.
pub fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Open => "Nothing speaks against asking it",
        Standing::Closed => "It has closed",
        Standing::NotCertified => "Its certification has ended",
        Standing::ExcludedByOig => "Excluded from federal programmes by the Office of Inspector General",
    }
}

fn facts(line: &ServiceLine, later: &[(Fact<bool>, RoomDays)]) -> Vec<Row> {
    let mut rows = vec![Row {
        what: "Standing".to_owned(),
        says: Some(standing(line.standing).to_owned()),
        by: line.standing_by.as_ref().map(by).unwrap_or_default(),
        others: Vec::new(),
    }];
    rows.push(told("Medicare pays", line.medicare.as_ref(), |yes| yes_or_no(*yes)));
    rows.push(told("Medicaid of its state pays", line.medicaid.as_ref(), |yes| yes_or_no(*yes)));
    let days = line.room_days.map(|days| format!(", {days}")).unwrap_or_default();
    rows.push(told("Room for a patient", line.availability.as_ref(), |yes| yes_or_no(*yes) + &days));
    rows.extend(
        later.iter().map(|(room, days)| Row::new("Room later", room, |yes| format!("{}, {days}", yes_or_no(*yes)))),
    );
    rows.extend(line.outcomes.map(|known| Row {
        says: Some(words::outcomes(known)),
        by: "those who referred patients to it".to_owned(),
        ..Row::silent("Referrals")
    }));
    if let Some(measure) = Measure::of(line.service) {
        rows.push(told(measured(measure), line.rating.as_ref(), |rating: &Rating| words::rating(*rating)));
    }
    if has_beds(line.service) || line.beds.is_some() {
        rows.push(told(beds(line.service), line.beds.as_ref(), ToString::to_string));
    }
    rows.push(told("Languages", line.languages.as_ref(), |codes| languages(codes)));
    rows.extend(line.only_sex.as_ref().map(|fact| Row::new("Takes", fact, |sex: &Sex| only(*sex).to_owned())));
    let hours = |hours: &u32| format!("within {} of a referral", words::counted(u64::from(*hours), "hour"));
    rows.extend(line.start_of_care_hours.as_ref().map(|fact| Row::new("Promises to begin", fact, hours)));
    rows
}

fn told<T>(what: &'static str, fact: Option<&Fact<T>>, show: impl Fn(&T) -> String) -> Row {
    fact.map_or_else(|| Row::silent(what), |fact| Row::new(what, fact, show))
}

fn only(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "women only",
        Sex::Male => "men only",
    }
}

/// What a measure is called.
pub fn measured(measure: Measure) -> &'static str {
    match measure {
        Measure::NursingHomeOverall => "Overall star rating of CMS",
        Measure::HomeHealthPatientCare => "Quality of patient care stars of CMS",
        Measure::HospiceCareIndex => "Hospice Care Index of CMS",
        Measure::DialysisFacility => "Five star rating of CMS",
    }
}

/// What its size is counted in.
pub fn beds(service: Service) -> &'static str {
    if service == Service::Dialysis { "Stations" } else { "Certified beds" }
}

/// Whether it has a size that is counted: one that comes to the patient has none.
pub fn has_beds(service: Service) -> bool {
    service.geography() == Geography::PatientTravels
}

/// "English, Spanish"; a code without a name stays a code.
pub fn languages(codes: &[String]) -> String {
    codes.iter().map(|code| language::name(code).unwrap_or(code)).collect::<Vec<_>>().join(", ")
}

fn answers(line: &ServiceLine, yes: bool) -> Vec<Row> {
    let said = line.answers.iter().filter(|(_, fact)| fact.value == yes);
    said.map(|(need, fact)| Row::new(need.label(), fact, |yes| yes_or_no(*yes))).collect()
}

/// The needs nobody said anything about, by the place of their group in the vocabulary.
fn unknown(line: &ServiceLine) -> BTreeMap<(u8, &'static str), Vec<&'static str>> {
    let mut groups: BTreeMap<(u8, &'static str), Vec<&'static str>> = BTreeMap::new();
    let first = |group: &str| Need::all().find(|need| need.entry().group == group).map_or(0, Need::index);
    for need in Need::all().filter(|need| line.answer(*need) == Answer::Unknown) {
        let group = need.entry().group.as_str();
        groups.entry((first(group), group)).or_default().push(need.label());
    }
    groups
}

fn limit_row(limit: Limit, fact: &Fact<u32>) -> Row {
    let (label, unit) = limit.entry().map_or((limit.code(), ""), |entry| (entry.label.as_str(), entry.unit.as_str()));
    Row::new(label, fact, |bound| format!("{bound} {unit}").trim_end().to_owned())
}

impl Area {
    fn new(area: &ServiceArea) -> Self {
        let serves = |zips: &[Zip]| format!("Serves {}", words::counted(zips.len() as u64, "ZIP"));
        match area {
            ServiceArea::Zips(fact) => Self {
                says: serves(&fact.value),
                by: by(&fact.evidence),
                zips: together(&fact.value),
                others: fact.others.iter().map(|(zips, said)| format!("{} ({})", serves(zips), by(said))).collect(),
            },
            ServiceArea::NotPublished => Self {
                says: "No source says where it comes to: ask whether it serves the patient's ZIP".to_owned(),
                by: String::new(),
                zips: Vec::new(),
                others: Vec::new(),
            },
        }
    }
}

/// ZIPs in lines of the same first three digits.
fn together(zips: &[Zip]) -> Vec<String> {
    let mut lines: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for zip in zips {
        lines.entry(zip.number() / 100).or_default().push(zip.to_string());
    }
    lines.into_values().map(|line| line.join(" ")).collect()
}

impl Listing {
    /// What these terms of a directory with these `plans` say today, those that hold first.
    pub fn all(terms: &[TermsKey], plans: &Plans, today: Date) -> Vec<Self> {
        let mut all: Vec<Self> = terms.iter().filter_map(|key| Self::new(plans.terms(*key)?, plans, today)).collect();
        all.sort_by(|a, b| b.holds.cmp(&a.holds).then_with(|| a.network.cmp(&b.network)));
        all
    }

    fn new(terms: &Terms, plans: &Plans, today: Date) -> Option<Self> {
        let remarks = [
            (terms.new_patients == Answer::Yes, "takes new patients"),
            (terms.new_patients == Answer::No, "takes no new patients"),
            (terms.low_confidence, "the source lags behind the payer's own directory"),
        ];
        Some(Self {
            network: network_in_full(plans.network(terms.network)?, plans),
            tier: terms.tier.clone(),
            term: term(terms, today),
            holds: terms.in_force(today),
            sure: match terms.link {
                Link::Sure => "by its number",
                Link::OtherLocation => "by its number, at another address only",
                Link::Probable => "by a similar name and address only",
            },
            remarks: remarks.into_iter().filter(|(so, _)| *so).map(|(_, remark)| remark).collect(),
            by: by(&terms.evidence),
        })
    }
}

/// "since 2025-01-01", "until 2026-12-31", "ended 2026-06-30", "no dates given".
fn term(terms: &Terms, today: Date) -> String {
    match (terms.begin, terms.end) {
        (_, Some(end)) if end < today => format!("ended {end}"),
        (Some(begin), _) if begin > today => format!("begins {begin}"),
        (Some(begin), Some(end)) => format!("from {begin} until {end}"),
        (Some(begin), None) => format!("since {begin}"),
        (None, Some(end)) => format!("until {end}"),
        (None, None) => "no dates given".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::coverage::NetworkKey;
    use crate::evidence::Evidence;

    #[test]
    fn terms_are_told_as_of_today() {
        let day = |month| Some(date(2026, month, 1));
        for (begin, end, says) in [
            (None, None, "no dates given"),
            (day(1), None, "since 2026-01-01"),
            (day(12), None, "begins 2026-12-01"),
            (None, day(12), "until 2026-12-01"),
            (day(1), day(12), "from 2026-01-01 until 2026-12-01"),
            (day(1), day(6), "ended 2026-06-01"),
        ] {
            let terms = Terms {
                network: NetworkKey(0),
                tier: None,
                begin,
                end,
                link: Link::Sure,
                new_patients: Answer::Unknown,
                low_confidence: false,
                evidence: Evidence::new("a payer", None),
            };
            assert_eq!(term(&terms, date(2026, 11, 21)), says);
        }
    }

    #[test]
    fn zips_and_languages_are_told_in_few_words() {
        let zips: Vec<Zip> = ["29401", "29403", "00601"].iter().map(|zip| zip.parse().unwrap()).collect();
        assert_eq!(together(&zips), ["00601", "29401 29403"]);
        assert_eq!(languages(&["en".to_owned(), "es".to_owned(), "qq".to_owned()]), "English, Spanish, qq");
    }

    #[test]
    fn every_need_is_told_once() {
        let line = Line::new(&ServiceLine::silent(Service::Dialysis), Vec::new(), &[]);
        assert_eq!(line.unknown_count, Need::all().len());
        assert!(line.area.is_none() && line.facts.iter().all(|row| row.what != "Certified beds"));
    }
}
