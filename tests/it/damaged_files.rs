//! Ten undamaged files, one of each main kind, and what spreadsheets, exports and downloads do to such files.

use std::io::Write as _;

use encoding_rs::WINDOWS_1252;
use placement::sample::generate;
use placement::sample::options::SampleOptions;

/// The rows of each file; a list of ZIP codes has more.
const ROWS: usize = 12;

/// A table and the files that must lie beside it.
#[derive(Debug, Clone)]
pub(crate) struct TableFile {
    pub name: &'static str,
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// The column that says whom a row is about.
    pub key: usize,
    /// A column of text, if it has one.
    pub text: Option<usize>,
    pub beside: Vec<(String, String)>,
}

/// What should come of a damaged file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The same facts.
    Read,
    /// The same facts, or a report of what is lost.
    Reported,
}

/// A file as it arrives.
#[derive(Debug, Clone)]
pub(crate) struct DamagedFile {
    pub damage: String,
    pub name: String,
    pub bytes: Vec<u8>,
    /// The lines of each row of the undamaged table; none for a row that is gone.
    pub lines: Vec<Vec<u64>>,
    pub expected: Outcome,
    /// An unclosed quote takes the rows below it along; one report stands for all of them.
    pub swallows: bool,
    /// The damage changes the text of the row itself, which is reported and shown as it is.
    pub text_differs: bool,
}

fn csv_rows(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes()).into_records();
    let cells = |row: csv::StringRecord| row.iter().map(str::to_owned).collect::<Vec<String>>();
    let header = cells(rows.next().unwrap().unwrap());
    (header, rows.map(|row| cells(row.unwrap())).collect())
}

fn cell(text: &str, delimiter: char) -> String {
    let quoted = text.contains([delimiter, '"', '\n', '\r']);
    if quoted { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

fn line(cells: &[String], delimiter: char) -> String {
    cells.iter().map(|text| cell(text, delimiter)).collect::<Vec<_>>().join(&delimiter.to_string())
}

const NPPES: &str = "NPI,Entity Type Code,Provider Organization Name (Legal Business Name),Provider First Line Business Practice Location Address,Provider Business Practice Location Address City Name,Provider Business Practice Location Address State Name,Provider Business Practice Location Address Postal Code,Provider Business Practice Location Address Telephone Number,Last Update Date,NPI Deactivation Date,NPI Reactivation Date,Healthcare Provider Taxonomy Code_1,Healthcare Provider Taxonomy Code_2,Healthcare Provider Taxonomy Code_3,Healthcare Provider Taxonomy Code_4,Healthcare Provider Taxonomy Code_5,Healthcare Provider Taxonomy Code_6,Healthcare Provider Taxonomy Code_7,Healthcare Provider Taxonomy Code_8,Healthcare Provider Taxonomy Code_9,Healthcare Provider Taxonomy Code_10,Healthcare Provider Taxonomy Code_11,Healthcare Provider Taxonomy Code_12,Healthcare Provider Taxonomy Code_13,Healthcare Provider Taxonomy Code_14,Healthcare Provider Taxonomy Code_15";
const LEIE: &str = "LASTNAME,FIRSTNAME,MIDNAME,BUSNAME,GENERAL,SPECIALTY,UPIN,NPI,DOB,ADDRESS,CITY,STATE,ZIP,EXCLTYPE,EXCLDATE,REINDATE,WAIVERDATE,WVRSTATE";
const ROSTER: &str = "payer,plan,network,ccn,npi,service,tier,begin,end";
/// Invented NPIs with their check digits.
const NPIS: [&str; 4] = ["1999991015", "1999992021", "1999993011", "1234567893"];

/// A synthetic directory around Hartford, where CCNs and ZIP codes begin with zeros.
pub(crate) fn tables() -> Vec<TableFile> {
    let folder = tempfile::tempdir().unwrap();
    let around = Some(("06103".parse().unwrap(), placement::place::Miles::new(60.0).unwrap()));
    generate(&SampleOptions { providers: 400, around, seed: 7, ..SampleOptions::built_in() }, folder.path()).unwrap();
    let text = |name: &str| std::fs::read_to_string(folder.path().join(format!("{name}.csv"))).unwrap();
    let table = |file: &str, name: &'static str, rows: usize, words: Option<&str>| {
        let (header, mut all) = csv_rows(&text(file));
        // The sample has the errors of real files; these tables are whole.
        let bad = rejected_lines(file, text(file).as_bytes());
        let mut line = 1;
        all.retain(|_| {
            line += 1;
            !bad.contains(&line)
        });
        all.truncate(rows);
        let at = |column: &str| header.iter().position(|cell| cell == column);
        let words = words.map(|column| at(column).unwrap());
        TableFile {
            name,
            key: at("CMS Certification Number (CCN)").unwrap(),
            text: words,
            header,
            rows: all,
            beside: Vec::new(),
        }
    };
    let mut homes = table("nursing_homes", "homes_2026-11-01.csv", ROWS, Some("Provider Name"));
    let mut agencies = table("home_health_agencies", "agencies_2026-11-01.csv", ROWS, Some("Provider Name"));
    let mut hospices = table("hospice_general", "hospices_2026-11-01.csv", ROWS, Some("Facility Name"));
    let mut dialysis = table("dialysis_facilities", "dialysis_2026-11-01.csv", ROWS, Some("Facility Name"));
    for file in [&mut homes, &mut agencies, &mut hospices, &mut dialysis] {
        let words = file.text.unwrap();
        "NIÑO, SMITH & SONS CARE".clone_into(&mut file.rows[0][words]);
        "THE \"BAY\" HOME, INC".clone_into(&mut file.rows[1][words]);
    }
    let agencies_text = text_of(&agencies);
    let homes_text = text_of(&homes);
    let mut zips = table("home_health_zips", "zips_2026-11-01.csv", usize::MAX, None);
    let listed: Vec<&String> = agencies.rows.iter().map(|row| &row[agencies.key]).collect();
    zips.rows.retain(|row| listed.contains(&&row[zips.key]));
    for agency in &listed[2..] {
        let mut seen = 0;
        zips.rows.retain(|row| {
            seen += usize::from(&row[zips.key] == *agency);
            &row[zips.key] != *agency || seen <= 4
        });
    }
    zips.beside = vec![("agencies_2026-11-01.csv".to_owned(), agencies_text.clone())];
    let conditions = table("irf_conditions", "conditions_2026-11-01.csv", 27, None);
    let measures = table("ltch_provider_data", "measures_2026-11-01.csv", 20, None);
    let by_hand = |name: &'static str, header: &str, key: &str, words: Option<&str>, rows: Vec<String>| {
        let (header, rows) = csv_rows(&format!("{header}\n{}\n", rows.join("\n")));
        let at = |column: &str| header.iter().position(|cell| cell == column).unwrap();
        TableFile { name, key: at(key), text: words.map(at), header, rows, beside: Vec::new() }
    };
    let members = homes.rows.iter().take(8).enumerate().map(|(at, row)| {
        let (tier, end) = [("preferred", "2027-12-31"), ("2", "2026-12-31")][at % 2];
        format!("Acme,\"Acme HMO, Gold\",Acme Core,{},,skilled_nursing,{tier},2026-01-15,{end}", row[homes.key])
    });
    let mut roster = by_hand("acme_2026-11-01.csv", ROSTER, "ccn", Some("plan"), members.collect());
    roster.beside = vec![("homes_2026-11-01.csv".to_owned(), homes_text.clone())];
    let ids = NPIS.iter().zip(&agencies.rows).map(|(npi, row)| format!(",,Other,{},{npi},,,,\n", row[agencies.key]));
    let ids = format!("{ROSTER}\n{}", ids.collect::<String>());
    let excluded = NPIS[..3].iter().zip(["OAKVALE LLC", "PINE, ELM & CO", "THE \"BAY\" SUPPLY"]).map(|(npi, name)| {
        let name = cell(name, ',');
        format!(
            ",,,{name},OTHER BUSINESS,HOME HEALTH,,{npi},,1 NOWHERE ST,HARTFORD,CT,06103,1128b8,20161020,00000000,00000000,"
        )
    });
    let mut leie = by_hand("leie_2026-11-01.csv", LEIE, "NPI", Some("BUSNAME"), excluded.collect());
    leie.beside = vec![("agencies_2026-11-01.csv".to_owned(), agencies_text), ("other_2026-11-01.csv".to_owned(), ids)];
    let names = ["NIÑO INFUSION", "\"THE \"\"BAY\"\" INFUSION, INC\"", "DUNMERE", "OAK HILL"];
    let organizations = NPIS.iter().zip(names).enumerate().map(|(at, (npi, name))| {
        format!(
            "{npi},2,{name},{at}5 QUEEN ST,HARTFORD,CT,061034321,860555014{at},10/15/2026,,,333600000X,251F00000X,{}",
            ",".repeat(12)
        )
    });
    let name = "Provider Organization Name (Legal Business Name)";
    let nppes = by_hand("npi_2026-11-01.csv", NPPES, "NPI", Some(name), organizations.collect());
    vec![homes, agencies, zips, hospices, conditions, measures, dialysis, roster, leie, nppes]
}

/// The lines of which anything is reported.
fn rejected_lines(name: &str, text: &[u8]) -> Vec<u64> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    let found = placement::refresh::validate::validate(&path, name, jiff::civil::date(2026, 11, 21)).unwrap();
    found.faults.iter().chain(&found.doubts).map(|reject| reject.line).collect()
}

/// The undamaged text.
pub(crate) fn text_of(file: &TableFile) -> String {
    let lines = [&file.header].into_iter().chain(&file.rows).map(|cells| line(cells, ',') + "\n");
    lines.collect()
}

/// A text in the making: each line with the row it is.
#[derive(Clone)]
struct Lines(Vec<(Option<usize>, String)>);

impl Lines {
    fn of(file: &TableFile, delimiter: char) -> Self {
        let rows = file.rows.iter().enumerate().map(|(at, row)| (Some(at), line(row, delimiter)));
        Self([(None, line(&file.header, delimiter))].into_iter().chain(rows).collect())
    }

    fn text(&self, end: &str) -> String {
        self.0.iter().flat_map(|(_, line)| [line.as_str(), end]).collect()
    }

    fn lines(&self, rows: usize) -> Vec<Vec<u64>> {
        let mut lines = vec![Vec::new(); rows];
        let mut number = 1;
        for (row, text) in &self.0 {
            if let Some(row) = row {
                lines[*row].push(number);
            }
            number += 1 + text.matches('\n').count() as u64;
        }
        lines
    }
}

/// Collects the damaged forms of one file.
pub(crate) struct Workbench<'a> {
    file: &'a TableFile,
    pub made: Vec<DamagedFile>,
}

impl<'a> Workbench<'a> {
    pub(crate) fn of(file: &'a TableFile) -> Self {
        Self { file, made: Vec::new() }
    }

    fn bytes(&mut self, damage: impl Into<String>, expected: Outcome, lines: &Lines, bytes: Vec<u8>) -> &mut DamagedFile {
        self.made.push(DamagedFile {
            damage: damage.into(),
            name: self.file.name.to_owned(),
            bytes,
            lines: lines.lines(self.file.rows.len()),
            expected,
            swallows: false,
            text_differs: false,
        });
        self.made.last_mut().unwrap()
    }

    fn lines(&mut self, damage: impl Into<String>, expected: Outcome, lines: &Lines) -> &mut DamagedFile {
        self.bytes(damage, expected, lines, lines.text("\n").into_bytes())
    }

    /// The table with some cells changed.
    fn cells(
        &mut self,
        damage: impl Into<String>,
        expected: Outcome,
        change: impl Fn(Option<usize>, usize, &str) -> String,
    ) -> &mut DamagedFile {
        let mut file = self.file.clone();
        let rows = file.rows.iter_mut().enumerate().map(|(at, row)| (Some(at), row));
        for (row, cells) in [(None, &mut file.header)].into_iter().chain(rows) {
            for (at, cell) in cells.iter_mut().enumerate() {
                *cell = change(row, at, cell);
            }
        }
        let lines = Lines::of(&file, ',');
        self.lines(damage, expected, &lines)
    }

    /// How the text is written: separators, encodings, lines, packing.
    pub(crate) fn written_otherwise(&mut self) {
        use Outcome::Read;
        let plain = Lines::of(self.file, ',');
        let text = plain.text("\n");
        for (name, delimiter) in [("semicolons", ';'), ("tabs", '\t'), ("pipes", '|')] {
            self.lines(name, Read, &Lines::of(self.file, delimiter));
        }
        let wide = |mark: &[u8], order: fn(u16) -> [u8; 2]| -> Vec<u8> {
            mark.iter().copied().chain(text.encode_utf16().flat_map(order)).collect()
        };
        self.bytes("UTF-16 LE", Read, &plain, wide(&[0xff, 0xfe], u16::to_le_bytes));
        self.bytes("UTF-16 BE", Read, &plain, wide(&[0xfe, 0xff], u16::to_be_bytes));
        self.bytes("UTF-16 LE without a mark", Read, &plain, wide(&[], u16::to_le_bytes));
        self.bytes("UTF-8 mark", Read, &plain, format!("\u{feff}{text}").into_bytes());
        self.bytes("Windows-1252", Read, &plain, WINDOWS_1252.encode(&text).0.into_owned());
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(text.as_bytes()).unwrap();
        self.bytes("gzip", Read, &plain, packed.finish().unwrap());
        self.bytes("CRLF", Read, &plain, plain.text("\r\n").into_bytes());
        self.bytes("CR", Read, &plain, plain.text("\r").into_bytes());
        self.bytes("no final line break", Read, &plain, text.trim_end().into());
        let workbook = self.workbook();
        self.bytes("workbook", Read, &plain, workbook).name = self.file.name.replace(".csv", ".xlsx");
    }

    /// A workbook in which what looks like a number is one, except where zeros would be lost.
    fn workbook(&self) -> Vec<u8> {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        for (at, row) in (0..).zip([&self.file.header].into_iter().chain(&self.file.rows)) {
            for (column, cell) in (0..).zip(row) {
                let is_number = !cell.starts_with('0') && cell.len() < 16 && cell.bytes().all(|byte| byte.is_ascii_digit());
                if let (true, Ok(number)) = (is_number, cell.parse::<f64>()) {
                    sheet.write_number(at, column, number).unwrap();
                } else if !cell.is_empty() {
                    sheet.write_string(at, column, cell).unwrap();
                }
            }
        }
        book.save_to_buffer().unwrap()
    }

    /// Lines and columns that were added, moved or named otherwise.
    pub(crate) fn arranged_otherwise(&mut self) {
        use Outcome::{Read, Reported};
        let (plain, columns, rows) = (Lines::of(self.file, ','), self.file.header.len(), self.file.rows.len());
        let with = |place: usize, texts: &[String]| {
            let mut lines = plain.clone();
            for text in texts {
                lines.0.insert(place, (None, text.clone()));
            }
            lines
        };
        self.lines("title line", Read, &with(0, &["List of providers as of 11/01/2026".to_owned()]));
        self.lines("sep=,", Read, &with(0, &["sep=,".to_owned()]));
        let commas = ",".repeat(columns - 1);
        self.lines("footer line", Reported, &with(rows + 1, &["Source: the publisher".to_owned()]));
        self.lines("footer row", Reported, &with(rows + 1, &[format!("Total: {rows}{commas}")]));
        self.lines("header repeated", Read, &with(rows / 2 + 1, &[plain.0[0].1.clone()]));
        self.lines("blank rows", Read, &with(3, &[commas.clone(), String::new(), "  ".to_owned()]));
        let widened = |place: usize, names: bool| {
            let mut file = self.file.clone();
            file.rows.iter_mut().for_each(|row| row.insert(place, String::new()));
            if names {
                file.header.insert(place, String::new());
            }
            Lines::of(&file, ',')
        };
        let (blank, trailing, ragged) = (widened(1, true), widened(columns, true), widened(columns, false));
        self.lines("blank column", Read, &blank);
        self.lines("trailing delimiters", Read, &trailing);
        self.lines("trailing delimiters in rows only", Read, &ragged);
        let mut reversed = self.file.clone();
        reversed.header.reverse();
        reversed.rows.iter_mut().for_each(|row| row.reverse());
        self.lines("columns reordered", Read, &Lines::of(&reversed, ','));
        let header = |row: Option<usize>, cell: &str, change: fn(&str) -> String| match row {
            None => change(cell),
            Some(_) => cell.to_owned(),
        };
        self.cells("upper-case header", Read, |row, _, cell| header(row, cell, str::to_uppercase));
        self.cells("header as the API writes it", Read, |row, _, cell| {
            header(row, cell, |cell| {
                cell.to_lowercase().replace([' ', '(', ')', '/', '-'], "_").replace(['\'', '#', '?'], "")
            })
        });
        let older = [
            ("CMS Certification Number (CCN)", "Federal Provider Number"),
            ("City/Town", "City"),
            ("ZIP Code", "Zip"),
            ("Telephone Number", "Phone Number"),
            ("County/Parish", "County Name"),
        ];
        self.cells("older layout", Read, |row, _, cell| {
            let renamed = older.iter().find(|(name, _)| row.is_none() && *name == cell);
            renamed.map_or(cell, |(_, older)| older).to_owned()
        });
        for column in 0..columns {
            let name = format!("column \"{}\" renamed", self.file.header[column]);
            self.cells(
                name,
                Reported,
                |row, at, cell| {
                    if row.is_none() && at == column { "Qqqq".to_owned() } else { cell.to_owned() }
                },
            );
        }
        let mut doubled = plain.clone();
        for at in 0..rows {
            doubled.0.insert(2 * at + 2, plain.0[at + 1].clone());
        }
        self.lines("each row twice", Read, &doubled);
    }

    /// What spreadsheets do to cells.
    pub(crate) fn cells_rewritten(&mut self) {
        use Outcome::{Read, Reported};
        let (key, columns) = (self.file.key, self.file.header.len());
        let is_digits = |cell: &str| !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit());
        self.cells("lost leading zeros", Reported, |_, _, cell| match cell.trim_start_matches('0') {
            rest if is_digits(cell) && !rest.is_empty() => rest.to_owned(),
            _ => cell.to_owned(),
        });
        self.cells("scientific notation", Reported, |row, at, cell| match (row, cell.parse::<f64>()) {
            (Some(0 | 3), Ok(number)) if at == key && is_digits(cell) => format!("{number:.2E}").replace('E', "E+0"),
            (Some(1), Ok(number)) if at != key && is_digits(cell) && cell.len() >= 5 => {
                format!("{number:.2E}").replace('E', "E+0")
            }
            _ => cell.to_owned(),
        });
        self.cells("m/d/yy dates", Read, |_, _, cell| short_date(cell).unwrap_or_else(|| cell.to_owned()));
        self.cells("decimals", Read, |row, _, cell| {
            let whole = row.is_some() && is_digits(cell) && !cell.starts_with('0');
            if whole && cell.len() != 8 { format!("{cell}.0") } else { cell.to_owned() }
        });
        self.cells("thousands separators", Reported, |row, _, cell| match cell.len() {
            4..=7 if row.is_some() && is_digits(cell) => {
                let (front, back) = cell.split_at(cell.len() - 3);
                format!("{front},{back}")
            }
            _ => cell.to_owned(),
        });
        for word in ["NULL", "N/A", "#N/A", "(null)", "-", "Not Available", "\u{a0}"] {
            self.cells(format!("{word} for no value"), Read, |row, _, cell| {
                if row.is_some() && cell.is_empty() { word.to_owned() } else { cell.to_owned() }
            });
        }
        for column in 0..columns {
            for (what, text) in [("#REF!", "#REF!"), ("blank", ""), ("#NAME?", "#NAME?")] {
                if what == "blank" && may_be_blank(&self.file.header[column]) {
                    continue;
                }
                let damage = format!("column \"{}\" spoilt: {what}", self.file.header[column]);
                self.cells(
                    damage,
                    Reported,
                    |row, at, cell| {
                        if row.is_some() && at == column { text.to_owned() } else { cell.to_owned() }
                    },
                );
            }
            let damage = format!("a cell of \"{}\" spoilt", self.file.header[column]);
            self.cells(
                damage,
                Reported,
                |row, at, cell| {
                    if row == Some(1) && at == column { "#REF!".to_owned() } else { cell.to_owned() }
                },
            );
            for (what, taken) in [("right", false), ("left", true)] {
                if is_beyond_reading(&self.file.header[column], taken) {
                    continue;
                }
                let mut file = self.file.clone();
                if taken {
                    file.rows[1].remove(column);
                    file.rows[1].push(String::new());
                } else {
                    file.rows[1].insert(column, String::new());
                    file.rows[1].pop();
                }
                let damage = format!("a row shifted {what} from \"{}\"", self.file.header[column]);
                self.lines(damage, Reported, &Lines::of(&file, ','));
            }
        }
    }

    /// Quotes, line breaks and cuts.
    pub(crate) fn torn(&mut self) {
        use Outcome::{Read, Reported};
        let (plain, columns, rows) = (Lines::of(self.file, ','), self.file.header.len(), self.file.rows.len());
        let last = plain.0[rows].1.len();
        // A text cut at the end of a line is whole; only the comparison with an earlier one shows it.
        for place in (1..last).rev().step_by((last / 15).max(1)).chain(last.saturating_sub(8)..last) {
            let mut lines = plain.clone();
            if !lines.0[rows].1.is_char_boundary(place) {
                continue;
            }
            lines.0[rows].1.truncate(place);
            let text = lines.text("\n");
            let text = text.strip_suffix('\n').unwrap();
            let bytes = text.as_bytes().to_vec();
            self.bytes(format!("last line cut after {place} bytes"), Reported, &lines, bytes).text_differs = true;
        }
        let row = &self.file.rows[1];
        let with_row = |cells: Vec<String>| {
            let mut lines = plain.clone();
            lines.0[2].1 = cells.join(",");
            lines
        };
        let written = || row.iter().map(|text| cell(text, ',')).collect::<Vec<String>>();
        for column in [0, self.file.key, self.file.text.unwrap_or(columns - 1), columns - 1] {
            let mut cells = written();
            cells[column] = format!("\"{}", row[column].replace('"', ""));
            let damage = format!("unclosed quote in \"{}\"", self.file.header[column]);
            let damaged = self.lines(damage, Reported, &with_row(cells));
            (damaged.swallows, damaged.text_differs) = (true, true);
        }
        for column in [self.file.key, self.file.text.unwrap_or(self.file.key)] {
            let mut cells = written();
            cells[column] = format!("“{}”", row[column].replace('"', ""));
            let name = self.file.header[column].clone();
            self.lines(format!("smart quotes around \"{name}\""), Reported, &with_row(cells)).text_differs = true;
            let mut cells = written();
            cells[column] = format!("\"{}\"x", row[column].replace('"', ""));
            self.lines(format!("text behind a quote in \"{name}\""), Reported, &with_row(cells)).text_differs = true;
            let mut cells = written();
            cells[column] = format!("\"{}\"", row[column]);
            if row[column].contains('"') {
                self.lines(format!("quotes inside \"{name}\""), Reported, &with_row(cells)).text_differs = true;
            }
        }
        if let Some(text) = self.file.text {
            let mut cells = written();
            cells[text] = cell(&row[text].replacen(' ', "\n", 1), ',');
            self.lines("line break in a cell", Reported, &with_row(cells));
        }
        let quoted =
            |cells: &[String]| cells.iter().map(|text| format!("\"{}\"", text.replace('"', "\"\""))).collect::<Vec<_>>();
        let mut all = plain.clone();
        all.0[0].1 = quoted(&self.file.header).join(",");
        for at in 0..rows {
            all.0[at + 1].1 = quoted(&self.file.rows[at]).join(",");
        }
        self.lines("every cell in quotes", Read, &all);
    }

    /// Something else in its place.
    pub(crate) fn replaced(&mut self) {
        let nothing = Lines(Vec::new());
        for (damage, text) in [
            ("zero bytes", ""),
            ("a web page", "<!DOCTYPE html>\n<html><body>503 Service Unavailable</body></html>\n"),
            ("an error as JSON", "{\"message\": \"rate limit exceeded\"}\n"),
            ("another file", "Widget,Price\nsprocket,5\n"),
            ("a list of ours without rows", "payer,plan,network,ccn,npi,service,tier,begin,end\n"),
        ] {
            self.bytes(damage, Outcome::Reported, &nothing, text.as_bytes().to_vec());
        }
        let header = Lines(vec![Lines::of(self.file, ',').0[0].clone()]);
        self.lines("only the header", Outcome::Reported, &header);
    }
}

/// Columns that may be blank in a whole file: only the comparison with an earlier one shows that they should not be.
fn may_be_blank(column: &str) -> bool {
    column.contains("Footnote") || ["Special Focus Status", "Address Line 2", "tier", "begin", "end"].contains(&column)
}

/// Columns whose cells say something else where they have moved, and nothing in the row contradicts it: the last two dates of a
/// roster, and stars that are gone where the cell behind them holds the mark for none.
fn is_beyond_reading(column: &str, taken: bool) -> bool {
    ["begin", "end"].contains(&column) || (taken && column == "Quality of patient care star rating")
}

/// `6/1/24` for a date of any usual form.
fn short_date(cell: &str) -> Option<String> {
    let digits = |from: usize, to: usize| cell.get(from..to)?.parse::<u32>().ok();
    let (year, month, day) = match cell.len() {
        10 if cell.as_bytes()[4] == b'-' => (digits(0, 4)?, digits(5, 7)?, digits(8, 10)?),
        10 if cell.as_bytes()[2] == b'/' => (digits(6, 10)?, digits(0, 2)?, digits(3, 5)?),
        8 if cell.starts_with("20") => (digits(0, 4)?, digits(4, 6)?, digits(6, 8)?),
        _ => return None,
    };
    Some(format!("{month}/{day}/{:02}", year % 100))
}
