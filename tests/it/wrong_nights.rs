//! Files that are wrong although every count is as before: a column that is blank, moved by a row, exchanged with another or
//! filled with one value, other providers, other networks. Each is refused or warned about, by the name of the source and of
//! the fact. Two true consecutive months are not refused.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::thread;

use jiff::Timestamp;
use placement::refresh::error::RefreshError;
use placement::refresh::options::RefreshOptions;
use placement::run_report::gate_check::{CheckVerdict, GateCheck};
use placement::sample;
use placement::sample::options::SampleOptions;

use crate::cli::run_in;
use crate::folder::run_when_free;

const HOMES: &str = "nursing_homes.csv";
const AGENCIES: &str = "home_health_agencies.csv";
const AREAS: &str = "home_health_zips.csv";
const HOSPICES: &str = "hospice_general.csv";
const INDEX_SCORES: &str = "hospice_provider_data.csv";
const SURVEY: &str = "hospice_survey.csv";
const DIALYSIS: &str = "dialysis_facilities.csv";
const REHAB_SCORES: &str = "irf_provider_data.csv";
const CONDITIONS: &str = "irf_conditions.csv";
const PENALTIES: &str = "nh_penalties.csv";
const ROSTER: &str = "payer_roster.csv";
const PROFILES: &str = "provider_profiles.csv";
const EXCLUSIONS: &str = "exclusions.csv";
const PLAN_NET: &str = "plan_net.ndjson";

/// The files of one month by name.
type Files = BTreeMap<String, Vec<u8>>;

/// A table whose cells can be changed.
pub(crate) struct Table {
    header: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    fn parse(bytes: &[u8]) -> Self {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
        let mut rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>());
        Self { header: rows.next().unwrap(), rows: rows.collect() }
    }

    fn write(&self) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        std::iter::once(&self.header).chain(&self.rows).for_each(|row| writer.write_record(row).unwrap());
        writer.into_inner().unwrap()
    }

    pub(crate) fn at(&self, column: &str) -> usize {
        self.header.iter().position(|name| name == column).unwrap_or_else(|| panic!("no column {column}"))
    }

    /// Replaces each cell of a column; the first argument is the number of the row.
    pub(crate) fn each(&mut self, column: &str, cell: impl Fn(usize, &str) -> String) {
        let at = self.at(column);
        self.rows.iter_mut().enumerate().for_each(|(number, row)| row[at] = cell(number, &row[at]));
    }

    /// Gives every cell of a column one value.
    fn all(&mut self, column: &str, value: &str) {
        self.each(column, |_, _| value.to_owned());
    }

    /// Exchanges two values of a column.
    fn exchange(&mut self, column: &str, one: &str, other: &str) {
        self.each(column, |_, cell| match cell {
            cell if cell == one => other.to_owned(),
            cell if cell == other => one.to_owned(),
            cell => cell.to_owned(),
        });
    }

    /// Moves the cells of a column down by some rows; the last ones come first.
    fn shift(&mut self, column: &str, by: usize) {
        let at = self.at(column);
        let mut cells: Vec<String> = self.rows.iter().map(|row| row[at].clone()).collect();
        cells.rotate_right(by);
        self.rows.iter_mut().zip(cells).for_each(|(row, cell)| row[at] = cell);
    }

    /// Exchanges the cells of two columns.
    fn swap(&mut self, one: &str, other: &str) {
        let (one, other) = (self.at(one), self.at(other));
        self.rows.iter_mut().for_each(|row| row.swap(one, other));
    }
}

/// Changes one table of a month.
fn table(files: &mut Files, name: &str, change: impl FnOnce(&mut Table)) {
    let mut table = Table::parse(&files[name]);
    change(&mut table);
    files.insert(name.to_owned(), table.write());
}

/// Replaces a text in a file.
fn replace(files: &mut Files, name: &str, one: &str, other: &str) {
    let text = String::from_utf8(files[name].clone()).unwrap();
    assert!(text.contains(one), "{name} does not contain {one}");
    files.insert(name.to_owned(), text.replace(one, other).into_bytes());
}

/// A month of a region with 600 providers, of which some homes are Special Focus Facilities.
fn first_month() -> Files {
    let folder = tempfile::tempdir().unwrap();
    let plan = SampleOptions { providers: 600, ..SampleOptions::built_in() };
    sample::generate(&plan, folder.path()).unwrap();
    let entries = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap());
    let named = |entry: fs::DirEntry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap());
    let mut files: Files = entries.map(named).collect();
    table(&mut files, HOMES, |homes| {
        homes.each("Special Focus Status", |at, _| match at % 20 {
            3 => "SFF".to_owned(),
            7 => "SFF Candidate".to_owned(),
            _ => String::new(),
        });
    });
    files
}

/// A published month that others are compared with.
struct Published {
    files: Files,
    index: tempfile::TempDir,
}

const FIRST: i64 = 1_795_300_000;

/// The first month, published once for all tests.
fn published() -> &'static Published {
    static PUBLISHED: OnceLock<Published> = OnceLock::new();
    PUBLISHED.get_or_init(|| {
        let (files, index) = (first_month(), tempfile::tempdir().unwrap());
        let (checks, refused) = refresh(&files, index.path(), 0);
        assert!(!refused, "{:?}", bad(&checks));
        Published { files, index }
    })
}

/// Refreshes an index from these files, some days after the first time. Returns the checks and whether they refused.
fn refresh(files: &Files, index: &Path, days: i64) -> (Vec<GateCheck>, bool) {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let built_at = Timestamp::from_second(FIRST + 86_400 * days).unwrap();
    match run_when_free(&RefreshOptions::new(folder.path(), index, built_at), &mut |_| {}) {
        Ok(report) => (report.checks, false),
        Err(RefreshError::Refused(checks)) => (checks, true),
        Err(error) => panic!("{error}"),
    }
}

/// The checks that warn or refuse, in words.
fn bad(checks: &[GateCheck]) -> Vec<String> {
    let bad = checks.iter().filter(|check| check.verdict != CheckVerdict::Good);
    bad.map(|check| format!("{:?} {}: {}", check.verdict, check.guard, check.words)).collect()
}

/// A copy of the published index.
fn copy_of_index() -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    copy(published().index.path(), to.path());
    to
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        let into = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&into).unwrap();
            copy(&entry.path(), &into);
        } else {
            fs::copy(entry.path(), into).unwrap();
        }
    }
}

/// A wrong month: what is wrong, the words that a check must contain, and the change.
type WrongNight = (&'static str, &'static [&'static str], fn(&mut Files));

const HOME_LIST: &str = "CMS Nursing Home Provider Information (nursing_homes.csv)";
const AGENCY_LIST: &str = "CMS Home Health Care Agencies (home_health_agencies.csv)";
const DIALYSIS_LIST: &str = "dialysis_facilities.csv";

const WRONG_HOMES: &[WrongNight] = &[
    ("telephones of a third blanked", &[HOME_LIST, "telephone"], |files| {
        table(files, HOMES, |t| {
            t.each("Telephone Number", |at, cell| if at % 3 == 0 { String::new() } else { cell.to_owned() });
        });
    }),
    ("telephones moved by a row", &[HOME_LIST, "telephone"], |files| table(files, HOMES, |t| t.shift("Telephone Number", 1))),
    ("one telephone for all", &[HOME_LIST, "telephone"], |files| {
        table(files, HOMES, |t| t.all("Telephone Number", "8165550100"));
    }),
    ("telephones in place of a note", &["CMS Nursing Home Provider Information", "cell that cannot be read"], |files| {
        table(files, HOMES, |t| t.all("Telephone Number", "see website"));
    }),
    ("all ratings 5", &[HOME_LIST, "rating"], |files| table(files, HOMES, |t| t.all("Overall Rating", "5"))),
    ("ratings upside down", &[HOME_LIST, "rating"], |files| {
        table(files, HOMES, |t| {
            t.exchange("Overall Rating", "1", "5");
            t.exchange("Overall Rating", "2", "4");
        });
    }),
    ("ratings blanked", &[HOME_LIST, "rating"], |files| table(files, HOMES, |t| t.all("Overall Rating", ""))),
    ("ratings moved by a row", &[HOME_LIST, "rating"], |files| table(files, HOMES, |t| t.shift("Overall Rating", 1))),
    ("all homes certified for Medicare only", &[HOME_LIST, "Medicaid"], |files| {
        table(files, HOMES, |t| t.all("Provider Type", "Medicare"));
    }),
    ("certification blanked", &[HOME_LIST, "Medicare"], |files| table(files, HOMES, |t| t.all("Provider Type", ""))),
    ("states upside down", &[HOME_LIST, "state"], |files| table(files, HOMES, |t| t.exchange("State", "KS", "MO"))),
    ("ZIP codes moved", &[HOME_LIST, "ZIP code"], |files| table(files, HOMES, |t| t.shift("ZIP Code", 7))),
    ("streets moved by a row", &[HOME_LIST, "street"], |files| table(files, HOMES, |t| t.shift("Provider Address", 1))),
    ("names moved by a row", &[HOME_LIST, "name"], |files| table(files, HOMES, |t| t.shift("Provider Name", 1))),
    ("names exchanged with legal names", &[HOME_LIST, "name"], |files| {
        table(files, HOMES, |t| t.swap("Provider Name", "Legal Business Name"));
    }),
    ("latitude and longitude exchanged", &["CMS Nursing Home Provider Information", "position"], |files| {
        table(files, HOMES, |t| t.swap("Latitude", "Longitude"));
    }),
    ("points moved", &[HOME_LIST, "position"], |files| {
        table(files, HOMES, |t| {
            t.shift("Latitude", 5);
            t.shift("Longitude", 5);
        });
    }),
    ("ten times the beds", &[HOME_LIST, "beds"], |files| {
        table(files, HOMES, |t| t.each("Number of Certified Beds", |_, cell| format!("{cell}0")));
    }),
    ("beds moved by a row", &[HOME_LIST, "beds"], |files| table(files, HOMES, |t| t.shift("Number of Certified Beds", 1))),
    ("beds blanked", &[HOME_LIST, "beds"], |files| table(files, HOMES, |t| t.all("Number of Certified Beds", ""))),
    ("no Special Focus Facility any more", &[HOME_LIST, "special focus facility"], |files| {
        table(files, HOMES, |t| t.all("Special Focus Status", ""));
    }),
    ("Special Focus Facilities moved by a row", &[HOME_LIST, "special focus"], |files| {
        table(files, HOMES, |t| t.shift("Special Focus Status", 1));
    }),
    ("no abuse icon any more", &[HOME_LIST, "abuse icon"], |files| table(files, HOMES, |t| t.all("Abuse Icon", "N"))),
    ("the abuse icon for all", &[HOME_LIST, "abuse icon"], |files| table(files, HOMES, |t| t.all("Abuse Icon", "Y"))),
    ("abuse icons moved by a row", &[HOME_LIST, "abuse icon"], |files| table(files, HOMES, |t| t.shift("Abuse Icon", 1))),
    ("the abuse column blanked", &[HOME_LIST, "abuse icon"], |files| table(files, HOMES, |t| t.all("Abuse Icon", ""))),
    ("all homes sold", &[HOME_LIST, "ownership change"], |files| {
        table(files, HOMES, |t| t.all("Provider Changed Ownership in Last 12 Months", "Y"));
    }),
    ("retirement communities upside down", &[HOME_LIST, "retirement community"], |files| {
        table(files, HOMES, |t| t.exchange("Continuing Care Retirement Community", "Y", "N"));
    }),
    ("owners moved", &[HOME_LIST, "ownership"], |files| table(files, HOMES, |t| t.shift("Ownership Type", 3))),
    ("a quarter of the homes exchanged for others", &[HOME_LIST, "came in their place"], |files| {
        table(files, HOMES, |t| {
            t.each("CMS Certification Number (CCN)", |at, ccn| {
                if at % 4 == 0 { format!("{}6{}", &ccn[..2], &ccn[3..]) } else { ccn.to_owned() }
            });
        });
    }),
    ("fines of other homes", &["nh_penalties.csv", "providers that a list names"], |files| {
        table(files, PENALTIES, |t| {
            t.each("CMS Certification Number (CCN)", |_, ccn| {
                format!("{}{:04}", &ccn[..2], 5400 + ccn[3..].parse::<u32>().unwrap() % 99)
            });
        });
    }),
];

const WRONG_LISTS: &[WrongNight] = &[
    ("physical therapy upside down", &[AGENCY_LIST, "rehab.pt"], |files| {
        table(files, AGENCIES, |t| t.exchange("Offers Physical Therapy Services", "Yes", "No"));
    }),
    ("all offer social services", &[AGENCY_LIST, "hh.msw"], |files| {
        table(files, AGENCIES, |t| t.all("Offers Medical Social Services", "Yes"));
    }),
    ("speech therapy blanked", &[AGENCY_LIST, "rehab.slp"], |files| {
        table(files, AGENCIES, |t| t.all("Offers Speech Pathology Services", "-"));
    }),
    ("social services exchanged with nursing", &[AGENCY_LIST, "hh.msw"], |files| {
        table(files, AGENCIES, |t| t.swap("Offers Medical Social Services", "Offers Nursing Care Services"));
    }),
    ("social services moved by a row", &[AGENCY_LIST, "hh.msw"], |files| {
        table(files, AGENCIES, |t| t.shift("Offers Medical Social Services", 1));
    }),
    ("stars of agencies moved by a row", &[AGENCY_LIST, "rating"], |files| {
        table(files, AGENCIES, |t| t.shift("Quality of patient care star rating", 1));
    }),
    ("stars of agencies out of ten", &["CMS Home Health Care Agencies", "rating"], |files| {
        table(files, AGENCIES, |t| {
            t.each("Quality of patient care star rating", |_, cell| {
                cell.parse::<f64>().map_or(cell.to_owned(), |n| (n * 2.0).to_string())
            });
        });
    }),
    ("service areas cut to a third", &["home_health_zips.csv", "service area"], |files| {
        table(files, AREAS, |t| {
            let (agency, zip) = (t.at("CMS Certification Number (CCN)"), t.at("ZIP Code"));
            let mut firsts: BTreeMap<String, Vec<String>> = BTreeMap::new();
            let mut count: BTreeMap<String, usize> = BTreeMap::new();
            t.rows.iter().for_each(|row| *count.entry(row[agency].clone()).or_default() += 1);
            for row in &mut t.rows {
                let zips = firsts.entry(row[agency].clone()).or_default();
                if zips.len() > count[&row[agency]] / 3 {
                    row[zip].clone_from(&zips[0]);
                } else {
                    zips.push(row[zip].clone());
                }
            }
        });
    }),
    ("service areas of other agencies", &["home_health_zips.csv", "service area"], |files| {
        table(files, AREAS, |t| {
            let zip = t.at("ZIP Code");
            let mut zips: Vec<String> = t.rows.iter().map(|row| row[zip].clone()).collect();
            zips.sort();
            t.rows.iter_mut().zip(zips).for_each(|(row, cell)| row[zip] = cell);
        });
    }),
    ("all hospices ten of ten", &["hospice_provider_data.csv", "rating"], |files| {
        table(files, INDEX_SCORES, |t| {
            t.each("Score", |_, cell| if cell.contains('.') { "10.0".to_owned() } else { cell.to_owned() });
        });
    }),
    ("hospice index blanked", &["hospice_provider_data.csv", "rating"], |files| {
        table(files, INDEX_SCORES, |t| {
            t.each("Score", |at, _| if at % 3 == 0 { "Not Available".to_owned() } else { "No".to_owned() });
        });
    }),
    ("caregiver stars all 1", &["hospice_survey.csv", "family caregiver star"], |files| {
        table(files, SURVEY, |t| {
            t.each("Star Rating", |_, cell| if cell.len() == 1 { "1".to_owned() } else { cell.to_owned() });
        });
    }),
    ("telephones of hospices moved", &["hospice_general.csv", "telephone"], |files| {
        table(files, HOSPICES, |t| t.shift("Telephone Number", 2));
    }),
    ("dialysis stars blanked", &[DIALYSIS_LIST, "rating"], |files| table(files, DIALYSIS, |t| t.all("Five Star", ""))),
    ("peritoneal dialysis upside down", &[DIALYSIS_LIST, "renal.pd"], |files| {
        table(files, DIALYSIS, |t| t.exchange("Offers peritoneal dialysis", "Yes", "No"));
    }),
    ("peritoneal exchanged with in-center dialysis", &[DIALYSIS_LIST, "dialysis"], |files| {
        table(files, DIALYSIS, |t| t.swap("Offers peritoneal dialysis", "Offers in-center hemodialysis"));
    }),
    ("one discharge class for all", &["irf_provider_data.csv", "rating"], |files| {
        replace(files, REHAB_SCORES, "Better than the National Rate", "Worse than the National Rate");
        replace(files, REHAB_SCORES, "No Different than the National Rate", "Worse than the National Rate");
    }),
    ("conditions blanked", &["irf_conditions.csv"], |files| table(files, CONDITIONS, |t| t.all("Count", "Not Available"))),
    ("yes exchanged with no in profiles", &["provider_profiles.csv"], |files| {
        table(files, PROFILES, |t| t.swap("needs_yes", "needs_no"));
    }),
    ("telephones of profiles blanked", &["provider_profiles.csv", "telephone"], |files| {
        table(files, PROFILES, |t| t.all("phone", ""));
    }),
];

const WRONG_PAYERS: &[WrongNight] = &[
    ("other providers in the roster", &["network", "Larkwater Choice Core"], |files| {
        table(files, ROSTER, |t| t.shift("network", 200));
    }),
    ("a plan renamed", &["Larkwater Mutual", "perhaps now called Larkwater Basic HMO"], |files| {
        replace(files, ROSTER, "Larkwater Choice HMO", "Larkwater Basic HMO");
    }),
    ("plans exchanged", &["plan Larkwater Choice HMO (Larkwater Mutual)"], |files| {
        table(files, ROSTER, |t| t.exchange("plan", "Larkwater Choice HMO", "Larkwater Select PPO"));
    }),
    ("a network renamed", &["network Larkwater Select Wide"], |files| {
        replace(files, ROSTER, "Larkwater Select Wide", "Larkwater Select Nationwide");
    }),
    ("payers exchanged", &["network", "Larkwater"], |files| {
        table(files, ROSTER, |t| t.exchange("payer", "Larkwater Mutual", "Vetchfold Health Plan"));
    }),
    ("tiers blanked", &["payer_roster.csv", "tier"], |files| table(files, ROSTER, |t| t.all("tier", ""))),
    ("tiers upside down", &["payer_roster.csv", "tier"], |files| {
        table(files, ROSTER, |t| t.exchange("tier", "standard", "preferred"));
    }),
    ("begin exchanged with end", &["network"], |files| table(files, ROSTER, |t| t.swap("begin", "end"))),
    ("one service for all", &["payer_roster.csv", "service of listings"], |files| {
        table(files, ROSTER, |t| t.all("service", "home_health"));
    }),
    ("NPIs of the roster blanked", &["payer roster", "rejected"], |files| table(files, ROSTER, |t| t.all("npi", ""))),
    ("an exclusion that cannot be matched", &["exclusions.csv", "NPI"], |files| {
        table(files, EXCLUSIONS, |t| t.all("NPI", "unknown"));
    }),
    ("affiliations without a network", &["network Pewtermarch Neighbor Network"], |files| {
        replace(files, PLAN_NET, "\"network\":[{\"reference\":\"Organization/network\"}]", "\"network\":[]");
    }),
];

/// Runs every wrong month against a copy of the published one; returns those that no check names.
fn unseen(nights: &[WrongNight]) -> Vec<String> {
    let published = published();
    let (next, unseen) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some((what, words, change)) = nights.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (mut files, index) = (published.files.clone(), copy_of_index());
                    change(&mut files);
                    assert!(files != published.files, "{what}: nothing was changed");
                    let (checks, _) = refresh(&files, index.path(), 1);
                    let found = bad(&checks);
                    if !found.iter().any(|check| words.iter().all(|word| check.contains(word))) {
                        unseen.lock().unwrap().push(format!("{what}: {words:?} not in\n  {}", found.join("\n  ")));
                    }
                }
            });
        }
    });
    unseen.into_inner().unwrap()
}

#[test]
fn wrong_homes_are_named_by_source_and_fact() {
    assert_eq!(unseen(WRONG_HOMES).join("\n"), "");
}

#[test]
fn wrong_lists_of_other_services_are_named_by_source_and_fact() {
    assert_eq!(unseen(WRONG_LISTS).join("\n"), "");
}

#[test]
fn wrong_files_of_payers_are_named_by_network_plan_or_source() {
    assert_eq!(unseen(WRONG_PAYERS).join("\n"), "");
}

#[test]
fn there_are_at_least_forty_wrong_nights() {
    assert!(WRONG_HOMES.len() + WRONG_LISTS.len() + WRONG_PAYERS.len() >= 40);
}

/// The next month, with ordinary changes: one or two of a hundred providers have another telephone, name, owner, bed count,
/// answer or certification, some have closed or opened, one in six ratings moved by a star, and areas and networks a little.
fn next_month(month: usize) -> Files {
    let mut files = published().files.clone();
    let turn = |at: usize, every: usize| (at + 13 * month).is_multiple_of(every);
    let phone = |at: usize, cell: &str| if turn(at, 60) { "8165550177".to_owned() } else { cell.to_owned() };
    let star = |at: usize, cell: &str| match cell.parse::<u8>() {
        Ok(stars) if turn(at, 12) => stars.saturating_add(1).min(5).to_string(),
        Ok(stars) if turn(at + 5, 12) => stars.saturating_sub(1).max(1).to_string(),
        _ => cell.to_owned(),
    };
    table(&mut files, HOMES, |t| {
        t.each("Telephone Number", phone);
        t.each("Overall Rating", star);
        t.each("Provider Name", |at, cell| if turn(at, 70) { format!("{cell} AND REHAB") } else { cell.to_owned() });
        t.each("Number of Certified Beds", |at, cell| if turn(at, 50) { "96".to_owned() } else { cell.to_owned() });
        t.each("Ownership Type", |at, cell| if turn(at, 60) { "Non profit - Other".to_owned() } else { cell.to_owned() });
        t.each("Provider Type", |at, cell| if turn(at, 90) { "Medicare".to_owned() } else { cell.to_owned() });
        t.each("Abuse Icon", |at, cell| if turn(at, 80) { "Y".to_owned() } else { cell.to_owned() });
        let ccn = t.at("CMS Certification Number (CCN)");
        let mut opened = t.rows[20 + month].clone();
        opened[ccn] = format!("{}6{}", &opened[ccn][..2], &opened[ccn][3..]);
        t.rows.remove(40 + month);
        t.rows.push(opened);
    });
    table(&mut files, AGENCIES, |t| {
        t.each("Telephone Number", phone);
        t.each("Offers Medical Social Services", |at, cell| if turn(at, 70) { "No".to_owned() } else { cell.to_owned() });
        t.each("Offers Speech Pathology Services", |at, cell| if turn(at, 70) { "-".to_owned() } else { cell.to_owned() });
        t.rows.remove(10 + month);
    });
    table(&mut files, AREAS, |t| {
        let keep = |at: usize| !turn(at, 40);
        t.rows = t.rows.drain(..).enumerate().filter(|(at, _)| keep(*at)).map(|(_, row)| row).collect();
    });
    table(&mut files, ROSTER, |t| {
        t.rows = t.rows.drain(..).enumerate().filter(|(at, _)| !turn(*at, 70)).map(|(_, row)| row).collect();
        t.each("tier", |at, cell| if !cell.is_empty() && turn(at, 80) { "standard".to_owned() } else { cell.to_owned() });
    });
    files
}

#[test]
fn true_consecutive_months_are_not_refused() {
    let index = copy_of_index();
    for month in 1..=2 {
        let (checks, refused) = refresh(&next_month(month), index.path(), 30 * i64::try_from(month).unwrap());
        // The sample itself has a row that cannot be read.
        let found: Vec<String> = bad(&checks).into_iter().filter(|check| !check.contains("rejected_rows")).collect();
        assert!(!refused, "month {month}: {found:?}");
        assert_eq!(found, [""; 0], "month {month}: nothing is worth a look");
    }
}

#[test]
fn the_differences_of_two_months_are_told_fact_by_fact() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("index")).unwrap();
    copy(published().index.path(), &folder.path().join("index"));
    refresh(&next_month(1), &folder.path().join("index"), 30);
    let told = run_in(folder.path(), "directory diff").out;
    let json = run_in(folder.path(), "directory diff --json").out;
    let report = fs::read_to_string(folder.path().join("index/reports/last.txt")).unwrap();
    for (heading, line, change) in [
        ("telephone numbers changed", "816-555-0177 now", "phone"),
        ("service areas changed", "home_health service area: ZIP codes: 0 added, ", "area"),
        ("certifications changed", "skilled_nursing Medicaid: yes before, no now", "certification"),
        ("answers to needs changed", "home_health rehab.slp: yes before, unknown now", "answer"),
    ] {
        for shown in [&told, &report] {
            assert!(shown.contains(heading) && shown.contains(line), "{heading}, {line}: {shown}");
        }
        assert!(json.contains(&format!("{{\"change\":\"{change}\",\"id\":\"ccn:")), "{change}: {json}");
    }
}
