//! Many hospitals in one service: memory and the time of a report with the observations of 200 hospitals, compared with as many observations
//! of one.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;
use placement::catalog::{Catalog, SharedCatalog};
use placement::hospital::Hospital;
use placement::hospital_id::HospitalId;
use placement::ledger::event::{LedgerEvent, LedgerPosition, SaidPositions, Sequence, SequencedEvent};
use placement::ledger::hospital_states::{HospitalStates, LedgerStep};
use placement::matching::candidate::{Directory, LineId};
use placement::matching::rank;
use placement::overlay::shared::LiveDirectoryCache;
use placement::statements::observation::{Observation, ObservationId, ObservedAnswer, ObservedQuestion};

use crate::nation::{Nation, child, memory_mb};
use crate::questions::{self, TODAY};
use crate::timing::{Figure, Times, show};

/// The hospitals.
const HOSPITALS: usize = 200;

/// Measures one nation and prints its rows. Each hospital has heard of `observed` providers.
pub(crate) fn measure(nation: &Nation, observed: usize, questions: usize) {
    // Published here, so that no child does it.
    drop(nation.catalog());
    let run = |hospitals: usize| {
        let words = [hospitals, HOSPITALS * observed, questions].map(|number| number.to_string());
        let mut command = child("hospitals", &[&nation.index]);
        let ran = command.args(words).output().expect("a child process runs");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let said = String::from_utf8(ran.stdout).expect("text");
        said.split_whitespace().map(|word| word.parse::<f64>().expect("a number")).collect::<Vec<f64>>()
    };
    let (one, many) = (run(1), run(HOSPITALS));
    let size = format!("{} observations of {HOSPITALS} hospitals", HOSPITALS * observed);
    let rows = [
        ("memory of the directory with", "MB"),
        ("whole report with 20 shown, p50,", "us"),
        ("whole report with 20 shown, p99,", "us"),
    ];
    for (at, (what, unit)) in rows.into_iter().enumerate() {
        let ratio = many[at] / one[at];
        Figure {
            what: format!("{what} {size}"),
            ours: format!("{:.0} {unit}", many[at]),
            limit: format!("as many of one hospital {:.0} {unit}", one[at]),
            ratio: Some(ratio),
            aim: Some(("ratio at most 1.1".to_owned(), ratio <= 1.1)),
        }
        .print();
    }
}

/// Serves `observations` of `hospitals` from the directory in `index` and prints memory and times.
pub(crate) fn measure_here(index: &Path, hospitals: usize, observations: usize, questions: usize) {
    let shared = SharedCatalog::new(index);
    shared.reload().expect("it was published");
    let catalog = shared.current().expect("it was published");
    let all: Vec<Hospital> = (0..hospitals).map(|at| Hospital { id: id_of(at), ..Hospital::default() }).collect();
    let changes = heard(&catalog, hospitals, observations);
    let reach = LedgerPosition { sequence: Sequence(i64::try_from(observations).expect("a small number")), mark: None };
    let step = LedgerStep { changes, reach, said: SaidPositions::default(), is_anew: true, losses: 0, expiry: None };
    let cache = LiveDirectoryCache::default();
    cache.set_states(&HospitalStates::of_hospitals(&all).after(step));
    cache.serve(Arc::clone(&catalog), TODAY);
    let discharges = questions::discharges(&catalog, &questions::bodies(&catalog, questions, 7));
    let asked: Vec<_> = discharges.iter().enumerate().collect();
    let times = Times::of(&asked, |(at, discharge)| {
        let cache = if hospitals > 1 { cache.of_hospital(id_of(at % hospitals)) } else { cache.clone() };
        let live = cache.on(TODAY).expect("it is served");
        drop(black_box(rank(discharge, &live.as_of(discharge.on), &[])));
    });
    let us = |share: f64| times.at(share).as_secs_f64() * 1e6;
    eprintln!("{hospitals} hospitals: p50 {}, p99 {}", show(times.at(0.5)), show(times.at(0.99)));
    println!("{} {} {}", memory_mb("self", "VmRSS"), us(0.5), us(0.99));
}

fn id_of(hospital: usize) -> HospitalId {
    format!("h{hospital}").parse().expect("an id")
}

/// What the hospitals heard in turn, of providers all over the country.
fn heard(catalog: &Catalog, hospitals: usize, count: usize) -> Vec<SequencedEvent> {
    let lines = catalog.line_count();
    let said_on: Date = TODAY;
    let observation = |at: usize| {
        let provider = catalog.provider(LineId((at as u32).wrapping_mul(7919) % lines)).expect("a line");
        LedgerEvent::Observation(Observation {
            id: ObservationId((at as u128).to_be_bytes()),
            hospital: id_of(at % hospitals),
            unit: Some("4 West".to_owned()),
            principal: "key:abcdefgh".to_owned(),
            provider: provider.id.clone(),
            service: provider.lines[0].service,
            said_on,
            said_by: None,
            asked: ObservedQuestion::Need("resp.vent".parse().expect("a need")),
            answer: if at.is_multiple_of(3) { ObservedAnswer::No } else { ObservedAnswer::Yes },
            counts_through: said_on,
        })
    };
    (1..).zip((0..count).map(observation)).map(|(at, entry)| SequencedEvent { sequence: Sequence(at), entry }).collect()
}
