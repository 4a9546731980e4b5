//! Properties of every answer, for any town and any question.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use placement::catalog::SharedCatalog;
use placement::coverage::TermsId;
use placement::discharge::Discharge;
use placement::evidence::{Evidence, Fact, Tristate};
use placement::matching::rank;
use placement::matching::report::{AcceptanceVerdict, FitTier, Match, NetworkStatus, Report, Requirement, SuggestedChange};
use placement::place::{Miles, Point, Precision};
use placement::provider::{Position, Provider, ServiceArea, ServiceLine};
use placement::serve::router;
use placement::serve::state::AppState;
use placement::service::DeliveryMode;
use proptest::prelude::*;
use tower::ServiceExt;

use crate::dice::Dice;
use crate::directories::{self, Known};
use crate::questions::question;
use crate::shelf::Shelf;
use crate::town;

type Checked = Result<(), TestCaseError>;

fn provider_seeds() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(any::<u64>(), 1..30)
}

/// The providers of a town, for changes.
fn providers(seeds: &[u64]) -> Vec<Provider> {
    seeds.iter().enumerate().map(|(at, seed)| town::provider(at, *seed)).collect()
}

fn asked_of(discharge: &Discharge, providers: &[Provider]) -> Report {
    rank(discharge, &town::open(providers.to_vec()), &[])
}

fn ids(report: &Report) -> Vec<String> {
    report.matches.iter().map(|found| found.provider.id.to_string()).collect()
}

/// The rank of `provider`, from 0; after all others if it is not a match.
fn standing(report: &Report, provider: &Provider) -> usize {
    report.matches.iter().position(|found| found.provider.id == provider.id).unwrap_or(usize::MAX)
}

fn fits(report: &Report) -> BTreeMap<String, FitTier> {
    report.matches.iter().map(|found| (found.provider.id.to_string(), found.fit)).collect()
}

fn accepting(report: &Report) -> BTreeSet<String> {
    let accepts = |found: &&Match| found.acceptance.verdict == AcceptanceVerdict::Accepts;
    report.matches.iter().filter(accepts).map(|found| found.provider.id.to_string()).collect()
}

/// The line of the requested service, if the provider has one.
fn line_of<'a>(discharge: &Discharge, provider: &'a mut Provider) -> Option<&'a mut ServiceLine> {
    provider.lines.iter_mut().find(|line| line.service == discharge.service)
}

/// A fact of today, so that no answer gets older.
fn today<T>(value: T) -> Fact<T> {
    Fact::new(value, Evidence::new("said today", Some(town::TODAY)))
}

proptest! {
    #![proptest_config(town::cases(1_500))]

    #[test]
    fn nobody_disappears(seeds in provider_seeds(), asked in any::<u64>()) {
        everybody_is_told_of(&providers(&seeds), &town::discharge(asked))?;
    }

    #[test]
    fn points_sum_to_the_score_and_the_order_is_that_of_fit_then_score(
        seeds in provider_seeds(), asked in any::<u64>(),
    ) {
        let report = asked_of(&town::discharge(asked), &providers(&seeds));
        for found in &report.matches {
            let sum: u32 = found.parts.iter().map(|part| part.points.0).sum();
            prop_assert_eq!(sum, found.score.0);
            prop_assert!(found.score.0 <= 100_000);
        }
        for (at, pair) in report.matches.windows(2).enumerate() {
            prop_assert!((pair[0].fit, pair[1].score) <= (pair[1].fit, pair[0].score), "ranks {} and {}", at + 1, at + 2);
            prop_assert_eq!(pair[1].rank, pair[0].rank + 1);
        }
    }

    #[test]
    fn the_order_is_the_same_in_any_input_order(seeds in provider_seeds(), asked in any::<u64>(), shuffle in any::<u64>()) {
        let discharge = town::discharge(asked);
        let mut providers = providers(&seeds);
        let before = asked_of(&discharge, &providers);
        let dice = &mut Dice::seeded(shuffle);
        for at in (1..providers.len()).rev() {
            providers.swap(at, dice.below(at + 1));
        }
        prop_assert_eq!(ids(&asked_of(&discharge, &providers)), ids(&before));
    }

    #[test]
    fn nearer_is_never_lower(seeds in provider_seeds(), asked in any::<u64>(), step in 0_i32..=10) {
        let discharge = town::discharge(asked);
        let mut providers = providers(&seeds);
        let before = asked_of(&discharge, &providers);
        if let Some(position) = &providers[0].position {
            let nearer = towards(discharge.near.point, position.value.point, step);
            let old = discharge.near.point.miles_to(position.value.point);
            prop_assume!(discharge.near.point.miles_to(nearer) <= old);
            providers[0].position = Some(today(Position { point: nearer, precision: Precision::Address }));
            let after = asked_of(&discharge, &providers);
            prop_assert!(standing(&after, &providers[0]) <= standing(&before, &providers[0]));
        }
    }

    #[test]
    fn in_network_is_never_below_unconfirmed_nor_that_below_out(seeds in provider_seeds(), asked in any::<u64>()) {
        let discharge = town::discharge(asked);
        let mut providers = providers(&seeds);
        let mut stood = BTreeSet::new();
        for relation in relations() {
            let (terms, medicare, medicaid) = relation;
            if let Some(line) = line_of(&discharge, &mut providers[0]) {
                (line.medicare, line.medicaid) = (medicare, medicaid);
            }
            let mut listed = town::listed(&providers[1..]);
            listed.add(&providers[0].id, discharge.service, terms);
            let report = rank(&discharge, &Shelf::listing(providers.clone(), listed, town::plans()), &[]);
            if let Some(found) = report.matches.iter().find(|found| found.provider.id == providers[0].id) {
                stood.insert((found.network.status, found.rank));
            }
        }
        for (status, place) in &stood {
            for (other, lower) in &stood {
                prop_assert!(tier(*status) >= tier(*other) || place <= lower, "{:?} at {}, {:?} at {}", status, place, other, lower);
            }
        }
    }

    #[test]
    fn unknown_turned_to_yes_never_lowers(seeds in provider_seeds(), asked in any::<u64>(), need in 0_usize..6) {
        let discharge = town::discharge(asked);
        let mut providers = providers(&seeds);
        let before = asked_of(&discharge, &providers);
        let need = town::needs()[need];
        let silent = line_of(&discharge, &mut providers[0]).filter(|line| !line.answers.contains_key(&need));
        if let Some(line) = silent {
            line.answers.insert(need, today(true));
            let after = asked_of(&discharge, &providers);
            prop_assert!(standing(&after, &providers[0]) <= standing(&before, &providers[0]));
        }
    }

    #[test]
    fn what_a_payer_says_of_new_patients_moves_within_a_tier_only(seeds in provider_seeds(), asked in any::<u64>()) {
        let discharge = town::discharge(asked);
        let providers = providers(&seeds);
        let told = |new_patients| {
            let mut plans = town::plans();
            plans.terms.iter_mut().for_each(|terms| terms.new_patients = new_patients);
            rank(&discharge, &Shelf::listing(providers.clone(), town::listed(&providers), plans), &[])
        };
        let [yes, unknown, no] = [Tristate::Yes, Tristate::Unknown, Tristate::No].map(told);
        for report in [&yes, &no] {
            prop_assert_eq!(fits(report), fits(&unknown));
            prop_assert_eq!(&report.left_out, &unknown.left_out);
        }
        for found in &yes.matches {
            let other = no.matches.iter().find(|other| other.line == found.line);
            prop_assert!(other.is_none_or(|other| other.score <= found.score), "{}", found.provider.id);
        }
    }

    #[test]
    fn a_row_of_the_exclusion_list_that_is_not_sure_moves_nobody(seeds in provider_seeds(), asked in any::<u64>()) {
        let discharge = town::discharge(asked);
        let mut providers = providers(&seeds);
        let before = asked_of(&discharge, &providers);
        for provider in &mut providers {
            provider.suspected_exclusions = vec![today("SOMEBODY, SC, 1 Main St, excluded 2016-03-20".to_owned())];
        }
        let after = asked_of(&discharge, &providers);
        prop_assert_eq!(ids(&after), ids(&before));
        prop_assert_eq!(fits(&after), fits(&before));
        for found in &after.matches {
            let warned = found.notices.iter().find(|notice| notice.code == "possible_exclusion");
            prop_assert!(warned.is_some_and(|notice| notice.text.contains("SOMEBODY, SC") && notice.text.contains("said today")));
        }
    }

    #[test]
    fn yes_turned_to_no_never_raises(seeds in provider_seeds(), asked in any::<u64>(), need in 0_usize..6) {
        let discharge = town::discharge(asked);
        let mut providers = providers(&seeds);
        let before = asked_of(&discharge, &providers);
        let need = town::needs()[need];
        let said = line_of(&discharge, &mut providers[0]).and_then(|line| line.answers.get_mut(&need));
        if let Some(answer) = said.filter(|answer| answer.value) {
            answer.value = false;
            let after = asked_of(&discharge, &providers);
            prop_assert!(standing(&after, &providers[0]) >= standing(&before, &providers[0]));
        }
    }

    #[test]
    fn a_wider_radius_never_removes_a_match(seeds in provider_seeds(), asked in any::<u64>(), wider in 0.0..200.0) {
        let mut discharge = town::discharge(asked);
        let providers = providers(&seeds);
        let before = asked_of(&discharge, &providers);
        discharge.within = discharge.within.and_then(|within| Miles::new(within.value() + wider));
        let after: BTreeSet<String> = ids(&asked_of(&discharge, &providers)).into_iter().collect();
        for id in ids(&before) {
            prop_assert!(after.contains(&id), "{} is gone", id);
        }
    }

    #[test]
    fn one_more_required_need_never_adds_an_accepts(seeds in provider_seeds(), asked in any::<u64>(), need in 0_usize..6) {
        let mut discharge = town::discharge(asked);
        let providers = providers(&seeds);
        let before = accepting(&asked_of(&discharge, &providers));
        discharge.required = discharge.required.with(town::needs()[need]);
        let after = accepting(&asked_of(&discharge, &providers));
        prop_assert!(after.is_subset(&before), "{:?}", after.difference(&before));
    }

    #[test]
    fn who_owns_a_provider_changes_nothing(seeds in provider_seeds(), asked in any::<u64>()) {
        let discharge = town::discharge(asked);
        let mut providers = providers(&seeds);
        let before = asked_of(&discharge, &providers);
        for provider in &mut providers {
            provider.ownership = Some(today("The discharging hospital".to_owned()));
        }
        let after = asked_of(&discharge, &providers);
        prop_assert_eq!(ids(&after), ids(&before));
        let scores = |report: &Report| report.matches.iter().map(|found| found.score).collect::<Vec<_>>();
        prop_assert_eq!(scores(&after), scores(&before));
    }

    #[test]
    fn a_suggestion_gives_what_it_promised(seeds in provider_seeds(), asked in any::<u64>()) {
        let discharge = town::discharge(asked);
        let providers = providers(&seeds);
        let report = asked_of(&discharge, &providers);
        for suggestion in &report.suggestions {
            prop_assert!(suggestion.ready > 0, "{}", suggestion.text);
            let after = applied(&suggestion.change, &discharge, &providers);
            let gained = ready(&after) - ready(&report);
            prop_assert_eq!(gained, i64::from(suggestion.ready), "{}", &suggestion.text);
        }
    }
}

/// The properties above are empty for cases that never occur, so each case must occur.
#[test]
fn the_town_gives_occasion_to_every_answer() {
    let mut seen = BTreeSet::new();
    for seed in 0..600 {
        let dice = &mut Dice::seeded(seed);
        let providers = providers(&(0..20).map(|_| dice.number()).collect::<Vec<_>>());
        let report = asked_of(&town::discharge(seed), &providers);
        seen.extend(report.counts.iter().filter(|(_, count)| **count > 0).map(|(fit, _)| fit.code().to_owned()));
        seen.extend(report.matches.iter().map(|found| found.network.status.code().to_owned()));
        seen.extend(report.left_out.keys().map(|reason| reason.code().split(':').next().unwrap().to_owned()));
        seen.extend(report.suggestions.iter().map(|suggestion| match suggestion.change {
            SuggestedChange::WithinMiles(_) => "farther".to_owned(),
            SuggestedChange::DischargeOn(_) => "later".to_owned(),
            SuggestedChange::Confirm(Requirement::Need(_)) => "confirm a need".to_owned(),
            SuggestedChange::Confirm(Requirement::Limit(_)) => "confirm a limit".to_owned(),
            SuggestedChange::Confirm(Requirement::Language) => "confirm a language".to_owned(),
            SuggestedChange::Confirm(Requirement::Sex) => "confirm a sex".to_owned(),
        }));
    }
    let expected = [
        "ask_plan",
        "ask_provider",
        "closed",
        "confirm a language",
        "confirm a limit",
        "confirm a need",
        "declines",
        "excluded_by_oig",
        "farther",
        "in_network",
        "later",
        "limit",
        "not_asked",
        "not_certified",
        "out_of_network",
        "outside_service_area",
        "plan_not_loaded",
        "ready",
        "unconfirmed",
    ];
    assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

fn ready(report: &Report) -> i64 {
    i64::from(report.count(placement::matching::report::FitTier::Ready))
}

/// Asserts that matches and excluded providers are disjoint, and together are all providers of the
/// service in the search area and all agencies nearby.
fn everybody_is_told_of(providers: &[Provider], discharge: &Discharge) -> Checked {
    let report = asked_of(discharge, providers);
    let matched: BTreeSet<String> = ids(&report).into_iter().collect();
    let listed = report.left_out_list.iter().flatten().map(|left_out| left_out.provider.id.to_string());
    let left_out: BTreeSet<String> = listed.collect();
    prop_assert!(matched.is_disjoint(&left_out));
    prop_assert_eq!(matched.len(), report.matched() as usize);
    prop_assert_eq!(left_out.len(), report.left_out.values().sum::<u32>() as usize);
    let expected = providers.iter().filter(|provider| within_reach_or_nearby(provider, discharge));
    let expected: BTreeSet<String> = expected.map(|provider| provider.id.to_string()).collect();
    let told: BTreeSet<String> = matched.union(&left_out).cloned().collect();
    prop_assert_eq!(told, expected);
    Ok(())
}

fn within_reach_or_nearby(provider: &Provider, discharge: &Discharge) -> bool {
    let Some(line) = provider.line(discharge.service) else { return false };
    let radius = discharge.within.map_or(discharge.profile.assumed_radius, Miles::value);
    let miles = provider.position.as_ref().map(|position| discharge.near.point.miles_to(position.value.point).value());
    let served = match (&line.area, discharge.geography()) {
        (ServiceArea::Zips(zips), DeliveryMode::ProviderComes) => zips.value.contains(&discharge.near.zip),
        _ => false,
    };
    served || miles.is_some_and(|miles| miles <= radius)
}

/// The point `tenths` of the way from `from` to `to`.
fn towards(to: Point, from: Point, tenths: i32) -> Point {
    let step = |from: i32, to: i32| i32::try_from(i64::from(from) + i64::from(to - from) * i64::from(tenths) / 10).unwrap();
    let latitude = step(from.latitude_micro(), to.latitude_micro());
    Point::from_micro(latitude, step(from.longitude_micro(), to.longitude_micro())).unwrap()
}

/// The terms of a line, and its known Medicare and Medicaid certifications.
type Relation = (Vec<TermsId>, Option<Fact<bool>>, Option<Fact<bool>>);

/// All relations of a line to the plans and programs of the town.
fn relations() -> Vec<Relation> {
    let terms = (0..u32::try_from(town::plans().terms.len()).unwrap()).map(|key| (vec![TermsId(key)], None, None));
    let certified = [Some(today(true)), Some(today(false)), None].map(|fact| (Vec::new(), fact.clone(), fact));
    terms.chain(certified).collect()
}

/// The tiers of network status, best first.
fn tier(status: NetworkStatus) -> u8 {
    match status {
        NetworkStatus::NotAsked | NetworkStatus::InNetwork => 0,
        NetworkStatus::Unconfirmed | NetworkStatus::PlanNotLoaded => 1,
        NetworkStatus::OutOfNetwork => 2,
    }
}

/// The answer after a suggested change.
fn applied(change: &SuggestedChange, discharge: &Discharge, providers: &[Provider]) -> Report {
    let mut discharge = discharge.clone();
    let mut providers = providers.to_vec();
    match change {
        SuggestedChange::WithinMiles(miles) => discharge.within = Miles::new(*miles),
        SuggestedChange::DischargeOn(day) => discharge.on = *day,
        SuggestedChange::Confirm(asked) => providers = confirmed(*asked, &discharge, providers),
    }
    asked_of(&discharge, &providers)
}

/// `providers` after all of them were asked and agreed.
pub(crate) fn confirmed(asked: Requirement, discharge: &Discharge, mut providers: Vec<Provider>) -> Vec<Provider> {
    for line in providers.iter_mut().filter_map(|provider| line_of(discharge, provider)) {
        confirm(asked, discharge, line);
    }
    providers
}

/// The state of a line after it was asked and agreed: one without an answer, or with an unlawful
/// "no".
fn confirm(asked: Requirement, discharge: &Discharge, line: &mut ServiceLine) {
    match asked {
        Requirement::Need(need) if need.entry().guarded => {
            line.answers.insert(need, today(true));
        }
        Requirement::Need(need) => {
            line.answers.entry(need).or_insert_with(|| today(true));
        }
        Requirement::Limit(limit) => {
            let bound = if limit.allows(0, 1) { 0 } else { 1_500 };
            line.limits.entry(limit).or_insert_with(|| today(bound));
        }
        Requirement::Language => {
            let spoken = discharge.patient.languages.clone();
            line.languages.get_or_insert_with(|| today(spoken));
        }
        Requirement::Sex => unreachable!("a provider that is silent on it takes everybody"),
    }
}

/// One server with cached answers that is asked twice, and one without.
#[tokio::test]
async fn an_answer_from_the_cache_is_the_one_computed_afresh() {
    let known = directories::sample();
    let choices = known.choices();
    let warm = server(known);
    for seed in 0..200 {
        let body = question(&choices, &mut Dice::seeded(seed)).to_string();
        let first = ask(&warm, &body).await;
        assert_eq!(ask(&warm, &body).await, first, "asked again: {body}");
        assert_eq!(ask(&server(known), &body).await, first, "asked elsewhere: {body}");
    }
}

fn server(known: &Known) -> Router {
    let shared = SharedCatalog::new(&known.index);
    shared.reload().unwrap();
    let app = AppState { now: || directories::TODAY.at(9, 0, 0, 0).in_tz("UTC").unwrap(), ..AppState::new(shared) };
    router(Arc::new(app))
}

async fn ask(server: &Router, body: &str) -> String {
    let request = Request::post("/v1/matches").header("content-type", "application/json");
    let answer = server.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{body}");
    let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}
