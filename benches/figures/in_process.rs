//! Matching in process: the search, and the whole report with twenty matches, compared with the
//! practical limit.

use std::hint::black_box;

use placement::catalog::Catalog;
use placement::coverage::Coverage;
use placement::discharge::Discharge;
use placement::matching;
use placement::matching::candidate::{CandidateQuery, Directory};
use placement::place::Miles;

use crate::nation::Nation;
use crate::questions;
use crate::search_limit::Packed;
use crate::timing::{Figure, Times, show};

/// Goals for one size of directory: p50 and p99 of the whole report in microseconds.
pub(crate) struct Aims {
    /// The median, if there is a goal.
    pub p50: Option<f64>,
    /// The 99th percentile.
    pub p99: f64,
    /// Ratio of a search to the packed arrays.
    pub search: Option<f64>,
}

/// Measures one nation and prints its rows.
pub(crate) fn measure(nation: &Nation, questions: usize, aims: &Aims) {
    let catalog = nation.catalog();
    let packed = Packed::of(&catalog);
    let discharges = questions::discharges(&catalog, &questions::bodies(&catalog, questions, 7));
    let limit = Times::of(&discharges, |discharge| drop(black_box(packed.search(discharge))));
    let search = Times::of(&discharges, |discharge| _ = black_box(candidates(&catalog, discharge)));
    let report = Times::of(&discharges, |discharge| drop(black_box(matching::rank(discharge, &*catalog, &[]))));

    let looked_at: usize = discharges.iter().map(|discharge| candidates(&catalog, discharge)).sum();
    let size = format!("{} providers, {} networks", thousands(nation.providers), thousands(nation.networks));
    eprintln!("{size}: {} candidates a question on average", looked_at / discharges.len().max(1));
    for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
        let ratio = |times: &Times| times.at(share).as_secs_f64() / limit.at(share).as_secs_f64();
        let limit_shown = format!("packed arrays {}", show(limit.at(share)));
        let most = aims.search.map(|most| (format!("ratio at most {most}"), ratio(&search) <= most));
        Figure {
            what: format!("search, {size}, {name}"),
            ours: show(search.at(share)),
            limit: limit_shown.clone(),
            ratio: Some(ratio(&search)),
            aim: most,
        }
        .print();
        let micros = report.at(share).as_secs_f64() * 1e6;
        let aim = if name == "p50" { aims.p50 } else { Some(aims.p99) };
        Figure {
            what: format!("whole report with 20 shown, {size}, {name}"),
            ours: show(report.at(share)),
            limit: limit_shown,
            ratio: Some(ratio(&report)),
            aim: aim.map(|most| (format!("at most {most:.0} us"), micros <= most)),
        }
        .print();
    }
}

/// The search that matching makes for a discharge.
fn candidates(catalog: &Catalog, discharge: &Discharge) -> usize {
    let networks = match &discharge.coverage {
        Some(Coverage::Networks { networks, .. }) => networks.as_slice(),
        _ => &[],
    };
    let assumed = Miles::new(discharge.profile.assumed_radius).expect("a radius");
    let search = CandidateQuery {
        service: discharge.service,
        center: discharge.near.point,
        zip: discharge.near.zip,
        horizon: discharge.within.unwrap_or(assumed),
        beyond: None,
        networks,
        listed_only: false,
    };
    catalog.candidates(&search).len()
}

/// Formats a number as `43,000`.
pub(crate) fn thousands(number: u32) -> String {
    match (number / 1_000_000, number / 1_000 % 1_000, number % 1_000) {
        (0, 0, ones) => ones.to_string(),
        (0, thousands, ones) => format!("{thousands},{ones:03}"),
        (millions, thousands, ones) => format!("{millions},{thousands:03},{ones:03}"),
    }
}
