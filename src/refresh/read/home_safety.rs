//! What "Provider Information" says about the safety of a nursing home, and why a home has no star rating.
//!
//! A word that is not understood is silence and is counted as a fault of its row.

use crate::provider::quality::RatingGap;
use crate::provider::safety::SafetyFact;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_cell;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::safety_claims::{SafetyClaims, SafetyTopic};

/// What a missing overall rating means by its footnote (CMS Nursing Home Data Dictionary, June 2026, table 15). Footnotes 12 and 19 are
/// retired, 22 is about the address, 26 and 27 are about turnover: none of these explains a missing rating.
const OVERALL_FOOTNOTES: [(u32, RatingGap); 15] = [
    (1, RatingGap::TooNew),    // newly certified, with less than 12 to 15 months of data
    (2, RatingGap::TooSmall),  // not enough data to calculate a star rating
    (6, RatingGap::TooSmall),  // the data did not meet the criteria
    (7, RatingGap::TooSmall),  // not accurate, or suppressed
    (9, RatingGap::TooSmall),  // too few residents or stays
    (10, RatingGap::TooSmall), // missing or not submitted
    (13, RatingGap::TooSmall), // a shorter period than required
    (14, RatingGap::TooSmall), // not required to submit
    (18, RatingGap::Withheld), // a history of serious quality issues: in the Special Focus Facility program
    (20, RatingGap::TooSmall), // the accuracy of the data for the rating could not be validated
    (21, RatingGap::TooSmall), // the same, for a measure
    (23, RatingGap::TooSmall), // no staffing data
    (24, RatingGap::TooSmall), // many days without a registered nurse
    (25, RatingGap::TooSmall), // staffing data that could not be validated
    (28, RatingGap::TooSmall), // an annual measure
];

/// It did not submit staffing data.
const NO_STAFFING_DATA: u32 = 23;

/// It reported a high number of days without a registered nurse onsite.
const NO_REGISTERED_NURSE: u32 = 24;

/// What the row says about safety.
pub(crate) fn safety(row: &mut CsvRow<'_>) -> SafetyClaims {
    let mut claims = SafetyClaims::new();
    if let Some(status) = special_focus(row) {
        claims.insert(SafetyTopic::SpecialFocus, status);
    }
    for (column, topic, fact) in [
        (KnownColumn::AbuseIcon, SafetyTopic::AbuseIcon, SafetyFact::AbuseIcon),
        (KnownColumn::OwnershipChanged, SafetyTopic::Ownership, SafetyFact::OwnershipChange),
        (KnownColumn::RetirementCommunity, SafetyTopic::RetirementCommunity, SafetyFact::RetirementCommunity),
    ] {
        claims.extend(row.flag(column).map(|yes| (topic, yes.then_some(fact))));
    }
    let fines = row.count(KnownColumn::FineCount).zip(row.dollars(KnownColumn::FineDollars));
    claims.extend(fines.map(|(count, dollars)| (SafetyTopic::Fines, fined(count, dollars))));
    let denials = row.count(KnownColumn::DenialCount);
    claims.extend(denials.map(|count| (SafetyTopic::Denials, denied(count))));
    staffing(row, &mut claims);
    claims
}

/// So many fines; nothing where there was none.
pub(crate) fn fined(count: u32, dollars: u32) -> Option<SafetyFact> {
    (count > 0).then_some(SafetyFact::Fines { count, dollars })
}

/// So many denials of payment; nothing where there was none.
pub(crate) fn denied(count: u32) -> Option<SafetyFact> {
    (count > 0).then_some(SafetyFact::PaymentDenials(count))
}

/// The Special Focus status, which is empty for most homes. Until July 2019 the column was a yes or no and named no candidates.
#[expect(clippy::option_option, reason = "the outer is whether the cell says something, the inner what")]
fn special_focus(row: &mut CsvRow<'_>) -> Option<Option<SafetyFact>> {
    if row.non_empty(KnownColumn::SpecialFocus).is_none() {
        return row.has(KnownColumn::SpecialFocus).then_some(None);
    }
    row.read(KnownColumn::SpecialFocus, "it is no Special Focus status", |text| match text.to_ascii_lowercase().as_str() {
        "sff" | "special focus facility" | "y" | "yes" | "true" => Some(Some(SafetyFact::SpecialFocus)),
        "sff candidate" | "candidate" | "special focus facility candidate" => Some(Some(SafetyFact::SpecialFocusCandidate)),
        "n" | "no" | "false" | "none" => Some(None),
        _ => None,
    })
}

/// What the footnotes of the staffing rating and of the reported hours say.
fn staffing(row: &mut CsvRow<'_>, claims: &mut SafetyClaims) {
    let columns = [KnownColumn::StaffingFootnote, KnownColumn::ReportedStaffingFootnote];
    let columns: Vec<KnownColumn> = columns.into_iter().filter(|column| row.has(*column)).collect();
    let read: Option<Vec<Vec<u32>>> = columns.iter().map(|column| row.footnotes(*column)).collect();
    let Some(footnotes) = read.filter(|read| !read.is_empty()).map(|read| read.concat()) else { return };
    for (footnote, topic, fact) in [
        (NO_STAFFING_DATA, SafetyTopic::StaffingData, SafetyFact::NoStaffingData),
        (NO_REGISTERED_NURSE, SafetyTopic::RegisteredNurse, SafetyFact::NoRegisteredNurse),
    ] {
        claims.insert(topic, footnotes.contains(&footnote).then_some(fact));
    }
}

/// Why the row has no overall rating, where it has none.
pub(crate) fn rating_gap(row: &mut CsvRow<'_>, safety: &SafetyClaims) -> Option<RatingGap> {
    if row.non_empty(KnownColumn::OverallRating).is_some() {
        return None;
    }
    if safety.get(&SafetyTopic::SpecialFocus) == Some(&Some(SafetyFact::SpecialFocus)) {
        return Some(RatingGap::Withheld);
    }
    if row.non_empty(KnownColumn::OverallFootnote).is_none() {
        return Some(RatingGap::Unexplained);
    }
    let gap = |number: u32| OVERALL_FOOTNOTES.iter().find(|(known, _)| *known == number).map(|(_, gap)| *gap);
    row.read(KnownColumn::OverallFootnote, "it is no footnote about a rating", |text| {
        // The order of the reasons is that of their weight.
        csv_cell::footnotes(text)?.into_iter().filter_map(gap).min()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refresh::read::nursing_home;
    use crate::refresh::read::row_reader::{RowReader, read_text};
    use crate::refresh::source_record::SourceRecord;

    const HEADER: &str = "CMS Certification Number (CCN),Provider Name,Provider Address,City/Town,State,ZIP Code,Provider Type,\
        Date First Approved to Provide Medicare and Medicaid Services,Continuing Care Retirement Community,Special Focus Status,\
        Abuse Icon,Provider Changed Ownership in Last 12 Months,Overall Rating,Overall Rating Footnote,Staffing Rating Footnote,\
        Reported Staffing Footnote,Number of Fines,Total Amount of Fines in Dollars,Number of Payment Denials,Processing Date\n";

    /// The record of a home whose row goes on with these cells after its provider type, and how many cells are at fault.
    fn home(cells: &str) -> (SourceRecord, Vec<String>) {
        let text = format!("{HEADER}425003,LARKWATER MANOR,1 MAIN ST,CHARLESTON,SC,29401,Medicare,{cells}\n");
        let (parsed, faults) = read_text(&mut RowReader(nursing_home::home), &text);
        let record = parsed.records.of.into_values().flatten().next().unwrap();
        (record, faults.iter().map(|fault| fault.reason.clone()).collect())
    }

    fn facts(record: &SourceRecord) -> Vec<&'static str> {
        record.safety.values().flatten().map(|fact| fact.code()).collect()
    }

    #[test]
    fn a_home_without_a_fault_says_so_on_every_topic() {
        let (record, faults) = home("1978-07-01,N,,N,N,5,,,,0,0.00,0,2026-08-01");
        assert!(faults.is_empty(), "{faults:?}");
        assert!(record.safety.values().all(Option::is_none));
        assert_eq!(record.safety.len(), SafetyTopic::ALL.len() - 1, "the days of a denial are in another file");
        assert_eq!((record.rating_gap, record.first_certified), (None, Some(jiff::civil::date(1978, 7, 1))));
    }

    #[test]
    fn the_parts_of_the_stars_are_read_and_what_is_no_star_is_a_fault() {
        let text = "CMS Certification Number (CCN),Provider Name,Provider Address,City/Town,State,ZIP Code,Provider Type,\
            Overall Rating,Health Inspection Rating,QM Rating,Staffing Rating\n\
            425003,LARKWATER MANOR,1 MAIN ST,CHARLESTON,SC,29401,Medicare,4,3,5,7\n";
        let (parsed, faults) = read_text(&mut RowReader(nursing_home::home), text);
        let record = parsed.records.of.into_values().flatten().next().unwrap();
        let measures: Vec<String> =
            record.measures.iter().map(|(measure, value)| format!("{} {value}", measure.code())).collect();
        assert_eq!(measures, ["inspection_star 3", "quality_measure_star 5"]);
        assert_eq!(faults.len(), 1, "{faults:?}");
    }

    #[test]
    fn every_notice_is_read() {
        let (record, faults) = home("1978-07-01,Y,SFF,Y,Y,,18,23,24,4,64075.40,1,2026-08-01");
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(
            facts(&record),
            [
                "special_focus_facility",
                "abuse_icon",
                "payment_denials",
                "fines",
                "ownership_change",
                "no_staffing_data",
                "no_registered_nurse",
                "retirement_community"
            ]
        );
        let fines = Some(SafetyFact::Fines { count: 4, dollars: 64_075 });
        assert_eq!(record.safety[&SafetyTopic::Fines], fines);
    }

    #[test]
    fn a_special_focus_status_is_known_in_every_spelling() {
        for (status, code) in [
            ("SFF", Some("special_focus_facility")),
            ("Y", Some("special_focus_facility")),
            ("SFF Candidate", Some("special_focus_candidate")),
            ("sff candidate", Some("special_focus_candidate")),
            ("N", None),
            ("", None),
        ] {
            let (record, faults) = home(&format!("1978-07-01,N,{status},N,N,3,,,,0,0,0,2026-08-01"));
            assert_eq!((facts(&record).first().copied(), faults.len()), (code, 0), "{status}");
            assert!(record.safety.contains_key(&SafetyTopic::SpecialFocus), "{status}");
        }
    }

    #[test]
    fn a_word_that_is_not_understood_is_silence_and_counted() {
        let (record, faults) = home("1978-07-01,maybe,SFF?,?,x,3,,many,,some,0,?,2026-08-01");
        assert!(record.safety.is_empty(), "{:?}", record.safety);
        assert_eq!(faults.len(), 7, "{faults:?}");
    }

    #[test]
    fn a_missing_rating_has_the_reason_of_its_footnote() {
        for (status, rating, footnote, gap) in [
            ("", "", "18", Some(RatingGap::Withheld)),
            ("SFF", "", "", Some(RatingGap::Withheld)),
            ("SFF", "1", "", None),
            ("SFF Candidate", "", "", Some(RatingGap::Unexplained)),
            ("", "", "1", Some(RatingGap::TooNew)),
            ("", "", "2", Some(RatingGap::TooSmall)),
            ("", "", "20", Some(RatingGap::TooSmall)),
            ("", "", "\"2,18\"", Some(RatingGap::Withheld)),
            ("", "", "", Some(RatingGap::Unexplained)),
            ("", "", "22", None),
            ("", "4", "18", None),
            ("", "6", "", None),
        ] {
            let (record, _) = home(&format!("1978-07-01,N,{status},N,N,{rating},{footnote},,,0,0,0,2026-08-01"));
            assert_eq!(record.rating_gap, gap, "{status:?} {rating:?} {footnote:?}");
        }
    }
}
