//! CMS "Provider Data" and surveys: tall files with a row for each provider and measure, of several kinds of provider. The kinds share a
//! header, so the CCNs in the first rows tell which file it is; each is read for the measures of its [`MeasureFile`] alone.

use csv::StringRecord;
use rustc_hash::FxHashMap;

use crate::provider::quality::{MeasureValue, NationalComparison, QualityMeasure, Rating, RatingGap, SupportingMeasure};
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::impossible_cells::is_measure_code;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::row_reader::DatasetReader;
use crate::refresh::source_record::{ProviderKey, RowError, RowOutcome, SourceRecord};
use crate::refresh::{csv_cell, csv_row};
use crate::text::fold_words;

/// The header of every such file that holds scores.
pub(crate) const MEASURES_BY_PROVIDER: HeaderSignature = {
    use KnownColumn as C;
    HeaderSignature::of(4, &[C::MeasureCode, C::Score, C::Ccn, C::Name, C::Street]).without(&[
        C::Ownership,
        C::StarRating,
        C::Condition,
    ])
};

/// What is read from a file.
#[derive(Debug)]
pub(crate) struct MeasureFile {
    /// A row as a provider that CMS lists.
    pub listed: fn(&mut CsvRow<'_>) -> Result<SourceRecord, RowError>,
    /// The column of the values.
    pub value: KnownColumn,
    /// The code of the measure that the providers are rated by.
    pub rating: Option<(&'static str, QualityMeasure)>,
    /// The codes of the measures that are shown beside it.
    pub supporting: &'static [(&'static str, SupportingMeasure)],
}

/// What a missing rating means by its footnote: 1 is too few cases, 2 no data for the period, which is that of a new provider. Others
/// (suppressed, not submitted) explain nothing.
const GAP_FOOTNOTES: [(u32, RatingGap); 2] = [(1, RatingGap::TooSmall), (2, RatingGap::TooNew)];

/// The columns that repeat on each row of a provider, beside its CCN.
const REPEATED: [KnownColumn; 8] = [
    KnownColumn::Name,
    KnownColumn::Street,
    KnownColumn::Street2,
    KnownColumn::City,
    KnownColumn::State,
    KnownColumn::Zip,
    KnownColumn::County,
    KnownColumn::Phone,
];

/// Pivots a tall file: the first row of a provider says who it is, the others must agree, some of them are its measures.
#[derive(Debug)]
pub(crate) struct MeasurePivot {
    file: &'static MeasureFile,
    places: FxHashMap<String, usize>,
    providers: Vec<MeasuredProvider>,
    /// A row has the measure that the providers are rated by.
    rated: bool,
}

#[derive(Debug)]
struct MeasuredProvider {
    who: ProviderKey,
    /// The repeated cells of its first row.
    first: StringRecord,
    source_record: SourceRecord,
}

impl MeasurePivot {
    /// Reads the measures of `file`.
    pub(crate) fn of(file: &'static MeasureFile) -> Self {
        Self { file, places: FxHashMap::default(), providers: Vec::new(), rated: false }
    }

    fn place(&mut self, row: &mut CsvRow<'_>) -> Result<usize, RowError> {
        let text = row.raw(KnownColumn::Ccn).trim();
        if let Some(known) = self.places.get(text) {
            return Ok(*known);
        }
        let ccn = row.ccn()?;
        if let Some(known) = self.places.get(&ccn.to_string()).copied() {
            self.places.insert(text.to_owned(), known);
            return Ok(known);
        }
        let source_record = (self.file.listed)(row)?;
        let place = self.providers.len();
        self.places.insert(ccn.to_string(), place);
        self.providers.push(MeasuredProvider {
            who: ProviderKey::Ccn(ccn),
            first: REPEATED.iter().map(|column| row.raw(*column)).collect(),
            source_record,
        });
        self.places.insert(text.to_owned(), place);
        Ok(place)
    }
}

impl DatasetReader for MeasurePivot {
    fn row(&mut self, row: &mut CsvRow<'_>, _: &mut ParsedInput) -> Result<RowOutcome, RowError> {
        let place = self.place(row)?;
        let (file, provider) = (self.file, &mut self.providers[place]);
        for (column, first) in REPEATED.into_iter().zip(&provider.first) {
            if row.raw(column) != first {
                let reason = format!("the first row of this provider has \"{first}\"");
                return Err(RowError::of(column, row.raw(column), &reason));
            }
        }
        let code = row.raw(KnownColumn::MeasureCode).trim();
        if !is_measure_code(code) {
            row.fault(KnownColumn::MeasureCode, "it is not the code of a measure");
            return Ok(RowOutcome::Used);
        }
        let is_read = file.rating.iter().map(|(code, _)| *code).chain(file.supporting.iter().map(|(code, _)| *code));
        if is_read.into_iter().any(|read| read == code) && csv_cell::trimmed(row.raw(file.value)).is_empty() {
            row.fault(file.value, "it is missing");
        }
        if let Some((_, measure)) = file.rating.filter(|(rating, _)| *rating == code) {
            self.rated = true;
            take_rating(row, file.value, measure, &mut provider.source_record)?;
        } else if let Some((_, measure)) = file.supporting.iter().find(|(known, _)| *known == code) {
            take_measure(row, file.value, *measure, &mut provider.source_record)?;
        }
        Ok(RowOutcome::Used)
    }

    fn end(&mut self, parsed: &mut ParsedInput) -> u64 {
        if let Some((code, _)) = self.file.rating.filter(|_| !self.rated && !self.providers.is_empty()) {
            let file = parsed.records.current_path();
            parsed.remarks.push(format!("{file}: no row has the measure {code}, so it rates nobody"));
        }
        for provider in self.providers.drain(..) {
            // Each provider is added once, so no earlier row can contradict it.
            let _ = parsed.records.add(provider.who, provider.source_record);
        }
        0
    }
}

/// Takes the rating of a row, or why there is none.
fn take_rating(
    row: &mut CsvRow<'_>,
    column: KnownColumn,
    measure: QualityMeasure,
    source_record: &mut SourceRecord,
) -> Result<(), RowError> {
    let rating = row.read(column, "it is not on the scale of the measure", |text| match measure {
        QualityMeasure::DischargeToCommunity => {
            comparison(text).map(|comparison| Rating::from_comparison(measure, comparison))
        }
        _ => csv_row::rating(text, measure),
    });
    if rating.is_none() && row.non_empty(column).is_none() {
        let gap = |number: u32| GAP_FOOTNOTES.iter().find(|(known, _)| *known == number).map(|(_, gap)| *gap);
        source_record.rating_gap = row.footnotes(KnownColumn::Footnote).unwrap_or_default().into_iter().find_map(gap);
    }
    match source_record.rating {
        Some(earlier) if rating.is_some_and(|rating| rating != earlier) => Err(otherwise(row, column)),
        earlier => {
            source_record.rating = earlier.or(rating);
            Ok(())
        }
    }
}

/// Takes the value of a supporting measure.
fn take_measure(
    row: &mut CsvRow<'_>,
    column: KnownColumn,
    measure: SupportingMeasure,
    source_record: &mut SourceRecord,
) -> Result<(), RowError> {
    let Some(value) = measured(row, column, measure) else { return Ok(()) };
    match source_record.measures.iter().find(|(known, _)| *known == measure) {
        Some((_, earlier)) if *earlier != value => Err(otherwise(row, column)),
        Some(_) => Ok(()),
        None => {
            source_record.measures.push((measure, value));
            Ok(())
        }
    }
}

fn otherwise(row: &CsvRow<'_>, column: KnownColumn) -> RowError {
    RowError::of(column, row.raw(column), "an earlier row of this provider has another value")
}

/// The values of the measures that a row has in these columns.
pub(crate) fn all(
    row: &mut CsvRow<'_>,
    columns: &[(KnownColumn, SupportingMeasure)],
) -> Vec<(SupportingMeasure, MeasureValue)> {
    let value = |(column, measure): &(KnownColumn, SupportingMeasure)| Some((*measure, measured(row, *column, *measure)?));
    columns.iter().filter_map(value).collect()
}

/// The value of a measure in a cell.
fn measured(row: &mut CsvRow<'_>, column: KnownColumn, measure: SupportingMeasure) -> Option<MeasureValue> {
    match measure {
        SupportingMeasure::Readmission
        | SupportingMeasure::ReadmissionDuringStay
        | SupportingMeasure::UrinaryInfection
        | SupportingMeasure::BloodstreamInfection
        | SupportingMeasure::CDifficile
        | SupportingMeasure::CommunityDischarge => {
            let read = |text: &str| comparison(text).map(MeasureValue::Compared);
            row.read(column, "it is no comparison with the nation", read)
        }
        SupportingMeasure::DischargeFunction | SupportingMeasure::MedicareSpending => {
            row.read(column, "it is not a number", |text| csv_cell::hundredths(text).map(MeasureValue::Hundredths))
        }
        SupportingMeasure::FamilyCaregiverStar
        | SupportingMeasure::PatientSurveyStar
        | SupportingMeasure::InspectionStar
        | SupportingMeasure::StaffingStar
        | SupportingMeasure::ResultsStar => row.read(column, "it is not a number of stars", |text| {
            let stars = csv_cell::count(text).filter(|stars| (1..=5).contains(stars));
            stars.map(|stars| MeasureValue::Hundredths(stars * 100))
        }),
    }
}

/// How CMS compares a provider with the nation, in every spelling: "Better than the National Rate", "No Different than the National
/// Benchmark", "Same As National Rate".
fn comparison(text: &str) -> Option<NationalComparison> {
    let words = fold_words(text);
    let words = words.strip_suffix(" national rate").or_else(|| words.strip_suffix(" national benchmark"))?;
    match words.strip_suffix(" the").unwrap_or(words) {
        "better than" => Some(NationalComparison::Better),
        "no different than" | "no different from" | "same as" => Some(NationalComparison::NoDifferent),
        "worse than" => Some(NationalComparison::Worse),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refresh::read::row_reader::read_text;
    use crate::refresh::read::{hospice, inpatient_rehab, long_term_acute};

    const HEADER: &str = "CMS Certification Number (CCN),Provider Name,Address Line 1,City/Town,State,ZIP Code,Telephone Number,\
        Measure Code,Score,Star Rating,Footnote\n";

    /// The record made of rows of (measure code, cells after it), and what is wrong.
    fn read_rows(file: &'static MeasureFile, rows: &[(&str, &str)]) -> (SourceRecord, Vec<String>) {
        let row = |(code, cells): &(&str, &str)| {
            format!("172004,LARKWATER,1 MAIN ST,WICHITA,KS,67208,(913) 649-3701,{code},{cells}\n")
        };
        let text = format!("{HEADER}{}", rows.iter().map(row).collect::<String>());
        let (parsed, faults) = read_text(&mut MeasurePivot::of(file), &text);
        let record = parsed.records.of.into_values().flatten().next().unwrap();
        (record, faults.iter().map(|fault| fault.reason.clone()).collect())
    }

    fn measures(record: &SourceRecord) -> Vec<String> {
        record.measures.iter().map(|(measure, value)| format!("{} {value}", measure.code())).collect()
    }

    #[test]
    fn a_comparison_is_known_in_every_spelling() {
        for (text, reads) in [
            ("Better than the National Rate", Some(NationalComparison::Better)),
            ("No Different than the National Benchmark", Some(NationalComparison::NoDifferent)),
            ("Worse than the National Rate", Some(NationalComparison::Worse)),
            ("Same As National Rate", Some(NationalComparison::NoDifferent)),
            ("Better Than National Rate", Some(NationalComparison::Better)),
            ("Better than the State Rate", None),
            ("Better", None),
        ] {
            assert_eq!(comparison(text), reads, "{text}");
        }
    }

    #[test]
    fn a_rehabilitation_facility_is_rated_by_discharge_to_community() {
        let (record, faults) = read_rows(
            &inpatient_rehab::MEASURES,
            &[
                ("I_019_02_DTC_COMP_PERF", "Better than the National Rate,,-"),
                ("I_019_02_DTC_OBS_RATE", "61.04,,-"),
                ("I_017_01_PPR_PD_COMP_PERF", "Worse than the National Rate,,-"),
                ("I_006_01_COMP_PERF", "Not Available,,\"6,7\""),
                ("I_026_01_OBS_RATE", "61.04,,-"),
                ("I_020_01_MSPB_SCORE", "0.98,,-"),
            ],
        );
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(record.rating.unwrap().in_words(), "discharge to community better than the national rate");
        assert_eq!(
            measures(&record),
            ["readmission worse than the national rate", "discharge_function 61.04", "medicare_spending 0.98"]
        );
    }

    #[test]
    fn a_missing_rating_has_the_reason_of_its_footnote() {
        for (cells, gap) in [
            ("Not Available,,1", Some(RatingGap::TooSmall)),
            ("Not Available,,2", Some(RatingGap::TooNew)),
            ("Not Available,,\"1,3\"", Some(RatingGap::TooSmall)),
            ("Not Available,,3", None),
            ("Not Available,,-", None),
            ("No Different than the National Rate,,1", None),
        ] {
            let (record, faults) = read_rows(&long_term_acute::MEASURES, &[("L_018_02_DTC_COMP_PERF", cells)]);
            assert_eq!((record.rating_gap, faults.len()), (gap, 0), "{cells}");
            assert_eq!(record.rating.is_some(), cells.starts_with("No "), "{cells}");
        }
    }

    #[test]
    fn a_word_that_is_not_understood_is_silence_and_counted() {
        let (record, faults) = read_rows(
            &long_term_acute::MEASURES,
            &[
                ("L_018_02_DTC_COMP_PERF", "Outstanding,,-"),
                ("L_007_01_COMP_PERF", "Fair,,-"),
                ("L_019_01_MSPB_SCORE", "x,,-"),
            ],
        );
        assert_eq!((record.rating, record.measures.len(), faults.len()), (None, 0, 3));
    }

    #[test]
    fn a_hospice_has_the_stars_of_its_family_caregivers() {
        let rows = [("SUMMARY_STAR_RATING", "Not Applicable,4,"), ("EMO_REL_TBV", "90,Not Applicable,")];
        let (record, faults) = read_rows(&hospice::SURVEY_MEASURES, &rows);
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(measures(&record), ["family_caregiver_star 4"]);
    }
}
