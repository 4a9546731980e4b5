//! Twenty million pairs of provider and network: their cost on disk, in memory and during a
//! refresh, and a comparison of questions among five thousand networks with questions among sixty.

use std::collections::HashSet;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::path::Path;
use std::time::Instant;

use placement::catalog::SharedCatalog;
use placement::matching;

use crate::in_process::thousands;
use crate::nation::{Nation, child, csv_files, memory_mb};
use crate::questions;
use crate::timing::{Figure, Times, show};

const ROSTER: &str = "payer_roster.csv";

/// Builds both directories, asks both the same questions and prints the rows.
pub(crate) fn measure(providers: u32, networks: u32, few: u32, asked: usize) {
    let base = Nation::made(providers, networks);
    let (small, _) = made(&base, few);
    let (large, pairs) = made(&base, networks);
    let size = format!("{} providers, {} networks, {} pairs", thousands(providers), thousands(networks), thousands(pairs));
    let night = large.refresh();
    small.refresh();
    plain(format!("refresh, {size}"), format!("{:.1} s", night.seconds), None);
    let quick = ("at most 15 s".to_owned(), night.cpu_seconds <= 15.0);
    plain("the same, processor time".to_owned(), format!("{:.1} s", night.cpu_seconds), Some(quick));
    let bounded = ("at most 1,000 MB".to_owned(), night.peak_mb <= 1_000.0);
    plain("the same, peak memory".to_owned(), format!("{:.0} MB", night.peak_mb), Some(bounded));
    let bytes = |nation: &Nation| generation(nation).iter().map(|(_, bytes)| bytes).sum::<u64>() as f64 / 1e6;
    plain(format!("generation on disk, {size}"), format!("{:.0} MB", bytes(&large)), None);
    for (nation, what) in [(&small, format!("{few} networks")), (&large, size.clone())] {
        let told = child("open", &[&nation.index]).output().expect("a child that opens");
        let told = String::from_utf8_lossy(&told.stdout).into_owned();
        let (seconds, memory) = told.trim().split_once(' ').expect("seconds and megabytes");
        plain(format!("memory of the directory once loaded, {what} (in {seconds} s)"), format!("{memory} MB"), None);
    }
    compare(&small, &large, few, &size, asked);
}

/// The same questions to both; the answers are equal, so only the size of the directory differs.
fn compare(small: &Nation, large: &Nation, few: u32, size: &str, asked: usize) {
    let catalogs = [small.catalog(), large.catalog()];
    let bodies = questions::bodies(&catalogs[0], asked, 7);
    let [few_took, many_took] = catalogs.map(|catalog| {
        let discharges = questions::discharges(&catalog, &bodies);
        Times::of(&discharges, |discharge| drop(black_box(matching::rank(discharge, &*catalog, &[]))))
    });
    for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
        let ratio = many_took.at(share).as_secs_f64() / few_took.at(share).as_secs_f64();
        Figure {
            what: format!("whole report with 20 shown, {size}, {name}"),
            ours: show(many_took.at(share)),
            limit: format!("the same question to the first {few} networks: {}", show(few_took.at(share))),
            ratio: Some(ratio),
            aim: Some(("ratio at most 1.5".to_owned(), ratio <= 1.5)),
        }
        .print();
    }
}

fn plain(what: String, ours: String, aim: Option<(String, bool)>) {
    Figure { what, ours, limit: String::new(), ratio: None, aim }.print();
}

/// In the child: opens the generation and prints the load time and the memory.
pub(crate) fn open_here(index: &Path) {
    let start = Instant::now();
    let shared = SharedCatalog::new(index);
    shared.reload().expect("the generation");
    println!("{:.2} {:.0}", start.elapsed().as_secs_f64(), memory_mb("self", "VmRSS"));
}

/// The files of the generation with their sizes.
fn generation(nation: &Nation) -> Vec<(String, u64)> {
    let current = fs::read_to_string(nation.index.join("current")).expect("what is published");
    let entries = fs::read_dir(nation.index.join(current.trim())).expect("the generation").flatten();
    entries.map(|file| (file.file_name().to_string_lossy().into_owned(), file.metadata().map_or(0, |m| m.len()))).collect()
}

/// The nation `base` with a denser roster of its first `networks` networks, and the number of its
/// pairs.
///
/// A network has its own members and those of three others, each provider and service once.
fn made(base: &Nation, networks: u32) -> (Nation, u32) {
    let name = format!("pairs-{}-{}-{networks}", base.providers, base.networks);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let nation = Nation { providers: base.providers, networks, files: folder.join("files"), index: folder.join("index") };
    let whole = folder.join("whole");
    if !whole.is_file() {
        fs::create_dir_all(&nation.files).expect("a folder for the files");
        for file in csv_files(&base.files).iter().chain([&base.files.join("sources.toml")]) {
            let to = nation.files.join(file.file_name().expect("a name"));
            if !file.ends_with(ROSTER) && !to.exists() {
                fs::hard_link(file, to).expect("a link to a file of the nation");
            }
        }
        let pairs = write_roster(&base.files.join(ROSTER), &nation.files.join(ROSTER), networks as usize);
        fs::write(&whole, pairs.to_string()).expect("a mark that they are whole");
    }
    let pairs = fs::read_to_string(&whole).ok().and_then(|text| text.parse().ok()).unwrap_or_default();
    (nation, pairs)
}

fn write_roster(from: &Path, to: &Path, networks: usize) -> u32 {
    let text = fs::read_to_string(from).expect("the roster of the nation");
    let (header, rows) = text.split_once('\n').expect("a header");
    let blocks = blocks(rows);
    let mut to = BufWriter::new(File::create(to).expect("a roster"));
    writeln!(to, "{header}").expect("a header written");
    let mut pairs = 0;
    for at in 0..networks.min(blocks.len()) {
        let (name, _) = &blocks[at];
        let mut known = HashSet::new();
        for quarter in 0..4 {
            let (_, others) = &blocks[(at + quarter * blocks.len() / 4) % blocks.len()];
            for row in rows[others.clone()].lines() {
                let member = &row[third_comma(row)..];
                let who = member.split(',').take(4).collect::<Vec<_>>();
                if known.insert(who) {
                    writeln!(to, "{name}{member}").expect("a row written");
                    pairs += 1;
                }
            }
        }
    }
    to.flush().expect("the roster written");
    pairs
}

/// The rows of each network, with its payer, plan and name as spelled in the rows.
fn blocks(rows: &str) -> Vec<(&str, Range<usize>)> {
    let mut blocks: Vec<(&str, Range<usize>)> = Vec::new();
    let mut start = 0;
    for row in rows.split_inclusive('\n') {
        let end = start + row.len();
        let name = &row[..third_comma(row)];
        match blocks.last_mut() {
            Some((known, range)) if *known == name => range.end = end,
            _ => blocks.push((name, start..end)),
        }
        start = end;
    }
    blocks
}

fn third_comma(row: &str) -> usize {
    row.match_indices(',').nth(2).map_or(row.len(), |(at, _)| at)
}
