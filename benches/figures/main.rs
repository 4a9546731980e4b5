//! The benchmark: `cargo bench --bench figures`. Prints one table; ../README.md explains each row
//! and records one run. `-- --quick` runs a small part of everything, to check that it works.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::missing_panics_doc,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "what a measurement cannot do without ends it"
)]

use std::path::Path;
use std::time::Duration;

use in_process::Aims;
use nation::Nation;
use timing::Figure;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod cds_card;
mod expensive_requests;
mod hospitals;
mod in_process;
mod maximum_requests;
mod memory;
mod nation;
mod national_refresh;
mod page;
mod pairs;
mod payer;
mod questions;
mod referrals;
mod search_limit;
mod service;
mod statements;
mod timing;
mod under_load;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["child", "refresh", from, index] => nation::refresh_here(Path::new(from), Path::new(index)),
        ["child", "hospitals", index, hospitals, observations, questions] => {
            let [hospitals, observations, questions] =
                [hospitals, observations, questions].map(|number| number.parse().expect("a number"));
            hospitals::measure_here(Path::new(index), hospitals, observations, questions);
        }
        ["child", "open", index] => pairs::open_here(Path::new(index)),
        ["child", "serve", index] => service::serve_here(Path::new(index), None),
        ["child", "serve", index, ledger] => service::serve_here(Path::new(index), Some(Path::new(ledger))),
        ["child", "serve-bytes", index] => service::serve_bytes_here(Path::new(index)),
        _ if words.contains(&"--quick") && words.contains(&"referrals") => referrals::measure(2, 1),
        _ if words.contains(&"--quick") => quick(),
        _ => all(|part| PARTS.iter().all(|known| !words.contains(known)) || words.contains(&part)),
    }
}

/// The parts of a run; naming some runs only those: `cargo bench --bench figures -- match`.
const PARTS: [&str; 11] =
    ["refresh", "payer", "server", "load", "expensive", "match", "statements", "hospitals", "pairs", "million", "referrals"];

/// All goals, at the size they apply to.
fn all(wanted: impl Fn(&str) -> bool) {
    Figure::head();
    if wanted("refresh") {
        national_refresh::measure(&Nation::made(43_000, 5_000), 3);
    }
    if wanted("payer") {
        payer::measure(200_000);
    }
    if wanted("server") {
        let national = Nation::made(43_000, 5_000);
        service::measure_process(&national, 3_000);
        memory::measure(&national, 13_334);
        page::measure(&national, 500);
        cds_card::measure(&national, 500);
        service::measure_http(&national, 3, Duration::from_secs(3));
    }
    if wanted("load") {
        let national = Nation::made(43_000, 5_000).apart("load");
        under_load::measure_swaps(&national, Duration::from_mins(1), Duration::from_secs(5));
        under_load::measure_refresh(&national, Duration::from_secs(20));
    }
    if wanted("expensive") {
        expensive_requests::measure(&Nation::made(43_000, 5_000), Duration::from_secs(30));
    }
    if wanted("match") {
        let aims = Aims { p50: Some(100.0), p99: 500.0, search: Some(5.0) };
        in_process::measure(&Nation::made(60_000, 5_000), 5_000, &aims);
    }
    if wanted("statements") {
        statements::measure(&Nation::made(43_000, 5_000), 3_000);
    }
    if wanted("hospitals") {
        hospitals::measure(&Nation::made(43_000, 5_000), 100, 3_000);
    }
    if wanted("pairs") {
        pairs::measure(43_000, 5_000, 60, 3_000);
    }
    if wanted("million") {
        let aims = Aims { p50: None, p99: 4_000.0, search: None };
        in_process::measure(&Nation::made(1_000_000, 100), 3_000, &aims);
    }
    if wanted("referrals") {
        // `-- referrals 4 1` simulates fewer markets and histories.
        let given: Vec<u64> = std::env::args().filter_map(|word| word.parse().ok()).collect();
        let [markets, histories] = given[..] else { return referrals::measure(8, 7) };
        referrals::measure(markets, histories);
    }
}

/// The same code with a small directory; its results mean nothing.
fn quick() {
    Figure::head();
    let small = Nation::made(1_000, 30);
    national_refresh::measure(&small, 1);
    payer::measure(400);
    service::measure_process(&small, 20);
    memory::measure(&small, 200);
    page::measure(&small, 20);
    cds_card::measure(&small, 20);
    service::measure_http(&small, 1, Duration::from_millis(100));
    let apart = small.apart("load");
    under_load::measure_swaps(&apart, Duration::from_millis(500), Duration::from_millis(100));
    under_load::measure_refresh(&apart, Duration::from_millis(200));
    expensive_requests::measure(&small, Duration::from_secs(1));
    in_process::measure(&small, 50, &Aims { p50: Some(100.0), p99: 500.0, search: Some(5.0) });
    statements::measure(&small, 50);
    hospitals::measure(&small, 2, 50);
    pairs::measure(1_000, 30, 6, 50);
    referrals::measure(2, 1);
}
