//! CMS enrollments of nursing homes, home health agencies, hospices and hospitals (PECOS): one row joins the CCN, the NPI and the
//! names of a provider. A second file has the further NPIs of enrollments with several.
//!
//! The addresses are not read: those of the lists of providers are better.

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
use crate::refresh::read::row_reader::{DatasetReader, RowReader};
use crate::refresh::source_record::{RowError, RowOutcome, SourceRecord};
use crate::refresh::trust_tier::TrustTier;
use crate::text::spreadsheet;

/// The enrollments of any kind of provider; the CCN of each row says which.
pub(crate) static SPEC: DatasetSpec = {
    use KnownColumn as C;
    let marks = &[C::EnrollmentId, C::MultipleNpi, C::Ccn, C::Npi, C::OrganizationName, C::BusinessName];
    let required = &[C::EnrollmentId, C::Ccn, C::Npi, C::OrganizationName];
    let table = TableSpec {
        optional: &[C::MultipleNpi, C::BusinessName],
        column_names: &[(C::Ccn, "CCN")],
        lost_rows: Some("and payers that list these providers by NPI seem not to list them"),
        ..TableSpec::read(HeaderSignature::of(5, marks).without(&[C::ChangeType]), required, || {
            Box::new(EnrollmentReader::default())
        })
    };
    DatasetSpec::table_of("CMS enrollments", TrustTier::Cms, table)
};

/// The further NPIs of enrollments with several.
pub(crate) static ADDITIONAL_NPIS: DatasetSpec = {
    use KnownColumn as C;
    let columns = &[C::EnrollmentId, C::Npi];
    let signature = HeaderSignature::of(2, columns).without(&[C::Ccn, C::OrganizationName]).at_most(6);
    let table = TableSpec::read(signature, columns, || Box::new(RowReader(additional_npi)));
    DatasetSpec::table_of("CMS enrollments, additional NPIs", TrustTier::Cms, table)
};

/// Reads one file of enrollments.
#[derive(Debug, Default)]
pub(crate) struct EnrollmentReader {
    /// The CCN of each enrollment of the file.
    seen: BTreeMap<String, Ccn>,
}

impl DatasetReader for EnrollmentReader {
    fn row(&mut self, row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
        let ccn = enrolled_ccn(row)?;
        let Some(CcnKind::Of(service)) = CcnKind::of(&ccn.to_string()) else { return Ok(RowOutcome::PassedOver) };
        let npi = row.npi()?;
        let id = row.required_words(KnownColumn::EnrollmentId)?;
        match self.seen.insert(id.clone(), ccn.clone()) {
            Some(earlier) if earlier == ccn => return Ok(RowOutcome::Again),
            Some(earlier) => {
                let reason = format!("an earlier row has the CCN {earlier} for this enrollment");
                return Err(RowError::of(KnownColumn::EnrollmentId, &id, &reason));
            }
            None => {}
        }
        let several = row.flag(KnownColumn::MultipleNpi) == Some(true);
        let legal = row.required_words(KnownColumn::OrganizationName)?;
        let (business, listed) = (row.words(KnownColumn::BusinessName), row.words(KnownColumn::NursingHomeName));
        let facts = business_facts(row, Some(legal.clone()), business.clone());
        parsed.records.npis.entry(npi).or_default().insert(ccn.clone());
        parsed.enrollments.enroll(id, ccn.clone(), several);
        let record = SourceRecord {
            source: parsed.records.current(),
            other_names: [Some(legal), business, listed].into_iter().flatten().collect(),
            business: facts,
            ..SourceRecord::of(service)
        };
        parsed.enrollments.add_record(ccn, record);
        Ok(RowOutcome::Used)
    }
}

/// The legal name, the business name and the chain of a row.
pub(crate) fn business_facts(row: &mut CsvRow<'_>, legal: Option<String>, business: Option<String>) -> Vec<BusinessFact> {
    let chain = row.words(KnownColumn::ChainName);
    let id = row.count(KnownColumn::ChainId);
    let legal = legal.filter(|name| !name.eq_ignore_ascii_case("Legal Business Name Not Available"));
    let facts = [
        legal.map(BusinessFact::LegalName),
        business.map(BusinessFact::BusinessName),
        chain.map(|name| BusinessFact::Chain { name, id }),
    ];
    facts.into_iter().flatten().collect()
}

/// The CCN of an enrollment. CMS appends a letter or three digits for a further enrollment of one provider, which are left off where
/// six characters of a known kind remain. A lost leading zero is restored where the state of the row confirms it.
///
/// # Errors
/// The cell is not a CCN.
pub(crate) fn enrolled_ccn(row: &mut CsvRow<'_>) -> Result<Ccn, RowError> {
    let fault = match row.ccn() {
        Ok(ccn) => return Ok(ccn),
        Err(fault) => fault,
    };
    let text = csv_cell::trimmed(row.raw(KnownColumn::Ccn)).to_ascii_uppercase();
    if let Some(ccn) = without_suffix(&text) {
        return Ok(ccn);
    }
    let padded = format!("0{text}").parse::<Ccn>().ok().filter(|_| text.len() == 5 && spreadsheet::is_digits(&text));
    let state = |column| row.non_empty(column).and_then(|state| state.parse().ok());
    let states = [state(KnownColumn::EnrollmentState), state(KnownColumn::State)];
    match padded {
        Some(ccn) if ccn.state().is_some() && states.contains(&ccn.state()) => {
            let reason = format!("it lost its leading zero; read as {ccn}, which is of the row's state");
            row.warn(RowError { doubt: true, ..RowError::of(KnownColumn::Ccn, &text, &reason) });
            Ok(ccn)
        }
        _ => Err(fault),
    }
}

/// The first six characters of `475020B` and `335506001`, where they are the CCN of a known kind of provider.
fn without_suffix(text: &str) -> Option<Ccn> {
    let (ccn, suffix) = text.split_at_checked(6)?;
    let is_suffix = match suffix.len() {
        1 => suffix.bytes().all(|b| b.is_ascii_alphabetic()),
        3 => spreadsheet::is_digits(suffix),
        _ => false,
    };
    ccn.parse().ok().filter(|_| is_suffix && CcnKind::of(ccn).is_some())
}

/// Reads one further NPI.
fn additional_npi(row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    let id = row.required_words(KnownColumn::EnrollmentId)?;
    parsed.enrollments.add_npi(id, row.npi()?);
    Ok(RowOutcome::Used)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refresh::read::row_reader::read_text;

    const HEADER: &str =
        "ENROLLMENT ID,ENROLLMENT STATE,NPI,MULTIPLE NPI FLAG,CCN,ORGANIZATION NAME,DOING BUSINESS AS NAME,STATE\n";

    /// The CCNs that have an NPI, and what is wrong with a row whose state and CCN are these.
    fn enrolled(state: &str, ccn: &str) -> (Vec<String>, Vec<String>) {
        let text = format!("{HEADER}O1,{state},1234567893,N,{ccn},HARBOR CARE LLC,HARBOR MANOR,{state}\n");
        let (parsed, faults) = read_text(&mut EnrollmentReader::default(), &text);
        let ccns = parsed.records.npis.values().flatten().map(Ccn::to_string).collect();
        (ccns, faults.iter().map(|fault| fault.reason.clone()).collect())
    }

    #[test]
    fn a_ccn_is_read_as_pecos_and_spreadsheets_write_it() {
        for (state, ccn, reads, faults) in [
            ("SC", "425003", Some("425003"), 0),
            ("VT", "475020B", Some("475020"), 0),
            ("NY", "335506001", Some("335506"), 0),
            ("CA", "51567", Some("051567"), 1),
            ("NY", "51567", None, 1),
            ("SC", "420018", None, 0),
            ("SC", "NH12345", None, 1),
            ("SC", "4250031", None, 1),
            ("SC", "", None, 1),
        ] {
            let (ccns, found) = enrolled(state, ccn);
            assert_eq!((ccns.first().map(String::as_str), found.len()), (reads, faults), "{state} {ccn}: {found:?}");
        }
    }

    #[test]
    fn an_enrollment_has_one_ccn() {
        let row = |ccn: &str| format!("O1,SC,1234567893,N,{ccn},HARBOR CARE LLC,,SC\n");
        for (second, faults) in [("425003", 0), ("425004", 1)] {
            let text = format!("{HEADER}{}{}", row("425003"), row(second));
            assert_eq!(read_text(&mut EnrollmentReader::default(), &text).1.len(), faults, "{second}");
        }
    }
}
