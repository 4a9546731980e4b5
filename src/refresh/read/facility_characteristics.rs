//! Form CMS-671 "Long-Term Care Facility Characteristics": beds set aside for special care, and program participation.

use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, TableSpec};
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::row_reader::RowReader;
use crate::refresh::source_record::{ProviderKey, RowError, RowOutcome, SourceRecord};
use crate::refresh::trust_tier::TrustTier;
use crate::service::{Need, Service};

/// The form as CMS publishes it.
pub(crate) static SPEC: DatasetSpec = {
    use KnownColumn as C;
    let marks = &[
        C::Participation,
        C::VentilatorBeds,
        C::AlzheimerBeds,
        C::DialysisBeds,
        C::HospiceBeds,
        C::HeadTraumaBeds,
        C::YoungAdultBeds,
    ];
    let required = &[
        C::Ccn,
        C::Name,
        C::Participation,
        C::VentilatorBeds,
        C::AlzheimerBeds,
        C::DialysisBeds,
        C::HospiceBeds,
        C::HeadTraumaBeds,
        C::YoungAdultBeds,
    ];
    let table = TableSpec::read(HeaderSignature::of(4, marks), required, || Box::new(RowReader(home)));
    let name = "CMS-671 Long-Term Care Facility Characteristics";
    DatasetSpec::list_of(Service::SkilledNursing, name, TrustTier::Form671, table)
};

/// Beds of a dedicated unit and the need they answer. A positive count means yes; zero means no unit, which does not mean no.
const UNITS: [(KnownColumn, Need); 6] = [
    (KnownColumn::VentilatorBeds, Need::from_code("resp.vent").unwrap()),
    (KnownColumn::AlzheimerBeds, Need::from_code("cog.dementia").unwrap()),
    (KnownColumn::DialysisBeds, Need::from_code("renal.hd-onsite").unwrap()),
    (KnownColumn::HospiceBeds, Need::from_code("eol.inpatient").unwrap()),
    (KnownColumn::HeadTraumaBeds, Need::from_code("rehab.tbi").unwrap()),
    (KnownColumn::YoungAdultBeds, Need::from_code("pop.peds").unwrap()),
];

/// Reads one home. Its address is left out: it is often that of the owner's office, in another state. The form was filled in at the survey on its certification date, up to six years before the file, so the
/// record carries that date.
pub(crate) fn home(row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    let ccn = row.ccn()?;
    let name = Some(row.required_words(KnownColumn::Name)?);
    let ownership = row.words(KnownColumn::Ownership);
    let mut source_record = SourceRecord { name, ownership, ..SourceRecord::of(Service::SkilledNursing) };
    source_record.as_of = row.past_date(KnownColumn::CertificationDate, parsed.today);
    for (column, need) in UNITS {
        let unit = row.count(column).filter(|beds| *beds > 0);
        source_record.answer(need, unit.map(|_| true));
    }
    if let Some((medicare, medicaid)) = row.read(KnownColumn::Participation, "it is not a participation code", participation)
    {
        source_record.medicare = Some(medicare);
        source_record.medicaid = Some(medicaid);
    }
    parsed.records.add(ProviderKey::Ccn(ccn), source_record)
}

/// Whether the home participates in Medicare (as a skilled nursing facility, SNF) and Medicaid (as a nursing facility, NF).
/// The column mixes two vocabularies.
fn participation(code: &str) -> Option<(bool, bool)> {
    match code {
        "SNF/NF Dual Certification" | "SNF/NF - Medicare/Medicaid" | "SNF/NF Distinct Part" => Some((true, true)),
        "SNF (Medicare) Only" | "Skilled Nursing Facility (SNF) - Medicare Participation" => Some((true, false)),
        "NF (Medicaid) Only" | "Nursing Facility (NF) - Medicaid Participation" => Some((false, true)),
        _ => None,
    }
}
