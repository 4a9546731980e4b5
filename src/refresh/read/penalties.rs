//! CMS nursing home "Penalties": a row for each fine and each denial of payment of the last three years.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;

use crate::provider::safety::SafetyFact;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_cell;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, TableSpec};
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::home_safety::{denied, fined};
use crate::refresh::read::row_reader::DatasetReader;
use crate::refresh::safety_claims::{SafetyClaims, SafetyTopic};
use crate::refresh::source_record::{ProviderKey, RowError, RowOutcome, SourceRecord};
use crate::refresh::trust_tier::TrustTier;
use crate::service::Service;

/// The list as CMS publishes it. It adds to homes that another file names.
pub(crate) static SPEC: DatasetSpec = {
    use KnownColumn as C;
    let marks = &[C::PenaltyDate, C::PenaltyType, C::FineAmount, C::DenialStart, C::DenialDays, C::Ccn];
    let required = &[C::Ccn, C::PenaltyType, C::FineAmount, C::DenialStart, C::DenialDays];
    let table = TableSpec {
        optional: &[C::PenaltyDate, C::ProcessingDate],
        ..TableSpec::read(HeaderSignature::of(4, marks), required, || Box::new(PenaltyPivot::default()))
    };
    DatasetSpec::facts_about(Service::SkilledNursing, "CMS Nursing Home Penalties", TrustTier::Cms, table)
};

/// The columns in which two penalties of one home differ.
const DISTINGUISHED_BY: [KnownColumn; 6] = [
    KnownColumn::PenaltyDate,
    KnownColumn::PenaltyType,
    KnownColumn::FineId,
    KnownColumn::FineAmount,
    KnownColumn::DenialStart,
    KnownColumn::DenialDays,
];

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PenaltyKind {
    Fine,
    Denial,
}

impl PenaltyKind {
    fn of(row: &CsvRow<'_>) -> Option<Self> {
        let text = row.non_empty(KnownColumn::PenaltyType)?;
        [("Fine", Self::Fine), ("Payment Denial", Self::Denial)]
            .into_iter()
            .find(|(name, _)| text.eq_ignore_ascii_case(name))
            .map(|(_, kind)| kind)
    }
}

/// Counts the penalties of each home.
#[derive(Debug, Default)]
pub(crate) struct PenaltyPivot {
    homes: BTreeMap<ProviderKey, HomePenalties>,
    /// A row of an unknown home could not be read: it may be about any of them.
    of_any_home: LostPenalties,
}

/// Which penalties could not be read, so that it is not known how many there were.
#[derive(Debug, Clone, Copy, Default)]
struct LostPenalties {
    fine: bool,
    denial: bool,
}

impl LostPenalties {
    /// Notes a row of this kind; one of an unknown kind may be either.
    fn note(&mut self, kind: Option<PenaltyKind>) {
        self.fine |= kind != Some(PenaltyKind::Denial);
        self.denial |= kind != Some(PenaltyKind::Fine);
    }

    fn and(self, other: Self) -> Self {
        Self { fine: self.fine || other.fine, denial: self.denial || other.denial }
    }
}

/// The penalties of one home.
#[derive(Debug, Default)]
struct HomePenalties {
    fines: u32,
    dollars: u32,
    denials: u32,
    /// The first and the last day of the latest denial.
    last_denial: Option<(Date, Date)>,
    /// The rows, so that one that stands twice counts once.
    rows: BTreeSet<String>,
    lost: LostPenalties,
}

impl DatasetReader for PenaltyPivot {
    fn row(&mut self, row: &mut CsvRow<'_>, _: &mut ParsedInput) -> Result<RowOutcome, RowError> {
        let who = ProviderKey::Ccn(row.ccn()?);
        let unknown = || {
            let text = row.raw(KnownColumn::PenaltyType);
            RowError::of(KnownColumn::PenaltyType, text, "it is neither Fine nor Payment Denial")
        };
        let kind = PenaltyKind::of(row).ok_or_else(unknown)?;
        let (fine, denial) = match kind {
            PenaltyKind::Fine => {
                let dollars = cell(row, KnownColumn::FineAmount, csv_cell::dollars, "it is not an amount in dollars")?;
                (Some(dollars), None)
            }
            PenaltyKind::Denial => (None, Some(denial_days(row)?)),
        };
        let cells: Vec<&str> = DISTINGUISHED_BY.iter().map(|column| row.raw(*column).trim()).collect();
        // Two fines of one day and one amount differ by their number alone, which older files do not have.
        let numbered = kind == PenaltyKind::Denial || row.non_empty(KnownColumn::FineId).is_some();
        let home = self.homes.entry(who).or_default();
        if numbered && !home.rows.insert(cells.join("|")) {
            return Ok(RowOutcome::Again);
        }
        if let Some(dollars) = fine {
            home.fines += 1;
            home.dollars = home.dollars.saturating_add(dollars);
        }
        if let Some(days) = denial {
            home.denials += 1;
            home.last_denial = home.last_denial.into_iter().chain([days]).max_by_key(|(_, until)| *until);
        }
        Ok(RowOutcome::Used)
    }

    fn lost(&mut self, row: Option<&CsvRow<'_>>) {
        let kind = row.and_then(PenaltyKind::of);
        match row.and_then(|row| row.ccn().ok()) {
            None => self.of_any_home.note(kind),
            // A penalty of a third kind is neither a fine nor a denial.
            Some(_) if kind.is_none() => {}
            Some(who) => self.homes.entry(ProviderKey::Ccn(who)).or_default().lost.note(kind),
        }
    }

    fn end(&mut self, parsed: &mut ParsedInput) -> u64 {
        for (who, home) in std::mem::take(&mut self.homes) {
            let source_record =
                SourceRecord { safety: home.claims(self.of_any_home), ..SourceRecord::of(Service::SkilledNursing) };
            // Each home is added once, so no earlier row can contradict it.
            let _ = parsed.records.add(who, source_record);
        }
        0
    }
}

impl HomePenalties {
    /// What the file says of the home. How many fines and denials it had is left out where one may be lost; Provider
    /// Information has the counts too.
    fn claims(&self, of_any_home: LostPenalties) -> SafetyClaims {
        let lost = self.lost.and(of_any_home);
        let last = self.last_denial.map(|(from, until)| SafetyFact::PaymentDenial { from, until });
        let fines = (!lost.fine).then(|| (SafetyTopic::Fines, fined(self.fines, self.dollars)));
        let denials = (!lost.denial).then(|| (SafetyTopic::Denials, denied(self.denials)));
        let last = (last.is_some() || !lost.denial).then_some((SafetyTopic::LastDenial, last));
        fines.into_iter().chain(denials).chain(last).collect()
    }
}

/// A cell without which a penalty cannot be counted.
fn cell<T>(row: &CsvRow<'_>, column: KnownColumn, read: fn(&str) -> Option<T>, reason: &str) -> Result<T, RowError> {
    row.non_empty(column).and_then(read).ok_or_else(|| RowError::of(column, row.raw(column), reason))
}

/// The first and the last day of a denial of payment.
fn denial_days(row: &CsvRow<'_>) -> Result<(Date, Date), RowError> {
    const NO_LENGTH: &str = "it is not a number of days";
    let from = cell(row, KnownColumn::DenialStart, csv_cell::date, "it is not a date")?;
    let length = cell(row, KnownColumn::DenialDays, csv_cell::count, NO_LENGTH)?;
    let until = length.checked_sub(1).and_then(|days| from.checked_add(i64::from(days).days()).ok());
    let no_length = || RowError::of(KnownColumn::DenialDays, row.raw(KnownColumn::DenialDays), NO_LENGTH);
    until.map(|until| (from, until)).ok_or_else(no_length)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::refresh::read::row_reader::read_text;

    const HEADER: &str = "CMS Certification Number (CCN),Provider Name,Penalty Date,Penalty Type,Fine ID,Fine Amount,\
        Payment Denial Start Date,Payment Denial Length in Days,Processing Date\n";

    fn penalties(rows: &str) -> (SafetyClaims, Vec<String>) {
        let (parsed, faults) = read_text(&mut PenaltyPivot::default(), &format!("{HEADER}{rows}"));
        let record = parsed.records.of.into_values().flatten().next();
        let faults = faults.iter().map(|fault| format!("{} {}", fault.value, fault.reason)).collect();
        (record.map(|record| record.safety).unwrap_or_default(), faults)
    }

    #[test]
    fn fines_are_added_up_and_the_latest_denial_is_kept_with_both_days() {
        let (claims, faults) = penalties(
            "175078,A,2025-03-12,Fine,1,8413,,,2026-06-01\n\
             175078,A,2024-07-30,Fine,2,\"34,775\",,,2026-06-01\n\
             175078,A,2024-07-30,Fine,2,\"34,775\",,,2026-06-01\n\
             175078,A,2025-03-12,Payment Denial,,,2025-03-29,10,2026-06-01\n\
             175078,A,2024-01-01,Payment Denial,,,2024-02-01,20,2026-06-01\n",
        );
        assert!(faults.is_empty(), "{faults:?}");
        let expected = SafetyClaims::from([
            (SafetyTopic::Fines, Some(SafetyFact::Fines { count: 2, dollars: 43_188 })),
            (SafetyTopic::Denials, Some(SafetyFact::PaymentDenials(2))),
            (SafetyTopic::LastDenial, Some(SafetyFact::PaymentDenial { from: date(2025, 3, 29), until: date(2025, 4, 7) })),
        ]);
        assert_eq!(claims, expected);
    }

    #[test]
    fn two_fines_of_one_day_are_two_unless_they_have_one_number() {
        for (first, second, count) in [("1", "2", 2), ("1", "1", 1), ("", "", 2)] {
            let row = |id: &str| format!("175078,A,2024-04-23,Fine,{id},4349,,,2026-06-01\n");
            let (claims, _) = penalties(&format!("{}{}", row(first), row(second)));
            assert_eq!(claims[&SafetyTopic::Fines], fined(count, count * 4_349), "{first:?} {second:?}");
        }
    }

    #[test]
    fn a_row_of_an_unknown_home_leaves_the_counts_of_every_home_unknown() {
        let row = "175078,A,2025-03-12,Fine,1,8413,,,2026-06-01\n";
        let topics = |lost: &str| penalties(&format!("{row}{lost}")).0.into_keys().collect::<Vec<_>>();
        for (lost, fines, denials) in [
            ("", true, true),
            ("1.75E+05,A,2025-03-13,Fine,2,100,,,2026-06-01\n", false, true),
            ("1.75E+05,A,2025-03-12,Payment Denial,,,2025-03-29,10,2026-06-01\n", true, false),
            ("1.75E+05,A,2025-03-12,,,,,,2026-06-01\n", false, false),
        ] {
            let known = topics(lost);
            assert_eq!(known.contains(&SafetyTopic::Fines), fines, "{lost}");
            assert_eq!(known.contains(&SafetyTopic::Denials), denials, "{lost}");
        }
        let mut cut_off = PenaltyPivot::default();
        cut_off.lost(None);
        assert!(cut_off.of_any_home.fine && cut_off.of_any_home.denial);
    }

    #[test]
    fn what_could_not_be_read_leaves_the_count_unknown_and_is_told() {
        let (claims, faults) = penalties(
            "175078,A,2025-03-12,Fine,1,8413,,,2026-06-01\n\
             175078,A,2025-03-13,Fine,2,much,,,2026-06-01\n\
             175078,A,2025-03-14,Directed Plan,,,,,2026-06-01\n",
        );
        assert_eq!(claims.keys().copied().collect::<Vec<_>>(), [SafetyTopic::LastDenial, SafetyTopic::Denials]);
        assert!(faults.iter().any(|fault| fault.starts_with("much ")), "{faults:?}");
        assert!(faults.contains(&"Directed Plan it is neither Fine nor Payment Denial".to_owned()), "{faults:?}");
    }
}
