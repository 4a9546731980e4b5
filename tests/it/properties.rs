//! Properties of every answer, for any town and any question.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use placement::catalog::SharedCatalog;
use placement::discharge::Discharge;
use placement::evidence::{Evidence, Fact, Tristate};
use placement::hospital::{FinancialInterest, Hospital};
use placement::matching::rank;
use placement::matching::report::{FitTier, Match, Report, SuggestedChange};
use placement::matching::requirement::Requirement;
use placement::place::Miles;
use placement::provider::safety::SafetyFact;
use placement::provider::{Provider, ProviderId, ServiceArea, ServiceLine};
use placement::serve::router;
use placement::serve::state::AppState;
use placement::service::DeliveryMode;
use proptest::prelude::*;
use tower::ServiceExt;

use crate::directories::{self, Known};
use crate::questions::question;
use crate::random_town;
use crate::seeded_random::SeededRandom;
use crate::small_directory::SmallDirectory;

pub(crate) type Checked = Result<(), TestCaseError>;

/// The seeds of a town, in which some providers are alike but for their names.
pub(crate) fn provider_seeds() -> impl Strategy<Value = Vec<u64>> {
    let one = prop_oneof![3 => any::<u64>(), 1 => 0_u64..8];
    prop::collection::vec(one, 1..30)
}

/// The providers of a town, to be changed and shelved again.
pub(crate) fn providers(seeds: &[u64]) -> Vec<Provider> {
    seeds.iter().enumerate().map(|(at, seed)| random_town::provider(at, *seed)).collect()
}

pub(crate) fn asked_of(discharge: &Discharge, providers: &[Provider]) -> Report {
    rank(discharge, &random_town::open(providers.to_vec()), &[])
}

pub(crate) fn ids(report: &Report) -> Vec<String> {
    report.matches.iter().map(|found| found.provider.id.to_string()).collect()
}

/// Where `provider` stands, from 0; after everybody when it is not a match.
pub(crate) fn standing(report: &Report, provider: &Provider) -> usize {
    report.matches.iter().position(|found| found.provider.id == provider.id).unwrap_or(usize::MAX)
}

pub(crate) fn fits(report: &Report) -> BTreeMap<String, FitTier> {
    report.matches.iter().map(|found| (found.provider.id.to_string(), found.fit)).collect()
}

/// The ids of those that meet the requirements.
pub(crate) fn meeting(report: &Report) -> BTreeSet<ProviderId> {
    let meets = |found: &&Match| found.fit.meets_requirements();
    report.matches.iter().filter(meets).map(|found| found.provider.id.clone()).collect()
}

/// The line of the service asked for, if the provider has one.
pub(crate) fn line_of<'a>(discharge: &Discharge, provider: &'a mut Provider) -> Option<&'a mut ServiceLine> {
    provider.lines.iter_mut().find(|line| line.service == discharge.service)
}

/// Something said today, so that no answer gets older by it.
pub(crate) fn today<T>(value: T) -> Fact<T> {
    Fact::new(value, Evidence::new("said today", Some(random_town::TODAY)))
}

proptest! {
    #![proptest_config(random_town::cases(1_000))]

    #[test]
    fn nobody_disappears(seeds in provider_seeds(), asked in any::<u64>()) {
        everybody_is_told_of(&providers(&seeds), &random_town::discharge(asked))?;
    }

    #[test]
    fn points_sum_to_the_score_and_worth_is_chance_times_score(seeds in provider_seeds(), asked in any::<u64>()) {
        let report = asked_of(&random_town::discharge(asked), &providers(&seeds));
        for found in &report.matches {
            let sum: u32 = found.parts.iter().map(|part| part.points.0).sum();
            prop_assert_eq!(sum, found.score.0);
            prop_assert!(found.score.0 <= 100_000);
            let worth = found.score.value() * found.chance.chance.value();
            prop_assert!((found.worth.value() - worth).abs() < 0.001, "{} of {}", worth, found.provider.id);
            let chance = found.chance.likelihood.value() * found.chance.room.value();
            prop_assert!((found.chance.chance.value() - chance).abs() < 0.000_002);
        }
        for pair in report.matches.windows(2) {
            prop_assert_eq!(pair[1].rank, pair[0].rank + 1);
        }
    }

    #[test]
    fn the_order_is_the_same_in_any_input_order(seeds in provider_seeds(), asked in any::<u64>(), shuffle in any::<u64>()) {
        let discharge = random_town::discharge(asked);
        let mut providers = providers(&seeds);
        let before = asked_of(&discharge, &providers);
        let random = &mut SeededRandom::seeded(shuffle);
        for at in (1..providers.len()).rev() {
            providers.swap(at, random.below(at + 1));
        }
        prop_assert_eq!(ids(&asked_of(&discharge, &providers)), ids(&before));
    }

    #[test]
    fn what_a_payer_says_of_new_patients_moves_within_a_tier_only(seeds in provider_seeds(), asked in any::<u64>()) {
        let discharge = random_town::discharge(asked);
        let providers = providers(&seeds);
        let told = |new_patients| {
            let mut plans = random_town::plans().clone();
            plans.terms.iter_mut().for_each(|terms| terms.new_patients = new_patients);
            rank(&discharge, &SmallDirectory::listing(providers.clone(), random_town::listed(&providers), plans), &[])
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
        let discharge = random_town::discharge(asked);
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
    fn a_wider_radius_never_removes_a_match_and_never_reorders_two(
        seeds in provider_seeds(), asked in any::<u64>(), wider in 0.0..200.0,
    ) {
        let mut discharge = random_town::discharge(asked);
        let providers = providers(&seeds);
        let before = ids(&asked_of(&discharge, &providers));
        discharge.within = discharge.within.and_then(|within| Miles::new(within.value() + wider));
        let mut after = ids(&asked_of(&discharge, &providers));
        after.retain(|id| before.contains(id));
        prop_assert_eq!(after, before);
    }

    #[test]
    fn who_owns_a_provider_changes_nothing(seeds in provider_seeds(), asked in any::<u64>()) {
        let discharge = random_town::discharge(asked);
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
        let discharge = random_town::discharge(asked);
        let providers = providers(&seeds);
        let report = asked_of(&discharge, &providers);
        for suggestion in &report.suggestions {
            let after = applied(&suggestion.change, &suggestion.providers, &discharge, &providers);
            keeps_its_promise(&report, &after, &suggestion.providers, &suggestion.text)?;
            if let SuggestedChange::WithinMiles(miles) = suggestion.change {
                prop_assert!(miles.fract() == 0.0, "{} miles", miles);
                let nearly = SuggestedChange::WithinMiles(miles - 1.0);
                let nearly = applied(&nearly, &[], &discharge, &providers);
                let is_wider = discharge.within.is_some_and(|within| within.value() < miles - 1.0);
                prop_assert!(!is_wider || meeting(&nearly).is_subset(&meeting(&report)), "{} is not the smallest", miles);
            }
        }
    }
}

/// The gain is exactly what was promised, and nobody who says that it has no room on the date was.
pub(crate) fn keeps_its_promise(before: &Report, after: &Report, promised: &[ProviderId], text: &str) -> Checked {
    let gained: BTreeSet<ProviderId> = meeting(after).difference(&meeting(before)).cloned().collect();
    prop_assert!(!promised.is_empty(), "{}", text);
    prop_assert_eq!(gained, promised.iter().cloned().collect::<BTreeSet<_>>(), "{}", text);
    for found in after.matches.iter().filter(|found| promised.contains(&found.provider.id)) {
        prop_assert!(found.availability.room_from.is_none(), "{}: {}", text, found.provider.id);
    }
    Ok(())
}

/// The properties above say nothing of what never happens: so everything does.
#[test]
fn the_town_gives_occasion_to_every_answer() {
    let mut seen = BTreeSet::new();
    for seed in 0..600 {
        let random = &mut SeededRandom::seeded(seed);
        let providers = providers(&(0..20).map(|_| random.number()).collect::<Vec<_>>());
        let report = asked_of(&random_town::discharge(seed), &providers);
        seen.extend(report.counts.iter().filter(|(_, count)| **count > 0).map(|(fit, _)| fit.code().to_owned()));
        seen.extend(report.matches.iter().map(|found| found.network.status.code().to_owned()));
        seen.extend(report.left_out.keys().map(|reason| reason.code().split(':').next().unwrap().to_owned()));
        seen.extend(report.suggestions.iter().map(|suggestion| match suggestion.change {
            SuggestedChange::WithinMiles(_) => "farther".to_owned(),
            SuggestedChange::DischargeOn(_) => "later".to_owned(),
            SuggestedChange::Confirm(Requirement::Need(_)) => "confirm a need".to_owned(),
            SuggestedChange::Confirm(Requirement::Limit(_)) => "confirm a limit".to_owned(),
            SuggestedChange::Confirm(other) => format!("confirm {}", other.code()),
        }));
        seen.extend(report.matches.iter().flat_map(|found| &found.notices).map(|notice| notice.code.to_owned()));
    }
    let expected = [
        "abuse_icon",
        "ask_plan",
        "ask_provider",
        "certified",
        "closed",
        "confirm a limit",
        "confirm a need",
        "confirm is_open",
        "confirm languages",
        "confirm serves:children",
        "confirm serves:religious",
        "confirm serves:residents",
        "confirm serves:veterans",
        "confirm start_of_care_hours",
        "declines",
        "excluded_by_oig",
        "farther",
        "fines",
        "hospice_paid_by_medicare",
        "in_network",
        "later",
        "limit",
        "low_confidence",
        "meets",
        "no_new_patients",
        "no_registered_nurse",
        "no_room",
        "no_staffing_data",
        "not_asked",
        "not_certified",
        "not_in_newest_list",
        "not_medicare",
        "old_evidence",
        "out_of_network",
        "outside_service_area",
        "ownership_change",
        "pasrr_needed",
        "payment_denial",
        "payment_denial_in_force",
        "payment_denials",
        "plan_not_loaded",
        "possible_exclusion",
        "rating_withheld",
        "ready",
        "retirement_community",
        "serves_some_only",
        "service_area_not_published",
        "special_focus_candidate",
        "special_focus_facility",
        "unconfirmed",
        "undated_evidence",
        "unlawful_refusal",
    ];
    assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

/// Matches and left-out are disjoint, and together every provider of the service in reach and every agency nearby.
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

/// The answer after a suggested change; a confirmation with these providers.
fn applied(change: &SuggestedChange, named: &[ProviderId], discharge: &Discharge, providers: &[Provider]) -> Report {
    let mut discharge = discharge.clone();
    let mut providers = providers.to_vec();
    match change {
        SuggestedChange::WithinMiles(miles) => discharge.within = Miles::new(*miles),
        SuggestedChange::DischargeOn(day) => discharge.on = *day,
        SuggestedChange::Confirm(asked) => providers = confirmed(*asked, named, &discharge, providers),
    }
    asked_of(&discharge, &providers)
}

/// `providers` after those named were asked and agreed.
pub(crate) fn confirmed(
    asked: Requirement,
    named: &[ProviderId],
    discharge: &Discharge,
    mut providers: Vec<Provider>,
) -> Vec<Provider> {
    let called = providers.iter_mut().filter(|provider| named.contains(&provider.id));
    for line in called.filter_map(|provider| line_of(discharge, provider)) {
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
        Requirement::StartOfCare => drop(line.start_of_care_hours.get_or_insert_with(|| today(1))),
        Requirement::Eligible(group) => line.serves.retain(|fact| fact.value != group),
        Requirement::Operating => line.safety.retain(|fact| fact.value != SafetyFact::NotInNewestList),
        Requirement::Sex => unreachable!("a provider that is silent on it takes everybody"),
    }
}

/// A hospital's financial interests are disclosed beside the list; they move nothing in it.
#[tokio::test]
async fn what_the_hospital_owns_changes_no_answer() {
    let known = directories::sample();
    let own = |provider: &Arc<Provider>| FinancialInterest { provider: provider.id.clone(), says: "Half of it.".to_owned() };
    let interests = known.providers.iter().step_by(3).map(own).collect();
    let owning = server(known, Hospital { interests, ..Hospital::default() });
    let other = server(known, Hospital { no_interests: true, ..Hospital::default() });
    let choices = known.choices();
    for seed in 0..50 {
        let body = question(&choices, &mut SeededRandom::seeded(seed)).to_string();
        assert_eq!(ask(&owning, &body).await, ask(&other, &body).await, "{body}");
    }
}

/// One server that keeps answers and is asked twice, and one that has never been asked anything.
#[tokio::test]
async fn an_answer_from_the_cache_is_the_one_computed_afresh() {
    let known = directories::sample();
    let choices = known.choices();
    let warm = server(known, Hospital::default());
    for seed in 0..200 {
        let body = question(&choices, &mut SeededRandom::seeded(seed)).to_string();
        let first = ask(&warm, &body).await;
        assert_eq!(ask(&warm, &body).await, first, "asked again: {body}");
        assert_eq!(ask(&server(known, Hospital::default()), &body).await, first, "asked elsewhere: {body}");
    }
}

fn server(known: &Known, hospital: Hospital) -> Router {
    let shared = SharedCatalog::new(&known.index);
    shared.reload().unwrap();
    let app = AppState { hospital, now: || directories::TODAY.at(9, 0, 0, 0).in_tz("UTC").unwrap(), ..AppState::new(shared) };
    router(Arc::new(app))
}

async fn ask(server: &Router, body: &str) -> String {
    let request = Request::post("/v1/matches").header("content-type", "application/json");
    let answer = server.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{body}");
    let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}
