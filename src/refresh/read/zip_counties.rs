//! The Census Bureau's relationship file of ZIP code areas and counties: a row for each part of an area that lies in one county.
//!
//! An area whose parts do not make up its land may lie in a county that no row names, so nothing is said of it. Tables that keep only the
//! county with the most land are not read.

use std::collections::BTreeMap;

use crate::coverage::county_standards::{CodedCounty, County};
use crate::place::{State, Zip};
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, SeveralFiles, TableSpec};
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::parsed::county_files::ZipPart;
use crate::refresh::read::row_reader::DatasetReader;
use crate::refresh::source_record::{RowError, RowOutcome};
use crate::refresh::trust_tier::TrustTier;
use crate::text::count_text::counted;

/// The file.
pub(crate) static SPEC: DatasetSpec = {
    use KnownColumn as C;
    let columns = &[C::ZipArea, C::CountyCode, C::CountyArea, C::LandOfPart];
    let one_county = "without the land of each whole area it cannot be seen whether every county of the area is named";
    let table = TableSpec {
        optional: &[C::LandOfZipArea],
        useless_without: Some((C::LandOfZipArea, one_county)),
        ..TableSpec::read(HeaderSignature::of(3, columns), columns, || Box::new(ZipParts::default()))
    };
    DatasetSpec {
        several: SeveralFiles::NewestCounts,
        ..DatasetSpec::table_of("Census ZIP areas and counties", TrustTier::Cms, table)
    }
};

/// An area of which up to so many in a thousand parts of its land are in no row is whole: areas are rounded to square meters.
const ROUNDING: u64 = 1;

/// The parts of areas while they are read.
#[derive(Debug, Default)]
struct ZipParts {
    of: BTreeMap<Zip, (u64, Vec<ZipPart>)>,
}

impl DatasetReader for ZipParts {
    fn row(&mut self, row: &mut CsvRow<'_>, _: &mut ParsedInput) -> Result<RowOutcome, RowError> {
        // A part of a county that lies in no area.
        let Some(zip) = row.non_empty(KnownColumn::ZipArea) else { return Ok(RowOutcome::PassedOver) };
        let zip: Zip = zip.parse().map_err(|fault| RowError::of(KnownColumn::ZipArea, zip, &fault))?;
        let code = row.raw(KnownColumn::CountyCode);
        let Some(state) = State::of_county_code(code.trim()) else {
            return Err(RowError::of(KnownColumn::CountyCode, code, "it is not a county code of five digits"));
        };
        let name = row.required_words(KnownColumn::CountyArea)?;
        let (whole, land) = (square_meters(row, KnownColumn::LandOfZipArea)?, square_meters(row, KnownColumn::LandOfPart)?);
        let (_, parts) = self.of.entry(zip).or_insert_with(|| (whole, Vec::new()));
        let code = code.trim().parse().map_err(|_| RowError::of(KnownColumn::CountyCode, code, "it is not a number"))?;
        let part = ZipPart { county: CodedCounty { county: County { state, name }, code }, land };
        if parts.contains(&part) {
            return Ok(RowOutcome::Again);
        }
        parts.push(part);
        Ok(RowOutcome::Used)
    }

    fn end(&mut self, parsed: &mut ParsedInput) -> u64 {
        let all = std::mem::take(&mut self.of);
        let count = all.len();
        let is_whole = |(whole, parts): &(u64, Vec<ZipPart>)| {
            let known: u64 = parts.iter().map(|part| part.land).sum();
            whole.saturating_sub(known) <= whole / 1_000 * ROUNDING
        };
        let whole: BTreeMap<Zip, Vec<ZipPart>> =
            all.into_iter().filter(|(_, area)| is_whole(area)).map(|(zip, (_, parts))| (zip, parts)).collect();
        let partial = count - whole.len();
        if partial > 0 {
            let of = counted(partial as u64, "ZIP code");
            let file = parsed.records.current_path();
            parsed
                .remarks
                .push(format!("{file}: the rows of {of} do not make up the area, so its counties count as unknown"));
        }
        parsed.counties.zips.push((parsed.records.current(), whole));
        0
    }
}

fn square_meters(row: &CsvRow<'_>, column: KnownColumn) -> Result<u64, RowError> {
    let text = row.raw(column);
    text.trim().parse().map_err(|_| RowError::of(column, text, "it is not a whole number of square meters"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refresh::read::row_reader::read_text;

    const HEADER: &str = "GEOID_ZCTA5_20,AREALAND_ZCTA5_20,GEOID_COUNTY_20,NAMELSAD_COUNTY_20,AREALAND_PART\n";

    fn read(rows: &str) -> (Vec<(String, Vec<String>)>, usize, usize) {
        let (mut parsed, faults) = read_text(&mut ZipParts::default(), &format!("{HEADER}{rows}"));
        let of = parsed.counties.zips.pop().unwrap().1;
        let names = |parts: Vec<ZipPart>| parts.iter().map(|part| part.county.county.to_string()).collect();
        (of.into_iter().map(|(zip, parts)| (zip.to_string(), names(parts))).collect(), faults.len(), parsed.remarks.len())
    }

    #[test]
    fn an_area_is_in_every_county_that_its_parts_name_or_nothing_is_known_of_it() {
        let both = "63005,90000,29189,St. Louis County,60000\n63005,90000,29071,Franklin County,30000\n";
        let named = vec!["St. Louis, MO".to_owned(), "Franklin, MO".to_owned()];
        assert_eq!(read(both), (vec![("63005".to_owned(), named)], 0, 0));
        let one = "63005,90000,29189,St. Louis County,60000\n";
        assert_eq!(read(one), (vec![], 0, 1), "a third of the land is in a county that no row names");
        assert_eq!(read(",,29189,St. Louis County,5\n"), (vec![], 0, 0), "a lake");
    }

    #[test]
    fn a_row_that_cannot_be_read_leaves_its_area_unknown() {
        for second in [
            "63005,90000,29071,Franklin County,much\n",
            "63005,90000,99071,Franklin County,30000\n",
            "63005,90000,29071,,30000\n",
            "6300,90000,29071,Franklin County,30000\n",
        ] {
            let (known, faults, remarks) = read(&format!("63005,90000,29189,St. Louis County,60000\n{second}"));
            assert_eq!((known.len(), faults, remarks), (0, 1, 1), "{second}");
        }
    }
}
