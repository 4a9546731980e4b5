//! From rows to accounts: one reader for each dataset, and the loop that feeds it.

use std::collections::BTreeMap;
use std::io::{self, BufRead};

use jiff::civil::Date;
use rustc_hash::FxHashMap;

use crate::care::Service;
use crate::place::Precision;
use crate::provider::Position;
use crate::refresh::account::{Account, Accounts, Refusal, Taken};
use crate::refresh::cell;
use crate::refresh::column::Column;
use crate::refresh::dataset::Dataset;
use crate::refresh::day::Days;
use crate::refresh::input::Rows;
use crate::refresh::input::bounds::Allowance;
use crate::refresh::listings::Listings;
use crate::refresh::report::{Reject, Rejects};
use crate::refresh::row::Row;
use crate::refresh::table::Columns;

mod dialysis;
pub mod exclusions;
mod facility_characteristics;
mod home_health;
mod hospice;
mod inpatient_rehab;
mod long_term_acute;
mod marketplace;
mod medical_equipment;
pub mod npi_registry;
mod nursing_home;
mod plan_net;
mod profile;
mod profile_json;
mod roster;
pub mod same_as;
mod service_zips;
mod synthea;

use exclusions::Excluded;
use marketplace::Marketplace;
use npi_registry::Registry;
use plan_net::PlanNet;
use same_as::Decisions;

/// What rows are read into.
#[derive(Debug, Default)]
pub struct Books {
    /// What files say of providers.
    pub accounts: Accounts,
    /// What payers' directories say of networks.
    pub listings: Listings,
    /// The last day that may be today, where days yet to come should be told and count as unknown.
    pub today: Option<Date>,
    /// Hold each row of a roster against the others, which takes memory for every row.
    pub careful: bool,
    /// The resources of each Plan-Net directory, by the folder its files lie in.
    pub plan_nets: BTreeMap<String, PlanNet>,
    /// What marketplace files say, until both plans and providers were read.
    pub marketplace: Marketplace,
    /// What the NPI registry says of organisations.
    pub registry: Registry,
    /// What the exclusion list says of businesses.
    pub exclusions: Vec<Excluded>,
    /// What people decided of records that may be one provider.
    pub decisions: Decisions,
    /// Networks that a roster does not list whole, for a row of it gave nothing, with the file.
    pub incomplete: BTreeMap<String, String>,
    /// What of it should be known.
    pub remarks: Vec<String>,
}

impl Books {
    /// Makes listings of what had to wait until every file was read.
    pub fn close(&mut self, rejects: &mut Rejects) {
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

/// Reads the rows of one dataset.
trait Reader {
    /// Takes one row.
    ///
    /// # Errors
    /// The row gives nothing, and why.
    fn row(&mut self, row: &mut Row<'_>, books: &mut Books) -> Result<Taken, Refusal>;

    /// Learns that a row gave nothing; `None` where its cells cannot be told to be under their columns.
    fn lost(&mut self, _row: Option<&Row<'_>>) {}

    /// Hands over what was kept until the end, and tells how many rows had said the same thing twice.
    fn end(&mut self, _books: &mut Books) -> u64 {
        0
    }
}

/// A reader for datasets in which each row is one provider.
struct EachRow<F>(F);

impl<F: FnMut(&mut Row<'_>, &mut Books) -> Result<Taken, Refusal>> Reader for EachRow<F> {
    fn row(&mut self, row: &mut Row<'_>, books: &mut Books) -> Result<Taken, Refusal> {
        self.0(row, books)
    }
}

/// The reader of a dataset; `None` for those nothing is read from.
fn reader_of(dataset: Dataset) -> Option<Box<dyn Reader>> {
    use Dataset as D;
    Some(match dataset {
        D::HomeHealthAgencies => Box::new(EachRow(home_health::agency)),
        D::HomeHealthZips => Box::new(service_zips::ServiceZips::of(Service::HomeHealth)),
        D::HospiceZips => Box::new(service_zips::ServiceZips::of(Service::Hospice)),
        D::NursingHomes => Box::new(EachRow(nursing_home::home)),
        D::NursingHomeDirectory => Box::new(EachRow(nursing_home::directory)),
        D::NursingHomeRatings => Box::new(EachRow(nursing_home::rating)),
        D::FacilityCharacteristics => Box::new(EachRow(facility_characteristics::home)),
        D::RehabFacilities => Box::new(EachRow(inpatient_rehab::facility)),
        D::RehabConditions => Box::new(inpatient_rehab::Conditions::default()),
        D::LongTermHospitals => Box::new(EachRow(long_term_acute::hospital)),
        D::Hospices => Box::new(EachRow(hospice::hospice)),
        D::HospiceMeasures => Box::new(hospice::Measures::default()),
        D::DialysisFacilities => Box::new(EachRow(dialysis::facility)),
        D::EquipmentSuppliers => Box::new(EachRow(medical_equipment::supplier)),
        D::Npis | D::NpiDeactivations => Box::new(npi_registry::Registered::default()),
        D::Exclusions => Box::new(EachRow(exclusions::row)),
        D::SameAs => Box::new(EachRow(same_as::row)),
        D::PayerRoster => Box::new(roster::Reading::default()),
        D::ProviderProfiles => Box::new(profile::Reading::default()),
        D::SyntheaHomeHealth => Box::new(EachRow(synthea::home_health)),
        D::SyntheaHospices => Box::new(EachRow(synthea::hospice)),
        D::SyntheaRehab => Box::new(EachRow(synthea::rehab)),
        D::SyntheaLongTerm => Box::new(EachRow(synthea::long_term)),
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

/// What reading a file came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Rows below the header.
    pub rows: u64,
    /// Rows that gave nothing.
    pub rejected: u64,
    /// Rows used of which a cell could not be read.
    pub faulty: u64,
    /// Rows that said what an earlier row of the file had said.
    pub duplicates: u64,
    /// Rows about what the directory does not hold.
    pub passed_over: u64,
    /// The days in the date column.
    pub days: Days,
}

/// Reads every row below the header into the books.
///
/// # Errors
/// The disk failed or a packed file is broken off.
pub fn read(
    rows: &mut Rows,
    columns: &Columns,
    dataset: Dataset,
    file: &str,
    books: &mut Books,
    rejects: &mut Rejects,
) -> io::Result<Counts> {
    let mut counts = Counts::default();
    let Some(mut reader) = reader_of(dataset) else { return Ok(counts) };
    let dated = [Column::ProcessingDate, Column::LastUpdate].into_iter().find(|column| columns.has(*column));
    let mut faults = Vec::new();
    rows.next()?; // the header
    while let Some((record, line)) = rows.next()? {
        counts.rows += 1;
        let whole = record.len() == columns.len();
        let mut row = Row::new(record, columns, dataset.loses_zeros(), line, &mut faults);
        let taken = if whole { reader.row(&mut row, books) } else { Err(ragged(record.len(), columns.len())) };
        if let Some(column) = dated {
            counts.days.take(cell::date(row.raw(column)), books.today);
        }
        let refused = row.is_refused() || taken.is_err();
        if refused {
            reader.lost(whole.then_some(&row));
        }
        match taken {
            Ok(Taken::Again) if !refused => {
                counts.duplicates += 1;
                faults.retain(|fault| fault.doubt);
            }
            Ok(Taken::PassedOver) => {
                counts.passed_over += 1;
                faults.clear();
            }
            Ok(_) => {}
            // A reader may have noted the cell before it gave up on the row.
            Err(refusal) if faults.contains(&refusal) => {}
            Err(refusal) => faults.push(refusal),
        }
        let told = faults.drain(..).map(|fault| Reject::new(file, line, columns, fault, !refused));
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
pub fn read_document(
    document: &mut dyn BufRead,
    within: &Allowance,
    dataset: Dataset,
    file: &str,
    books: &mut Books,
    rejects: &mut Rejects,
) -> io::Result<Counts> {
    match dataset {
        Dataset::ProviderProfiles => profile_json::read(document, within, file, books, rejects),
        Dataset::PlanNet => plan_net::read(document, within, file, books, rejects),
        Dataset::MarketplacePlans => marketplace::read_plans(document, within, file, books, rejects),
        Dataset::MarketplaceProviders => marketplace::read_providers(document, within, file, books, rejects),
        _ => Ok(Counts::default()),
    }
}

/// A row that is longer or shorter than the header, so that no cell can be trusted to be under its column.
fn ragged(cells: usize, columns: usize) -> Refusal {
    Refusal::whole("", &format!("it has {cells} cells where the header has {columns}"))
        .advised("a cell that holds a comma stands in double quotes".to_owned())
}

/// Name, address, telephone and owner, as every list of providers has them.
fn listed(row: &mut Row<'_>, service: Service) -> Result<Account, Refusal> {
    Ok(Account {
        name: Some(row.required_words(Column::Name)?),
        address: row.address(),
        phone: row.phone(),
        ownership: row.words(Column::Ownership),
        ..Account::of(service)
    })
}

/// The row's point, as close as `precision` says.
fn position(row: &mut Row<'_>, precision: Precision) -> Option<Position> {
    row.point().map(|point| Position { point, precision })
}
