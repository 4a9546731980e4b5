//! From rows to accounts: one reader for each dataset, and the loop that feeds it.

use std::io;
use std::io::BufRead;

use rustc_hash::FxHashMap;

use crate::refresh::column::KnownColumn;
use crate::refresh::csv_cell;
use crate::refresh::csv_header::CsvHeader;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::Dataset;
use crate::refresh::input::CsvRows;
use crate::refresh::input::read_budget::ReadBudget;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::row_reader::{DatasetReader, RowReader, ragged};
use crate::refresh::read::stats::ReadStats;
use crate::refresh::rejects::{RejectedRow, RejectedRows};
use crate::refresh::source_record::RowOutcome;
use crate::service::Service;

pub(crate) mod dialysis;
pub(crate) mod exclusions;
pub(crate) mod facility_characteristics;
pub(crate) mod home_health;
pub(crate) mod hospice;
pub(crate) mod inpatient_rehab;
pub(crate) mod long_term_acute;
pub(crate) mod marketplace;
pub(crate) mod medical_equipment;
pub(crate) mod npi_registry;
pub(crate) mod nursing_home;
pub(crate) mod plan_net;
pub(crate) mod profile;
pub(crate) mod profile_json;
pub(crate) mod roster;
pub(crate) mod row_reader;
pub(crate) mod same_as;
pub(crate) mod service_zips;
pub(crate) mod stats;
pub(crate) mod synthea;

impl ParsedInput {
    /// Makes listings of what had to wait until every file was read.
    pub(crate) fn finish(&mut self, rejects: &mut RejectedRows) {
        let plan_nets = std::mem::take(&mut self.plan_nets);
        let labels = plan_net::labels(plan_nets.keys());
        for ((folder, plan_net), label) in plan_nets.into_iter().zip(labels) {
            plan_net.list(&folder, &label, self, rejects);
        }
        let incomplete = std::mem::take(&mut self.marketplace).list(&mut self.listings, &self.accounts);
        self.remarks.extend(incomplete);
        let incomplete = std::mem::take(&mut self.incomplete);
        // By name, because all of a hundred thousand networks may be incomplete.
        let mut of_name: FxHashMap<&str, Vec<u32>> = FxHashMap::default();
        for (number, network) in (0..).zip(&self.listings.networks).filter(|_| !incomplete.is_empty()) {
            of_name.entry(&network.name).or_default().push(number);
        }
        for (name, file) in incomplete {
            let gaps = of_name.get(name.as_str()).map(Vec::as_slice).unwrap_or_default();
            if !gaps.is_empty() {
                let why = "a row of it gave nothing, so nobody is out of network for not being on the list";
                self.remarks.push(format!("{file}: the network \"{name}\" is not taken to be whole: {why}"));
            }
            self.listings.partial.extend(gaps.iter().copied());
        }
        self.listings.name_networks();
    }
}

/// The reader of a dataset; `None` for those nothing is read from.
fn reader_of(dataset: Dataset) -> Option<Box<dyn DatasetReader>> {
    use Dataset as D;
    Some(match dataset {
        D::HomeHealthAgencies => Box::new(RowReader(home_health::agency)),
        D::HomeHealthZips => Box::new(service_zips::ServiceZips::of(Service::HomeHealth)),
        D::HospiceZips => Box::new(service_zips::ServiceZips::of(Service::Hospice)),
        D::NursingHomes => Box::new(RowReader(nursing_home::home)),
        D::NursingHomeDirectory => Box::new(RowReader(nursing_home::directory)),
        D::NursingHomeRatings => Box::new(RowReader(nursing_home::rating)),
        D::FacilityCharacteristics => Box::new(RowReader(facility_characteristics::home)),
        D::RehabFacilities => Box::new(RowReader(inpatient_rehab::facility)),
        D::RehabConditions => Box::new(inpatient_rehab::ConditionPivot::default()),
        D::LongTermHospitals => Box::new(RowReader(long_term_acute::hospital)),
        D::Hospices => Box::new(RowReader(hospice::hospice)),
        D::HospiceMeasures => Box::new(hospice::MeasurePivot::default()),
        D::DialysisFacilities => Box::new(RowReader(dialysis::facility)),
        D::EquipmentSuppliers => Box::new(RowReader(medical_equipment::supplier)),
        D::Npis | D::NpiDeactivations => Box::new(npi_registry::NpiReader::default()),
        D::Exclusions => Box::new(RowReader(exclusions::row)),
        D::SameAs => Box::new(RowReader(same_as::row)),
        D::PayerRoster => Box::new(roster::RosterReader::default()),
        D::ProviderProfiles => Box::new(profile::ProfileCsvReader::default()),
        D::SyntheaHomeHealth => Box::new(RowReader(synthea::home_health)),
        D::SyntheaHospices => Box::new(RowReader(synthea::hospice)),
        D::SyntheaRehab => Box::new(RowReader(synthea::rehab)),
        D::SyntheaLongTerm => Box::new(RowReader(synthea::long_term)),
        D::SyntheaHospitals
        | D::HomeHealthSurvey
        | D::Hospitals
        | D::OtherMeasures
        | D::ZipCentroids
        | D::Taxonomy
        | D::PlanNet
        | D::MarketplacePlans
        | D::MarketplaceProviders
        | D::MarketplaceIndex
        | D::PriceTransparency => return None,
    })
}

/// Reads every row below the header into the books.
///
/// # Errors
/// The disk failed or a packed file is broken off.
pub(crate) fn read(
    rows: &mut CsvRows,
    columns: &CsvHeader,
    dataset: Dataset,
    file: &str,
    books: &mut ParsedInput,
    rejects: &mut RejectedRows,
) -> io::Result<ReadStats> {
    let mut counts = ReadStats::default();
    let Some(mut reader) = reader_of(dataset) else { return Ok(counts) };
    let dated = [KnownColumn::ProcessingDate, KnownColumn::LastUpdate].into_iter().find(|column| columns.has(*column));
    let mut faults = Vec::new();
    rows.next()?; // the header
    while let Some((record, line)) = rows.next()? {
        counts.rows += 1;
        let whole = record.len() == columns.len();
        let mut row = CsvRow::new(record, columns, dataset.loses_zeros(), line, &mut faults);
        let taken = if whole { reader.row(&mut row, books) } else { Err(ragged(record.len(), columns.len())) };
        if let Some(column) = dated {
            counts.days.take(csv_cell::date(row.raw(column)), books.today);
        }
        let refused = row.is_refused() || taken.is_err();
        if refused {
            reader.lost(whole.then_some(&row));
        }
        match taken {
            Ok(RowOutcome::Again) if !refused => {
                counts.duplicates += 1;
                faults.retain(|fault| fault.doubt);
            }
            Ok(RowOutcome::PassedOver) => {
                counts.passed_over += 1;
                faults.clear();
            }
            Ok(_) => {}
            // A reader may have noted the cell before it gave up on the row.
            Err(refusal) if faults.contains(&refusal) => {}
            Err(refusal) => faults.push(refusal),
        }
        let told = faults.drain(..).map(|fault| RejectedRow::new(file, line, columns, fault, !refused));
        if refused {
            counts.rejected += 1;
            rejects.push_row(told);
        } else {
            let cells = rejects.cells;
            told.for_each(|reject| rejects.push(reject));
            counts.faulty += u64::from(rejects.cells > cells);
        }
    }
    counts.duplicates += reader.end(books);
    Ok(counts)
}

/// Reads a JSON document, or one a line, into the books. `None` for datasets that are tables.
///
/// # Errors
/// The disk failed or a packed file is broken off.
pub(crate) fn read_document(
    document: &mut dyn BufRead,
    within: &ReadBudget,
    dataset: Dataset,
    file: &str,
    books: &mut ParsedInput,
    rejects: &mut RejectedRows,
) -> io::Result<ReadStats> {
    match dataset {
        Dataset::ProviderProfiles => profile_json::read(document, within, file, books, rejects),
        Dataset::PlanNet => plan_net::read(document, within, file, books, rejects),
        Dataset::MarketplacePlans => marketplace::read_plans(document, within, file, books, rejects),
        Dataset::MarketplaceProviders => marketplace::read_providers(document, within, file, books, rejects),
        _ => Ok(ReadStats::default()),
    }
}
