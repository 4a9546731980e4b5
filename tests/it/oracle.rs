//! A brute-force oracle: the rules of matching, implemented independently.
//!
//! It takes whole providers one after the other and cares for nothing but being plain. It knows the domain types of provider,
//! evidence, service, place and coverage, the question and the numbers of its profile; an answer it gives in the codes of the
//! API. Where it and `matching` disagree, one of them is wrong.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;
use placement::catalog::network_bitmap::NetworkBitmap;
use placement::coverage::PlanDirectory;
use placement::discharge::Discharge;
use placement::evidence::{Evidence, Fact};
use placement::ledger::state::LedgerState;
use placement::place::Point;
use placement::profile::ScoreComponent;
use placement::provider::answer_record::{AnswerCounts, AnswerRecord};
use placement::provider::quality::{MeasureValue, NationalComparison, QualityMeasure, RatingGap, SupportingMeasure};
use placement::provider::safety::SafetyFact;
use placement::provider::{OperatingStatus, Provider, ProviderId, ReferralStats, ServiceArea, ServiceLine};
use placement::service::{DeliveryMode, Service};
use placement::statements::{DeclineReason, ReferralReply, RoomStatement, StatementValue};

use crate::oracle_answers::{Network, Said, Verdict, network, questions, usual_rate};

/// The tiers, best first.
pub(crate) const TIERS: [&str; 6] = ["ready", "meets", "ask_provider", "ask_plan", "no_room", "out_of_network"];

/// A provider on the list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub id: String,
    pub fit: &'static str,
    pub status: &'static str,
    pub verdict: Verdict,
    /// Codes of the open questions, in order.
    pub open: Vec<&'static str>,
    /// Thousandths of a point.
    pub score: u32,
    /// Each component with its value in millionths and its points in thousandths; no value means
    /// "unknown".
    pub parts: Vec<(ScoreComponent, Option<u32>, u32)>,
    /// Likelihood, room chance and the two together, in millionths.
    pub chances: [u32; 3],
    /// Chance times score, in thousandths of a point.
    pub worth: u32,
    pub miles: Option<f64>,
    /// Whether it has room on the date, and from which day where it has none.
    pub room: Option<bool>,
    pub room_from: Option<Date>,
    /// Codes of its notices on safety, coverage and acceptance, sorted.
    pub warned: Vec<&'static str>,
}

/// The whole answer.
#[derive(Debug, Default)]
pub(crate) struct Answered {
    pub found: Vec<Found>,
    /// Excluded providers with the code of the reason.
    pub left_out: BTreeMap<String, String>,
}

/// What is known besides the providers.
#[derive(Clone)]
pub(crate) struct World<'a> {
    pub plans: &'a PlanDirectory,
    pub listed: &'a NetworkBitmap,
    /// The newest day of the ratings of each measure.
    pub newest: BTreeMap<QualityMeasure, Date>,
    /// What was stated since, and today.
    pub stated: Option<(&'a LedgerState, Date)>,
    /// The answers of all providers of each service from before the directory was built.
    pub everywhere: BTreeMap<Service, AnswerRecord>,
}

/// The answers of all `providers` on the days before `release`, as of that day.
pub(crate) fn answers_before<'a>(
    providers: impl Iterator<Item = &'a Provider>,
    stated: &LedgerState,
    release: Date,
) -> BTreeMap<Service, AnswerRecord> {
    let mut everywhere: BTreeMap<Service, AnswerRecord> = BTreeMap::new();
    let yesterday = release.yesterday().unwrap();
    for (provider, line) in providers.flat_map(|provider| provider.lines.iter().map(move |line| (provider, line))) {
        let of_line = recorded(&provider.id, line.service, (stated, release), yesterday);
        let all = everywhere.entry(line.service).or_default();
        all.room.asked += of_line.room.asked;
        all.room.yes += of_line.room.yes;
        for (need, counts) in of_line.needs {
            let of_need = all.needs.entry(need).or_default();
            of_need.asked += counts.asked;
            of_need.yes += counts.yes;
            of_need.old_asked += counts.old_asked;
            of_need.old_yes += counts.old_yes;
        }
    }
    everywhere
}

/// The newest day of each measure among all ratings.
pub(crate) fn newest_ratings<'a>(providers: impl Iterator<Item = &'a Provider>) -> BTreeMap<QualityMeasure, Date> {
    let mut newest = BTreeMap::new();
    for rating in providers.flat_map(|provider| &provider.lines).filter_map(|line| line.rating.as_ref()) {
        let Some(day) = rating.evidence.as_of else { continue };
        newest.entry(rating.value.measure).and_modify(|known: &mut Date| *known = day.max(*known)).or_insert(day);
    }
    newest
}

/// A line with what the provider has stated since, and its statements of room.
fn with_statements<'a>(
    id: &ProviderId,
    line: &'a ServiceLine,
    (stated, today): (&LedgerState, Date),
    on: Date,
) -> (Cow<'a, ServiceLine>, Vec<RoomStatement>) {
    let mut line = line.clone();
    if let Some(said) = stated.statements.get(id) {
        let evidence = || Evidence::new("stated", Some(said.said_on));
        for statement in said.statements.iter().filter(|s| s.service == line.service && s.expires_on >= today) {
            match statement.says {
                StatementValue::Need(need, answer) => drop(line.answers.insert(need, Fact::new(answer, evidence()))),
                StatementValue::Limit(limit, bound) => drop(line.limits.insert(limit, Fact::new(bound, evidence()))),
            }
        }
    }
    let mut rooms = Vec::new();
    if let Some(said) = stated.availability.get(id) {
        rooms.extend(said.rooms.iter().filter(|room| room.service == line.service).cloned());
        if let Some(room) = rooms.iter().find(|room| room.from <= on && on <= room.until) {
            line.availability = Some(Fact::new(room.room, Evidence::new("stated", Some(said.said_on))));
        }
    }
    let replies = stated.outcomes.get(id).and_then(|replies| replies.get(&line.service)).map_or(&[][..], Vec::as_slice);
    let lately = replies.iter().filter(|one| (0..=90).contains(&(today - one.asked_on).get_days()));
    let count = |wanted: &dyn Fn(&ReferralReply) -> bool| -> u32 {
        u32::try_from(lately.clone().filter(|one| wanted(&one.reply)).count()).unwrap()
    };
    let asked = count(&|_| true);
    line.record = Some(Arc::new(recorded(id, line.service, (stated, today), today)));
    // Fewer than five say nothing.
    line.outcomes = (asked >= 5).then(|| ReferralStats {
        asked,
        took: count(&|reply| *reply == ReferralReply::Accepted),
        days: 90,
        by_class: [].into(),
    });
    (Cow::Owned(line), rooms)
}

/// What its statements and the outcomes of referrals until `last` say of its answers, as of `today`. Nothing else is drawn here.
fn recorded(id: &ProviderId, service: Service, (stated, today): (&LedgerState, Date), last: Date) -> AnswerRecord {
    let mut record = AnswerRecord::default();
    for reply in stated.outcomes.get(id).and_then(|replies| replies.get(&service)).into_iter().flatten() {
        let room = match reply.reply {
            ReferralReply::Accepted => true,
            ReferralReply::Declined(DeclineReason::NoRoom | DeclineReason::Other | DeclineReason::NotSaid) => false,
            ReferralReply::Declined(_) | ReferralReply::NoReply => continue,
        };
        if reply.asked_on <= last && (0..=90).contains(&(today - reply.asked_on).get_days()) {
            record.room.asked += 1;
            record.room.yes += u32::from(room);
        }
    }
    if let Some(said) = stated.availability.get(id).filter(|said| said.said_on <= last) {
        for room in said.rooms.iter().filter(|room| room.service == service) {
            if room.from <= said.said_on && said.said_on <= room.until {
                record.room.asked += 1;
                record.room.yes += u32::from(room.room);
            }
        }
    }
    let said = stated.statements.get(id).filter(|said| said.said_on <= last);
    for statement in said.iter().flat_map(|said| &said.statements) {
        if let StatementValue::Need(need, yes) = statement.says
            && statement.service == service
            && !need.entry().guarded
        {
            record.needs.entry(need).or_default().add(yes, false);
        }
    }
    record
}

/// (yes + 2 x usual) / (asked + 2) in millionths, with half of an answer where it is old.
fn chance(counts: AnswerCounts, usual: u32) -> u32 {
    // In half answers, so that halves are rounded up as whole numbers.
    let [yes, asked] =
        [(counts.yes, counts.old_yes), (counts.asked, counts.old_asked)].map(|(all, old)| u64::from(2 * all - old));
    let (sum, all) = (1_000_000 * yes + 4 * u64::from(usual), asked + 4);
    u32::try_from((2 * sum + all) / (2 * all)).unwrap()
}

/// Ranks `providers` for one discharge.
pub(crate) fn answer<'a>(asked: &Discharge, world: &World<'_>, providers: impl Iterator<Item = &'a Provider>) -> Answered {
    let mut answered = Answered::default();
    let mut found = Vec::new();
    for provider in providers {
        let Some(line) = provider.line(asked.service) else { continue };
        let miles = provider.position.as_ref().map(|fact| miles_between(asked.near.point, fact.value.point));
        let Some(in_area) = reached(asked, line, miles) else { continue };
        let (line, rooms) = match world.stated {
            Some(stated) => with_statements(&provider.id, line, stated, asked.on),
            None => (Cow::Borrowed(line), Vec::new()),
        };
        let said = questions(asked, &line);
        let refused = said.iter().find(|question| question.said == Said::No && !question.is_protected);
        let kept_out = match line.standing {
            OperatingStatus::ExcludedByOig => Some("excluded_by_oig".to_owned()),
            OperatingStatus::NotCertified => Some("not_certified".to_owned()),
            OperatingStatus::Closed => Some("closed".to_owned()),
            OperatingStatus::Open if !in_area => Some("outside_service_area".to_owned()),
            OperatingStatus::Open => refused.map(|question| question.reason.clone()),
        };
        match kept_out {
            Some(reason) => drop(answered.left_out.insert(provider.id.to_string(), reason)),
            None => found.push(judge(asked, world, (provider, &line, &rooms), &said, miles)),
        }
    }
    found.sort_by_key(|(key, _)| *key);
    answered.found = found.into_iter().map(|(_, one)| one).collect();
    answered
}

/// `None` if it is outside the answer; otherwise whether the patient can use it.
fn reached(asked: &Discharge, line: &ServiceLine, miles: Option<f64>) -> Option<bool> {
    let within = |limit: f64| miles.is_some_and(|miles| miles <= limit);
    match (asked.service.geography(), &line.area) {
        (DeliveryMode::PatientTravels, _) => within(asked.within.unwrap().value()).then_some(true),
        (DeliveryMode::ProviderComes, ServiceArea::Zips(zips)) if zips.value.contains(&asked.near.zip) => Some(true),
        (DeliveryMode::ProviderComes, ServiceArea::Zips(_)) => within(asked.profile.assumed_radius).then_some(false),
        (DeliveryMode::ProviderComes, ServiceArea::NotPublished) => within(asked.profile.assumed_radius).then_some(true),
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

/// The key of the order, top to bottom: fit, places that stand last in it, the fit without room, the day room begins, worth, distance
/// and the draw.
type Order = (usize, bool, usize, Date, Reverse<u32>, u64, u64);

type Line<'a> = (&'a Provider, &'a ServiceLine, &'a [RoomStatement]);

fn judge(
    asked: &Discharge,
    world: &World<'_>,
    (provider, line, rooms): Line<'_>,
    said: &[crate::oracle_answers::Asked],
    miles: Option<f64>,
) -> (Order, Found) {
    let open: Vec<_> = said.iter().filter(|question| question.said != Said::Yes).collect();
    let verdict = if open.is_empty() { Verdict::Accepts } else { Verdict::Ask };
    let network = network(asked, world, provider, line);
    let stated_room = line.availability.as_ref().map(|fact| fact.value);
    let fit_without_room = match network.status {
        "out_of_network" | "not_certified" => "out_of_network",
        "unconfirmed" | "plan_not_loaded" => "ask_plan",
        _ if verdict == Verdict::Ask => "ask_provider",
        _ => "meets",
    };
    let fit = match (stated_room, fit_without_room) {
        (Some(true), "meets") => "ready",
        (Some(false), fit) if fit != "out_of_network" => "no_room",
        (_, fit) => fit,
    };
    let record = line.record.as_deref().cloned().unwrap_or_default();
    let everywhere = world.everywhere.get(&asked.service);
    let rates: Vec<(u32, bool)> = open
        .iter()
        .map(|question| {
            let (usual, published) = usual_rate(asked.service, question.code, everywhere);
            let own = record.needs.iter().find(|(need, _)| need.code() == question.code).map(|(_, own)| *own);
            let own = own.unwrap_or_default();
            (chance(own, share(usual)), published || own.asked >= 10)
        })
        .collect();
    let likelihood = rates.iter().fold(1_000_000, |chance, (rate, _)| times(chance, *rate));
    let is_likely = rates.iter().all(|(_, sure)| *sure) && likelihood >= asked.profile.likely_enough.millionths();
    let stands_among = if fit == "ask_provider" && is_likely { "meets" } else { fit };
    let room_chance = if stated_room == Some(true) {
        1_000_000
    } else {
        chance(record.room, chance(everywhere.map(|all| all.room).unwrap_or_default(), 500_000))
    };
    let together = times(likelihood, room_chance);

    let parts = parts(asked, world, line, &network, said, miles);
    let score = parts.iter().map(|(.., points)| points).sum();
    let worth = times(score, together);
    let room_from = room_from(rooms, asked.on);
    let travels = asked.service.geography() == DeliveryMode::PatientTravels;
    let is_full = fit == "no_room";
    let order = (
        tier(stands_among),
        stands_last(line, asked.on),
        if is_full { tier(fit_without_room) } else { 0 },
        if is_full { room_from.unwrap_or(Date::MAX) } else { Date::MIN },
        Reverse(worth),
        miles.filter(|_| travels).map_or(0, f64::to_bits),
        mix(asked.tie_break_seed() ^ provider.id.tie_break_seed()),
    );
    let found = Found {
        id: provider.id.to_string(),
        fit,
        status: network.status,
        verdict,
        open: open.iter().map(|question| question.code).collect(),
        score,
        parts,
        chances: [likelihood, room_chance, together],
        worth,
        miles,
        room: stated_room.or(network.new_patients),
        room_from,
        warned: warnings(asked, provider, line, &network),
    };
    (order, found)
}

fn tier(fit: &str) -> usize {
    TIERS.iter().position(|tier| *tier == fit).unwrap()
}

/// The first day after a day on which it says to be full that it does not say to be full.
fn room_from(rooms: &[RoomStatement], on: Date) -> Option<Date> {
    let is_full = |day: Date| rooms.iter().any(|room| !room.room && room.from <= day && day <= room.until);
    let mut day = on;
    while is_full(day) {
        day = day.tomorrow().unwrap();
    }
    (day != on).then_some(day)
}

/// A rating withheld for cause, a Special Focus Facility, or a denial of payment in force.
fn stands_last(line: &ServiceLine, on: Date) -> bool {
    let withheld = line.rating_gap.as_ref().is_some_and(|gap| gap.value == RatingGap::Withheld);
    withheld || line.safety.iter().any(|fact| fact.value == SafetyFact::SpecialFocus) || denied(line, on)
}

/// Whether payment for new admissions is denied on that day.
pub(crate) fn denied(line: &ServiceLine, on: Date) -> bool {
    let covers = |fact: &SafetyFact| matches!(fact, SafetyFact::PaymentDenial { from, until } if *from <= on && on <= *until);
    line.safety.iter().any(|fact| covers(&fact.value))
}

/// Each part of the score with its value, where it is known, and its points.
fn parts(
    asked: &Discharge,
    world: &World<'_>,
    line: &ServiceLine,
    network: &Network,
    said: &[crate::oracle_answers::Asked],
    miles: Option<f64>,
) -> Vec<(ScoreComponent, Option<u32>, u32)> {
    let neutral = asked.profile.neutral.millionths();
    let value = |part| match part {
        ScoreComponent::Closeness => miles.map(|miles| {
            let half = asked.profile.half_closeness_miles[&asked.service];
            share(1.0 / (1.0 + (miles / half) * (miles / half)))
        }),
        ScoreComponent::Quality => quality(asked, world, line),
        ScoreComponent::PreferredNeeds => Some(preferred(asked, line)),
        ScoreComponent::Availability => {
            line.availability.as_ref().map(|fact| fact.value).or(network.new_patients).map(|room| u32::from(room) * 1_000_000)
        }
        ScoreComponent::Freshness => freshness(asked, network, said),
        ScoreComponent::Outcomes => line.outcomes.as_ref().map(|known| ratio(known.took, known.asked)),
    };
    let valued = |(part, weight): (ScoreComponent, placement::profile::Fraction)| {
        let value = value(part);
        let product = u64::from(value.unwrap_or(neutral)) * u64::from(weight.millionths());
        (part, value, u32::try_from((product + 5_000_000) / 10_000_000).unwrap())
    };
    asked.weights().iter().map(valued).collect()
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

/// A share in millionths of a number, the half rounded up.
fn times(number: u32, share: u32) -> u32 {
    u32::try_from((u64::from(number) * u64::from(share) + 500_000) / 1_000_000).unwrap()
}

/// What the published quality is worth.
fn quality(asked: &Discharge, world: &World<'_>, line: &ServiceLine) -> Option<u32> {
    let (rules, neutral) = (&asked.profile.quality, asked.profile.neutral.millionths());
    let measure = QualityMeasure::of(line.service);
    let value = match line.rating_gap.as_ref().map(|gap| gap.value) {
        Some(RatingGap::Withheld) => return Some(rules.withheld.millionths()),
        Some(RatingGap::Unexplained) => Some(rules.unexplained_gap.millionths()),
        Some(RatingGap::TooNew | RatingGap::TooSmall) | None => {
            let rating = line.rating.as_ref().map(|fact| {
                let value = on_scale(fact.value.measure, fact.value.tenths);
                let newest = world.newest.get(&fact.value.measure);
                let too_old = |day: Date| newest.is_some_and(|newest| day < newest.checked_sub(18.months()).unwrap());
                if fact.evidence.as_of.is_none_or(too_old) { u32::midpoint(value, neutral) } else { value }
            });
            let family = line.measures.get(&SupportingMeasure::FamilyCaregiverStar);
            let stars = match family.map(|fact| fact.value) {
                Some(MeasureValue::Hundredths(stars)) if measure == Some(QualityMeasure::HospiceCareIndex) => {
                    Some(ratio(stars / 10 - 10, 40))
                }
                _ => None,
            };
            match (rating, stars) {
                (Some(rating), Some(stars)) => Some(u32::midpoint(rating, stars)),
                (rating, stars) => rating.or(stars),
            }
        }
    };
    let abuse = line.safety.iter().any(|fact| fact.value == SafetyFact::AbuseIcon);
    let worse = measure == Some(QualityMeasure::DischargeToCommunity)
        && line.measures.values().any(|fact| fact.value == MeasureValue::Compared(NationalComparison::Worse));
    let caps = [(abuse, rules.most_with_abuse_icon), (worse, rules.most_with_worse_outcome)];
    let cap = caps.into_iter().filter_map(|(holds, most)| holds.then_some(most.millionths())).min();
    cap.map_or(value, |most| Some(value.unwrap_or(neutral).min(most)))
}

fn on_scale(measure: QualityMeasure, tenths: u8) -> u32 {
    let tenths = u32::from(tenths);
    match measure {
        QualityMeasure::NursingHomeOverall | QualityMeasure::HomeHealthPatientCare | QualityMeasure::DialysisFacility => {
            ratio(tenths - 10, 40)
        }
        QualityMeasure::HospiceCareIndex => ratio(tenths.clamp(60, 100) - 60, 40),
        QualityMeasure::DischargeToCommunity => ratio(tenths, 10),
    }
}

/// A yes counts two, no answer counts one, of two per need.
fn preferred(asked: &Discharge, line: &ServiceLine) -> u32 {
    let met = |need| line.answers.get(&need).map_or(1, |fact| 2 * u32::from(fact.value));
    let halves: u32 = asked.preferred.iter().map(met).sum();
    if asked.preferred.is_empty() { 1_000_000 } else { ratio(halves, 2 * asked.preferred.len()) }
}

/// The mean over coverage and everything asked of every provider; unknown where nothing is.
fn freshness(asked: &Discharge, network: &Network, said: &[crate::oracle_answers::Asked]) -> Option<u32> {
    let profile = &asked.profile;
    let (fresh, stale, floor) = (profile.fresh_days, profile.stale_days, profile.stale_freshness.millionths());
    let of_day = |day: Date| {
        let age = u32::try_from((asked.asked_on - day).get_days()).unwrap_or(0).clamp(fresh, stale);
        1_000_000 - times(ratio(age - fresh, stale - fresh), 1_000_000 - floor)
    };
    let answers = said.iter().filter(|question| question.of_everybody).map(|question| {
        // A "no" that is no refusal says as little as silence.
        question.on.filter(|_| question.said == Said::Yes)
    });
    let days: Vec<Option<Date>> = network.rests_on.into_iter().chain(answers).collect();
    let sum: u32 = days.iter().map(|day| day.map_or(floor, of_day)).sum();
    let count = u32::try_from(days.len()).unwrap();
    (count > 0).then(|| (2 * sum + count) / (2 * count))
}

/// The notices on safety, coverage and acceptance.
fn warnings(asked: &Discharge, provider: &Provider, line: &ServiceLine, network: &Network) -> Vec<&'static str> {
    let gap = line.rating_gap.iter().filter(|gap| matches!(gap.value, RatingGap::Withheld | RatingGap::Unexplained));
    let in_force = |fact: &SafetyFact| matches!(fact, SafetyFact::PaymentDenial { from, until } if *from <= asked.on && asked.on <= *until);
    let safety = line.safety.iter().map(|fact| match fact.value {
        denial if in_force(&denial) => "payment_denial_in_force",
        other => other.code(),
    });
    let has_plan = matches!(
        asked.coverage,
        Some(placement::coverage::Coverage::Networks { .. } | placement::coverage::Coverage::UnknownPlan { .. })
    );
    let screened =
        |code: &str| line.service == placement::service::Service::SkilledNursing && ["beh.psych", "pop.idd"].contains(&code);
    let needs = || (asked.required | asked.preferred).iter();
    let says = |need| line.answers.get(&need).map(|fact| fact.value);
    let unlawful = needs().any(|need| need.entry().guarded && says(need) == Some(false) && !screened(need.code()));
    let pasrr = needs().any(|need| screened(need.code()) && says(need) != Some(true));
    let single = [
        (line.medicare.as_ref().is_some_and(|fact| !fact.value), "not_medicare"),
        (has_plan && line.service.is_hospice(), "hospice_paid_by_medicare"),
        (network.new_patients == Some(false), "no_new_patients"),
        (network.low_confidence, "low_confidence"),
        (unlawful, "unlawful_refusal"),
        (pasrr, "pasrr_needed"),
    ];
    let mut codes: Vec<&'static str> = gap.map(|_| "rating_withheld").chain(safety).collect();
    codes.extend(provider.suspected_exclusions.iter().map(|_| "possible_exclusion"));
    codes.extend(line.serves.iter().map(|_| "serves_some_only"));
    codes.extend(single.into_iter().filter_map(|(holds, code)| holds.then_some(code)));
    codes.sort_unstable();
    codes
}

/// The last step of SplitMix64: the draw that favors nobody.
fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
