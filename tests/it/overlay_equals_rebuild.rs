//! Live statements applied to a directory give the same answer as a directory built with them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::Span;
use jiff::civil::Date;
use placement::coverage::PlanDirectory;
use placement::discharge::parse::parse;
use placement::discharge::{Discharge, ParseContext};
use placement::hospital_id::HospitalId;
use placement::ledger::event::{LedgerEvent, Sequence, SequencedEvent, UndecodableEvent};
use placement::ledger::state::LedgerState;
use placement::matching::candidate::{Directory, LineId, StatedRoom};
use placement::matching::rank;
use placement::matching::report::{Report, SuggestedChange as Suggested};
use placement::overlay::LiveDirectory;
use placement::overlay::provider_directory::ProviderDirectory;
use placement::place::{Miles, ZipTable};
use placement::provider::{Provider, ProviderId};
use placement::service::{Limit, Service};
use placement::statements::outcome_origin::OutcomeOrigin;
use placement::statements::stated_details::StatedDetails;
use placement::statements::{
    Availability, DeclineReason, Outcome, ReferralReply, RoomStatement, Statement, StatementValue, Statements,
};
use proptest::prelude::*;

use crate::directories;
use crate::full_size::times;
use crate::oracle::{World, answers_before, newest_ratings};
use crate::oracle_agreement::{compare, world};
use crate::properties::{confirmed, keeps_its_promise};
use crate::questions::question;
use crate::random_town::{self, TODAY, days_ago};
use crate::rejected_answers::{home, order, question_with, said};
use crate::seeded_random::SeededRandom;
use crate::small_directory::SmallDirectory;

pub(crate) fn in_days(days: i64) -> Date {
    TODAY.checked_add(Span::new().days(days)).unwrap()
}

/// Random statements about some of `providers`, and about an unknown one.
pub(crate) fn drawn(providers: &[Arc<Provider>], random: &mut SeededRandom) -> LedgerState {
    let stranger: ProviderId = "ccn:999999".parse().unwrap();
    let mut entries = Vec::new();
    for id in providers.iter().map(|provider| provider.id.clone()).chain([stranger]) {
        if random.happens(60) {
            entries.push(LedgerEvent::Statements(statements(&id, random)));
        }
        if random.happens(60) {
            entries.push(LedgerEvent::Availability(availability(&id, random)));
        }
        entries.extend(outcomes(&id, random).into_iter().map(LedgerEvent::Outcome));
    }
    told(entries)
}

pub(crate) fn told(entries: impl IntoIterator<Item = LedgerEvent>) -> LedgerState {
    let changes = (1..).zip(entries).map(|(at, entry)| SequencedEvent { sequence: Sequence(at), entry });
    LedgerState::default().apply(changes.collect())
}

fn statements(provider: &ProviderId, random: &mut SeededRandom) -> Statements {
    let mut statements = Vec::new();
    let bounds =
        [(Limit::MaxWeight, [350, 400]), (Limit::MinAge, [6, 18]), (Limit::MaxAge, [70, 90]), (Limit::MaxDoses, [1, 3])];
    for service in random.some(60, &Service::ALL) {
        let needs =
            random.some(35, &random_town::needs()).into_iter().map(|need| StatementValue::Need(need, random.happens(60)));
        let needs: Vec<StatementValue> = needs.collect();
        let limits: Vec<StatementValue> = random
            .some(25, &bounds)
            .into_iter()
            .map(|(limit, bounds)| StatementValue::Limit(limit, *random.pick(&bounds)))
            .collect();
        for says in needs.into_iter().chain(limits) {
            statements.push(Statement { service, says, expires_on: in_days(*random.pick(&[-1, 0, 5, 60])) });
        }
    }
    Statements {
        provider: provider.clone(),
        said_on: days_ago(*random.pick(&[0, 10, 31, 80])),
        statements,
        details: StatedDetails::default(),
    }
}

fn availability(provider: &ProviderId, random: &mut SeededRandom) -> Availability {
    let mut rooms = Vec::new();
    for service in random.some(60, &Service::ALL) {
        let mut first = -10;
        for _ in 0..random.below(4) {
            let from = first + i64::try_from(random.below(10)).unwrap();
            let until = from + i64::try_from(random.below(15)).unwrap();
            let beds = random.happens(50).then_some(2);
            rooms.push(RoomStatement { service, from: in_days(from), until: in_days(until), room: random.happens(60), beds });
            first = until + 1;
        }
    }
    Availability { provider: provider.clone(), said_on: days_ago(*random.pick(&[0, 1, 10])), rooms }
}

fn outcomes(provider: &ProviderId, random: &mut SeededRandom) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for service in random.some(50, &Service::ALL) {
        for _ in 0..random.below(10) {
            let reply = *random.pick(&[
                ReferralReply::Accepted,
                ReferralReply::Declined(DeclineReason::NoRoom),
                ReferralReply::Declined(DeclineReason::Other),
                ReferralReply::Declined(DeclineReason::Coverage),
                ReferralReply::NoReply,
            ]);
            let asked_on = days_ago(*random.pick(&[0, 30, 90, 91]));
            let (hospital, provider) = (HospitalId::default(), provider.clone());
            let (payer_class, origin) = (None, OutcomeOrigin::Reported);
            outcomes.push(Outcome { hospital, provider, service, asked_on, reply, payer_class, origin });
        }
    }
    outcomes
}

/// The providers of a town as files give them: these know nothing of room and referrals.
pub(crate) fn from_files(seeds: &[u64]) -> Arc<SmallDirectory> {
    let mut providers: Vec<Provider> = seeds.iter().enumerate().map(|(at, seed)| random_town::provider(at, *seed)).collect();
    for line in providers.iter_mut().flat_map(|provider| &mut provider.lines) {
        (line.availability, line.outcomes, line.record) = (None, None, None);
    }
    Arc::new(random_town::open(providers))
}

/// A town, and what was told in it.
fn town_and_told(seeds: &[u64], telling: u64) -> LiveDirectory<SmallDirectory> {
    let shelf = from_files(seeds);
    let told = Arc::new(drawn(&shelf.providers, &mut SeededRandom::seeded(telling)));
    LiveDirectory::new(shelf, &told, TODAY)
}

/// A directory of the providers as they stand with their statements on `day`, changed by `change`, and what they state of other days.
fn laid_over(
    live: &LiveDirectory<SmallDirectory>,
    day: Date,
    change: impl FnOnce(Vec<Provider>) -> Vec<Provider>,
) -> SmallDirectory {
    let over = |provider: &Arc<Provider>| Provider::clone(&live.provider_of(&provider.id, day).unwrap());
    let mut shelf = random_town::open(change(live.base().providers.iter().map(over).collect()));
    for provider in &live.base().providers {
        for room in live.availability_of(&provider.id).iter().flat_map(|said| &said.rooms) {
            let stated = StatedRoom { from: room.from, until: room.until, room: room.room };
            shelf.rooms.entry((provider.id.clone(), room.service)).or_default().push(stated);
        }
    }
    shelf
}

/// `report` without the fields that name its directory.
fn nameless(report: Report) -> Report {
    Report { list_id: String::new(), ..report }
}

/// One thing told by chance, by or of one provider or another, under one of its ids; perhaps by a later version.
pub(crate) fn event(providers: &[Arc<Provider>], random: &mut SeededRandom) -> Vec<LedgerEvent> {
    let stranger: ProviderId = "ccn:999999".parse().unwrap();
    let ids = providers.iter().flat_map(|provider| {
        std::iter::once(provider.id.clone()).chain(provider.npis.iter().map(|npi| ProviderId::from(*npi)))
    });
    let ids: Vec<ProviderId> = ids.chain([stranger]).collect();
    let id = random.pick(&ids).clone();
    match random.below(5) {
        0 => vec![LedgerEvent::Statements(statements(&id, random))],
        1 => vec![LedgerEvent::Availability(availability(&id, random))],
        // A withdrawal.
        2 => vec![LedgerEvent::Statements(Statements {
            provider: id,
            said_on: TODAY,
            statements: Vec::new(),
            details: StatedDetails::default(),
        })],
        3 => {
            let kind = (*random.pick(&["availability", "statements", "outcome", "waiting_list"])).to_owned();
            vec![LedgerEvent::Unread(UndecodableEvent { kind, subject: Some(id.to_string()) })]
        }
        _ => outcomes(&id, random).into_iter().map(LedgerEvent::Outcome).collect(),
    }
}

/// `told` with `entries` applied.
fn after(told: LedgerState, entries: Vec<LedgerEvent>) -> LedgerState {
    let changes = (told.sequence.0 + 1..).zip(entries).map(|(at, entry)| SequencedEvent { sequence: Sequence(at), entry });
    told.apply(changes.collect())
}

/// Everything visible about each provider today and later, and about the unknown one.
pub(crate) fn shown(live: &LiveDirectory<SmallDirectory>) -> Vec<String> {
    let of = |provider: &Arc<Provider>| {
        let days = [-1, 0, 3].map(|days| live.provider_of(&provider.id, in_days(days)));
        let rooms: Vec<_> = Service::ALL.into_iter().map(|service| live.rooms_after(&provider.id, service, TODAY)).collect();
        let said = (live.availability_of(&provider.id), live.statements_of(&provider.id));
        format!("{days:?} {rooms:?} {said:?}")
    };
    live.base().providers.iter().map(of).collect()
}

proptest! {
    #![proptest_config(random_town::cases(times(1_000, 5_000).try_into().unwrap()))]

    #[test]
    fn matching_agrees_with_brute_force_whatever_was_told(
        seeds in prop::collection::vec(any::<u64>(), 0..30),
        asked in any::<u64>(),
        telling in any::<u64>(),
    ) {
        let live = town_and_told(&seeds, telling);
        let discharge = random_town::discharge(asked);
        let world = World { stated: Some((live.ledger_state(), TODAY)), ..world(live.base()) };
        let difference = compare(&discharge, &live.as_of(discharge.on), &world, &live.base().providers);
        prop_assert!(difference.is_none(), "{}", difference.unwrap_or_default());
    }
}

proptest! {
    #![proptest_config(random_town::cases(1_000))]

    #[test]
    fn what_is_laid_over_is_as_if_the_night_had_found_it(
        seeds in prop::collection::vec(any::<u64>(), 1..20),
        asked in any::<u64>(),
        telling in any::<u64>(),
    ) {
        let live = town_and_told(&seeds, telling);
        let discharge = random_town::discharge(asked);
        let over = rank(&discharge, &live.as_of(discharge.on), &[]);
        let found = rank(&discharge, &laid_over(&live, discharge.on, |providers| providers), &[]);
        prop_assert_eq!(nameless(over), nameless(found));
    }

    #[test]
    fn a_suggestion_gives_what_it_promised_whatever_was_told(
        seeds in prop::collection::vec(any::<u64>(), 1..30),
        asked in any::<u64>(),
        telling in any::<u64>(),
    ) {
        let live = town_and_told(&seeds, telling);
        let discharge = random_town::discharge(asked);
        let asked_of = |discharge: &Discharge| rank(discharge, &live.as_of(discharge.on), &[]);
        let before = asked_of(&discharge);
        for suggestion in &before.suggestions {
            let after = match &suggestion.change {
                Suggested::WithinMiles(miles) => {
                    asked_of(&Discharge { within: Miles::new(*miles), ..discharge.clone() })
                }
                Suggested::DischargeOn(day) => asked_of(&Discharge { on: *day, ..discharge.clone() }),
                Suggested::Confirm(asked) => {
                    let agreed = |providers| confirmed(*asked, &suggestion.providers, &discharge, providers);
                    rank(&discharge, &laid_over(&live, discharge.on, agreed), &[])
                }
            };
            keeps_its_promise(&before, &after, &suggestion.providers, &suggestion.text)?;
        }
    }

    #[test]
    fn what_is_carried_over_is_what_would_be_looked_up(
        seeds in prop::collection::vec(any::<u64>(), 1..15),
        asked in any::<u64>(),
        tellings in any::<(u64, u64)>(),
        days in 0_i64..4,
    ) {
        let shelf = from_files(&seeds);
        let told = |seed| Arc::new(drawn(&shelf.providers, &mut SeededRandom::seeded(seed)));
        let before = LiveDirectory::new(Arc::clone(&shelf), &told(tellings.0), TODAY);
        let (after, today) = (told(tellings.1), in_days(days));
        let carried = before.with_state_and_day(&after, today);
        let afresh = LiveDirectory::new(Arc::clone(&shelf), &after, today);
        let discharge = random_town::discharge(asked);
        let report = |live: &LiveDirectory<SmallDirectory>| rank(&discharge, &live.as_of(discharge.on), &[]);
        prop_assert_eq!(report(&carried), report(&afresh));
    }
}

proptest! {
    // Each case is up to 25 directories.
    #![proptest_config(random_town::cases(200))]

    #[test]
    fn what_grew_step_by_step_is_what_is_made_in_one_go(
        seeds in prop::collection::vec(any::<u64>(), 1..12),
        asked in any::<u64>(),
        steps in prop::collection::vec(any::<u64>(), 1..25),
    ) {
        let mut night = SeededRandom::seeded(asked);
        let mut shelf = from_files(&seeds);
        let mut ledger = told([]);
        let (mut live, mut today) = (LiveDirectory::without_statements(Arc::clone(&shelf)), TODAY);
        for step in steps {
            let random = &mut SeededRandom::seeded(step);
            match random.below(10) {
                // Another day begins, or a wrong clock is corrected.
                0 => today = in_days(*random.pick(&[-3, 0, 1, 2, 6, 90])),
                // Another directory is published.
                1 => {
                    let seeds: Vec<u64> = seeds.iter().copied().filter(|_| night.happens(80)).collect();
                    shelf = from_files(&seeds);
                    live = LiveDirectory::new(Arc::clone(&shelf), &Arc::new(ledger.clone()), today);
                }
                // The ledger is restored from a backup.
                2 => ledger = drawn(&shelf.providers, random),
                _ => ledger = after(ledger, event(&shelf.providers, random)),
            }
            let now = Arc::new(ledger.clone());
            live = live.with_state_and_day(&now, today);
            let afresh = LiveDirectory::new(Arc::clone(&shelf), &now, today);
            prop_assert_eq!(shown(&live), shown(&afresh));
            let discharge = random_town::discharge(asked);
            let report = |live: &LiveDirectory<SmallDirectory>| rank(&discharge, &live.as_of(discharge.on), &[]);
            prop_assert_eq!(report(&live), report(&afresh));
        }
    }
}

proptest! {
    #![proptest_config(random_town::cases(1_000))]

    #[test]
    fn where_nothing_was_told_nothing_changes(seeds in prop::collection::vec(any::<u64>(), 0..20), asked in any::<u64>()) {
        let shelf = from_files(&seeds);
        let discharge = random_town::discharge(asked);
        let live = LiveDirectory::new(Arc::clone(&shelf), &Arc::default(), TODAY);
        prop_assert_eq!(rank(&discharge, &live.as_of(discharge.on), &[]), rank(&discharge, &*shelf, &[]));
    }
}

#[test]
fn matching_agrees_with_brute_force_about_the_sample_whatever_was_told() {
    let known = directories::sample();
    let (choices, plans) = (known.choices(), known.plans());
    let words = ParseContext { zips: ZipTable::curated(), plans, generation: known.catalog.generation() };
    let random = &mut SeededRandom::seeded(6);
    let told = Arc::new(drawn(&known.providers, random));
    let live = LiveDirectory::new(Arc::clone(&known.catalog), &told, TODAY);
    let newest = newest_ratings(known.providers.iter().map(Arc::as_ref));
    let release = known.catalog.manifest().built_on();
    let everywhere = answers_before(known.providers.iter().map(Arc::as_ref), live.ledger_state(), release);
    let world = World { plans, listed: &known.listed, newest, stated: Some((live.ledger_state(), TODAY)), everywhere };
    for _ in 0..500 {
        let raw = question(&choices, random);
        let (question, _) = parse(&raw, &words, TODAY).unwrap_or_else(|faults| panic!("{raw}: {faults:?}"));
        for discharge in &question.discharges {
            let offers = known.providers.iter().filter(|provider| provider.line(discharge.service).is_some());
            let providers: Vec<Arc<Provider>> = offers.cloned().collect();
            if let Some(difference) = compare(discharge, &live.as_of(discharge.on), &world, &providers) {
                panic!("{raw}\n{difference}");
            }
        }
    }
}

/// A nursing facility without statements, and its line.
fn one() -> (Arc<SmallDirectory>, ProviderId) {
    let mut provider = random_town::provider(0, 1);
    provider.lines = vec![placement::provider::ServiceLine::without_facts(Service::SkilledNursing)];
    let id = provider.id.clone();
    (Arc::new(SmallDirectory::new(vec![provider], random_town::plans().clone())), id)
}

fn says(provider: &ProviderId, said_on: Date, answer: bool, expires_on: Date) -> LedgerEvent {
    let says = StatementValue::Need(random_town::needs()[0], answer);
    let statement = Statement { service: Service::SkilledNursing, says, expires_on };
    LedgerEvent::Statements(Statements {
        provider: provider.clone(),
        said_on,
        statements: vec![statement],
        details: StatedDetails::default(),
    })
}

#[test]
fn a_statement_holds_through_its_last_day_and_not_a_day_longer() {
    let (shelf, id) = one();
    let told = Arc::new(told([says(&id, TODAY, true, in_days(3))]));
    for (days, known) in [(0, true), (3, true), (4, false)] {
        let live = LiveDirectory::new(Arc::clone(&shelf), &told, in_days(days));
        // The discharge date does not matter.
        for day in [TODAY, in_days(30)] {
            let provider = live.provider_of(&id, day).unwrap();
            assert_eq!(!provider.lines[0].answers.is_empty(), known, "on day {days}");
        }
    }
}

#[test]
fn what_was_looked_up_is_not_looked_up_again() {
    let shelf = Arc::new(random_town::shelf(&[1, 2, 3, 4, 5, 6, 7, 8]));
    let entries: Vec<LedgerEvent> = shelf.providers.iter().map(|p| says(&p.id, TODAY, true, in_days(9))).collect();
    let first = LiveDirectory::new(Arc::clone(&shelf), &Arc::new(told(entries.clone())), TODAY);
    let look_ups = shelf.look_ups.swap(0, Ordering::Relaxed);
    assert!(look_ups >= shelf.providers.len(), "{look_ups}");
    let more = says(&shelf.providers[0].id, TODAY, false, in_days(9));
    let told = Arc::new(told(entries.into_iter().chain([more])));
    let second = first.with_state_and_day(&told, TODAY);
    assert!(shelf.look_ups.swap(0, Ordering::Relaxed) <= 1, "only the line of the one that spoke");
    let tomorrow = second.with_state_and_day(&told, in_days(1));
    assert_eq!(shelf.look_ups.load(Ordering::Relaxed), 0, "nothing has ended since");
    assert_eq!(tomorrow.sequence(), Some(9));
}

#[test]
fn under_two_ids_a_provider_has_one_word_and_the_last_counts() {
    let mut provider = random_town::provider(0, 1);
    provider.lines = vec![placement::provider::ServiceLine::without_facts(Service::SkilledNursing)];
    provider.npis = vec!["1234567893".parse().unwrap()];
    let (own, other) = (provider.id.clone(), ProviderId::from(provider.npis[0]));
    let shelf = Arc::new(SmallDirectory::new(vec![provider], random_town::plans().clone()));
    let need = random_town::needs()[0];
    let cases = [(TODAY, days_ago(1), true), (days_ago(1), TODAY, false), (TODAY, TODAY, true)];
    for (own_on, other_on, answer) in cases {
        let told = told([says(&own, own_on, true, in_days(9)), says(&other, other_on, false, in_days(9))]);
        let live = LiveDirectory::new(Arc::clone(&shelf), &Arc::new(told), TODAY);
        assert_eq!(live.provider_of(&other, TODAY).unwrap().lines[0].answers[&need].value, answer);
        assert_eq!(live.statements_of(&own).unwrap().statements[0].says, StatementValue::Need(need, answer));
    }
    let asked = |id: &ProviderId| {
        let (provider, service) = (id.clone(), Service::SkilledNursing);
        LedgerEvent::Outcome(Outcome {
            hospital: HospitalId::default(),
            provider,
            service,
            asked_on: TODAY,
            reply: ReferralReply::Accepted,
            payer_class: None,
            origin: OutcomeOrigin::Reported,
        })
    };
    let told = told([asked(&own), asked(&own), asked(&own), asked(&other), asked(&other)]);
    let live = LiveDirectory::new(Arc::clone(&shelf), &Arc::new(told), TODAY);
    let line = live.provider_of(&own, TODAY).unwrap().lines[0].clone();
    assert_eq!(line.outcomes.unwrap().to_string(), "accepted 5 of 5 referrals (90 days)");
    assert_eq!(shelf.line_of(&other, Service::SkilledNursing), Some(LineId(0)));
}

#[test]
fn under_two_ids_the_last_word_on_room_counts_and_of_one_day_its_own() {
    let mut provider = random_town::provider(0, 1);
    provider.lines = vec![placement::provider::ServiceLine::without_facts(Service::SkilledNursing)];
    provider.npis = vec!["1234567893".parse().unwrap()];
    let (own, other) = (provider.id.clone(), ProviderId::from(provider.npis[0]));
    let shelf = Arc::new(SmallDirectory::new(vec![provider], random_town::plans().clone()));
    let says = |provider: &ProviderId, said_on, room| {
        let room = RoomStatement { service: Service::SkilledNursing, from: TODAY, until: TODAY, room, beds: None };
        LedgerEvent::Availability(Availability { provider: provider.clone(), said_on, rooms: vec![room] })
    };
    for (own_on, other_on, room) in [(TODAY, days_ago(1), true), (days_ago(1), TODAY, false), (TODAY, TODAY, true)] {
        let told = told([says(&own, own_on, true), says(&other, other_on, false)]);
        let live = LiveDirectory::new(Arc::clone(&shelf), &Arc::new(told), TODAY);
        assert_eq!(live.availability_of(&own).unwrap().rooms[0].room, room);
    }
}

#[test]
fn a_stated_refusal_of_a_person_outweighs_a_yes_of_the_files_and_is_asked_about() {
    let need = "sud.methadone".parse().unwrap();
    let mut provider = random_town::provider(0, 1);
    let mut line = placement::provider::ServiceLine::without_facts(Service::SkilledNursing);
    let said = placement::evidence::Evidence::new("CMS", Some(TODAY));
    line.answers.insert(need, placement::evidence::Fact::new(true, said.clone()));
    provider.lines = vec![line];
    let point = ZipTable::curated().get("29401".parse().unwrap()).unwrap().point;
    let position = placement::provider::Position { point, precision: placement::place::Precision::Address };
    provider.position = Some(placement::evidence::Fact::new(position, said));
    let id = provider.id.clone();
    let shelf = Arc::new(SmallDirectory::new(vec![provider], random_town::plans().clone()));
    let asked = serde_json::json!({"service": "skilled_nursing", "near": {"zip": "29401"}, "needs": ["sud.methadone"]});
    let words = ParseContext { zips: ZipTable::curated(), plans: random_town::plans(), generation: "shelf" };
    let (question, _) = parse(&asked, &words, TODAY).unwrap();
    let silent = LiveDirectory::without_statements(Arc::clone(&shelf));
    let before = rank(&question.discharges[0], &silent.as_of(TODAY), &[]).list_id;
    for (answer, fit) in [(true, "meets"), (false, "ask_provider")] {
        let (service, says) = (Service::SkilledNursing, StatementValue::Need(need, answer));
        let statement = Statement { service, says, expires_on: in_days(9) };
        let said = Statements {
            provider: id.clone(),
            said_on: TODAY,
            statements: vec![statement],
            details: StatedDetails::default(),
        };
        let told = Arc::new(told([LedgerEvent::Statements(said)]));
        let live = LiveDirectory::new(Arc::clone(&shelf), &told, TODAY);
        let report = rank(&question.discharges[0], &live.as_of(TODAY), &[]);
        assert_eq!(report.matches[0].fit.code(), fit, "it states {answer}");
        assert_ne!(report.list_id, before, "a list knows the statements that it rests on");
    }
}

#[test]
fn stated_room_outweighs_the_files_on_its_days_and_on_no_other() {
    for (files, stated, on_its_day, on_the_next) in [(true, false, "no_room", "ready"), (false, true, "ready", "no_room")] {
        let home = home("Larkwater", 2.0, |line| line.availability = Some(said(files)));
        let room = RoomStatement { service: Service::SkilledNursing, from: TODAY, until: TODAY, room: stated, beds: None };
        let says = Availability { provider: home.id.clone(), said_on: TODAY, rooms: vec![room] };
        let shelf = Arc::new(SmallDirectory::new(vec![home], PlanDirectory::default()));
        let live = LiveDirectory::new(shelf, &Arc::new(told([LedgerEvent::Availability(says)])), TODAY);
        for (days, fit) in [(0, on_its_day), (1, on_the_next)] {
            let asked = serde_json::json!({"discharge_on": in_days(days).to_string()});
            let (discharge, _) = question_with(&PlanDirectory::default(), &asked);
            let report = rank(&discharge, &live.as_of(discharge.on), &[]);
            assert_eq!(order(&report), [("Larkwater", fit)], "in {days} days; the files say {files}, it states {stated}");
        }
    }
}

#[test]
fn an_answer_ends_overnight_with_the_statement_that_it_rests_on() {
    let home = home("Larkwater", 2.0, |_| {});
    let says = StatementValue::Need("resp.trach".parse().unwrap(), true);
    let statement = Statement { service: Service::SkilledNursing, says, expires_on: TODAY };
    let says = Statements {
        provider: home.id.clone(),
        said_on: days_ago(9),
        statements: vec![statement],
        details: StatedDetails::default(),
    };
    let told = Arc::new(told([LedgerEvent::Statements(says)]));
    let shelf = Arc::new(SmallDirectory::new(vec![home], PlanDirectory::default()));
    let (discharge, _) = question_with(&PlanDirectory::default(), &serde_json::json!({"needs": ["resp.trach"]}));
    let mut live = LiveDirectory::new(shelf, &told, TODAY);
    for (days, fit) in [(0, "meets"), (1, "ask_provider")] {
        live = live.with_state_and_day(&told, in_days(days));
        let report = rank(&discharge, &live.as_of(discharge.on), &[]);
        assert_eq!(order(&report), [("Larkwater", fit)], "in {days} days");
    }
}
