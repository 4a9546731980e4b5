//! The nursing facilities that qualify for the waiver of the three-day stay under TEAM (42 CFR 512.580), which CMS lists each quarter.
//!
//! The columns are our assumption until a list of CMS was read: the CCN, and the first and the last day for which it qualifies. A facility
//! that is not listed is unknown.

use crate::provider::business::BusinessFact;
use crate::refresh::ccn_kind::CcnKind;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, TableSpec};
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::row_reader::RowReader;
use crate::refresh::source_record::{RowError, RowOutcome, SourceRecord};
use crate::refresh::trust_tier::TrustTier;
use crate::service::Service;

/// The list.
pub(crate) static SPEC: DatasetSpec = {
    use KnownColumn as C;
    let columns = &[C::Ccn, C::WaiverFrom, C::WaiverUntil];
    let table = TableSpec::read(HeaderSignature::of(3, columns), columns, || Box::new(RowReader(facility)));
    DatasetSpec::table_of("CMS TEAM list of qualified nursing facilities", TrustTier::Cms, table)
};

/// Reads one facility.
fn facility(row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    let ccn = row.ccn()?;
    if !CcnKind::of(&ccn.to_string()).is_some_and(|kind| kind.offers(Service::SkilledNursing)) {
        let text = row.raw(KnownColumn::Ccn);
        return Err(RowError::of(KnownColumn::Ccn, text, "it is not the CCN of a nursing facility"));
    }
    let from = row.date(KnownColumn::WaiverFrom);
    let until = row.date(KnownColumn::WaiverUntil);
    let (Some(from), Some(until)) = (from, until) else {
        let column = if from.is_none() { KnownColumn::WaiverFrom } else { KnownColumn::WaiverUntil };
        return Err(RowError::of(column, row.raw(column), "it is not a date"));
    };
    if until < from {
        let text = row.raw(KnownColumn::WaiverUntil);
        return Err(RowError::of(KnownColumn::WaiverUntil, text, "it is before the first day"));
    }
    let business = vec![BusinessFact::StayWaiver { from, until }];
    let record = SourceRecord { source: parsed.records.current(), business, ..SourceRecord::of(Service::SkilledNursing) };
    parsed.enrollments.add_record(ccn, record);
    Ok(RowOutcome::Used)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refresh::read::row_reader::read_text;

    #[test]
    fn a_row_has_a_nursing_facility_and_the_days_for_which_it_qualifies() {
        for (row, faults) in [
            ("265001,2026-10-01,2026-12-31", 0),
            ("265001,10/01/2026,12/31/2026", 0),
            ("267001,2026-10-01,2026-12-31", 1),
            ("265001,,2026-12-31", 1),
            ("265001,2026-10-01,soon", 1),
            ("265001,2026-12-31,2026-10-01", 1),
        ] {
            let text = format!("CCN,SNF Waiver Start Date,SNF Waiver End Date\n{row}\n");
            assert_eq!(read_text(&mut RowReader(facility), &text).1.is_empty(), faults == 0, "{row}");
        }
    }
}
