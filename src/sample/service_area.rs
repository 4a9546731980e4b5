//! Service areas of agencies: one row per ZIP code, in a separate file.

use std::path::Path;

use crate::sample::csv_table::CsvTable;
use crate::sample::error::SampleError;
use crate::sample::facility::SampleFacility;
use crate::sample::zip_pool::ZipPool;

/// Writes the service areas: the nearest ZIPs, from `least` to `least + spread` of them, with few
/// large agencies and a few ZIPs missing from each. Three agencies in a hundred publish none.
pub(crate) fn write(
    folder: &Path,
    name: &str,
    facilities: &[&SampleFacility],
    places: &ZipPool,
    (least, spread): (u32, u32),
) -> Result<(), SampleError> {
    let mut sheet = CsvTable::create(folder, name, include_str!("columns/service_zips.txt"), "")?;
    for facility in facilities {
        let mut chance = facility.chance("service area");
        if chance.permille(30) {
            continue;
        }
        let reach = u64::from(chance.between(0, 1_000));
        let extra = usize::try_from(u64::from(spread) * reach * reach / 1_000_000).unwrap_or(0);
        let mut zips: Vec<_> = places.nearest(facility.point, least as usize + extra).iter().map(|p| p.zip).collect();
        zips.sort_unstable();
        for zip in zips.into_iter().filter(|_| !chance.permille(80)) {
            sheet.whole_row(&[facility.place.state.as_str(), &facility.ccn, &zip.to_string()])?;
        }
    }
    sheet.finish()
}
