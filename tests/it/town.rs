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

use crate::dice::Dice;
use crate::questions::{Choices, question};
use crate::shelf::Shelf;

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

fn evidence(dice: &mut Dice) -> Evidence {
    Evidence::new("the town's own word", day(dice))
}

/// A day of ten years, often one at which evidence begins to count for less; now and then none.
pub(crate) fn day(dice: &mut Dice) -> Option<Date> {
    let days = if dice.happens(60) { *dice.pick(&AGES) } else { i64::try_from(dice.below(TEN_YEARS)).unwrap() };
    (!dice.happens(8)).then(|| days_ago(days))
}

fn fact<T>(value: T, dice: &mut Dice) -> Fact<T> {
    Fact::new(value, evidence(dice))
}

fn said(silent: usize, yes: usize, dice: &mut Dice) -> Option<Fact<bool>> {
    (!dice.happens(silent)).then(|| {
        let value = dice.happens(yes);
        fact(value, dice)
    })
}

/// A town with one provider per seed, in the order of the seeds.
pub(crate) fn shelf(seeds: &[u64]) -> Shelf {
    let providers = seeds.iter().enumerate().map(|(at, seed)| provider(at, *seed)).collect();
    open(providers)
}

/// The town with these providers, each listed according to [`listed`].
pub(crate) fn open(providers: Vec<Provider>) -> Shelf {
    let listed = listed(&providers);
    Shelf::listing(providers, listed, plans().clone())
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
            listed.add(&provider.id, line.service, Dice::seeded(seed).some(8, &terms));
        }
    }
    listed
}

/// The provider of that seed; its id depends on its index only.
pub(crate) fn provider(at: usize, seed: u64) -> Provider {
    let dice = &mut Dice::seeded(seed);
    let ccn: Ccn = format!("{:06}", 100_000 + at).parse().unwrap();
    let zip = *dice.pick(&zips());
    let place = ZipTable::curated().get(zip).unwrap();
    let address = Address { street: String::new(), city: place.city.to_owned(), state: Some(place.state), zip: Some(zip) };
    let position = (!dice.happens(10)).then(|| position(place.point, dice));
    let services = dice.some(25, &Service::ALL);
    let lines = if services.is_empty() { vec![*dice.pick(&Service::ALL)] } else { services };
    Provider {
        id: ProviderId::from(&ccn),
        ccn: Some(ccn),
        npis: Vec::new(),
        name: fact(format!("Provider {at} of {seed}"), dice),
        address: (!dice.happens(5)).then(|| fact(address, dice)),
        phone: None,
        position: position.map(|position| fact(position, dice)),
        ownership: Some(fact("For profit".to_owned(), dice)),
        business: Vec::new(),
        suspected_exclusions: (0..dice.below(12).saturating_sub(9))
            .map(|row| fact(format!("PROVIDER {row}, SC, 1 Main St, excluded 2016-03-20"), dice))
            .collect(),
        lines: lines.into_iter().map(|service| line(service, dice)).collect(),
    }
}

/// At the center of a ZIP or up to seven miles from it; few points, so that equal distances occur.
fn position(middle: Point, dice: &mut Dice) -> Position {
    let mut shift = || i32::try_from(dice.below(5)).unwrap() * 50_000 - 100_000;
    let (north, east) = (shift(), shift());
    let point = Point::from_micro(middle.latitude_micro() + north, middle.longitude_micro() + east).unwrap();
    Position { point, precision: Precision::Address }
}

fn line(service: Service, dice: &mut Dice) -> ServiceLine {
    let mut line = ServiceLine::without_facts(service);
    if dice.happens(15) {
        line.standing = *dice.pick(&[OperatingStatus::Closed, OperatingStatus::NotCertified, OperatingStatus::ExcludedByOig]);
        line.standing_by = Some(fact((), dice).evidence);
    }
    line.medicare = said(20, 80, dice);
    line.medicaid = said(20, 70, dice);
    if dice.happens(70) {
        line.area = ServiceArea::Zips(fact(dice.some(40, &zips()), dice));
    }
    for need in needs() {
        if let Some(answer) = said(40, 70, dice) {
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
        if dice.happens(30) {
            let bound = *dice.pick(&bounds);
            line.limits.insert(limit, fact(bound, dice));
        }
    }
    line.languages = dice.happens(40).then(|| dice.some(50, &["en", "es", "vi"])).map(|codes| {
        let codes = codes.into_iter().map(str::to_owned).collect();
        fact(codes, dice)
    });
    line.only_sex = dice.happens(10).then(|| *dice.pick(&[Sex::Female, Sex::Male])).map(|sex| fact(sex, dice));
    line.start_of_care_hours = dice.happens(30).then(|| *dice.pick(&[12, 24, 48, 72])).map(|hours| fact(hours, dice));
    line.availability = said(60, 60, dice);
    line.outcomes = dice.happens(25).then(|| outcomes(dice));
    line.record = dice.happens(40).then(|| Arc::new(record(dice)));
    measured(&mut line, dice);
    line.safety = safety(dice);
    line.serves = dice.some(6, &ServedGroup::ALL).into_iter().map(|group| fact(group, dice)).collect();
    line
}

/// At least five referrals, as enough are known.
fn outcomes(dice: &mut Dice) -> ReferralStats {
    let [took, other] = [8, 12].map(|most| u32::try_from(dice.below(most)).unwrap());
    ReferralStats { took, asked: (took + other).max(5), days: 90, by_class: [].into() }
}

/// Recorded answers to some needs, and about room; ten of one need now and then, some of them old.
fn record(dice: &mut Dice) -> AnswerRecord {
    let needs = dice.some(30, &needs()).into_iter().filter(|need| !need.entry().guarded);
    let needs: Vec<Need> = needs.collect();
    let needs = needs.into_iter().map(|need| (need, counts(14, dice))).filter(|(_, counts)| counts.asked > 0).collect();
    AnswerRecord { needs, room: counts(9, dice) }
}

fn counts(most: usize, dice: &mut Dice) -> AnswerCounts {
    let mut counts = AnswerCounts::default();
    let share = *dice.pick(&[10, 50, 95]);
    for _ in 0..dice.below(most) {
        let yes = dice.happens(share);
        counts.add(yes, dice.happens(20));
    }
    counts
}

/// A rating of any vintage, or why there is none, and what else is measured.
fn measured(line: &mut ServiceLine, dice: &mut Dice) {
    let measure = QualityMeasure::of(line.service);
    line.rating = measure.filter(|_| dice.happens(65)).map(|measure| {
        let (low, high) = measure.scale_tenths();
        let steps = usize::from((high - low) / 5) + 1;
        let tenths = low + 5 * u8::try_from(dice.below(steps)).unwrap();
        fact(Rating { measure, tenths }, dice)
    });
    if line.rating.is_none() && dice.happens(60) {
        let gap = *dice.pick(&RatingGap::ALL);
        line.rating_gap = Some(fact(gap, dice));
    }
    let compared = [
        SupportingMeasure::Readmission,
        SupportingMeasure::ReadmissionDuringStay,
        SupportingMeasure::UrinaryInfection,
        SupportingMeasure::BloodstreamInfection,
        SupportingMeasure::CDifficile,
    ];
    for measure in dice.some(15, &compared) {
        let comparison =
            *dice.pick(&[NationalComparison::Worse, NationalComparison::NoDifferent, NationalComparison::Better]);
        line.measures.insert(measure, fact(MeasureValue::Compared(comparison), dice));
    }
    let numbers = [(SupportingMeasure::DischargeFunction, [3_150, 6_250]), (SupportingMeasure::MedicareSpending, [86, 113])];
    for (measure, values) in dice.some(15, &numbers) {
        let value = *dice.pick(&values);
        line.measures.insert(measure, fact(MeasureValue::Hundredths(value), dice));
    }
    if line.service.is_hospice() && dice.happens(50) {
        let stars = *dice.pick(&[100, 200, 325, 400, 500]);
        line.measures.insert(SupportingMeasure::FamilyCaregiverStar, fact(MeasureValue::Hundredths(stars), dice));
    }
}

/// Every safety fact now and then, in the order of a line's facts; denials of payment that ended, run and are to come.
fn safety(dice: &mut Dice) -> Vec<Fact<SafetyFact>> {
    let from = *dice.pick(&[-40, -20, -3, 0, 1, 20, 400]);
    let until = from - i64::try_from(dice.below(40)).unwrap();
    let facts = [
        SafetyFact::SpecialFocus,
        SafetyFact::SpecialFocusCandidate,
        SafetyFact::AbuseIcon,
        SafetyFact::PaymentDenial { from: days_ago(from), until: days_ago(until) },
        SafetyFact::PaymentDenials(1 + u32::try_from(dice.below(3)).unwrap()),
        SafetyFact::Fines { count: 1, dollars: 12_500 },
        SafetyFact::OwnershipChange,
        SafetyFact::NoStaffingData,
        SafetyFact::NoRegisteredNurse,
        SafetyFact::RetirementCommunity,
        SafetyFact::NotInNewestList,
    ];
    dice.some(8, &facts).into_iter().map(|one| fact(one, dice)).collect()
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
    let asked = question(choices(), &mut Dice::seeded(seed));
    let (question, _) = parse(&asked, &words, TODAY).unwrap_or_else(|faults| panic!("{asked}: {faults:?}"));
    question.discharges.into_iter().next().unwrap()
}
