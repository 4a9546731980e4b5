//! What never lowers a place and what never raises it, all else equal.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use placement::coverage::TermsId;
use placement::discharge::Discharge;
use placement::evidence::{Evidence, Fact};
use placement::matching::candidate::LineId;
use placement::matching::explain::{Explanation, explain};
use placement::matching::rank;
use placement::matching::report::{AcceptanceVerdict, FitTier, Match, NetworkStatus, Report};
use placement::place::{Point, Precision};
use placement::provider::quality::RatingGap;
use placement::provider::safety::SafetyFact;
use placement::provider::{Position, Provider, ServiceLine};
use placement::service::Limit;
use proptest::prelude::*;

use crate::properties::{Checked, asked_of, line_of, provider_seeds, providers, standing, today};
use crate::random_town;
use crate::seeded_random::SeededRandom;
use crate::small_directory::SmallDirectory;

/// The first of `providers` stands at least as high after the change as before it, and where its fit is the same it is worth as much.
fn is_not_lowered(discharge: &Discharge, before: &[Provider], after: &[Provider]) -> Checked {
    let reports = [before, after].map(|providers| asked_of(discharge, providers));
    let places = [0, 1].map(|at| standing(&reports[at], &before[0]));
    prop_assert!(places[1] <= places[0], "from {} to {} of {:?}", places[0], places[1], after[0]);
    let found = |at: usize| reports[at].matches.get(places[at]);
    if let (Some(old), Some(new)) = (found(0), found(1)) {
        prop_assert!(old.fit != new.fit || new.worth >= old.worth, "{:?} to {:?}: {:?}", old.parts, new.parts, after[0]);
    }
    Ok(())
}

/// The providers of a town, first one that has the service asked for, if anybody has.
fn asked_first(discharge: &Discharge, seeds: &[u64]) -> Vec<Provider> {
    let mut providers = providers(seeds);
    if let Some(at) = providers.iter().position(|provider| provider.line(discharge.service).is_some()) {
        providers.swap(0, at);
    }
    providers
}

/// Changes the line of the service asked for of the first provider; whether it has one that could be changed.
fn changed(
    discharge: &Discharge,
    providers: &[Provider],
    change: impl FnOnce(&mut ServiceLine) -> bool,
) -> Option<Vec<Provider>> {
    let mut changed = providers.to_vec();
    line_of(discharge, &mut changed[0]).is_some_and(change).then_some(changed)
}

fn said_on<T>(value: T, day: Option<Date>) -> Fact<T> {
    Fact::new(value, Evidence::new("said by chance", day))
}

/// Fills one thing that a line does not say with what suits the patient, whatever its day.
fn suit(discharge: &Discharge, line: &mut ServiceLine, day: Option<Date>, random: &mut SeededRandom) -> bool {
    let patient = &discharge.patient;
    let fill = |fact: &mut Option<Fact<bool>>| fact.is_none() && fact.replace(said_on(true, day)).is_none();
    match random.below(9) {
        0..3 => {
            let needs: Vec<_> = (discharge.required | discharge.preferred).iter().collect();
            let asked = if needs.is_empty() { random_town::needs() } else { needs };
            let need = *random.pick(&asked);
            !line.answers.contains_key(&need) && line.answers.insert(need, said_on(true, day)).is_none()
        }
        3 => {
            let limit = *random.pick(&Limit::ALL);
            let bound = if limit == Limit::MinAge { 0 } else { 1_500 };
            !line.limits.contains_key(&limit) && line.limits.insert(limit, said_on(bound, day)).is_none()
        }
        4 => {
            let spoken = patient.languages.iter().cloned().chain(["en".to_owned()]).collect();
            line.languages.is_none() && line.languages.replace(said_on(spoken, day)).is_none()
        }
        5 => match patient.sex {
            Some(sex) if line.only_sex.is_none() => line.only_sex.replace(said_on(sex, day)).is_none(),
            _ => false,
        },
        6 => line.start_of_care_hours.is_none() && line.start_of_care_hours.replace(said_on(1, day)).is_none(),
        7 => fill(&mut line.availability),
        _ => fill(&mut line.medicare) | fill(&mut line.medicaid),
    }
}

/// Turns one thing that suits the patient to what does not, on the same day.
fn refuse(line: &mut ServiceLine, random: &mut SeededRandom) -> bool {
    let turn = |fact: &mut Option<Fact<bool>>| {
        let yes = fact.as_mut().filter(|fact| fact.value);
        yes.map(|fact| fact.value = false).is_some()
    };
    match random.below(7) {
        0..3 => {
            let yes: Vec<_> = line.answers.iter().filter(|(_, fact)| fact.value).map(|(need, _)| *need).collect();
            if yes.is_empty() {
                return false;
            }
            line.answers.get_mut(random.pick(&yes)).map(|fact| fact.value = false).is_some()
        }
        3 => {
            let limit = *random.pick(&Limit::ALL);
            let bound = if limit == Limit::MinAge { 200 } else { 0 };
            line.limits.get_mut(&limit).map(|fact| fact.value = bound).is_some()
        }
        4 => line.start_of_care_hours.as_mut().map(|fact| fact.value = 1_000).is_some(),
        5 => turn(&mut line.availability),
        _ => turn(&mut line.medicare) | turn(&mut line.medicaid),
    }
}

/// Takes the day from one dated answer.
fn forget_the_day(line: &mut ServiceLine, random: &mut SeededRandom) -> bool {
    let mut kinds: [Vec<&mut Evidence>; 6] = [
        line.answers.values_mut().map(|fact| &mut fact.evidence).collect(),
        line.limits.values_mut().map(|fact| &mut fact.evidence).collect(),
        line.languages.iter_mut().map(|fact| &mut fact.evidence).collect(),
        line.only_sex.iter_mut().map(|fact| &mut fact.evidence).collect(),
        line.start_of_care_hours.iter_mut().map(|fact| &mut fact.evidence).collect(),
        [&mut line.medicare, &mut line.medicaid].into_iter().flatten().map(|fact| &mut fact.evidence).collect(),
    ];
    for kind in &mut kinds {
        kind.retain(|evidence| evidence.as_of.is_some());
    }
    let mut dated: Vec<Vec<&mut Evidence>> = kinds.into_iter().filter(|kind| !kind.is_empty()).collect();
    if dated.is_empty() {
        return false;
    }
    let kind = random.below(dated.len());
    let at = random.below(dated[kind].len());
    dated[kind][at].as_of = None;
    true
}

/// What of a line a change of it is about.
fn parts_changed(before: &ServiceLine, after: &ServiceLine) -> Vec<&'static str> {
    let parts = [
        ("answers", before.answers != after.answers),
        ("limits", before.limits != after.limits),
        ("languages", before.languages != after.languages),
        ("only_sex", before.only_sex != after.only_sex),
        ("start_of_care_hours", before.start_of_care_hours != after.start_of_care_hours),
        ("availability", before.availability != after.availability),
        ("certification", (&before.medicare, &before.medicaid) != (&after.medicare, &after.medicaid)),
    ];
    parts.into_iter().filter(|(_, differs)| *differs).map(|(part, _)| part).collect()
}

/// A property that seldom has something to change proves little.
#[test]
fn the_town_gives_occasion_to_every_change() {
    let mut seen: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let changes: [(&str, &[&str]); 3] = [
        ("suit", &["answers", "limits", "languages", "only_sex", "start_of_care_hours", "availability", "certification"]),
        ("refuse", &["answers", "limits", "start_of_care_hours", "availability", "certification"]),
        ("forget the day", &["answers", "limits", "languages", "only_sex", "start_of_care_hours", "certification"]),
    ];
    for seed in 0..1_200 {
        let random = &mut SeededRandom::seeded(seed);
        let discharge = random_town::discharge(random.number());
        let seeds: Vec<u64> = (0..=random.below(29)).map(|_| random.number()).collect();
        let providers = asked_first(&discharge, &seeds);
        let day = random_town::day(random);
        for (change, _) in &changes {
            let after = changed(&discharge, &providers, |line| match *change {
                "suit" => suit(&discharge, line, day, random),
                "refuse" => refuse(line, random),
                _ => forget_the_day(line, random),
            });
            let Some(after) = after else { continue };
            let [old, new] = [&providers[0], &after[0]].map(|provider| provider.line(discharge.service).unwrap());
            for part in parts_changed(old, new) {
                *seen.entry((change, part)).or_default() += 1;
            }
        }
        let (fact, code) = safety_fact(&discharge, random);
        if changed(&discharge, &providers, |line| publish_fact(line, fact, day)).is_some() {
            *seen.entry(("safety", code)).or_default() += 1;
        }
    }
    for (change, parts) in changes {
        for part in parts {
            assert!(seen.get(&(change, part)) >= Some(&20), "{change} {part}: {seen:#?}");
        }
    }
    let safety: Vec<usize> = seen.iter().filter(|((change, _), _)| *change == "safety").map(|(_, count)| *count).collect();
    assert!(safety.len() == SAFETY_FACTS && safety.iter().all(|count| *count >= 20), "{seen:#?}");
}

proptest! {
    #![proptest_config(random_town::cases(1_000))]

    #[test]
    fn nearer_is_never_lower(seeds in provider_seeds(), asked in any::<u64>(), step in 0_i32..=10) {
        let discharge = random_town::discharge(asked);
        let providers = asked_first(&discharge, &seeds);
        let mut moved = providers.clone();
        if let Some(position) = &moved[0].position {
            let nearer = towards(discharge.near.point, position.value.point, step);
            let old = discharge.near.point.miles_to(position.value.point);
            prop_assume!(discharge.near.point.miles_to(nearer) <= old);
            moved[0].position = Some(today(Position { point: nearer, precision: Precision::Address }));
            is_not_lowered(&discharge, &providers, &moved)?;
        }
    }

    #[test]
    fn in_network_is_never_below_unconfirmed_nor_that_below_out(seeds in provider_seeds(), asked in any::<u64>()) {
        let discharge = random_town::discharge(asked);
        let mut providers = asked_first(&discharge, &seeds);
        let mut stood = BTreeSet::new();
        for relation in relations() {
            let (terms, medicare, medicaid) = relation;
            if let Some(line) = line_of(&discharge, &mut providers[0]) {
                (line.medicare, line.medicaid) = (medicare, medicaid);
            }
            let mut listed = random_town::listed(&providers[1..]);
            listed.add(&providers[0].id, discharge.service, terms);
            let report = rank(&discharge, &SmallDirectory::listing(providers.clone(), listed, random_town::plans().clone()), &[]);
            if let Some(found) = report.matches.iter().find(|found| found.provider.id == providers[0].id) {
                stood.insert((found.network.status, found.rank));
            }
        }
        for (status, place) in &stood {
            for (other, lower) in &stood {
                prop_assert!(covers(*status) >= covers(*other) || place <= lower, "{:?} at {}, {:?} at {}", status, place, other, lower);
            }
        }
    }

    #[test]
    fn an_unknown_turned_to_yes_never_lowers_whatever_its_date(
        seeds in provider_seeds(), asked in any::<u64>(), chance in any::<u64>(),
    ) {
        let (discharge, random) = (random_town::discharge(asked), &mut SeededRandom::seeded(chance));
        let providers = asked_first(&discharge, &seeds);
        let day = random_town::day(random);
        if let Some(changed) = changed(&discharge, &providers, |line| suit(&discharge, line, day, random)) {
            is_not_lowered(&discharge, &providers, &changed)?;
        }
    }

    #[test]
    fn a_yes_turned_to_no_never_raises(seeds in provider_seeds(), asked in any::<u64>(), chance in any::<u64>()) {
        let (discharge, random) = (random_town::discharge(asked), &mut SeededRandom::seeded(chance));
        let providers = asked_first(&discharge, &seeds);
        if let Some(changed) = changed(&discharge, &providers, |line| refuse(line, random)) {
            is_not_lowered(&discharge, &changed, &providers)?;
        }
    }

    #[test]
    fn a_dated_answer_is_never_below_the_same_answer_undated(
        seeds in provider_seeds(), asked in any::<u64>(), chance in any::<u64>(),
    ) {
        let (discharge, random) = (random_town::discharge(asked), &mut SeededRandom::seeded(chance));
        let providers = asked_first(&discharge, &seeds);
        if let Some(undated) = changed(&discharge, &providers, |line| forget_the_day(line, random)) {
            is_not_lowered(&discharge, &undated, &providers)?;
        }
    }

    #[test]
    fn a_protected_no_is_never_above_silence(seeds in provider_seeds(), asked in any::<u64>(), chance in any::<u64>()) {
        let (mut discharge, random) = (random_town::discharge(asked), &mut SeededRandom::seeded(chance));
        let providers = asked_first(&discharge, &seeds);
        let protected: Vec<_> = random_town::needs().into_iter().filter(|need| need.entry().guarded).collect();
        let need = *random.pick(&protected);
        if random.happens(80) {
            discharge.required = discharge.required.with(need);
        }
        let silent = changed(&discharge, &providers, |line| {
            line.answers.remove(&need);
            true
        });
        let refusing = changed(&discharge, &providers, |line| {
            line.answers.insert(need, said_on(false, random_town::day(random)));
            true
        });
        if let (Some(silent), Some(refusing)) = (silent, refusing) {
            is_not_lowered(&discharge, &refusing, &silent)?;
            let report = asked_of(&discharge, &refusing);
            let found = report.matches.iter().find(|found| found.provider.id == refusing[0].id);
            let is_asked = (discharge.required | discharge.preferred).contains(need);
            // Where the State must decide first (PASRR), no refusal is called unlawful.
            let is_said = |found: &Match| {
                found.notices.iter().any(|notice| ["unlawful_refusal", "pasrr_needed"].contains(&notice.code))
            };
            prop_assert!(found.is_none_or(|found| !is_asked || is_said(found)), "the \"no\" is shown");
        }
    }

    #[test]
    fn one_more_required_need_never_adds_an_accepts(seeds in provider_seeds(), asked in any::<u64>(), need in 0_usize..8) {
        let mut discharge = random_town::discharge(asked);
        let providers = providers(&seeds);
        let before = accepting(&asked_of(&discharge, &providers));
        discharge.required = discharge.required.with(random_town::needs()[need]);
        let after = accepting(&asked_of(&discharge, &providers));
        prop_assert!(after.is_subset(&before), "{:?}", after.difference(&before));
    }

    #[test]
    fn a_safety_fact_turned_on_never_raises_and_is_always_a_notice(
        seeds in provider_seeds(), asked in any::<u64>(), chance in any::<u64>(),
    ) {
        let (discharge, random) = (random_town::discharge(asked), &mut SeededRandom::seeded(chance));
        let providers = asked_first(&discharge, &seeds);
        let (fact, code) = safety_fact(&discharge, random);
        let day = random_town::day(random);
        if let Some(known) = changed(&discharge, &providers, |line| publish_fact(line, fact, day)) {
            is_not_lowered(&discharge, &known, &providers)?;
            warns(&discharge, &known, code)?;
        }
    }

    #[test]
    fn places_with_a_grave_notice_stand_last_within_their_fit(seeds in provider_seeds(), asked in any::<u64>()) {
        let discharge = random_town::discharge(asked);
        let report = asked_of(&discharge, &providers(&seeds));
        for (at, first) in report.matches.iter().enumerate() {
            for second in report.matches[at..].iter().filter(|second| second.fit == first.fit) {
                // One to call that is likely to say yes stands among those that meet the requirements.
                let is_likely = |found: &Match| found.fit == FitTier::AskProvider && found.chance.likelihood.value() >= 0.8;
                let is_in_order = is_grave(first, &discharge) <= is_grave(second, &discharge);
                prop_assert!(is_in_order || is_likely(first), "{} before {}", first.rank, second.rank);
            }
        }
    }
}

/// How many there are for [`safety_fact`] to choose from.
const SAFETY_FACTS: usize = 13;

/// A safety fact, or none for a rating withheld for cause, and the code of its notice.
fn safety_fact(discharge: &Discharge, random: &mut SeededRandom) -> (Option<SafetyFact>, &'static str) {
    let (from, until) = (discharge.on.yesterday().unwrap(), discharge.on.tomorrow().unwrap());
    let facts = [
        SafetyFact::SpecialFocus,
        SafetyFact::SpecialFocusCandidate,
        SafetyFact::AbuseIcon,
        SafetyFact::PaymentDenials(2),
        SafetyFact::Fines { count: 3, dollars: 182_968 },
        SafetyFact::OwnershipChange,
        SafetyFact::NoStaffingData,
        SafetyFact::NoRegisteredNurse,
        SafetyFact::RetirementCommunity,
        SafetyFact::NotInNewestList,
    ];
    match random.below(SAFETY_FACTS) {
        0 => (None, "rating_withheld"),
        1 => (Some(SafetyFact::PaymentDenial { from, until }), "payment_denial_in_force"),
        2 => (Some(SafetyFact::PaymentDenial { from: until, until }), "payment_denial"),
        at => (Some(facts[at - 3]), facts[at - 3].code()),
    }
}

/// Adds a safety fact to what is published of a line, or withholds its rating; whether it is new.
fn publish_fact(line: &mut ServiceLine, fact: Option<SafetyFact>, day: Option<Date>) -> bool {
    let Some(fact) = fact else {
        (line.rating, line.rating_gap) = (None, Some(said_on(RatingGap::Withheld, day)));
        return true;
    };
    // A home has one last denial of payment.
    let is_new = !line.safety.iter().any(|known| known.value.code() == fact.code());
    if is_new {
        line.safety.push(said_on(fact, day));
    }
    is_new
}

/// The first provider carries the notice with its source, in the answer and where it is asked about by name.
fn warns(discharge: &Discharge, providers: &[Provider], code: &str) -> Checked {
    let shelf = random_town::open(providers.to_vec());
    let report = rank(discharge, &shelf, &[]);
    let line = providers[0].lines.iter().position(|line| line.service == discharge.service);
    let explained = explain(discharge, &shelf, LineId(u32::try_from(line.unwrap()).unwrap()));
    let named = match explained {
        Some(Explanation::Ranked { found, .. }) => Some(*found),
        _ => None,
    };
    let row = report.matches.into_iter().find(|found| found.provider.id == providers[0].id);
    for found in row.iter().chain(&named) {
        let notice = found.notices.iter().find(|notice| notice.code == code);
        let is_sourced = notice.is_some_and(|notice| notice.text.contains("said by chance"));
        prop_assert!(is_sourced, "{} is missing in {:?}", code, found.notices);
    }
    prop_assert_eq!(row.is_some(), named.is_some());
    Ok(())
}

fn is_grave(found: &Match, discharge: &Discharge) -> bool {
    let line = found.provider.line(discharge.service).unwrap();
    let withheld = line.rating_gap.as_ref().is_some_and(|gap| gap.value == RatingGap::Withheld);
    withheld
        || line.safety.iter().any(|fact| fact.value == SafetyFact::SpecialFocus || fact.value.denies_payment_on(discharge.on))
}

fn accepting(report: &Report) -> BTreeSet<String> {
    let accepts = |found: &&Match| found.acceptance.verdict == AcceptanceVerdict::Accepts;
    report.matches.iter().filter(accepts).map(|found| found.provider.id.to_string()).collect()
}

/// So many tenths of the way from `from` to `to`.
fn towards(to: Point, from: Point, tenths: i32) -> Point {
    let step = |from: i32, to: i32| i32::try_from(i64::from(from) + i64::from(to - from) * i64::from(tenths) / 10).unwrap();
    let latitude = step(from.latitude_micro(), to.latitude_micro());
    Point::from_micro(latitude, step(from.longitude_micro(), to.longitude_micro())).unwrap()
}

/// The terms a line is listed on, and what is known of its certifications for Medicare and Medicaid.
type Relation = (Vec<TermsId>, Option<Fact<bool>>, Option<Fact<bool>>);

/// Every way a line can stand to the plans and programs of the town.
fn relations() -> Vec<Relation> {
    let terms = (0..u32::try_from(random_town::plans().terms.len()).unwrap()).map(|key| (vec![TermsId(key)], None, None));
    let certified = [Some(today(true)), Some(today(false)), None].map(|fact| (Vec::new(), fact.clone(), fact));
    terms.chain(certified).collect()
}

/// How well a status covers, best first.
fn covers(status: NetworkStatus) -> u8 {
    match status {
        NetworkStatus::NotAsked | NetworkStatus::InNetwork | NetworkStatus::Certified => 0,
        NetworkStatus::Unconfirmed | NetworkStatus::PlanNotLoaded => 1,
        NetworkStatus::OutOfNetwork | NetworkStatus::NotCertified => 2,
    }
}
