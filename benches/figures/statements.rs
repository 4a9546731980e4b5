//! Live statements on a national directory: the cost of an answer without statements and with
//! statements of every provider, and the cost of applying new ones.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use placement::catalog::Catalog;
use placement::discharge::Discharge;
use placement::hospital_id::HospitalId;
use placement::ledger::event::{LedgerEvent, Sequence, SequencedEvent};
use placement::ledger::state::LedgerState;
use placement::matching::candidate::{Directory, LineId};
use placement::matching::rank;
use placement::overlay::LiveDirectory;
use placement::overlay::shared::LiveDirectoryCache;
use placement::provider::Provider;
use placement::statements::outcome_origin::OutcomeOrigin;
use placement::statements::stated_details::StatedDetails;
use placement::statements::{Availability, Outcome, ReferralReply, RoomStatement, Statement, StatementValue, Statements};

use crate::in_process::thousands;
use crate::nation::Nation;
use crate::questions::{self, TODAY};
use crate::timing::{Figure, Times, show};

/// Measures one nation and prints its rows.
pub(crate) fn measure(nation: &Nation, questions: usize) {
    let catalog = nation.catalog();
    let discharges = questions::discharges(&catalog, &questions::bodies(&catalog, questions, 7));
    let everybody = LedgerState::default().apply(everybody(&catalog));
    let begun = Instant::now();
    let live = black_box(LiveDirectory::new(Arc::clone(&catalog), &Arc::new(everybody.clone()), TODAY));
    let whole = begun.elapsed();
    let begun = Instant::now();
    let tomorrow = black_box(live.with_state_and_day(live.ledger_state(), TODAY.tomorrow().expect("a day")));
    let next_day = begun.elapsed();
    drop(tomorrow);

    let untold = LiveDirectory::without_statements(Arc::clone(&catalog));
    let report =
        |live: &LiveDirectory, discharge: &Discharge| drop(black_box(rank(discharge, &live.as_of(discharge.on), &[])));
    let bare = Times::of(&discharges, |discharge| drop(black_box(rank(discharge, &*catalog, &[]))));
    let untold = Times::of(&discharges, |discharge| report(&untold, discharge));
    let told = Times::of(&discharges, |discharge| report(&live, discharge));

    let size = format!("{} providers", thousands(nation.providers));
    for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
        let limit = bare.at(share);
        for (what, times) in [("no statements", &untold), ("statements of all", &told)] {
            let ours = times.at(share);
            let ratio = ours.as_secs_f64() / limit.as_secs_f64();
            let most = if name == "p50" { 1.15 } else { 1.25 };
            Figure {
                what: format!("whole report with 20 shown, {size}, {what}, {name}"),
                ours: show(ours),
                limit: format!("the directory alone {}", show(limit)),
                ratio: Some(ratio),
                aim: Some((format!("ratio at most {most}"), ratio <= most)),
            }
            .print();
        }
    }
    for (what, took) in [("from scratch", whole), ("for the next day", next_day)] {
        Figure {
            what: format!("applying the statements of all of {size}, {what}"),
            ours: show(took),
            limit: String::new(),
            ratio: None,
            aim: None,
        }
        .print();
    }
    measure_statements(&catalog, everybody, &discharges, &size);
}

/// The server's work from reading one more statement until the next question is answered with it.
fn measure_statements(catalog: &Arc<Catalog>, everybody: LedgerState, discharges: &[Discharge], size: &str) {
    const AIM: Duration = Duration::from_millis(2);
    let shared = LiveDirectoryCache::default();
    shared.set_ledger_state(everybody);
    shared.serve(Arc::clone(catalog), TODAY);
    let speakers: Vec<Arc<Provider>> =
        (0..).step_by(37).map_while(|line| catalog.provider(LineId(line))).take(1_000).collect();
    let mut answer = false;
    let mut tell = |speaker: &Arc<Provider>| {
        answer = !answer;
        let told = shared.ledger_state();
        let change = SequencedEvent { sequence: Sequence(told.sequence.0 + 1), entry: statements(speaker, answer) };
        shared.set_ledger_state(LedgerState::clone(&told).apply(vec![change]));
    };
    let writing = Times::of(&speakers, &mut tell);
    let asked: Vec<(&Arc<Provider>, &Discharge)> = speakers.iter().zip(discharges.iter().cycle()).collect();
    let both = Times::of(&asked, |(speaker, discharge)| {
        tell(speaker);
        let live = shared.on(TODAY).expect("it is served");
        drop(black_box(rank(discharge, &live.as_of(discharge.on), &[])));
    });
    for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
        for (what, times) in [("the writer alone", &writing), ("with the first question after it", &both)] {
            Figure {
                what: format!("a statement until it is in the next answer, {size} all with statements, {what}, {name}"),
                ours: show(times.at(share)),
                limit: String::new(),
                ratio: None,
                aim: Some(("at most 2 ms".to_owned(), times.at(share) <= AIM)),
            }
            .print();
        }
    }
}

/// Every provider states its availability and what it accepts, and was asked six times.
fn everybody(catalog: &Catalog) -> Vec<SequencedEvent> {
    let mut entries = Vec::new();
    for provider in (0..).map_while(|line| catalog.provider(LineId(line))) {
        let service = provider.lines[0].service;
        let room = RoomStatement { service, from: TODAY, until: TODAY, room: true, beds: Some(2) };
        let id = provider.id.clone();
        entries.push(statements(&provider, true));
        entries.push(LedgerEvent::Availability(Availability { provider: id.clone(), said_on: TODAY, rooms: vec![room] }));
        let outcome = Outcome {
            provider: id,
            service,
            asked_on: TODAY,
            reply: ReferralReply::Accepted,
            payer_class: None,
            origin: OutcomeOrigin::Reported,
            hospital: HospitalId::default(),
        };
        entries.extend(std::iter::repeat_n(LedgerEvent::Outcome(outcome), 6));
    }
    (1..).zip(entries).map(|(at, entry)| SequencedEvent { sequence: Sequence(at), entry }).collect()
}

fn statements(provider: &Provider, answer: bool) -> LedgerEvent {
    let service = provider.lines[0].service;
    let statement = |code: &str| Statement {
        service,
        says: StatementValue::Need(code.parse().expect("a need"), answer),
        expires_on: TODAY,
    };
    let statements = ["inf.abx", "wound.npwt", "resp.vent"].map(statement).into();
    LedgerEvent::Statements(Statements {
        provider: provider.id.clone(),
        said_on: TODAY,
        statements,
        details: StatedDetails::default(),
    })
}
