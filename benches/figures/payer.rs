//! A payer's directory of many facilities, in the machine-readable form of Medicare Advantage, beside the lists of CMS of a small nation:
//! the cost of its refresh.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use placement::provider::Npi;
use serde_json::json;

use crate::in_process::thousands;
use crate::nation::{Nation, csv_files};
use crate::timing::Figure;

/// The files that the payer's index lists.
const FILES: u32 = 4;

/// The facility types in turn: home health, nursing home, medical equipment, hospital.
const KINDS: [&str; 4] = ["251E00000X", "314000000X", "332B00000X", "282N00000X"];

/// Refreshes and prints the rows.
pub(crate) fn measure(entries: u32) {
    let nation = made(&Nation::made(1_000, 30), entries);
    let night = nation.refresh();
    let bytes: u64 = fs::read_dir(nation.files.join("h9999"))
        .expect("the folder of the payer")
        .flatten()
        .filter_map(|file| file.metadata().ok())
        .map(|data| data.len())
        .sum();
    let plain = |what: String, ours: String, aim| Figure { what, ours, limit: String::new(), ratio: None, aim }.print();
    let size = format!("{} entries, {} MB", thousands(entries), bytes / 1_000_000);
    plain(format!("refresh with a payer's directory of {size}"), format!("{:.1} s", night.seconds), None);
    let bounded = ("at most 600 MB".to_owned(), night.peak_mb <= 600.0);
    plain("the same, peak memory".to_owned(), format!("{:.0} MB", night.peak_mb), Some(bounded));
}

/// The nation `base` without its roster and with the payer's files.
fn made(base: &Nation, entries: u32) -> Nation {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("payer-{entries}"));
    let nation = Nation { files: folder.join("files"), index: folder.join("index"), ..*base };
    let whole = folder.join("whole");
    if !whole.is_file() {
        let payer = nation.files.join("h9999");
        fs::create_dir_all(&payer).expect("a folder for the files");
        for file in csv_files(&base.files).iter().chain([&base.files.join("sources.toml")]) {
            let to = nation.files.join(file.file_name().expect("a name"));
            if !file.ends_with("payer_roster.csv") && !to.exists() {
                fs::hard_link(file, to).expect("a link to a file of the nation");
            }
        }
        for number in 0..FILES {
            write(&payer.join(format!("providers-{number}.json")), (number..entries).step_by(FILES as usize));
        }
        fs::write(&whole, "").expect("a mark that they are whole");
    }
    nation
}

fn write(to: &Path, entries: impl Iterator<Item = u32>) {
    let mut to = BufWriter::new(File::create(to).expect("a file of the payer"));
    for (place, entry) in entries.enumerate() {
        let before = if place == 0 { "[" } else { ",\n" };
        write!(to, "{before}{}", facility(entry)).expect("an entry written");
    }
    writeln!(to, "]").expect("the end written");
    to.flush().expect("the file written");
}

/// One facility, at one address in three plans.
fn facility(n: u32) -> serde_json::Value {
    let kind = KINDS[n as usize % KINDS.len()];
    let address = json!({"address": format!("{} Kiln Blvd", 1 + n % 9_000), "city": "Kansas City", "state": "MO",
        "zip": "64106", "phone": "8165550167"});
    let plan = |plan: u32| {
        json!({"maPlanId": format!("H9999-{plan:03}-000"), "year": "2026", "addresses": [address], "specialty": [kind],
            "accepting": "Accepting"})
    };
    let plans: Vec<serde_json::Value> = (0..3).map(|at| plan(1 + (n + at * 7) % 40)).collect();
    json!({"npi": npi(n).to_string(), "type": "Facility", "facilityName": format!("Kilnworth Care {n}"), "facilityType": [kind],
        "lastUpdatedOn": "2026-11-01", "plans": plans})
}

/// The nth of a row of valid NPIs.
fn npi(n: u32) -> Npi {
    let nine = 150_000_000 + n;
    (0..10).find_map(|check| format!("{nine}{check}").parse().ok()).expect("one of ten check digits is right")
}
