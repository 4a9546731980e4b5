//! Providers at locations that break searches first: a dense city, both sides of the antimeridian,
//! the far north, the pole, and some without a location.

use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;
use jiff::civil::{Date, date};
use placement::catalog::build::BuildInput;
use placement::catalog::manifest::SourceStatus;
use placement::catalog::network_bitmap::NetworkBitmap;
use placement::coverage::county_standards::CountyStandards;
use placement::coverage::{AffiliationTerms, IdentityConfidence, Network, NetworkId, Payer, Plan, PlanDirectory, TermsId};
use placement::evidence::{Evidence, Fact, Tristate};
use placement::place::{Point, Precision, State, Zip};
use placement::provider::business::BusinessFact;
use placement::provider::quality::{MeasureValue, NationalComparison, QualityMeasure, Rating, RatingGap, SupportingMeasure};
use placement::provider::safety::{SafetyFact, ServedGroup};
use placement::provider::{
    Address, Ccn, Npi, OperatingStatus, Position, Provider, ProviderId, ServiceArea, ServiceLine, Sex,
};
use placement::service::{Limit, Need, Service};

use crate::seeded_random::SeededRandom;

/// Locations, each with the radius in degrees of the providers around it.
pub(crate) const PLACES: [(f64, f64, f64); 7] = [
    (32.78, -79.93, 0.3),  // Charleston
    (32.78, -79.93, 3.0),  // and all around it
    (51.88, -179.95, 0.4), // Aleutian islands, on both sides of the antimeridian
    (51.96, 179.9, 0.4),   //
    (71.29, -156.79, 3.0), // Utqiagvik
    (13.47, 144.75, 0.2),  // Guam
    (89.95, 10.0, 0.2),    // nobody, but the sums must hold
];

pub(crate) const ZIPS: [u32; 6] = [29_401, 29_403, 99_546, 99_723, 96_910, 601];

const WORDS: [&str; 12] = [
    "Mercy",
    "Harbor",
    "St. Mary's",
    "Charleston",
    "Home",
    "Health",
    "Care",
    "Nursing",
    "Rehabilitation",
    "Hospice",
    "of the",
    "Center",
];

pub(crate) const NETWORKS: u32 = 6;

/// A point at most `around` degrees from a location, wrapped around the globe.
pub(crate) fn point_near((latitude, longitude, around): (f64, f64, f64), chance: &mut SeededRandom) -> Point {
    let latitude = (latitude + (chance.share() * 2.0 - 1.0) * around).clamp(-90.0, 90.0);
    let longitude = longitude + (chance.share() * 2.0 - 1.0) * around;
    Point::from_degrees(latitude, (longitude + 540.0).rem_euclid(360.0) - 180.0).unwrap()
}

fn evidence(chance: &mut SeededRandom) -> Evidence {
    let days: [Option<Date>; 3] = [None, Some(date(2026, 8, 1)), Some(date(2026, 11, 20))];
    let source = *chance.pick(&["CMS", "The provider's own word", "A survey"]);
    Evidence { verified_at: *chance.pick(&days), ..Evidence::new(source, *chance.pick(&days)) }
}

fn fact<T>(value: T, chance: &mut SeededRandom) -> Fact<T> {
    Fact::new(value, evidence(chance))
}

fn flag(chance: &mut SeededRandom) -> Option<Fact<bool>> {
    let value = *chance.pick(&[None, Some(true), Some(false)]);
    value.map(|value| {
        let others = if chance.one_in(5) { vec![(!value, evidence(chance))] } else { Vec::new() };
        Fact { others, ..fact(value, chance) }
    })
}

/// A line with a value for every field.
fn line(service: Service, chance: &mut SeededRandom) -> ServiceLine {
    let mut line = ServiceLine::without_facts(service);
    line.standing = *chance.pick(&[
        OperatingStatus::Open,
        OperatingStatus::Open,
        OperatingStatus::Closed,
        OperatingStatus::NotCertified,
        OperatingStatus::ExcludedByOig,
    ]);
    line.standing_by = (line.standing != OperatingStatus::Open).then(|| evidence(chance));
    (line.medicare, line.medicaid, line.availability) = (flag(chance), flag(chance), flag(chance));
    if chance.one_in(2) {
        let mut zips: Vec<Zip> = ZIPS.iter().map(|zip| Zip::from_number(*zip).unwrap()).collect();
        zips.retain(|_| chance.one_in(3));
        line.area = ServiceArea::Zips(fact(zips, chance));
    }
    for need in Need::all() {
        if chance.one_in(7)
            && let Some(answer) = flag(chance)
        {
            line.answers.insert(need, answer);
        }
    }
    if chance.one_in(4) {
        line.limits.insert(*chance.pick(&Limit::ALL), fact(350, chance));
        line.languages = Some(fact(vec!["en".to_owned(), "es".to_owned()], chance));
        line.only_sex = Some(fact(*chance.pick(&[Sex::Female, Sex::Male]), chance));
        line.beds = Some(fact(120, chance));
    }
    if let (Some(measure), true) = (QualityMeasure::of(service), chance.one_in(2)) {
        line.rating = Some(fact(Rating { measure, tenths: *chance.pick(&[10, 35, 50]) }, chance));
    } else if chance.one_in(2) {
        line.rating_gap = Some(fact(*chance.pick(&RatingGap::ALL), chance));
    }
    published(&mut line, chance);
    line
}

/// Measures, safety facts and groups served.
fn published(line: &mut ServiceLine, chance: &mut SeededRandom) {
    line.start_of_care_hours = chance.one_in(4).then(|| fact(24, chance));
    for measure in SupportingMeasure::ALL {
        let comparison =
            *chance.pick(&[NationalComparison::Worse, NationalComparison::NoDifferent, NationalComparison::Better]);
        let value = match measure {
            SupportingMeasure::FamilyCaregiverStar => MeasureValue::Hundredths(*chance.pick(&[100, 350, 500])),
            SupportingMeasure::DischargeFunction | SupportingMeasure::MedicareSpending => MeasureValue::Hundredths(5_123),
            _ => MeasureValue::Compared(comparison),
        };
        if chance.one_in(8) {
            line.measures.insert(measure, fact(value, chance));
        }
    }
    let from = *chance.pick(&[date(2014, 2, 3), date(2026, 11, 1), date(2027, 1, 1)]);
    let facts = [
        SafetyFact::SpecialFocus,
        SafetyFact::SpecialFocusCandidate,
        SafetyFact::AbuseIcon,
        SafetyFact::PaymentDenial { from, until: date(2027, 2, 1) },
        SafetyFact::PaymentDenials(2),
        SafetyFact::Fines { count: 3, dollars: 182_968 },
        SafetyFact::OwnershipChange,
        SafetyFact::NoStaffingData,
        SafetyFact::NoRegisteredNurse,
        SafetyFact::RetirementCommunity,
        SafetyFact::NotInNewestList,
    ];
    line.safety = chance.some(10, &facts).into_iter().map(|one| fact(one, chance)).collect();
    line.serves = chance.some(10, &ServedGroup::ALL).into_iter().map(|group| fact(group, chance)).collect();
}

fn npi(number: usize) -> Npi {
    let first_nine = 100_000_000 + number;
    (0..10).find_map(|check| format!("{first_nine}{check}").parse().ok()).unwrap()
}

fn provider(number: usize, chance: &mut SeededRandom) -> Provider {
    let ccn: Option<Ccn> = (!chance.one_in(5)).then(|| format!("{:06}", 420_000 + number).parse().unwrap());
    let listed_only = ccn.is_none() && chance.one_in(2);
    let id = match &ccn {
        Some(ccn) => ProviderId::from(ccn),
        None if listed_only => ProviderId::fhir("harbor-health", &format!("Org-{number}")).unwrap(),
        None => ProviderId::from(npi(number)),
    };
    let mut words: Vec<&str> = (0..=chance.below(4)).map(|_| *chance.pick(&WORDS)).collect();
    words.dedup();
    let mut lines = vec![line(*chance.pick(&Service::ALL), chance)];
    let second = *chance.pick(&[Service::SkilledNursing, Service::HomeHealth]);
    if chance.one_in(3) && lines[0].service != second {
        lines.push(line(second, chance));
    }
    let place = *chance.pick(&PLACES);
    let position = Position { point: point_near(place, chance), precision: Precision::Zip };
    let address = Address {
        street: "1 Main Street".to_owned(),
        city: "Charleston".to_owned(),
        state: Some(*chance.pick(&["SC", "AK", "GU"].map(|code| code.parse::<State>().unwrap())))
            .filter(|_| !number.is_multiple_of(9)),
        zip: Zip::from_number(*chance.pick(&ZIPS)).filter(|_| !number.is_multiple_of(7)),
    };
    let has_npi = !listed_only && (ccn.is_none() || chance.one_in(2));
    Provider {
        id,
        ccn,
        npis: if has_npi { vec![npi(number)] } else { Vec::new() },
        name: fact(words.join(" "), chance),
        address: (!chance.one_in(9)).then(|| fact(address, chance)),
        phone: chance.one_in(2).then(|| fact("843-576-5378".parse().unwrap(), chance)),
        position: (!chance.one_in(9)).then(|| fact(position, chance)),
        ownership: chance.one_in(2).then(|| fact("For profit".to_owned(), chance)),
        business: if chance.one_in(3) {
            let (name, on) = (|| "HARBOR CARE LLC".to_owned(), jiff::civil::date(2026, 3, 1));
            let other = placement::provider::Address {
                street: "2 Oak St".to_owned(),
                city: String::new(),
                state: None,
                zip: "29401".parse().ok(),
            };
            [
                BusinessFact::LegalName(name()),
                BusinessFact::Chain { name: name(), id: Some(48) },
                BusinessFact::ChainCounts { homes: 14, special_focus: 1, candidates: 2, abuse_icons: 3 },
                BusinessFact::Owner { name: name(), role: "PARTNER".to_owned(), percent: Some(50) },
                BusinessFact::OwnershipChange { on, seller: Some(name()) },
                BusinessFact::OtherLocation(other),
            ]
            .map(|value| fact(value, chance))
            .into()
        } else {
            Vec::new()
        },
        suspected_exclusions: if chance.one_in(5) {
            vec![fact("HARBOR HOSPICE, IN, 12 Elm St, excluded 2016-03-20".to_owned(), chance)]
        } else {
            Vec::new()
        },
        lines,
    }
}

/// A payer with a plan over [`NETWORKS`] networks, some with several terms and one with none.
pub(crate) fn plans() -> PlanDirectory {
    let evidence = Evidence::new("Harbor Health directory", Some(date(2026, 11, 1)));
    let network = |number: u32| Network {
        name: format!("Network {number}"),
        payer: Some(0),
        whole: number.is_multiple_of(2),
        evidence: evidence.clone(),
    };
    let terms = |network: u32, tier: Option<&str>, link| AffiliationTerms {
        network: NetworkId(network),
        tier: tier.map(str::to_owned),
        begin: (network == 1).then_some(date(2026, 1, 1)),
        end: (network == 2).then_some(date(2027, 1, 1)),
        link,
        new_patients: if tier.is_some() { Tristate::No } else { Tristate::Unknown },
        low_confidence: link == IdentityConfidence::OtherLocation,
        evidence: evidence.clone(),
    };
    let mut all: Vec<AffiliationTerms> =
        (0..NETWORKS - 1).map(|number| terms(number, None, IdentityConfidence::Sure)).collect();
    all.extend([
        terms(0, Some("preferred"), IdentityConfidence::Sure),
        terms(3, Some("standard"), IdentityConfidence::Probable),
        terms(4, None, IdentityConfidence::OtherLocation),
    ]);
    all.sort();
    PlanDirectory {
        payers: vec![Payer { name: "Harbor Health".to_owned() }],
        plans: vec![Plan {
            name: "Harbor Gold".to_owned(),
            payer: Some(0),
            networks: (0..NETWORKS).map(NetworkId).collect(),
        }],
        networks: (0..NETWORKS).map(network).collect(),
        terms: all,
    }
}

/// `count` random providers.
pub(crate) fn providers(count: usize, chance: &mut SeededRandom) -> Vec<Provider> {
    (0..count).map(|number| provider(number, chance)).collect()
}

/// The terms of each line, drawn by provider id and service.
pub(crate) fn listed(providers: &[Provider]) -> NetworkBitmap {
    let terms: Vec<TermsId> = (0..).map(TermsId).take(plans().terms.len()).collect();
    let mut listed = NetworkBitmap::default();
    for provider in providers {
        for line in &provider.lines {
            let mut chance = SeededRandom::seeded(provider.id.tie_break_seed() ^ line.service as u64);
            listed.add(&provider.id, line.service, chance.some(25, &terms));
        }
    }
    listed
}

/// Build inputs with `providers`, each a minute after the previous one, so that generations have an
/// order.
pub(crate) fn night(providers: Vec<Provider>) -> BuildInput {
    static MINUTE: AtomicU32 = AtomicU32::new(0);
    let minute = i64::from(MINUTE.fetch_add(1, Ordering::Relaxed));
    let built_at = Timestamp::from_second(1_795_000_000 + 60 * minute).unwrap();
    let source = SourceStatus {
        completeness: None,
        facts: placement::catalog::fact_counts::FactCounts::new(),
        file: "agencies.csv".to_owned(),
        dataset: "CMS Home Health Care Agencies".to_owned(),
        source: "CMS Home Health Care Agencies".to_owned(),
        as_of: Some(date(2026, 10, 1)),
        as_of_from: "file name".to_owned(),
        rows: 10,
        rejected: 1,
        faulty: 2,
        bytes: 1000,
        sha256: "0".repeat(64),
    };
    let listed = listed(&providers);
    let (plans, counties) = (plans(), CountyStandards::default());
    BuildInput { built_at, providers, plans, counties, listed, sources: vec![source], synthetic: true, forced: None }
}
