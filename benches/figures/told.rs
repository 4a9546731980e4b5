//! What was told, laid over a national directory: what an answer costs with nothing told and with everybody speaking, and what it
//! costs to lay over what is new.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use placement::catalog::Catalog;
use placement::discharge::Discharge;
use placement::ledger::told::Told;
use placement::ledger::{Change, Entry, Sequence};
use placement::live::Live;
use placement::matching::{Directory, LineKey, rank};
use placement::provider::Provider;
use placement::statement::{Availability, Outcome, Reply, Room, Says, Statement, Statements};

use crate::in_process::thousands;
use crate::nation::Nation;
use crate::questions::{self, TODAY};
use crate::timing::{Figure, Times, show};

/// Times one nation and prints its lines.
pub fn measure(nation: &Nation, questions: usize) {
    let catalog = nation.catalog();
    let discharges = questions::discharges(&catalog, &questions::bodies(&catalog, questions, 7));
    let everybody = Told::default().with(everybody(&catalog));
    let one_more = {
        let first = catalog.provider(LineKey(0)).expect("a line");
        let change = Change { sequence: Sequence(i64::MAX), entry: statements(&first, false) };
        everybody.clone().with(vec![change])
    };

    let begun = Instant::now();
    let live = Live::new(Arc::clone(&catalog), Arc::new(everybody), TODAY, None);
    let whole = begun.elapsed();
    let begun = Instant::now();
    let live = black_box(Live::new(Arc::clone(&catalog), Arc::new(one_more), TODAY, Some(&live)));
    let again = begun.elapsed();

    let untold = Live::untold(Arc::clone(&catalog));
    let report = |live: &Live, discharge: &Discharge| drop(black_box(rank(discharge, &live.on(discharge.on), &[])));
    let bare = Times::of(&discharges, |discharge| drop(black_box(rank(discharge, &*catalog, &[]))));
    let untold = Times::of(&discharges, |discharge| report(&untold, discharge));
    let told = Times::of(&discharges, |discharge| report(&live, discharge));

    let size = format!("{} providers", thousands(nation.providers));
    for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
        let limit = bare.at(share);
        for (what, times) in [("nothing told", &untold), ("everybody speaking", &told)] {
            let ours = times.at(share);
            Figure {
                what: format!("whole report with 20 shown, {size}, {what}, {name}"),
                ours: show(ours),
                limit: format!("the directory alone {}", show(limit)),
                ratio: Some(ours.as_secs_f64() / limit.as_secs_f64()),
                aim: None,
            }
            .print();
        }
    }
    for (what, took) in [("all of it", whole), ("once more, after one more statement", again)] {
        Figure {
            what: format!("laying over what everybody of {size} said, {what}"),
            ours: show(took),
            limit: String::new(),
            ratio: None,
            aim: None,
        }
        .print();
    }
}

/// Every provider speaks of its room and of what it takes, and was asked six times.
fn everybody(catalog: &Catalog) -> Vec<Change> {
    let mut entries = Vec::new();
    for provider in (0..).map_while(|line| catalog.provider(LineKey(line))) {
        let service = provider.lines[0].service;
        let room = Room { service, from: TODAY, until: TODAY, room: true, beds: Some(2) };
        let id = provider.id.clone();
        entries.push(statements(&provider, true));
        entries.push(Entry::Availability(Availability { provider: id.clone(), said_on: TODAY, rooms: vec![room] }));
        let outcome = Outcome { provider: id, service, asked_on: TODAY, reply: Reply::Accepted };
        entries.extend(std::iter::repeat_n(Entry::Outcome(outcome), 6));
    }
    (1..).zip(entries).map(|(at, entry)| Change { sequence: Sequence(at), entry }).collect()
}

fn statements(provider: &Provider, answer: bool) -> Entry {
    let service = provider.lines[0].service;
    let statement =
        |code: &str| Statement { service, says: Says::Need(code.parse().expect("a need"), answer), expires_on: TODAY };
    let statements = ["inf.abx", "wound.npwt", "resp.vent"].map(statement).into();
    Entry::Statements(Statements { provider: provider.id.clone(), said_on: TODAY, statements })
}
