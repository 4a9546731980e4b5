//! Names of Medicare Advantage plans: the plan crosswalk of CMS, the payer's own index of its plans, and the list of the
//! contracts' directory addresses.

use std::io;
use std::io::BufRead;

use serde::Deserialize;
use serde_json::Value;

use crate::refresh::column::KnownColumn;
use crate::refresh::csv_cell;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, DocumentSpec, SourceNaming, TableSpec};
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::input::read_budget::ReadBudget;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::parsed::medicare_advantage::{contract_id, plan_id};
use crate::refresh::read::row_reader::RowReader;
use crate::refresh::read::stats::ReadStats;
use crate::refresh::source_record::{RowError, RowOutcome};
use crate::refresh::trust_tier::TrustTier;
use crate::run_report::rejects::{RejectedRow, RejectedRows};

/// The plan crosswalk: each plan of this year with its name.
pub(crate) static CROSSWALK: DatasetSpec = {
    let columns = &[KnownColumn::CurrentContract, KnownColumn::CurrentPlan, KnownColumn::CurrentPlanName];
    let table = TableSpec::read(HeaderSignature::of(2, columns), columns, || Box::new(RowReader(plan)));
    DatasetSpec::table_of("CMS Medicare Advantage plan crosswalk", TrustTier::Cms, table)
};

/// The addresses of directories by contract, with the organization's name: `H0028 - CHA HMO, INC.`
pub(crate) static ADDRESSES: DatasetSpec = {
    let columns = &[KnownColumn::ContractId, KnownColumn::ResponseFormat];
    let table =
        TableSpec::read(HeaderSignature::of(2, columns), &[KnownColumn::ContractId], || Box::new(RowReader(contract)));
    DatasetSpec::table_of("CMS list of Medicare Advantage directory addresses", TrustTier::Cms, table)
};

/// A payer's index of its plans, a proposed format.
pub(crate) static PAYER_INDEX: DatasetSpec = {
    let types: &[&str] = &["http://hl7.org/fhir/us/fast-ndh/StructureDefinition/NDHPayerWellknownDefinition"];
    let document = DocumentSpec { resource_types: types, keys: &[&["plan_groups"]], reader: Ok(read_payer_index) };
    DatasetSpec::document_of("payer index", TrustTier::Payer, SourceNaming::Place, document)
};

fn plan(row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    // A plan that ended has no current one.
    let Some(contract) = row.non_empty(KnownColumn::CurrentContract) else { return Ok(RowOutcome::PassedOver) };
    let plan = row.raw(KnownColumn::CurrentPlan).trim();
    let id = plan_id(&format!("{contract}-{plan}"));
    let fault = || RowError::of(KnownColumn::CurrentPlan, plan, "contract and plan make no id such as H9999-001");
    let id = id.ok_or_else(fault)?;
    let Some(name) = row.text(KnownColumn::CurrentPlanName) else { return Ok(RowOutcome::PassedOver) };
    parsed.plan_names.name_plan(&id, &name);
    Ok(RowOutcome::Used)
}

fn contract(row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    let text = row.text(KnownColumn::ContractId).unwrap_or_default();
    let (id, name) = text.split_once(" - ").unwrap_or((&text, ""));
    let fault = || RowError::of(KnownColumn::ContractId, &text, "it does not begin with a contract such as H9999");
    let id = contract_id(id).ok_or_else(fault)?;
    if name.trim().is_empty() {
        return Ok(RowOutcome::PassedOver);
    }
    parsed.plan_names.name_payer(&id, name.trim());
    Ok(RowOutcome::Used)
}

/// The used parts of a payer's index.
#[derive(Default, Deserialize)]
#[serde(default)]
struct PayerIndex {
    #[serde(rename = "payerLegalName")]
    name: Option<String>,
    identifier: Vec<IndexIdentifier>,
    plan_groups: Vec<PlanGroup>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PlanGroup {
    plan_identifiers: Vec<IndexIdentifier>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct IndexIdentifier {
    value: Value,
    plan_name: Option<String>,
    fpi_source_value: Option<String>,
}

fn read_payer_index(
    document: &mut dyn BufRead,
    _within: &ReadBudget,
    file: &str,
    parsed: &mut ParsedInput,
    rejects: &mut RejectedRows,
) -> io::Result<ReadStats> {
    let mut stats = ReadStats::default();
    let index = match serde_json::from_reader::<_, PayerIndex>(document) {
        Ok(index) => index,
        Err(error) if error.is_io() => return Err(error.into()),
        Err(error) => {
            stats.rejected += 1;
            let reason = format!("it is not an index of a payer's plans: {error}");
            rejects.push(RejectedRow::at(file, 1, String::new(), RowError::whole("", &reason), false));
            PayerIndex::default()
        }
    };
    let name = index.name.or_else(|| index.identifier.iter().find_map(|one| one.fpi_source_value.clone()));
    let name = name.map(|name| csv_cell::clean_text(&name).0.into_owned()).filter(|name| !name.is_empty());
    for plan in index.plan_groups.iter().flat_map(|group| &group.plan_identifiers) {
        stats.rows += 1;
        let Some(id) = plan.value.as_str().and_then(plan_id) else {
            // Marketplace and other plans have ids of other forms.
            stats.passed_over += 1;
            continue;
        };
        if let Some(name) = plan.plan_name.as_deref().map(|name| csv_cell::clean_text(name).0) {
            parsed.plan_names.name_plan(&id, &name);
        }
        if let Some((name, contract)) = name.as_ref().zip(id.split('-').next()) {
            parsed.plan_names.name_payer(contract, name);
        }
    }
    Ok(stats)
}
