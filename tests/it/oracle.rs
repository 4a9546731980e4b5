//! A brute-force oracle: the rules of matching, implemented independently.
//!
//! It processes whole providers one after the other, shares only types and result codes with
//! `matching`, and is as simple as possible. If it and `matching` disagree, one of them is wrong.

use std::collections::BTreeMap;

use jiff::civil::Date;
use placement::catalog::network_bitmap::NetworkBitmap;
use placement::coverage::{AffiliationTerms, Coverage, IdentityConfidence, NetworkId, PlanDirectory, TermsId};
use placement::discharge::Discharge;
use placement::evidence::{Evidence, Fact, Tristate};
use placement::ledger::state::LedgerState;
use placement::matching::report::{AcceptanceVerdict, ExclusionReason, FitTier, NetworkStatus};
use placement::place::Point;
use placement::profile::ScoreComponent;
use placement::provider::{OperatingStatus, Provider, QualityMeasure, ReferralStats, ServiceArea, ServiceLine};
use placement::service::{DeliveryMode, Limit};
use placement::statements::{ReferralReply, StatementValue};

/// A matching provider.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub id: String,
    pub fit: FitTier,
    pub status: NetworkStatus,
    pub verdict: AcceptanceVerdict,
    /// Thousandths of a point.
    pub score: u32,
    /// Each component with its value in millionths and its points in thousandths; no value means
    /// "unknown".
    pub parts: Vec<(ScoreComponent, Option<u32>, u32)>,
    pub miles: Option<f64>,
    /// The availability.
    pub room: Option<bool>,
    /// Codes of the notices about the listing and about exclusions, in order.
    pub warned: Vec<&'static str>,
}

/// The whole answer.
#[derive(Debug, Default)]
pub(crate) struct Answered {
    pub found: Vec<Found>,
    pub left_out: BTreeMap<String, ExclusionReason>,
}

/// `provider` with the statements in `told`, valid `today`, for a discharge on `on`: the provider's
/// latest statement counts.
pub(crate) fn now(provider: &Provider, told: &LedgerState, on: Date, today: Date) -> Provider {
    let mut provider = provider.clone();
    let evidence = |said_on: Date| Evidence::new("told", Some(said_on));
    for line in &mut provider.lines {
        if let Some(said) = told.statements.get(&provider.id) {
            for statement in said.statements.iter().filter(|s| s.service == line.service && s.expires_on >= today) {
                match statement.says {
                    StatementValue::Need(need, answer) => {
                        line.answers.insert(need, Fact::new(answer, evidence(said.said_on)));
                    }
                    StatementValue::Limit(limit, bound) => {
                        line.limits.insert(limit, Fact::new(bound, evidence(said.said_on)));
                    }
                }
            }
        }
        if let Some(said) = told.availability.get(&provider.id) {
            for room in said.rooms.iter().filter(|r| r.service == line.service && r.from <= on && on <= r.until) {
                line.availability = Some(Fact::new(room.room, evidence(said.said_on)));
            }
        }
        let replies =
            told.outcomes.get(&provider.id).and_then(|replies| replies.get(&line.service)).map_or(&[][..], Vec::as_slice);
        let lately = |days: i32| (0..=90).contains(&days);
        let replies: Vec<ReferralReply> =
            replies.iter().filter(|(day, _)| lately((today - *day).get_days())).map(|(_, reply)| *reply).collect();
        if replies.len() >= 5 {
            let took = replies.iter().filter(|reply| **reply == ReferralReply::Accepted).count();
            let count = |number: usize| u32::try_from(number).unwrap();
            line.outcomes = Some(ReferralStats { took: count(took), asked: count(replies.len()), days: 90 });
        }
    }
    provider
}

/// The networks and their lines.
#[derive(Clone, Copy)]
pub(crate) struct Lists<'a> {
    pub plans: &'a PlanDirectory,
    pub listed: &'a NetworkBitmap,
}

/// Ranks `providers` for one discharge.
pub(crate) fn answer<'a>(asked: &Discharge, lists: Lists<'_>, providers: impl Iterator<Item = &'a Provider>) -> Answered {
    let mut answered = Answered::default();
    let mut found: Vec<(FitTier, u32, u64, u64, Found)> = Vec::new();
    for provider in providers {
        let Some(line) = provider.line(asked.service) else { continue };
        let miles = provider.position.as_ref().map(|fact| miles_between(asked.near.point, fact.value.point));
        let Some(in_area) = reached(asked, line, miles) else { continue };
        let questions = questions(asked, line);
        let refused = questions.iter().find(|question| question.said == Said::No && !question.unlawful());
        let kept_out = match line.standing {
            OperatingStatus::ExcludedByOig => Some(ExclusionReason::ExcludedByOig),
            OperatingStatus::NotCertified => Some(ExclusionReason::NotCertified),
            OperatingStatus::Closed => Some(ExclusionReason::Closed),
            OperatingStatus::Open if !in_area => Some(ExclusionReason::OutsideServiceArea),
            OperatingStatus::Open => refused.map(|question| question.reason),
        };
        if let Some(reason) = kept_out {
            answered.left_out.insert(provider.id.to_string(), reason);
            continue;
        }
        let one = judge(asked, lists, provider, line, &questions, miles);
        let travels = asked.service.geography() == DeliveryMode::PatientTravels;
        let distance = miles.filter(|_| travels).map_or(0, f64::to_bits);
        let draw = mix(asked.tie_break_seed() ^ provider.id.tie_break_seed());
        found.push((one.fit, u32::MAX - one.score, distance, draw, one));
    }
    found.sort_by_key(|(fit, score, distance, draw, _)| (*fit, *score, *distance, *draw));
    answered.found = found.into_iter().map(|(.., one)| one).collect();
    answered
}

/// `None` if it is outside the answer; otherwise whether the patient can use it.
fn reached(asked: &Discharge, line: &ServiceLine, miles: Option<f64>) -> Option<bool> {
    let within = |limit: f64| miles.is_some_and(|miles| miles <= limit);
    match (asked.within, &line.area) {
        (Some(radius), _) => within(radius.value()).then_some(true),
        (None, ServiceArea::Zips(zips)) if zips.value.contains(&asked.near.zip) => Some(true),
        (None, ServiceArea::Zips(_)) => within(asked.profile.assumed_radius).then_some(false),
        (None, ServiceArea::NotPublished) => within(asked.profile.assumed_radius).then_some(true),
    }
}

/// The haversine of the great circle, on a sphere of 6371.0088 km, in miles of 1.609344 km.
fn miles_between(here: Point, there: Point) -> f64 {
    let radians = |micro: i32| (f64::from(micro) / 1e6).to_radians();
    let (north, north2) = (radians(here.latitude_micro()), radians(there.latitude_micro()));
    let rise = ((north2 - north) / 2.0).sin();
    let turn = ((radians(there.longitude_micro()) - radians(here.longitude_micro())) / 2.0).sin();
    let half_chord = (rise * rise + north.cos() * north2.cos() * turn * turn).sqrt();
    2.0 * 6371.0088 * half_chord.asin() / 1.609_344
}

/// The answer of a line to one requirement.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Said {
    Yes,
    No,
    Nothing,
}

/// One requirement: the answer, its date, and the reason code of a "no".
struct Asked {
    said: Said,
    on: Option<Date>,
    reason: ExclusionReason,
}

impl Asked {
    /// A "no" that is unlawful.
    fn unlawful(&self) -> bool {
        self.said == Said::No && matches!(self.reason, ExclusionReason::Declines(need) if need.entry().guarded)
    }
}

fn question<T>(fact: Option<&Fact<T>>, reason: ExclusionReason, yes: impl Fn(&T) -> bool) -> Asked {
    let said = match fact {
        Some(fact) if yes(&fact.value) => Said::Yes,
        Some(_) => Said::No,
        None => Said::Nothing,
    };
    Asked { said, on: fact.and_then(|fact| fact.evidence.as_of), reason }
}

/// All requirements of a line, in the order of reasons.
fn questions(asked: &Discharge, line: &ServiceLine) -> Vec<Asked> {
    let mut all = Vec::new();
    for need in asked.required.iter() {
        all.push(question(line.answers.get(&need), ExclusionReason::Declines(need), |yes| *yes));
    }
    let patient = &asked.patient;
    let numbers = [
        (Limit::MaxWeight, patient.weight_lb),
        (Limit::MinAge, patient.age),
        (Limit::MaxAge, patient.age),
        (Limit::MaxDoses, patient.doses_a_day),
    ];
    for (limit, number) in numbers {
        let Some(number) = number else { continue };
        let youngest = limit == Limit::MinAge;
        let ordinary = limit.entry().unwrap().ordinary;
        let unusual = ordinary.is_some_and(|bound| if youngest { number < bound } else { number > bound });
        if line.limits.contains_key(&limit) || unusual {
            let allows = |bound: &u32| if youngest { number >= *bound } else { number <= *bound };
            all.push(question(line.limits.get(&limit), ExclusionReason::Limit(limit), allows));
        }
    }
    // Every provider is assumed to speak English.
    let spoken = &patient.languages;
    let english = spoken.iter().any(|code| code == "en");
    if !spoken.is_empty() && (line.languages.is_some() || !english) {
        let shared = |speaks: &Vec<String>| english || speaks.iter().any(|code| spoken.contains(code));
        all.push(question(line.languages.as_ref(), ExclusionReason::Language, shared));
    }
    if let (Some(sex), Some(only)) = (patient.sex, &line.only_sex) {
        all.push(question(Some(only), ExclusionReason::Sex, |only| *only == sex));
    }
    all
}

/// Age of a statement in days before the question.
fn age(asked: &Discharge, said: Date) -> i32 {
    (asked.asked_on - said).get_days()
}

/// Whether a payer's directory is recent enough to confirm.
fn believed(asked: &Discharge, as_of: Option<Date>) -> bool {
    as_of.is_some_and(|as_of| age(asked, as_of) <= i32::try_from(asked.profile.directory_days).unwrap())
}

/// The network status, the dates of its evidence (none, undated or dated), and the listing it is
/// based on.
type Network<'a> = (NetworkStatus, Vec<Option<Date>>, Option<&'a AffiliationTerms>);

fn network<'a>(asked: &Discharge, lists: Lists<'a>, provider: &Provider, line: &ServiceLine) -> Network<'a> {
    let certified = |fact: &Option<Fact<bool>>, decides: bool| match fact {
        Some(fact) if !fact.value => (NetworkStatus::OutOfNetwork, vec![fact.evidence.as_of], None),
        Some(fact) if decides => (NetworkStatus::InNetwork, vec![fact.evidence.as_of], None),
        Some(fact) => (NetworkStatus::Unconfirmed, vec![fact.evidence.as_of], None),
        None => (NetworkStatus::Unconfirmed, vec![], None),
    };
    match &asked.coverage {
        None | Some(Coverage::SelfPay) => (NetworkStatus::NotAsked, vec![], None),
        Some(Coverage::Medicare) => certified(&line.medicare, true),
        Some(Coverage::Medicaid(state)) => {
            let home = provider.address.as_ref().is_some_and(|address| address.value.state == *state);
            certified(&line.medicaid, home)
        }
        Some(Coverage::Networks { networks, .. }) => {
            by_networks(asked, lists.plans, lists.listed.of(&provider.id, line.service), networks)
        }
    }
}

fn by_networks<'a>(asked: &Discharge, plans: &'a PlanDirectory, listed: &[TermsId], networks: &[NetworkId]) -> Network<'a> {
    let terms: Vec<&AffiliationTerms> = listed.iter().map(|key| plans.terms(*key).unwrap()).collect();
    let mut terms: Vec<&AffiliationTerms> = terms.into_iter().filter(|terms| networks.contains(&terms.network)).collect();
    // Of equal listings, a reliable one and one that takes new patients comes first.
    terms.sort_by_key(|terms| u8::from(terms.low_confidence) * 2 + u8::from(terms.new_patients == Tristate::No));
    let holds = |terms: &&AffiliationTerms| {
        let begun = terms.begin.is_none_or(|begin| begin <= asked.on);
        let lasts = terms.end.is_none_or(|end| asked.on <= end);
        begun && lasts && terms.link == IdentityConfidence::Sure && believed(asked, terms.evidence.as_of)
    };
    if let Some(terms) = terms.iter().find(|terms| holds(terms)) {
        return (NetworkStatus::InNetwork, vec![terms.evidence.as_of], Some(terms));
    }
    if let Some(terms) = terms.first() {
        return (NetworkStatus::Unconfirmed, vec![terms.evidence.as_of], Some(terms));
    }
    // Not listed: each network gives a status, and the best counts.
    let lists: Vec<_> = networks.iter().map(|key| plans.network(*key).unwrap()).collect();
    let status = if lists.iter().any(|list| list.whole && !believed(asked, list.evidence.as_of)) {
        NetworkStatus::Unconfirmed
    } else if lists.is_empty() || lists.iter().any(|list| !list.whole) {
        NetworkStatus::PlanNotLoaded
    } else {
        NetworkStatus::OutOfNetwork
    };
    (status, vec![], None)
}

/// Availability: of the line, otherwise of the payer's directory.
fn room(line: &ServiceLine, listing: Option<&AffiliationTerms>) -> Option<bool> {
    let by_payer = match listing.map(|terms| terms.new_patients) {
        Some(Tristate::Yes) => Some(true),
        Some(Tristate::No) => Some(false),
        Some(Tristate::Unknown) | None => None,
    };
    line.availability.as_ref().map(|fact| fact.value).or(by_payer)
}

fn warnings(provider: &Provider, listing: Option<&AffiliationTerms>) -> Vec<&'static str> {
    let full = listing.filter(|terms| terms.new_patients == Tristate::No).map(|_| "no_new_patients");
    let lags = listing.filter(|terms| terms.low_confidence).map(|_| "low_confidence");
    let excluded = provider.suspected_exclusions.iter().map(|_| "possible_exclusion");
    full.into_iter().chain(lags).chain(excluded).collect()
}

fn judge(
    asked: &Discharge,
    lists: Lists<'_>,
    provider: &Provider,
    line: &ServiceLine,
    questions: &[Asked],
    miles: Option<f64>,
) -> Found {
    // An unlawful "no" does not exclude; the provider must be asked.
    let open = questions.iter().any(|question| question.said == Said::Nothing || question.unlawful());
    let verdict = if open { AcceptanceVerdict::Ask } else { AcceptanceVerdict::Accepts };
    let (status, mut rests_on, listing) = network(asked, lists, provider, line);
    let room = room(line, listing);
    let fit = match status {
        NetworkStatus::InNetwork | NetworkStatus::NotAsked if open => FitTier::AskProvider,
        NetworkStatus::InNetwork | NetworkStatus::NotAsked => FitTier::Ready,
        NetworkStatus::Unconfirmed | NetworkStatus::PlanNotLoaded => FitTier::AskPlan,
        NetworkStatus::OutOfNetwork => FitTier::OutOfNetwork,
    };
    rests_on.extend(questions.iter().filter(|question| question.said != Said::Nothing).map(|question| question.on));
    let neutral = asked.profile.neutral.millionths();
    let parts: Vec<(ScoreComponent, Option<u32>, u32)> = asked
        .weights()
        .iter()
        .map(|(part, weight)| {
            let value = match part {
                ScoreComponent::Closeness => {
                    asked.within.zip(miles).map(|(radius, miles)| share(1.0 - miles / radius.value()))
                }
                ScoreComponent::Quality => quality(line),
                ScoreComponent::PreferredNeeds => Some(preferred(asked, line)),
                ScoreComponent::Availability => room.map(|room| u32::from(room) * 1_000_000),
                ScoreComponent::Freshness => freshness(asked, &rests_on),
                ScoreComponent::Outcomes => line.outcomes.map(|known| share(f64::from(known.took) / f64::from(known.asked))),
            };
            let product = u64::from(value.unwrap_or(neutral)) * u64::from(weight.millionths());
            (part, value, u32::try_from((product + 5_000_000) / 10_000_000).unwrap())
        })
        .collect();
    let score = parts.iter().map(|(.., points)| points).sum();
    Found {
        id: provider.id.to_string(),
        fit,
        status,
        verdict,
        score,
        parts,
        miles,
        room,
        warned: warnings(provider, listing),
    }
}

/// A number from 0 to 1 in millionths, rounded half up.
fn share(value: f64) -> u32 {
    format!("{:.0}", (value.clamp(0.0, 1.0) * 1e6 + 0.5).floor()).parse().unwrap()
}

/// `part / whole` in millionths, rounded half up.
fn ratio(part: u32, whole: u32) -> u32 {
    let (part, whole) = (u64::from(part), u64::from(whole));
    u32::try_from((part * 1_000_000 * 2 + whole) / (whole * 2)).unwrap()
}

fn quality(line: &ServiceLine) -> Option<u32> {
    let (low, high) = QualityMeasure::of(line.service)?.scale_tenths();
    let tenths = line.rating.as_ref()?.value.tenths;
    Some(ratio(u32::from(tenths - low), u32::from(high - low)))
}

/// A yes counts two, no answer counts one, of two per need.
fn preferred(asked: &Discharge, line: &ServiceLine) -> u32 {
    let met = |need| line.answers.get(&need).map_or(1, |fact| 2 * u32::from(fact.value));
    let halves: u32 = asked.preferred.iter().map(met).sum();
    if asked.preferred.is_empty() { 1_000_000 } else { ratio(halves, 2 * asked.preferred.len()) }
}

/// By the oldest date; unknown if there is none or one is missing.
fn freshness(asked: &Discharge, days: &[Option<Date>]) -> Option<u32> {
    let dated: Option<Vec<Date>> = days.iter().copied().collect();
    let oldest = dated?.into_iter().min()?;
    let (fresh, stale) = (asked.profile.fresh_days, asked.profile.stale_days);
    let age = u32::try_from(age(asked, oldest)).unwrap_or(0).clamp(fresh, stale);
    Some(ratio(stale - age, stale - fresh))
}

/// The last step of SplitMix64: the tie break that favors no provider.
fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
