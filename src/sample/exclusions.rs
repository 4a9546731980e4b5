//! A supplement to the OIG's list of exclusions, with one invented business on it.

use std::path::Path;

use crate::sample::csv_table::CsvTable;
use crate::sample::error::SampleError;
use crate::sample::facility::SampleFacility;
use crate::service::Service;

/// Writes the list; the last equipment supplier of the sample stands on it by its NPI.
pub(crate) fn write(folder: &Path, facilities: &[&SampleFacility]) -> Result<(), SampleError> {
    let mut sheet = CsvTable::create(folder, "exclusions.csv", include_str!("columns/exclusions.txt"), "")?;
    if let Some(facility) = facilities.iter().rfind(|facility| facility.service == Service::MedicalEquipment) {
        let city = facility.city();
        let zip = facility.zip();
        sheet.row(&[
            ("BUSNAME", &facility.name),
            ("GENERAL", "DME COMPANY"),
            ("SPECIALTY", "DME - GENERAL"),
            ("NPI", facility.npi.as_deref().unwrap_or_default()),
            ("ADDRESS", &facility.street),
            ("CITY", &city),
            ("STATE", facility.place.state.as_str()),
            ("ZIP", &zip),
            ("EXCLTYPE", "1128b8"),
            ("EXCLDATE", "20240320"),
            ("REINDATE", "00000000"),
            ("WAIVERDATE", "00000000"),
        ])?;
    }
    sheet.finish()
}
