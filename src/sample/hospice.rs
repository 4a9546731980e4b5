//! Hospice files: General Information, ZIP Data, Provider Data with one row per measure, and the survey of family caregivers.

use std::path::Path;

use crate::sample::csv_table::CsvTable;
use crate::sample::error::SampleError;
use crate::sample::facility::SampleFacility;
use crate::sample::service_area;
use crate::sample::zip_pool::ZipPool;

/// Writes the hospices, their service areas and their measures.
pub(crate) fn write(folder: &Path, facilities: &[&SampleFacility], places: &ZipPool) -> Result<(), SampleError> {
    let mut general = CsvTable::create(folder, "hospice_general.csv", include_str!("columns/hospices.txt"), "")?;
    let columns = include_str!("columns/hospice_measures.txt");
    let mut measures = CsvTable::create(folder, "hospice_provider_data.csv", columns, "")?;
    let mut survey = CsvTable::create(folder, "hospice_survey.csv", include_str!("columns/hospice_survey.txt"), "")?;
    for facility in facilities {
        write_hospice(&mut general, facility)?;
        write_measures(&mut measures, facility)?;
        write_survey(&mut survey, facility)?;
    }
    general.finish()?;
    measures.finish()?;
    survey.finish()?;
    // Chosen so that 7,110 hospices give about 346,000 rows, the count CMS publishes.
    service_area::write(folder, "hospice_zips.csv", facilities, places, (10, 135))
}

fn write_hospice(sheet: &mut CsvTable, facility: &SampleFacility) -> Result<(), SampleError> {
    let owner =
        facility.chance("hospice owner").weigh(&[(75, "For-Profit"), (18, "Non-Profit"), (3, "Government"), (4, "Other")]);
    facility.write_row(sheet, "Facility Name", &[("Ownership Type", owner), ("Certification Date", &facility.certified_us())])
}

fn write_measures(sheet: &mut CsvTable, facility: &SampleFacility) -> Result<(), SampleError> {
    let mut chance = facility.chance("hospice measures");
    let index = chance.weigh(&[
        (50, "10.0"),
        (21, "9.0"),
        (10, "8.0"),
        (4, "7.0"),
        (2, "6.0"),
        (1, "5.0"),
        (1, "4.0"),
        (11, "Not Available"),
    ]);
    let footnote = if index == "Not Available" { "1" } else { "" };
    let census = format!("{}.{}", chance.between(6, 180), chance.between(0, 9));
    let rows = [
        ("H_012_00_OBSERVED", "Hospice Care Index Overall Score", index, footnote, "01/01/2024-12/31/2025"),
        ("Average_Daily_Census", "Average Daily Census", census.as_str(), "", "01/01/2024-12/31/2024"),
        (
            "Provided_Home_Care_only",
            "Provided Routine Home Care only",
            chance.weigh(&[(85, "No"), (15, "Yes")]),
            "",
            "01/01/2022-12/31/2024",
        ),
    ];
    for (code, measure, score, footnote, window) in rows {
        let cells = [
            ("Measure Code", code),
            ("Measure Name", measure),
            ("Score", score),
            ("Footnote", footnote),
            ("Measure Date Range", window),
        ];
        facility.write_row(sheet, "Facility Name", &cells)?;
    }
    Ok(())
}

/// Four hospices in ten are too small for stars.
fn write_survey(sheet: &mut CsvTable, facility: &SampleFacility) -> Result<(), SampleError> {
    let mut chance = facility.chance("hospice survey");
    let stars = chance.weigh(&[(40, "Not Available"), (2, "1"), (8, "2"), (20, "3"), (21, "4"), (9, "5")]);
    let cells = [
        ("Measure Code", "SUMMARY_STAR_RATING"),
        ("Measure Name", "Family caregiver survey rating"),
        ("Score", "Not Applicable"),
        ("Star Rating", stars),
        ("Footnote", if stars == "Not Available" { "15" } else { "" }),
        ("Date", "01/01/2024-12/31/2025"),
    ];
    facility.write_row(sheet, "Facility Name", &cells)
}
