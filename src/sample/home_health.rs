//! Home Health Care Agencies and the ZIP codes they serve.

use std::path::Path;

use crate::sample::csv_table::CsvTable;
use crate::sample::error::SampleError;
use crate::sample::facility::SampleFacility;
use crate::sample::service_area;
use crate::sample::zip_pool::ZipPool;

const FLAGS: [(&str, u32); 6] = [
    ("Offers Nursing Care Services", 1_000),
    ("Offers Physical Therapy Services", 970),
    ("Offers Occupational Therapy Services", 920),
    ("Offers Speech Pathology Services", 880),
    ("Offers Medical Social Services", 800),
    ("Offers Home Health Aide Services", 930),
];

const TOO_FEW: &str = "The number of patient episodes for this measure is too small to report.";

/// Writes the agencies and their service areas.
pub(crate) fn write(folder: &Path, facilities: &[&SampleFacility], places: &ZipPool) -> Result<(), SampleError> {
    let columns = include_str!("columns/home_health_agencies.txt");
    let mut sheet = CsvTable::create(folder, "home_health_agencies.csv", columns, "-")?;
    for (at, facility) in facilities.iter().enumerate() {
        write_agency(&mut sheet, facility, &facility.ccn)?;
        if at == 1 {
            // A row that every reader must reject: a CCN has no hyphen.
            write_agency(&mut sheet, facility, &facility.ccn.replacen(|_: char| true, "-", 1))?;
        }
    }
    sheet.finish()?;
    // Chosen so that 11,901 agencies give about 656,000 rows, the count CMS publishes.
    service_area::write(folder, "home_health_zips.csv", facilities, places, (12, 151))
}

fn write_agency(sheet: &mut CsvTable, facility: &SampleFacility, ccn: &str) -> Result<(), SampleError> {
    let mut chance = facility.chance("home health");
    let (city, zip, certified) = (facility.city(), facility.zip(), facility.certified_us());
    // One agency in twenty does not state its services; single flags are missing too.
    let silent = chance.permille(50);
    let flags = FLAGS.map(|(column, often)| {
        let offers = if chance.permille(often) { "Yes" } else { "No" };
        (column, if silent || chance.permille(5) { "-" } else { offers })
    });
    let owner = chance.weigh(&[
        (78, "PROPRIETARY"),
        (9, "NON-PROFIT"),
        (5, "VOLUNTARY NON-PROFIT - PRIVATE"),
        (3, "VOLUNTARY NON PROFIT - RELIGIOUS AFFILIATION"),
        (4, "GOVERNMENT OPERATED"),
        (1, "-"),
    ]);
    let stars = chance.weigh(&[
        (25, "-"),
        (2, "1"),
        (5, "1.5"),
        (8, "2"),
        (10, "2.5"),
        (14, "3"),
        (14, "3.5"),
        (10, "4"),
        (7, "4.5"),
        (5, "5"),
    ]);
    let mut cells = vec![
        ("State", facility.place.state.as_str()),
        ("CMS Certification Number (CCN)", ccn),
        ("Provider Name", &facility.name),
        ("Address", &facility.street),
        ("City/Town", &city),
        ("ZIP Code", &zip),
        ("Telephone Number", facility.phone_or("-")),
        ("Type of Ownership", owner),
        ("Certification Date", &certified),
        ("Quality of patient care star rating", stars),
        ("Footnote for quality of patient care star rating", if stars == "-" { TOO_FEW } else { "-" }),
        ("DTC Performance Categorization", "Not Available"),
        ("PPR Performance Categorization", "Not Available"),
        ("PPH Performance Categorization", "Not Available"),
    ];
    cells.extend(flags);
    sheet.row(&cells)
}
