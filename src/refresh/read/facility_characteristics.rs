//! Form CMS-671 "Long-Term Care Facility Characteristics": beds set aside for special care, and programme participation.

use crate::care::Service;
use crate::refresh::account::{Refusal, Taken, Who};
use crate::refresh::column::Column;
use crate::refresh::read::{Books, listed};
use crate::refresh::row::Row;

/// Beds of a dedicated unit and the need they answer. Beds mean yes; none mean no unit, which is not a refusal.
const UNITS: [(Column, &str); 6] = [
    (Column::VentilatorBeds, "resp.vent"),
    (Column::AlzheimerBeds, "cog.dementia"),
    (Column::DialysisBeds, "renal.hd-onsite"),
    (Column::HospiceBeds, "eol.inpatient"),
    (Column::HeadTraumaBeds, "rehab.tbi"),
    (Column::YoungAdultBeds, "pop.peds"),
];

/// One home. The form was filled in at the survey its certification date names, up to six years before the file: that is
/// the day the row is of.
pub fn home(row: &mut Row<'_>, books: &mut Books) -> Result<Taken, Refusal> {
    let ccn = row.ccn()?;
    let mut account = listed(row, Service::SkilledNursing)?;
    account.as_of = row.past_date(Column::CertificationDate, books.today);
    for (column, need) in UNITS {
        let unit = row.count(column).filter(|beds| *beds > 0);
        account.answer(need, unit.map(|_| true));
    }
    if let Some((medicare, medicaid)) =
        row.read(Column::Participation, "it is none of the participation codes", participation)
    {
        account.medicare = Some(medicare);
        account.medicaid = Some(medicaid);
    }
    books.accounts.add(Who::Ccn(ccn), account)
}

/// Whether Medicare (as a skilled nursing facility, SNF) and Medicaid (as a nursing facility, NF) pay the home. The column
/// mixes two vocabularies.
fn participation(code: &str) -> Option<(bool, bool)> {
    match code {
        "SNF/NF Dual Certification" | "SNF/NF - Medicare/Medicaid" | "SNF/NF Distinct Part" => Some((true, true)),
        "SNF (Medicare) Only" | "Skilled Nursing Facility (SNF) - Medicare Participation" => Some((true, false)),
        "NF (Medicaid) Only" | "Nursing Facility (NF) - Medicaid Participation" => Some((false, true)),
        _ => None,
    }
}
