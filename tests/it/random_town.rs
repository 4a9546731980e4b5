//! A synthetic town: providers, plans and questions drawn from few values, so that rare
//! combinations are frequent.

use std::sync::{Arc, LazyLock};

use jiff::civil::{Date, date};
use placement::catalog::network_bitmap::NetworkBitmap;
use placement::coverage::{AffiliationTerms, IdentityConfidence, Network, NetworkId, Payer, Plan, PlanDirectory, TermsId};
use placement::discharge::parse::parse;
use placement::discharge::{Discharge, ParseContext};
use placement::evidence::Tristate::{No, Unknown, Yes};
use placement::evidence::{Evidence, Fact};
use placement::place::{Point, Precision, Zip, ZipTable};
use placement::provider::answer_record::{AnswerCounts, AnswerRecord};
use placement::provider::quality::{MeasureValue, NationalComparison, QualityMeasure, Rating, RatingGap, SupportingMeasure};
use placement::provider::safety::{SafetyFact, ServedGroup};
use placement::provider::{
    Address, Ccn, OperatingStatus, Position, Provider, ProviderId, ReferralStats, ServiceArea, ServiceLine, Sex,
};
use placement::service::{Limit, Need, Service};
use proptest::test_runner::{Config as ProptestConfig, RngSeed};

use crate::questions::{Choices, question};
use crate::seeded_random::SeededRandom;
use crate::small_directory::SmallDirectory;

/// The day of every question.
pub(crate) const TODAY: Date = date(2026, 11, 21);

/// Around Charleston, then two farther away and two in a metropolitan area in two states.
const ZIPS: [&str; 10] = ["29401", "29403", "29407", "29412", "29464", "29485", "29020", "31401", "64105", "66101"];

/// A few needs: with a published rate of yes and without, two that may not be refused, one that is screened for first.
const NEEDS: [&str; 8] =
    ["resp.vent", "inf.abx", "wound.npwt", "sud.methadone", "size.bariatric", "rehab.stroke", "cog.dementia", "beh.psych"];

/// How long ago something was said, at and beside every age at which it counts for less.
const AGES: [i64; 14] = [-5, 0, 10, 30, 31, 90, 91, 200, 364, 365, 500, 547, 548, 730];

/// Ten years in days: what files are loaded from.
const TEN_YEARS: usize = 3_650;

pub(crate) fn needs() -> Vec<Need> {
    NEEDS.iter().map(|code| code.parse().unwrap()).collect()
}

pub(crate) fn zips() -> Vec<Zip> {
    ZIPS.iter().map(|zip| zip.parse().unwrap()).collect()
}

pub(crate) fn days_ago(days: i64) -> Date {
    TODAY.checked_sub(jiff::Span::new().days(days)).unwrap()
}

fn evidence(random: &mut SeededRandom) -> Evidence {
    Evidence::new("the town's own word", day(random))
}

/// A day of ten years, often one at which evidence begins to count for less; now and then none.
pub(crate) fn day(random: &mut SeededRandom) -> Option<Date> {
    let days = if random.happens(60) { *random.pick(&AGES) } else { i64::try_from(random.below(TEN_YEARS)).unwrap() };
    (!random.happens(8)).then(|| days_ago(days))
}

fn fact<T>(value: T, random: &mut SeededRandom) -> Fact<T> {
    Fact::new(value, evidence(random))
}

fn said(silent: usize, yes: usize, random: &mut SeededRandom) -> Option<Fact<bool>> {
    (!random.happens(silent)).then(|| {
        let value = random.happens(yes);
        fact(value, random)
    })
}

/// A town with one provider per seed, in the order of the seeds.
pub(crate) fn shelf(seeds: &[u64]) -> SmallDirectory {
    let providers = seeds.iter().enumerate().map(|(at, seed)| provider(at, *seed)).collect();
    open(providers)
}

/// The town with these providers, each listed according to [`listed`].
pub(crate) fn open(providers: Vec<Provider>) -> SmallDirectory {
    let listed = listed(&providers);
    SmallDirectory::listing(providers, listed, plans().clone())
}

/// The terms of each line, drawn by the provider's name (which contains the seed) and the service,
/// so that other changes do not affect them.
pub(crate) fn listed(providers: &[Provider]) -> NetworkBitmap {
    let terms: Vec<TermsId> = (0..u32::try_from(plans().terms.len()).unwrap()).map(TermsId).collect();
    let mut listed = NetworkBitmap::default();
    for provider in providers {
        for line in &provider.lines {
            let letters = provider.name.value.bytes().chain(line.service.code().bytes());
            let seed = letters.fold(0_u64, |seed, letter| seed.wrapping_mul(31).wrapping_add(letter.into()));
            listed.add(&provider.id, line.service, SeededRandom::seeded(seed).some(8, &terms));
        }
    }
    listed
}

/// The provider of that seed; its id depends on its index only.
pub(crate) fn provider(at: usize, seed: u64) -> Provider {
    let random = &mut SeededRandom::seeded(seed);
    let ccn: Ccn = format!("{:06}", 100_000 + at).parse().unwrap();
    let zip = *random.pick(&zips());
    let place = ZipTable::curated().get(zip).unwrap();
    let address = Address { street: String::new(), city: place.city.to_owned(), state: Some(place.state), zip: Some(zip) };
    let position = (!random.happens(10)).then(|| position(place.point, random));
    let services = random.some(25, &Service::ALL);
    let lines = if services.is_empty() { vec![*random.pick(&Service::ALL)] } else { services };
    Provider {
        id: ProviderId::from(&ccn),
        ccn: Some(ccn),
        npis: Vec::new(),
        name: fact(format!("Provider {at} of {seed}"), random),
        address: (!random.happens(5)).then(|| fact(address, random)),
        phone: None,
        position: position.map(|position| fact(position, random)),
        ownership: Some(fact("For profit".to_owned(), random)),
        business: Vec::new(),
        suspected_exclusions: (0..random.below(12).saturating_sub(9))
            .map(|row| fact(format!("PROVIDER {row}, SC, 1 Main St, excluded 2016-03-20"), random))
            .collect(),
        lines: lines.into_iter().map(|service| line(service, random)).collect(),
    }
}

/// At the center of a ZIP or up to seven miles from it; few points, so that equal distances occur.
fn position(middle: Point, random: &mut SeededRandom) -> Position {
    let mut shift = || i32::try_from(random.below(5)).unwrap() * 50_000 - 100_000;
    let (north, east) = (shift(), shift());
    let point = Point::from_micro(middle.latitude_micro() + north, middle.longitude_micro() + east).unwrap();
    Position { point, precision: Precision::Address }
}

fn line(service: Service, random: &mut SeededRandom) -> ServiceLine {
    let mut line = ServiceLine::without_facts(service);
    if random.happens(15) {
        line.standing =
            *random.pick(&[OperatingStatus::Closed, OperatingStatus::NotCertified, OperatingStatus::ExcludedByOig]);
        line.standing_by = Some(fact((), random).evidence);
    }
    line.medicare = said(20, 80, random);
    line.medicaid = said(20, 70, random);
    if random.happens(70) {
        line.area = ServiceArea::Zips(fact(random.some(40, &zips()), random));
    }
    for need in needs() {
        if let Some(answer) = said(40, 70, random) {
            line.answers.insert(need, answer);
        }
    }
    let bounds = [
        (Limit::MaxWeight, [300, 350, 400]),
        (Limit::MinAge, [1, 18, 60]),
        (Limit::MaxAge, [64, 85, 90]),
        (Limit::MaxDoses, [1, 2, 4]),
        (Limit::CostCeiling, [50, 100, 500]),
    ];
    for (limit, bounds) in bounds {
        if random.happens(30) {
            let bound = *random.pick(&bounds);
            line.limits.insert(limit, fact(bound, random));
        }
    }
    line.languages = random.happens(40).then(|| random.some(50, &["en", "es", "vi"])).map(|codes| {
        let codes = codes.into_iter().map(str::to_owned).collect();
        fact(codes, random)
    });
    line.only_sex = random.happens(10).then(|| *random.pick(&[Sex::Female, Sex::Male])).map(|sex| fact(sex, random));
    line.start_of_care_hours = random.happens(30).then(|| *random.pick(&[12, 24, 48, 72])).map(|hours| fact(hours, random));
    line.availability = said(60, 60, random);
    line.outcomes = random.happens(25).then(|| outcomes(random));
    line.record = random.happens(40).then(|| Arc::new(record(random)));
    measured(&mut line, random);
    line.safety = safety(random);
    line.serves = random.some(6, &ServedGroup::ALL).into_iter().map(|group| fact(group, random)).collect();
    line
}

/// At least five referrals, as enough are known.
fn outcomes(random: &mut SeededRandom) -> ReferralStats {
    let [took, other] = [8, 12].map(|most| u32::try_from(random.below(most)).unwrap());
    ReferralStats { took, asked: (took + other).max(5), days: 90, by_class: [].into() }
}

/// Recorded answers to some needs, and about room; ten of one need now and then, some of them old.
fn record(random: &mut SeededRandom) -> AnswerRecord {
    let needs = random.some(30, &needs()).into_iter().filter(|need| !need.entry().guarded);
    let needs: Vec<Need> = needs.collect();
    let needs = needs.into_iter().map(|need| (need, counts(14, random))).filter(|(_, counts)| counts.asked > 0).collect();
    AnswerRecord { needs, room: counts(9, random) }
}

fn counts(most: usize, random: &mut SeededRandom) -> AnswerCounts {
    let mut counts = AnswerCounts::default();
    let share = *random.pick(&[10, 50, 95]);
    for _ in 0..random.below(most) {
        let yes = random.happens(share);
        counts.add(yes, random.happens(20));
    }
    counts
}

/// A rating of any vintage, or why there is none, and what else is measured.
fn measured(line: &mut ServiceLine, random: &mut SeededRandom) {
    let measure = QualityMeasure::of(line.service);
    line.rating = measure.filter(|_| random.happens(65)).map(|measure| {
        let (low, high) = measure.scale_tenths();
        let steps = usize::from((high - low) / 5) + 1;
        let tenths = low + 5 * u8::try_from(random.below(steps)).unwrap();
        fact(Rating { measure, tenths }, random)
    });
    if line.rating.is_none() && random.happens(60) {
        let gap = *random.pick(&RatingGap::ALL);
        line.rating_gap = Some(fact(gap, random));
    }
    let compared = [
        SupportingMeasure::Readmission,
        SupportingMeasure::ReadmissionDuringStay,
        SupportingMeasure::UrinaryInfection,
        SupportingMeasure::BloodstreamInfection,
        SupportingMeasure::CDifficile,
    ];
    for measure in random.some(15, &compared) {
        let comparison =
            *random.pick(&[NationalComparison::Worse, NationalComparison::NoDifferent, NationalComparison::Better]);
        line.measures.insert(measure, fact(MeasureValue::Compared(comparison), random));
    }
    let numbers = [(SupportingMeasure::DischargeFunction, [3_150, 6_250]), (SupportingMeasure::MedicareSpending, [86, 113])];
    for (measure, values) in random.some(15, &numbers) {
        let value = *random.pick(&values);
        line.measures.insert(measure, fact(MeasureValue::Hundredths(value), random));
    }
    if line.service.is_hospice() && random.happens(50) {
        let stars = *random.pick(&[100, 200, 325, 400, 500]);
        line.measures.insert(SupportingMeasure::FamilyCaregiverStar, fact(MeasureValue::Hundredths(stars), random));
    }
}

/// Every safety fact now and then, in the order of a line's facts; denials of payment that ended, run and are to come.
fn safety(random: &mut SeededRandom) -> Vec<Fact<SafetyFact>> {
    let from = *random.pick(&[-40, -20, -3, 0, 1, 20, 400]);
    let until = from - i64::try_from(random.below(40)).unwrap();
    let facts = [
        SafetyFact::SpecialFocus,
        SafetyFact::SpecialFocusCandidate,
        SafetyFact::AbuseIcon,
        SafetyFact::PaymentDenial { from: days_ago(from), until: days_ago(until) },
        SafetyFact::PaymentDenials(1 + u32::try_from(random.below(3)).unwrap()),
        SafetyFact::Fines { count: 1, dollars: 12_500 },
        SafetyFact::OwnershipChange,
        SafetyFact::NoStaffingData,
        SafetyFact::NoRegisteredNurse,
        SafetyFact::RetirementCommunity,
        SafetyFact::NotInNewestList,
    ];
    random.some(8, &facts).into_iter().map(|one| fact(one, random)).collect()
}

static PLANS: LazyLock<PlanDirectory> = LazyLock::new(make_plans);
static CHOICES: LazyLock<Choices> = LazyLock::new(make_choices);

pub(crate) fn plans() -> &'static PlanDirectory {
    &PLANS
}

/// What can be asked in the town.
pub(crate) fn choices() -> &'static Choices {
    &CHOICES
}

/// Two payers; networks loaded completely and recently, completely long ago, without a date, and
/// partially; a plan whose directory is not loaded.
fn make_plans() -> PlanDirectory {
    let network = |name: &str, payer, whole, as_of: Option<i64>| Network {
        name: name.to_owned(),
        payer,
        whole,
        evidence: Evidence::new(format!("directory of {name}"), as_of.map(days_ago)),
    };
    let networks = vec![
        network("Fresh", Some(0), true, Some(40)),
        network("Old", Some(0), true, Some(91)),
        network("Part", Some(1), false, Some(60)),
        network("Undated", Some(1), true, None),
    ];
    let plan = |name: &str, payer, networks: &[u32]| Plan {
        name: name.to_owned(),
        payer: Some(payer),
        networks: networks.iter().map(|key| NetworkId(*key)).collect(),
    };
    let plans = vec![
        plan("Gold", 0, &[0]),
        plan("Silver", 0, &[0, 1]),
        plan("Bronze", 1, &[2, 3]),
        plan("Mixed", 1, &[0, 2]),
        plan("Unloaded", 1, &[]),
    ];
    let payers = ["Ashley Health", "Cooper Mutual"].map(|name| Payer { name: name.to_owned() }).into();
    PlanDirectory { payers, plans, terms: terms(&networks), networks }
}

/// For each network: certain and current, with or without new patients, ended, not begun, at
/// another address, of uncertain identity, from a lagging source, and beginning soon.
fn terms(networks: &[Network]) -> Vec<AffiliationTerms> {
    let mut all: Vec<AffiliationTerms> = (0..)
        .zip(networks)
        .flat_map(|(key, network)| {
            let terms = |begin: Option<i64>, end: Option<i64>, link, new_patients, low_confidence| AffiliationTerms {
                network: NetworkId(key),
                tier: None,
                begin: begin.map(days_ago),
                end: end.map(days_ago),
                link,
                new_patients,
                low_confidence,
                evidence: network.evidence.clone(),
            };
            [
                terms(None, None, IdentityConfidence::Sure, Unknown, false),
                terms(None, None, IdentityConfidence::Sure, Yes, true),
                terms(None, None, IdentityConfidence::Sure, No, false),
                terms(Some(100), Some(-3), IdentityConfidence::Sure, No, true),
                terms(None, Some(1), IdentityConfidence::Sure, Yes, false),
                terms(Some(-10), None, IdentityConfidence::Sure, No, false),
                terms(None, None, IdentityConfidence::OtherLocation, Unknown, true),
                terms(Some(100), None, IdentityConfidence::Probable, Yes, false),
            ]
        })
        .collect();
    all.sort();
    all
}

/// A fixed number of cases, always the same ones.
pub(crate) fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, rng_seed: RngSeed::Fixed(42), failure_persistence: None, ..ProptestConfig::default() }
}

fn make_choices() -> Choices {
    let plans = plans();
    Choices {
        services: Service::ALL.to_vec(),
        zips: zips(),
        needs: needs(),
        plans: plans.plans.iter().map(|plan| plan.name.clone()).collect(),
        networks: plans.networks.iter().map(|network| network.name.clone()).collect(),
        payers: plans.payers.iter().map(|payer| payer.name.clone()).collect(),
        today: TODAY,
    }
}

/// The discharge of that seed, about one service.
pub(crate) fn discharge(seed: u64) -> Discharge {
    let words = ParseContext { zips: ZipTable::curated(), plans: plans(), generation: "shelf" };
    let asked = question(choices(), &mut SeededRandom::seeded(seed));
    let (question, _) = parse(&asked, &words, TODAY).unwrap_or_else(|faults| panic!("{asked}: {faults:?}"));
    question.discharges.into_iter().next().unwrap()
}
