//! CMS "HSD Reference File": for each county and type of facility the least number in the network of a Medicare Advantage plan, and the
//! maximum time and distance (42 CFR 422.116).
//!
//! A workbook. Two of its sheets are read: both have a title, a line of column names, and a line of specialty codes; the sheet of times and
//! distances has one more, with the words Time and Distance over a pair of columns for each specialty. A file in which a column is not where
//! it belongs is not used: a wrong number would be worse than none.

use std::collections::BTreeMap;

use csv::StringRecord;

use crate::coverage::county_standards::{County, CountyStandard, CountyType, ServiceStandard};
use crate::refresh::csv_cell;
use crate::refresh::dataset::{DatasetSpec, WorkbookSpec};
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::stats::ReadStats;
use crate::refresh::source_record::RowError;
use crate::refresh::trust_tier::TrustTier;
use crate::run_report::rejects::{RejectedRow, RejectedRows};
use crate::service::Service;
use crate::text::fold_words;

/// The sheet of least numbers.
const NUMBERS: &str = "Minimum Facility #s";
/// The sheet of times and distances.
const DISTANCES: &str = "Facility Time & Distance";

/// The file.
pub(crate) static SPEC: DatasetSpec = DatasetSpec::workbook_of(
    "CMS network adequacy standards (HSD Reference File)",
    TrustTier::Cms,
    WorkbookSpec { sheets: &[NUMBERS, DISTANCES], reader: read_workbook },
);

/// The specialties that are services here: the name of the column, and the code below it if there is one. The file of 2026 lists nursing
/// facilities only; home health and inpatient rehabilitation are read where a file lists them.
const SPECIALTIES: [(Service, &str, Option<u32>); 3] = [
    (Service::SkilledNursing, "skilled nursing facilities", Some(46)),
    (Service::HomeHealth, "home health", None),
    (Service::InpatientRehab, "inpatient rehabilitation facilities", None),
];

/// The header is one of so many rows.
const ROWS: usize = 10;

/// The least of a county: its row, its type, and the numbers of each service.
struct CountyRow {
    county: County,
    county_type: CountyType,
    /// The numbers of each specialty, in the order of the columns.
    numbers: Vec<u32>,
    line: u64,
}

/// A sheet and where its columns are.
struct StandardsSheet {
    name: &'static str,
    rows: Vec<(u64, StringRecord)>,
    county: usize,
    state: usize,
    county_type: usize,
    /// The services it lists, each with its first column.
    services: Vec<(Service, usize)>,
    /// How many columns a service has.
    width: usize,
    /// The position of the first county among the rows.
    first: usize,
}

fn read_workbook(
    sheets: &[String],
    file: &str,
    parsed: &mut ParsedInput,
    rejects: &mut RejectedRows,
) -> Result<ReadStats, String> {
    let [numbers, distances] = sheets else { return Err("two sheets are needed".to_owned()) };
    let numbers = StandardsSheet::of(NUMBERS, numbers, 1)?;
    let distances = StandardsSheet::of(DISTANCES, distances, 2)?;
    let services = |sheet: &StandardsSheet| sheet.services.iter().map(|(service, _)| *service).collect::<Vec<_>>();
    if services(&numbers) != services(&distances) {
        return Err(format!("the sheets \"{NUMBERS}\" and \"{DISTANCES}\" list other types of facility"));
    }
    let mut stats = ReadStats::default();
    let mut read = SheetReading { file, rejects, stats: &mut stats };
    let (least, mut reach) = (read.counties(&numbers), read.counties(&distances));
    let mut counties = Vec::with_capacity(least.len());
    for (key, row) in least {
        let Some(far) = reach.remove(&key) else {
            read.refuse(NUMBERS, row.line, &row.county.to_string(), &format!("the sheet \"{DISTANCES}\" has no such row"));
            continue;
        };
        if far.county_type != row.county_type {
            let differs = format!("the sheet \"{DISTANCES}\" gives another type of county: {}", far.county_type.label());
            read.refuse(NUMBERS, row.line, row.county_type.label(), &differs);
            continue;
        }
        counties.push(standard(row, &far, &distances));
    }
    for row in reach.into_values() {
        read.refuse(DISTANCES, row.line, &row.county.to_string(), &format!("the sheet \"{NUMBERS}\" has no such row"));
    }
    if counties.is_empty() {
        return Err("no row of a county can be read".to_owned());
    }
    parsed.counties.standards.push((parsed.records.current(), counties));
    Ok(stats)
}

/// The standards of a county by its rows in both sheets.
fn standard(least: CountyRow, reach: &CountyRow, distances: &StandardsSheet) -> CountyStandard {
    let pairs = reach.numbers.chunks_exact(2);
    let services = distances.services.iter().zip(&least.numbers).zip(pairs);
    let services = services.map(|(((service, _), minimum), pair)| ServiceStandard {
        service: *service,
        minimum: *minimum,
        minutes: pair[0],
        miles: pair[1],
    });
    CountyStandard { county: least.county, county_type: least.county_type, services: services.collect() }
}

impl StandardsSheet {
    /// Finds the columns of a sheet in which each specialty has `width` columns.
    ///
    /// # Errors
    /// A column is missing or not where it belongs.
    fn of(name: &'static str, csv: &str, width: usize) -> Result<Self, String> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(csv.as_bytes());
        let rows = reader.records().filter_map(Result::ok);
        let rows: Vec<(u64, StringRecord)> = rows.map(|row| (row.position().map_or(0, csv::Position::line), row)).collect();
        let at = |row: &StringRecord, named: &[&str]| row.iter().position(|cell| named.contains(&words(cell).as_str()));
        let find = |(at_row, (_, row)): (usize, &(u64, StringRecord))| {
            Some((at_row, at(row, &["county"])?, at(row, &["st", "state"])?))
        };
        let Some((header, county, state)) = rows.iter().enumerate().take(ROWS).find_map(find) else {
            return Err(format!(
                "the sheet \"{name}\" has no header with the columns COUNTY and ST in its first {ROWS} rows"
            ));
        };
        let names = &rows[header].1;
        let county_type = at(names, &["county designation", "county designa tion"]);
        let county_type = county_type.ok_or_else(|| format!("the sheet \"{name}\" has no column COUNTY DESIGNATION"))?;
        let below = |rows_down: usize| rows.get(header + rows_down).map(|(_, row)| row);
        let mut services = Vec::new();
        for (service, label, code) in SPECIALTIES {
            let Some(column) = names.iter().position(|cell| words(cell) == label) else { continue };
            let written = below(1).and_then(|row| csv_cell::count(row.get(column)?));
            if code.is_some() && written != code {
                let code = code.map_or_else(String::new, |code| format!(" {code:03}"));
                return Err(format!("the sheet \"{name}\" has no code{code} below its column for {label}"));
            }
            let is_pair = width == 1
                || below(2).is_some_and(|row| {
                    [0, 1].map(|next| row.get(column + next).map(words)) == PAIR.map(|word| Some(word.to_owned()))
                });
            if !is_pair {
                return Err(format!("the sheet \"{name}\" has no Time and Distance below its column for {label}"));
            }
            services.push((service, column));
        }
        if !services.iter().any(|(service, _)| *service == Service::SkilledNursing) {
            return Err(format!("the sheet \"{name}\" has no column for skilled nursing facilities"));
        }
        // Below the names are the codes, and in one of the sheets the words of each pair.
        Ok(Self { name, rows, county, state, county_type, services, width, first: header + 1 + width })
    }
}

/// The words over a pair of columns.
const PAIR: [&str; 2] = ["time", "distance"];

/// A cell of a header in the form in which it is compared, without its reference to the notes.
fn words(cell: &str) -> String {
    let folded = fold_words(cell);
    folded.strip_suffix(" see notes").unwrap_or(&folded).to_owned()
}

/// Reads rows, and counts and reports those that cannot be read.
struct SheetReading<'a> {
    file: &'a str,
    rejects: &'a mut RejectedRows,
    stats: &'a mut ReadStats,
}

impl SheetReading<'_> {
    /// The counties of a sheet by their keys. A county with two rows that differ is in none.
    fn counties(&mut self, sheet: &StandardsSheet) -> BTreeMap<(crate::place::State, String), CountyRow> {
        let mut counties: BTreeMap<_, CountyRow> = BTreeMap::new();
        let mut doubtful = Vec::new();
        for (line, row) in sheet.rows.iter().skip(sheet.first) {
            if row.iter().all(|cell| cell.trim().is_empty()) {
                self.stats.empty += 1;
                continue;
            }
            self.stats.rows += 1;
            let Some(read) = self.county(sheet, *line, row) else { continue };
            let key = read.county.key();
            match counties.get(&key) {
                Some(twin) if (&twin.numbers, twin.county_type) == (&read.numbers, read.county_type) => {
                    self.stats.duplicates += 1;
                }
                Some(twin) => {
                    let other = format!("row {} has other values for this county, so neither is used", twin.line);
                    self.refuse(sheet.name, *line, &read.county.to_string(), &other);
                    doubtful.push(key);
                }
                None => _ = counties.insert(key, read),
            }
        }
        for key in doubtful {
            counties.remove(&key);
        }
        counties
    }

    /// Reads one row; `None` if it is rejected.
    fn county(&mut self, sheet: &StandardsSheet, line: u64, row: &StringRecord) -> Option<CountyRow> {
        let cell = |at: usize| row.get(at).unwrap_or_default().trim();
        let name = cell(sheet.county);
        if name.is_empty() {
            self.refuse(sheet.name, line, name, "the county has no name");
            return None;
        }
        let Ok(state) = cell(sheet.state).parse() else {
            self.refuse(sheet.name, line, cell(sheet.state), "a state is its two-letter postal code, such as SC");
            return None;
        };
        let Some(county_type) = CountyType::named(cell(sheet.county_type)) else {
            let types = CountyType::ALL.map(CountyType::label).join(", ");
            self.refuse(sheet.name, line, cell(sheet.county_type), &format!("a county is one of: {types}"));
            return None;
        };
        let mut numbers = Vec::with_capacity(sheet.services.len() * sheet.width);
        for at in sheet.services.iter().flat_map(|(_, first)| (0..sheet.width).map(move |next| first + next)) {
            let Some(number) = csv_cell::count(cell(at)).filter(|number| (1..=MOST).contains(number)) else {
                self.refuse(sheet.name, line, cell(at), &format!("it is not a whole number from 1 to {MOST}"));
                return None;
            };
            numbers.push(number);
        }
        Some(CountyRow { county: County { state, name: name.to_owned() }, county_type, numbers, line })
    }

    fn refuse(&mut self, sheet: &str, line: u64, value: &str, reason: &str) {
        self.stats.rejected += 1;
        let fault = RowError::whole(value, reason);
        self.rejects.push_row([RejectedRow::at(self.file, line, format!("sheet {sheet}"), fault, false)]);
    }
}

/// The largest number of a standard that is believed: minutes, miles or facilities. The largest of 2026 is 155. Our choice.
const MOST: u32 = 999;
