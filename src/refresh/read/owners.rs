//! Who owns and controls a provider: "All Owners" by enrollment (PECOS), "Ownership" of nursing homes by CCN, and the changes of
//! ownership. Rows about persons are skipped: only organizations are kept.

use std::collections::BTreeMap;

use crate::provider::Ccn;
use crate::provider::business::BusinessFact;
use crate::refresh::ccn_kind::CcnKind;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_cell;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, TableSpec};
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::enrollments::enrolled_ccn;
use crate::refresh::read::row_reader::{DatasetReader, RowReader};
use crate::refresh::source_record::{RowError, RowOutcome, SourceRecord};
use crate::refresh::trust_tier::TrustTier;
use crate::service::Service;

/// "All Owners" of any kind of provider, by enrollment.
pub(crate) static ALL_OWNERS: DatasetSpec = {
    use KnownColumn as C;
    let columns = &[C::EnrollmentId, C::OwnerType, C::OwnerRole, C::OwnerName];
    let table = TableSpec {
        optional: &[C::OwnerShare],
        column_names: &[
            (C::OwnerType, "TYPE - OWNER"),
            (C::OwnerRole, "ROLE TEXT - OWNER"),
            (C::OwnerName, "ORGANIZATION NAME - OWNER"),
        ],
        ..TableSpec::read(HeaderSignature::of(4, columns), columns, || Box::new(EnrollmentOwners))
    };
    DatasetSpec::table_of("CMS All Owners", TrustTier::Cms, table)
};

/// "Ownership" of nursing homes, by CCN.
pub(crate) static HOME_OWNERS: DatasetSpec = {
    use KnownColumn as C;
    let columns = &[C::Ccn, C::OwnerType, C::OwnerRole, C::OwnerName];
    let table = TableSpec {
        optional: &[C::OwnerShare, C::ProcessingDate],
        ..TableSpec::read(HeaderSignature::of(4, columns), columns, || Box::new(HomeOwners::default()))
    };
    DatasetSpec::table_of("CMS Nursing Home Ownership", TrustTier::Cms, table)
};

/// Changes of ownership of any kind of provider.
pub(crate) static CHANGES: DatasetSpec = {
    use KnownColumn as C;
    let marks = &[C::ChangeType, C::EffectiveDate, C::SellerName, C::Ccn];
    let table = TableSpec {
        optional: &[C::SellerName],
        column_names: &[(C::Ccn, "CCN - BUYER")],
        ..TableSpec::read(HeaderSignature::of(3, marks), &[C::Ccn, C::EffectiveDate], || Box::new(RowReader(change)))
    };
    DatasetSpec::table_of("CMS Changes of Ownership", TrustTier::Cms, table)
};

/// Whether the row is about an organization; `None` if its type of owner is not understood.
fn is_organization(row: &CsvRow<'_>) -> Option<bool> {
    match row.non_empty(KnownColumn::OwnerType)?.to_ascii_lowercase().as_str() {
        "o" | "organization" => Some(true),
        "i" | "individual" => Some(false),
        _ => None,
    }
}

/// The owner of a row.
///
/// # Errors
/// Its type is not understood, or its name or role is missing. The fault shows no name, which may be a person's.
fn owner(row: &mut CsvRow<'_>) -> Result<BusinessFact, RowError> {
    if is_organization(row).is_none() {
        let text = row.raw(KnownColumn::OwnerType);
        return Err(RowError::of(KnownColumn::OwnerType, text, "it is neither an organization nor an individual"));
    }
    let name = row.required_words(KnownColumn::OwnerName)?;
    let role = row.required_words(KnownColumn::OwnerRole)?;
    Ok(BusinessFact::Owner { name, role, percent: percent(row) })
}

/// The share in whole percent; `None` where CMS has none.
fn percent(row: &mut CsvRow<'_>) -> Option<u32> {
    let text = row.non_empty(KnownColumn::OwnerShare)?.trim_end_matches('%').trim();
    if ["NOT APPLICABLE", "NO PERCENTAGE PROVIDED"].iter().any(|none| text.eq_ignore_ascii_case(none)) {
        return None;
    }
    let share = csv_cell::number(text).filter(|share| (0.0..=100.0).contains(share));
    if share.is_none() {
        row.fault(KnownColumn::OwnerShare, "it is not a percentage");
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 100, checked above")]
    share.map(|share| share.round() as u32)
}

/// Reads "All Owners".
struct EnrollmentOwners;

impl DatasetReader for EnrollmentOwners {
    fn concerns(&self, row: &CsvRow<'_>) -> bool {
        is_organization(row) != Some(false)
    }

    fn row(&mut self, row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
        if !self.concerns(row) {
            return Ok(RowOutcome::PassedOver);
        }
        let id = row.required_words(KnownColumn::EnrollmentId)?;
        let owner = owner(row)?;
        parsed.enrollments.add_owner(id, owner, parsed.records.current());
        Ok(RowOutcome::Used)
    }
}

/// Reads "Ownership".
#[derive(Debug, Default)]
struct HomeOwners {
    owners: BTreeMap<Ccn, Vec<BusinessFact>>,
}

impl DatasetReader for HomeOwners {
    fn concerns(&self, row: &CsvRow<'_>) -> bool {
        is_organization(row) != Some(false)
    }

    fn row(&mut self, row: &mut CsvRow<'_>, _: &mut ParsedInput) -> Result<RowOutcome, RowError> {
        if !self.concerns(row) {
            return Ok(RowOutcome::PassedOver);
        }
        let ccn = row.ccn()?;
        let owner = owner(row)?;
        self.owners.entry(ccn).or_default().push(owner);
        Ok(RowOutcome::Used)
    }

    fn end(&mut self, parsed: &mut ParsedInput) -> u64 {
        let source = parsed.records.current();
        for (ccn, business) in std::mem::take(&mut self.owners) {
            let record = SourceRecord { source, business, ..SourceRecord::of(Service::SkilledNursing) };
            parsed.enrollments.add_record(ccn, record);
        }
        0
    }
}

/// Reads one change of ownership. The provider keeps the CCN of the buyer.
fn change(row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    let ccn = enrolled_ccn(row)?;
    let Some(CcnKind::Of(service)) = CcnKind::of(&ccn.to_string()) else { return Ok(RowOutcome::PassedOver) };
    let Some(on) = row.past_date(KnownColumn::EffectiveDate, parsed.today) else {
        let text = row.raw(KnownColumn::EffectiveDate);
        return Err(RowError::of(KnownColumn::EffectiveDate, text, "it is not a past date"));
    };
    let seller = row.words(KnownColumn::SellerName);
    let business = vec![BusinessFact::OwnershipChange { on, seller }];
    let record = SourceRecord { source: parsed.records.current(), business, ..SourceRecord::of(service) };
    parsed.enrollments.add_record(ccn, record);
    Ok(RowOutcome::Used)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refresh::read::row_reader::read_text;

    const OWNERS: &str =
        "ENROLLMENT ID,TYPE - OWNER,ROLE TEXT - OWNER,LAST NAME - OWNER,ORGANIZATION NAME - OWNER,PERCENTAGE OWNERSHIP\n";

    #[test]
    fn the_share_of_an_owner_is_a_percentage_or_unknown() {
        for (kind, share, faults) in [
            ("O", "33.4", 0),
            ("Organization", "12%", 0),
            ("O", "NOT APPLICABLE", 0),
            ("O", "", 0),
            ("O", "120", 1),
            ("?", "1", 1),
        ] {
            let text = format!("{OWNERS}O1,{kind},PARTNER,,HARBOR LLC,{share}\n");
            assert_eq!(read_text(&mut EnrollmentOwners, &text).1.len(), faults, "{kind} {share}");
        }
    }

    #[test]
    fn no_row_of_a_person_is_kept_or_reported() {
        let text = format!("{OWNERS}O1,I,OFFICER,LARKWATER,,\n,I,,LARKWATER,,x\n");
        let (parsed, faults) = read_text(&mut EnrollmentOwners, &text);
        assert_eq!((faults.len(), format!("{:?}", parsed.enrollments).contains("LARKWATER")), (0, false));
    }
}
