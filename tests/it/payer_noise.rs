//! Whatever else stands in a payer's file, a row that is not understood puts nobody out of network.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use jiff::civil::{Date, date};
use placement::discharge::ParseContext;
use placement::discharge::parse::parse;
use placement::matching::candidate::Directory;
use placement::matching::rank;
use placement::place::ZipTable;
use proptest::prelude::*;
use serde_json::json;

use crate::folder::try_read;
use crate::random_town::cases;
use crate::seeded_random::SeededRandom;
use crate::small_directory::SmallDirectory;

const TODAY: Date = date(2026, 11, 21);

const HEADER: &str = "payer,plan,network,ccn,npi,service,tier,begin,end";
/// Three members; the fourth home is in no network.
const MEMBERS: [&str; 3] = [
    "Acme,Acme HMO,Acme Core,265001,,skilled_nursing,preferred,2026-01-01,",
    "Acme,Acme HMO,Acme Core,265003,,skilled_nursing,,,",
    "Acme,Acme HMO,Acme Core,265004,,,,,2027-12-31",
];

fn homes() -> String {
    let mut homes = "CMS Certification Number (CCN),Provider Name,Provider Address,City/Town,State,ZIP Code,Telephone Number,Provider SSA County Code,Ownership Type,Number of Certified Beds,Provider Type,Overall Rating,Latitude,Longitude,Processing Date\n".to_owned();
    for ccn in ["265001", "265003", "265004", "265005"] {
        let _ = writeln!(
            homes,
            "{ccn},HOME {ccn},1 A ST,KANSAS CITY,MO,64108,8165550101,470,X,60,Medicare and Medicaid,3,39.0837,-94.5868,2026-11-01"
        );
    }
    homes
}

/// The homes that the roster puts out of network, whichever plan of the directory is asked about; `None` where the file is refused.
fn out_of_network(roster: &str) -> Option<BTreeSet<String>> {
    let files = [("nursing_homes_2026-11-01.csv", homes()), ("acme_roster_2026-11-20.csv", roster.to_owned())];
    let night = try_read(&files).ok()?.night;
    let shelf = SmallDirectory::listing(night.providers, night.listed, night.plans);
    let mut out = BTreeSet::new();
    for plan in &shelf.plans().plans {
        let asked = json!({"service": "skilled_nursing", "near": {"zip": "64108"}, "coverage": {"plan": plan.name}});
        let words = ParseContext { zips: ZipTable::curated(), plans: shelf.plans(), generation: "shelf" };
        // A name that two plans share is asked about, which puts nobody out.
        let Ok((question, _)) = parse(&asked, &words, TODAY) else { continue };
        let report = rank(&question.discharges[0], &shelf, &[]);
        let unlisted = report.matches.iter().filter(|found| found.network.status.code() == "out_of_network");
        out.extend(unlisted.map(|found| found.provider.id.to_string()));
    }
    Some(out)
}

/// Changes one cell of a row.
fn with_cell(row: &str, at: usize, change: impl FnOnce(&str) -> String) -> String {
    let mut cells: Vec<String> = row.split(',').map(str::to_owned).collect();
    if let Some(cell) = cells.get_mut(at) {
        *cell = change(cell);
    }
    cells.join(",")
}

/// Changes a row to what is harder to understand, or adds a row that says nothing.
fn disturb(rows: &mut Vec<String>, random: &mut SeededRandom) {
    let members: Vec<usize> = (0..rows.len()).filter(|at| rows[*at].contains("26500")).collect();
    let at = *random.pick(&members);
    let row = rows[at].clone();
    let nothing =
        ["", ",,,,,,,,", " , ,,,,,,, ", "# end of file", "Total,,3,,,,,,", "\t", "NULL,NULL,NULL,NULL,,,,,", "\u{a0}"];
    match random.below(14) {
        0 => rows[at] = with_cell(&row, 1, str::to_uppercase),
        1 => rows[at] = with_cell(&row, 2, str::to_uppercase),
        2 => {
            rows[at] = with_cell(&row, 5, |_| {
                (*random.pick(&["SNF", "Skilled Nursing", "skiled_nursing", "nursing home", "31"])).to_owned()
            });
        }
        3 => rows[at] = with_cell(&row, random.below(9), |cell| format!("\"{cell}")),
        4 => rows[at] = with_cell(&row, random.below(3), |cell| format!("{cell} \\\"one\\\"")),
        5 => {
            rows[at] = with_cell(&row, 6 + random.below(3), |_| {
                (*random.pick(&["NULL", "N/A", "#N/A", "none", "99/99/9999"])).to_owned()
            });
        }
        6 => rows[at] = with_cell(&row, 3, |cell| format!(" {cell} ")),
        7 => rows[at] = with_cell(&row, 1, |cell| format!(" {cell}  ")),
        8 => {
            // Somebody else on terms that nobody understands.
            let other = with_cell(&row, 3, |_| (*random.pick(&["265005", "999999", "26500", "x"])).to_owned());
            rows.push(with_cell(&other, 5, |_| "everything".to_owned()));
        }
        9 => rows[at].push_str(",,"),
        10 => rows[at] = with_cell(&row, random.below(9), |_| (*random.pick(&["#REF!", "#NAME?", "######"])).to_owned()),
        11 => rows[at] = with_cell(&row, random.below(5), |cell| format!("“{cell}”")),
        12 => rows.insert(at, HEADER.to_owned()),
        _ => {
            let place = random.below(rows.len() + 1);
            for _ in 0..*random.pick(&[1, 1, 2, 300]) {
                rows.insert(place, (*random.pick(&nothing)).to_owned());
            }
        }
    }
}

fn roster(rows: &[String]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

#[test]
fn a_clean_roster_puts_out_of_network_whom_it_does_not_list() {
    let clean = out_of_network(&roster(&MEMBERS.map(str::to_owned)));
    assert_eq!(clean, Some(["ccn:265005".to_owned()].into()));
}

proptest! {
    // With one to four additions each, 2,500 additions; `cases_payers` makes as many to directories.
    #![proptest_config(cases(1_000))]

    #[test]
    fn what_is_not_understood_in_a_payers_file_puts_nobody_out_of_network(chance in any::<u64>(), times in 1_usize..5) {
        let random = &mut SeededRandom::seeded(chance);
        let mut rows: Vec<String> = MEMBERS.map(str::to_owned).into();
        for _ in 0..times {
            disturb(&mut rows, random);
        }
        let roster = roster(&rows);
        if let Some(out) = out_of_network(&roster) {
            let members: Vec<&String> = out.iter().filter(|id| *id != "ccn:265005").collect();
            prop_assert!(members.is_empty(), "{:?} by\n{}", members, roster);
        }
    }
}
