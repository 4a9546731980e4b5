//! Inpatient rehabilitation facilities with the conditions they treat, long-term care hospitals,
//! and the measures of both.

use std::path::Path;

use crate::sample::csv_table::CsvTable;
use crate::sample::error::SampleError;
use crate::sample::facility::SampleFacility;
use crate::sample::rng::SampleRng;

/// The nine conditions in the order of the file, and how many facilities in a thousand treat each
/// often enough to publish a number.
const CONDITIONS: [(&str, u32); 9] = [
    ("Stroke", 960),
    ("Nervous system disorder (excluding stroke)", 850),
    ("Brain disease or condition (non-traumatic)", 780),
    ("Brain injury (traumatic)", 620),
    ("Spinal cord disease or condition (non-traumatic)", 650),
    ("Spinal cord injury (traumatic)", 220),
    ("Hip or femur fracture", 900),
    ("Hip or knee replacement, amputation or other bone or joint condition", 900),
    ("All other conditions", 950),
];

const OWNERS: [(u32, &str); 3] = [(45, "For profit"), (47, "Non-profit"), (8, "Government")];

/// Writes the rehabilitation facilities and their conditions.
pub(crate) fn write_rehab(folder: &Path, facilities: &[&SampleFacility]) -> Result<(), SampleError> {
    let mut general = CsvTable::create(folder, "irf_general.csv", include_str!("columns/rehab_facilities.txt"), "")?;
    let columns = include_str!("columns/rehab_conditions.txt");
    let mut conditions = CsvTable::create(folder, "irf_conditions.csv", columns, "")?;
    for facility in facilities {
        write_general(&mut general, facility, None)?;
        write_conditions(&mut conditions, facility)?;
    }
    general.finish()?;
    conditions.finish()?;
    write_measures(folder, "irf_provider_data.csv", facilities, &REHAB_MEASURES)
}

/// Writes the long-term care hospitals.
pub(crate) fn write_long_term(folder: &Path, facilities: &[&SampleFacility]) -> Result<(), SampleError> {
    let columns = include_str!("columns/long_term_hospitals.txt");
    let mut sheet = CsvTable::create(folder, "ltch_general.csv", columns, "")?;
    for facility in facilities {
        let beds = facility.chance("long-term beds").between(20, 120).to_string();
        write_general(&mut sheet, facility, Some(&beds))?;
    }
    sheet.finish()?;
    write_measures(folder, "ltch_provider_data.csv", facilities, &LONG_TERM_MEASURES)
}

/// A measure of "Provider Data" and how its values look.
#[derive(Debug, Clone, Copy)]
enum SampleMeasure {
    /// Compared with the national rate, or with the national benchmark.
    Compared(&'static str, &'static str),
    /// Per cent.
    Percent(&'static str),
    /// Spending, near 1.
    Spending(&'static str),
}

const REHAB_MEASURES: [SampleMeasure; 7] = [
    SampleMeasure::Compared("I_019_02_DTC_COMP_PERF", "Rate"),
    SampleMeasure::Compared("I_017_01_PPR_PD_COMP_PERF", "Rate"),
    SampleMeasure::Compared("I_018_01_PPR_WI_COMP_PERF", "Rate"),
    SampleMeasure::Compared("I_006_01_COMP_PERF", "Benchmark"),
    SampleMeasure::Compared("I_015_01_COMP_PERF", "Benchmark"),
    SampleMeasure::Percent("I_026_01_OBS_RATE"),
    SampleMeasure::Spending("I_020_01_MSPB_SCORE"),
];

const LONG_TERM_MEASURES: [SampleMeasure; 6] = [
    SampleMeasure::Compared("L_018_02_DTC_COMP_PERF", "Rate"),
    SampleMeasure::Compared("L_017_01_PPR_PD_COMP_PERF", "Rate"),
    SampleMeasure::Compared("L_006_01_COMP_PERF", "Benchmark"),
    SampleMeasure::Compared("L_007_01_COMP_PERF", "Benchmark"),
    SampleMeasure::Compared("L_014_01_COMP_PERF", "Benchmark"),
    SampleMeasure::Spending("L_019_01_MSPB_SCORE"),
];

/// Writes "Provider Data". The first facilities are better, no different and worse in turn, so that a small sample has each.
fn write_measures(
    folder: &Path,
    name: &str,
    facilities: &[&SampleFacility],
    measures: &[SampleMeasure],
) -> Result<(), SampleError> {
    let mut sheet = CsvTable::create(folder, name, include_str!("columns/hospital_measures.txt"), "-")?;
    for (at, facility) in facilities.iter().enumerate() {
        let mut chance = facility.chance("hospital measures");
        for (number, measure) in measures.iter().enumerate() {
            let turn = ["Better", "No Different", "Worse"].get(at).filter(|_| number == 0);
            let (code, score) = measured(*measure, turn.copied(), &mut chance);
            let footnote = if score == "Not Available" { "1" } else { "-" };
            let cells = [
                ("Measure Code", code),
                ("Score", score.as_str()),
                ("Footnote", footnote),
                ("Start Date", "01/01/2024"),
                ("End Date", "12/31/2025"),
            ];
            facility.write_row(&mut sheet, "Provider Name", &cells)?;
        }
    }
    sheet.finish()
}

fn measured(measure: SampleMeasure, turn: Option<&str>, chance: &mut SampleRng) -> (&'static str, String) {
    match measure {
        SampleMeasure::Compared(code, with) => {
            let word = chance.weigh(&[(14, "Better"), (70, "No Different"), (6, "Worse"), (10, "")]);
            let word = turn.unwrap_or(word);
            let compared = format!("{word} than the National {with}");
            (code, if word.is_empty() { "Not Available".to_owned() } else { compared })
        }
        SampleMeasure::Percent(code) => (code, format!("{}.{:02}", chance.between(45, 72), chance.between(0, 99))),
        SampleMeasure::Spending(code) => (code, format!("{:.2}", f64::from(chance.between(85, 115)) / 100.0)),
    }
}

fn write_general(sheet: &mut CsvTable, facility: &SampleFacility, beds: Option<&str>) -> Result<(), SampleError> {
    let certified = facility.certified_us();
    let owner = facility.chance("hospital owner").weigh(&OWNERS);
    let mut cells = vec![("Ownership Type", owner), ("Certification Date", certified.as_str())];
    cells.extend(beds.map(|beds| ("Total Number of Beds", beds)));
    facility.write_row(sheet, "Provider Name", &cells)
}

fn write_conditions(sheet: &mut CsvTable, facility: &SampleFacility) -> Result<(), SampleError> {
    let mut chance = facility.chance("conditions");
    // One facility in eight has nothing published, as in the real file.
    let published = !chance.permille(130);
    for (condition, often) in CONDITIONS {
        let (count, footnote) = count(published, often, &mut chance);
        sheet.row(&[
            ("CMS Certification Number (CCN)", &facility.ccn),
            ("Facility Name", &facility.name),
            ("Address Line 1", &facility.street),
            ("City", &facility.city()),
            ("State", facility.place.state.as_str()),
            ("Zip Code", &facility.zip()),
            ("Phone Number", &facility.dialed()),
            ("CMS Region", facility.digits.region),
            ("Condition", condition),
            ("Count", &count),
            ("Footnote", footnote),
        ])?;
    }
    Ok(())
}

/// The count of one condition with its footnote: 1 is "too few to report", 2 "not available".
fn count(published: bool, often: u32, chance: &mut SampleRng) -> (String, &'static str) {
    let (enough, number) = (chance.permille(often), chance.between(11, 60 + often / 4));
    match (published, enough) {
        (false, _) => ("Not Available".to_owned(), "2"),
        (true, false) => ("Less than 11".to_owned(), "1"),
        (true, true) => (number.to_string(), ""),
    }
}
