//! Dialysis Facility: Listing by Facility, up to the certification date; the later measure columns
//! are omitted.

use std::path::Path;

use crate::sample::csv_table::CsvTable;
use crate::sample::error::SampleError;
use crate::sample::facility::SampleFacility;

/// Writes the facilities.
pub(crate) fn write(folder: &Path, facilities: &[&SampleFacility]) -> Result<(), SampleError> {
    let columns = include_str!("columns/dialysis_facilities.txt");
    let mut sheet = CsvTable::create(folder, "dialysis_facilities.csv", columns, "")?;
    for facility in facilities {
        write_facility(&mut sheet, facility)?;
    }
    sheet.finish()
}

fn write_facility(sheet: &mut CsvTable, facility: &SampleFacility) -> Result<(), SampleError> {
    let mut chance = facility.chance("dialysis");
    let stars = chance.weigh(&[(7, ""), (8, "1"), (18, "2"), (32, "3"), (22, "4"), (13, "5")]);
    // 001 is "reported", 260 "too few patients": codes of the CMS data dictionary.
    let availability = if stars.is_empty() { "260" } else { "001" };
    let yes_no = |yes: bool| if yes { "Yes" } else { "No" };
    let late = yes_no(chance.permille(150));
    let in_center = yes_no(!chance.permille(40));
    let peritoneal = yes_no(chance.permille(520));
    let home = yes_no(chance.permille(380));
    sheet.row(&[
        ("CMS Certification Number (CCN)", &facility.ccn),
        ("Facility Name", &facility.name),
        ("Five Star Date", "01/01/2022-12/31/2025"),
        ("Five Star", stars),
        ("Five Star Data Availability Code", availability),
        ("Address Line 1", &facility.street),
        ("City/Town", &facility.city()),
        ("State", facility.place.state.as_str()),
        ("ZIP Code", &facility.zip()),
        ("Telephone Number", &facility.dialed()),
        ("Profit or Non-Profit", chance.weigh(&[(88, "Profit"), (12, "Non-profit")])),
        ("Chain Owned", "No"),
        ("Late Shift", late),
        ("# of Dialysis Stations", &chance.between(4, 36).to_string()),
        ("Offers in-center hemodialysis", in_center),
        ("Offers peritoneal dialysis", peritoneal),
        ("Offers home hemodialysis training", home),
        ("Certification Date", &facility.certified_us()),
    ])
}
