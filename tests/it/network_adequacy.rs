//! The standards of plans' networks by county: the file of CMS, the counties of ZIP codes, and what a network-gap packet says of them.

use std::path::Path;

use placement::coverage::county_standards::{CountyFound, CountyType, ServiceStandard, ZipStandards};
use placement::hospital::Hospital;
use placement::place::Zip;
use placement::refresh::validate::validate;
use placement::service::Service;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::publish;
use crate::choice_lists::{Desk, text_of};
use crate::folder::{Read, read, write};
use crate::gap_packets::{made, nutrition};
use crate::gate_nights::{HOMES, Town, home};
use crate::new_sources::public;

const STANDARDS: &str = "CMS network adequacy standards (HSD Reference File)";

type Grid = Vec<Vec<String>>;

/// The two sheets of a small file of CMS, in its layout.
#[derive(Clone)]
struct Sheets {
    numbers: Grid,
    distances: Grid,
    names: [String; 3],
}

fn row(cells: &str) -> Vec<String> {
    cells.split('|').map(str::to_owned).collect()
}

impl Sheets {
    /// These counties, each with its state, type, minutes and miles.
    fn of(counties: &[(&str, &str, &str, u32, u32)]) -> Self {
        let mut numbers = vec![
            row("Meeting the time / distance criteria may require more than the minimum # of facilities"),
            row(
                "COUNTY|ST|COUNTY_STATE|SSACD|TOTAL BENEFICIARIES|COUNTY DESIGNATION|Acute Inpatient Hospital Beds|Skilled Nursing Facilities|Mammography",
            ),
            row("||||||40|46|48"),
        ];
        let mut distances = vec![
            row("Meeting the time / distance criteria may require more than the minimum number of facilities"),
            row(
                "COUNTY|ST|COUNTY_STATE|SSACD|COUNTY DESIGNA-TION|Acute Inpatient Hospitals (see Notes)||Skilled Nursing Facilities||Mammography|",
            ),
            row("|||||40||46||48|"),
            row("|||||Time|Distance|Time|Distance|Time|Distance"),
        ];
        for (name, state, county_type, minutes, miles) in counties {
            numbers.push(row(&format!("{name}|{state}|{name}, {state}|26000|3158|{county_type}|12|1|2")));
            distances.push(row(&format!("{name}|{state}|{name}, {state}|26000|{county_type}|99|98|{minutes}|{miles}|97|96")));
        }
        Self { numbers, distances, names: ["Master", "Minimum Facility #s", "Facility Time & Distance"].map(str::to_owned) }
    }

    fn workbook(&self) -> Vec<u8> {
        let mut book = rust_xlsxwriter::Workbook::new();
        let master = vec![row("Table 1: Minimum Provider Ratios")];
        for (name, grid) in self.names.iter().zip([&master, &self.numbers, &self.distances]) {
            let sheet = book.add_worksheet();
            sheet.set_name(name).unwrap();
            for (at, cells) in (0..).zip(grid) {
                for (column, cell) in (0..).zip(cells) {
                    match cell.parse::<f64>() {
                        Ok(number) => _ = sheet.write_number(at, column, number).unwrap(),
                        Err(_) if cell.is_empty() => {}
                        Err(_) => _ = sheet.write_string(at, column, cell).unwrap(),
                    }
                }
            }
        }
        book.save_to_buffer().unwrap()
    }
}

/// A table of the Census Bureau: each ZIP code with its county code, the name of the county, and the land of the part.
pub(crate) fn zip_table(parts: &[(&str, &str, &str, u32)]) -> String {
    let land = |zip: &str| parts.iter().filter(|part| part.0 == zip).map(|part| part.3).sum::<u32>();
    let line = |(zip, code, county, part): &(&str, &str, &str, u32)| format!("{zip}|{}|{code}|{county}|{part}\n", land(zip));
    let header = "GEOID_ZCTA5_20|AREALAND_ZCTA5_20|GEOID_COUNTY_20|NAMELSAD_COUNTY_20|AREALAND_PART\n";
    format!("{header}{}", parts.iter().map(line).collect::<String>())
}

fn read_beside_homes(files: &[(&str, Vec<u8>)]) -> Read {
    let homes = ("homes.csv", format!("{HOMES}{}", home(1, 32.7)).into_bytes());
    read(&[files, &[homes]].concat())
}

fn at<'a>(read: &'a Read, zip: &str) -> ZipStandards<'a> {
    read.night.counties.at(zip.parse().unwrap(), Service::SkilledNursing)
}

/// The counties of a ZIP code in words, with the minutes and miles.
type FoundCounty = (String, Option<(CountyType, u32, u32)>);

fn found(read: &Read, zip: &str) -> Vec<FoundCounty> {
    let ZipStandards::Counties(counties) = at(read, zip) else { return Vec::new() };
    let words = |CountyFound { county, standard }: &CountyFound<'_>| {
        (county.to_string(), standard.map(|(county_type, standard)| (county_type, standard.minutes, standard.miles)))
    };
    counties.iter().map(words).collect()
}

#[test]
fn the_file_of_cms_gives_the_standard_of_every_county_and_the_census_spells_each_as_it_does() {
    let Some((file, bytes)) = public("sources_2026/network_adequacy/hsd_reference_2026_SC_MO_KS.xlsx") else { return };
    let Some((_, counties)) = public("sources_2026/geo/zcta_primary_county_2020_SC_MO_KS.csv") else { return };
    // The public table keeps one county a ZIP code; with the land of its part as that of the whole it has the form of the Census file.
    let mut reader = csv::Reader::from_reader(counties.as_slice());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let parts: Vec<(&str, &str, &str, u32)> =
        rows.iter().map(|row| (&row[0], &row[2], &row[3], row[4].parse().unwrap())).collect();
    let read =
        read_beside_homes(&[(&file, bytes), ("tab20_zcta520_county20_2020-01-01.txt", zip_table(&parts).into_bytes())]);
    assert_eq!(
        read.rejects().iter().filter(|reject| !reject.contains("separated by bars")).count(),
        0,
        "{:?}",
        read.rejects()
    );
    let standards = read.night.counties.standards.as_ref().unwrap();
    let of_state = |state: &str| standards.counties.iter().filter(|county| county.county.state.as_str() == state).count();
    assert_eq!((standards.counties.len(), of_state("SC"), of_state("MO"), of_state("KS")), (266, 46, 115, 105));
    for known in &standards.counties {
        let [ServiceStandard { service: Service::SkilledNursing, minimum: 1, minutes, miles }] = known.services[..] else {
            panic!("{known:?}");
        };
        let of_type = match known.county_type {
            CountyType::LargeMetro => (20, 10),
            CountyType::Metro => (45, 30),
            CountyType::Micro => (80, 60),
            CountyType::Rural => (75, 60),
            CountyType::ExtremeAccess => (95, 85),
        };
        assert_eq!((minutes, miles), of_type, "{}", known.county);
    }
    let report = read.report.files.iter().find(|file| file.status.dataset == STANDARDS).unwrap();
    assert_eq!((report.status.rows, report.status.rejected), (532, 0));
    // Every ZIP code of the three states has a county that the file of CMS lists.
    let unlisted: Vec<&str> = parts
        .iter()
        .map(|part| part.0)
        .filter(|zip| found(&read, zip).iter().any(|(_, standard)| standard.is_none()))
        .collect();
    assert_eq!((parts.len(), unlisted), (2_163, vec![]));
    assert_eq!(found(&read, "29732"), [("York, SC".to_owned(), Some((CountyType::Metro, 45, 30)))]);
    assert_eq!(found(&read, "63101"), [("St. Louis city, MO".to_owned(), Some((CountyType::Metro, 45, 30)))]);
    let home_health = read.night.counties.at("29732".parse::<Zip>().unwrap(), Service::HomeHealth);
    assert_eq!(home_health, ZipStandards::NoneForService, "the file lists no home health agencies");
}

#[test]
fn a_table_that_keeps_one_county_of_each_zip_code_is_not_read() {
    let Some((file, bytes)) = public("sources_2026/geo/zcta_primary_county_2020_SC_MO_KS.csv") else { return };
    let read = read_beside_homes(&[(&file, bytes)]);
    assert!(read.night.counties.zips.is_none());
    let unread = &read.report.unread[0];
    assert_eq!(unread.dataset.as_deref(), Some("Census ZIP areas and counties"));
    assert!(unread.reason.contains("every county"), "{}", unread.reason);
}

/// Four counties.
fn four() -> Sheets {
    Sheets::of(&[
        ("Clay", "MO", "Metro", 45, 30),
        ("Cass", "MO", "Micro", 80, 60),
        ("Jackson", "MO", "Large Metro", 20, 10),
        ("Bates", "MO", "CEAC", 95, 85),
    ])
}

#[test]
fn a_file_whose_columns_are_not_where_they_belong_is_not_used_and_says_why() {
    type Change = fn(&mut Sheets);
    let changes: [(&str, Change); 8] = [
        ("has no sheet \"Minimum Facility #s\"", |sheets| sheets.names[1] = "Minimums".to_owned()),
        ("no column for skilled nursing facilities", |sheets| sheets.distances[1][7] = "Nursing".to_owned()),
        ("no code 046", |sheets| sheets.numbers[2][7] = "47".to_owned()),
        ("no code 046", |sheets| sheets.distances[2][7] = String::new()),
        ("no Time and Distance", |sheets| sheets.distances[3].swap(7, 8)),
        ("no header", |sheets| sheets.numbers[1][1] = "Region".to_owned()),
        ("no column COUNTY DESIGNATION", |sheets| sheets.distances[1][4] = "Kind".to_owned()),
        ("no row of a county", |sheets| sheets.distances.truncate(4)),
    ];
    for (says, change) in changes {
        let mut sheets = four();
        change(&mut sheets);
        let read = read_beside_homes(&[("hsd.xlsx", sheets.workbook())]);
        assert!(read.night.counties.standards.is_none(), "{says}");
        assert_eq!(read.report.unread[0].dataset.as_deref(), Some(STANDARDS), "{says}");
        assert!(read.report.unread[0].reason.contains(says), "{}", read.report.unread[0].reason);
    }
}

#[test]
fn a_county_that_cannot_be_read_is_rejected_with_its_sheet_and_row_and_the_others_stay() {
    type Change = fn(&mut Sheets);
    // How many counties are left, and how many rows are rejected.
    let changes: [(&str, usize, u64, Change); 9] = [
        ("whole", 4, 0, |_| {}),
        ("time in words", 3, 2, |sheets| sheets.distances[4][7] = "soon".to_owned()),
        ("zero miles", 3, 2, |sheets| sheets.distances[4][8] = "0".to_owned()),
        ("no number", 3, 2, |sheets| sheets.numbers[3][7] = String::new()),
        ("unknown type", 3, 2, |sheets| sheets.numbers[3][5] = "Suburb".to_owned()),
        ("two types", 3, 1, |sheets| sheets.numbers[3][5] = "Rural".to_owned()),
        ("no state", 3, 2, |sheets| sheets.numbers[3][1] = "XX".to_owned()),
        ("in one sheet", 3, 1, |sheets| {
            sheets.numbers.remove(3);
        }),
        ("twice with other values", 3, 2, |sheets| {
            let mut again = sheets.distances[4].clone();
            again[7] = "46".to_owned();
            sheets.distances.push(again);
        }),
    ];
    for (what, left, rejected, change) in changes {
        let mut sheets = four();
        change(&mut sheets);
        let read = read_beside_homes(&[("hsd.xlsx", sheets.workbook())]);
        let counties = &read.night.counties.standards.as_ref().unwrap().counties;
        let report = read.report.files.iter().find(|file| file.status.dataset == STANDARDS).unwrap();
        assert_eq!((counties.len(), report.status.rejected), (left, rejected), "{what}: {:?}", read.rejects());
        assert!(counties.iter().any(|known| known.county.name == "Bates"), "{what}");
        let located = read.rejects().iter().filter(|reject| reject.contains("sheet ")).count();
        assert_eq!(located as u64, rejected, "{what}: {:?}", read.rejects());
    }
    // A blank line above the header, and a county twice with the same values, lose nothing.
    let mut sheets = four();
    sheets.numbers.insert(0, vec![]);
    sheets.numbers.push(sheets.numbers[4].clone());
    let read = read_beside_homes(&[("hsd.xlsx", sheets.workbook())]);
    let report = read.report.files.iter().find(|file| file.status.dataset == STANDARDS).unwrap();
    assert_eq!((read.night.counties.standards.as_ref().unwrap().counties.len(), report.duplicates), (4, 1));
}

#[test]
fn of_two_files_the_newer_counts() {
    let older = Sheets::of(&[("Clay", "MO", "Micro", 80, 60)]);
    let zips = zip_table(&[("64068", "29047", "Clay County", 10)]).into_bytes();
    let files = [("hsd_2026-12-17.xlsx", four().workbook()), ("hsd_2025-12-17.xlsx", older.workbook()), ("zips.txt", zips)];
    let read = read_beside_homes(&files);
    assert_eq!(found(&read, "64068"), [("Clay, MO".to_owned(), Some((CountyType::Metro, 45, 30)))]);
    assert!(read.report.remarks.iter().any(|remark| remark.contains("hsd_2025-12-17.xlsx") && remark.contains("newer")));
}

#[test]
fn validate_knows_the_workbook_and_a_damaged_one() {
    let folder = TempDir::new().unwrap();
    let checked = |sheets: &Sheets| {
        write(folder.path(), &[("hsd.xlsx", sheets.workbook())]);
        validate(&folder.path().join("hsd.xlsx"), "hsd.xlsx", jiff::civil::date(2026, 11, 21)).unwrap()
    };
    let whole = checked(&four());
    assert_eq!((whole.dataset.as_deref(), whole.rows, whole.rejected), (Some(STANDARDS), 8, 0));
    assert!(whole.faults.is_empty(), "{:?}", whole.faults);
    let mut damaged = four();
    damaged.distances[4][7] = "soon".to_owned();
    let lines: Vec<u64> = checked(&damaged).faults.iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [4, 5], "row 5 of one sheet, and the row of the county in the other");
    damaged.names[2] = "Distances".to_owned();
    let refused = checked(&damaged);
    assert_eq!(refused.dataset.as_deref(), Some(STANDARDS));
    assert!(refused.faults[0].reason.contains("no sheet"), "{:?}", refused.faults);
}

#[test]
fn the_gate_refuses_a_file_that_lost_half_its_counties() {
    let mut town = Town::new();
    let names: Vec<String> = (0..40).map(|at| format!("County {at}")).collect();
    let put = |town: &Town, count: usize| {
        let counties: Vec<(&str, &str, &str, u32, u32)> =
            names.iter().take(count).map(|name| (name.as_str(), "MO", "Rural", 75, 60)).collect();
        write(&town.folder.path().join("in"), &[("hsd_2026-01-01.xlsx", Sheets::of(&counties).workbook())]);
    };
    put(&town, 40);
    town.night(|_| {}).unwrap();
    put(&town, 20);
    let refused = town.night(|_| {}).unwrap_err().to_string();
    assert!(refused.contains(&format!("{STANDARDS}: 80 rows, 40 now")), "{refused}");
}

/// The sample with these further files.
pub(crate) fn town(files: &[(&str, Vec<u8>)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    let from = folder.path().join("files");
    let sample: Vec<(&str, Vec<u8>)> = placement::sample::FILES.iter().map(|(name, bytes)| (*name, bytes.to_vec())).collect();
    write(&from, &sample);
    write(&from, files);
    publish(&from, &folder.path().join("index"), "2026-11-21T12:00:00Z");
    folder
}

async fn standards(index: &Path, service: &str) -> (Value, String) {
    let desk = Desk::of(index, Hospital::default()).await;
    let mut asked = nutrition();
    asked["service"] = json!(service);
    let packet = made(&desk, &json!({"discharge": asked, "plan_kind": "medicare_advantage"})).await;
    let letter = desk.get(&format!("/v1/gap-packets/{}", packet["id"].as_str().unwrap()), "text/html").await.text;
    (packet["standards"].clone(), text_of(&letter))
}

#[tokio::test]
async fn the_packet_states_the_standard_of_the_county_or_says_what_is_not_known() {
    let hsd = || ("hsd_2025-12-17.xlsx", four().workbook());
    let zips = |parts: &[(&str, &str, &str, u32)]| ("zips_2020-01-01.txt", zip_table(parts).into_bytes());
    let (jackson, clay) = (("64108", "29095", "Jackson County", 60), ("64108", "29047", "Clay County", 40));
    let other = ("64108", "29099", "Jefferson County", 60);
    for (files, status, counties, says) in [
        (vec![], "not_loaded", json!([]), "not loaded"),
        (vec![hsd()], "county_unknown", json!([]), "not loaded"),
        (vec![hsd(), zips(&[("64001", "29095", "Jackson County", 9)])], "county_unknown", json!([]), "64108"),
        (
            vec![hsd(), zips(&[jackson])],
            "stated",
            json!([["Jackson, MO", "large_metro", 1, 20, 10]]),
            "Jackson, MO (Large Metro): at least 1 in the network, within 20 minutes and 10 miles",
        ),
        (
            vec![hsd(), zips(&[clay, jackson])],
            "several_counties",
            json!([["Jackson, MO", "large_metro", 1, 20, 10], ["Clay, MO", "metro", 1, 45, 30]]),
            "several counties: Jackson, MO; Clay, MO",
        ),
        (
            vec![hsd(), zips(&[other])],
            "county_not_listed",
            json!([["Jefferson, MO", null, null, null, null]]),
            "does not list",
        ),
    ] {
        let folder = town(&files);
        let (standards, letter) = standards(&folder.path().join("index"), "skilled_nursing").await;
        assert_eq!(standards["status"], status);
        let keys = ["county", "county_type", "minimum_number", "maximum_minutes", "maximum_miles"];
        let of = |county: &Value| keys.map(|key| county[key].clone());
        let found: Vec<_> = standards["counties"].as_array().unwrap().iter().map(of).collect();
        assert_eq!(json!(found), counties, "{status}");
        assert!(letter.contains(says), "{status}: {letter}");
        let sources: Vec<&str> =
            standards["sources"].as_array().unwrap().iter().map(|by| by["source"].as_str().unwrap()).collect();
        assert_eq!(sources.contains(&STANDARDS), status != "not_loaded", "{status}: {sources:?}");
        assert_eq!(letter.contains(&format!("{STANDARDS}, ")), status != "not_loaded", "{status}: {letter}");
    }
}
