//! Inpatient rehabilitation facilities with the conditions they treat, and long-term care
//! hospitals.

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
    conditions.finish()
}

/// Writes the long-term care hospitals.
pub(crate) fn write_long_term(folder: &Path, facilities: &[&SampleFacility]) -> Result<(), SampleError> {
    let columns = include_str!("columns/long_term_hospitals.txt");
    let mut sheet = CsvTable::create(folder, "ltch_general.csv", columns, "")?;
    for facility in facilities {
        let beds = facility.chance("long-term beds").between(20, 120).to_string();
        write_general(&mut sheet, facility, Some(&beds))?;
    }
    sheet.finish()
}

fn write_general(sheet: &mut CsvTable, facility: &SampleFacility, beds: Option<&str>) -> Result<(), SampleError> {
    let (city, zip) = (facility.city(), facility.zip());
    let (phone, certified) = (facility.dialled(), facility.certified_us());
    let mut cells = vec![
        ("CMS Certification Number (CCN)", facility.ccn.as_str()),
        ("Provider Name", &facility.name),
        ("Address Line 1", &facility.street),
        ("City/Town", &city),
        ("State", facility.place.state.as_str()),
        ("ZIP Code", &zip),
        ("Telephone Number", &phone),
        ("CMS Region", facility.digits.region),
        ("Ownership Type", facility.chance("hospital owner").weigh(&OWNERS)),
        ("Certification Date", &certified),
    ];
    cells.extend(beds.map(|beds| ("Total Number of Beds", beds)));
    sheet.row(&cells)
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
            ("Phone Number", &facility.dialled()),
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
