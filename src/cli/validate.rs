//! `validate`: says what a file is, which facts it holds and what is wrong with it.

use std::io;
use std::io::Read;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;

use crate::cli::exit::{CommandFailure, ExitStatus};
use crate::cli::hospital_files::read_hospitals;
use crate::cli::text_output::print_json;
use crate::cli::text_output::{FAINT, HEADING, TextOutput, pad_or_truncate};
use crate::hospital::Hospital;
use crate::refresh::day::last_day;
use crate::refresh::fact_shares::{FactShare, RecordFacts};
use crate::refresh::validate::{ValidationReport, validate};
use crate::run_report::rejects::RejectedRow;
use crate::text::count_text::counted;

/// Most lines of each list on the page.
const SHOWN: usize = 100;

/// The width of the names of facts.
const FACT_WIDTH: usize = 27;

/// `placement validate`.
#[derive(Debug, Clone, clap::Args)]
pub struct ValidateArgs {
    /// File to check: any file that refresh reads, such as a list of CMS, a payer roster, provider
    /// profiles or a payer's directory; recognized by its content; - is standard input. Of a folder: the files of the hospitals in it
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

impl ValidateArgs {
    /// Checks the file and reports every error.
    ///
    /// # Errors
    /// The file has errors or cannot be read.
    pub fn run(&self) -> Result<(), CommandFailure> {
        if self.file.is_dir() {
            return self.validate_hospitals();
        }
        let today = last_day(Timestamp::now());
        let checked = if self.file == Path::new("-") {
            const NAME: &str = "standard input";
            spooled()
                .and_then(|file| validate(file.path(), NAME, today))
                .map_err(|error| CommandFailure::from_io(NAME, &error))?
        } else {
            let name = self.file.display().to_string();
            validate(&self.file, &name, today).map_err(|error| CommandFailure::from_io(&name, &error))?
        };
        if self.json {
            print_json(&checked)?;
        } else {
            page(&checked).print()?;
        }
        // The errors are already printed.
        if checked.faults.is_empty() { Ok(()) } else { Err(CommandFailure::new(ExitStatus::WrongData, "")) }
    }
}

/// A hospital of a folder.
#[derive(Debug, Serialize)]
struct ValidHospital {
    id: String,
    name: Option<String>,
    hosts: Vec<String>,
    group: Option<String>,
}

impl ValidateArgs {
    /// Checks a folder with a file for each hospital, as `serve` does when it starts.
    fn validate_hospitals(&self) -> Result<(), CommandFailure> {
        let valid = |hospital: Hospital| ValidHospital {
            id: hospital.id.to_string(),
            name: hospital.name,
            hosts: hospital.marks.hosts,
            group: hospital.group,
        };
        let hospitals: Vec<ValidHospital> = read_hospitals(&self.file)?.into_iter().map(valid).collect();
        if self.json {
            return print_json(&serde_json::json!({"hospitals": hospitals}));
        }
        let mut page = TextOutput::default();
        page.heading(&counted(hospitals.len() as u64, "hospital"));
        for hospital in &hospitals {
            let name = hospital.name.as_deref().unwrap_or_default();
            page.line(&format!("  {} {name}", pad_or_truncate(&hospital.id, FACT_WIDTH)));
        }
        page.line("no errors");
        page.print()
    }
}

/// Copies standard input to a temporary file, because its kind is detected before it is read.
fn spooled() -> io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::NamedTempFile::new()?;
    io::copy(&mut io::stdin().lock().by_ref(), &mut file)?;
    Ok(file)
}

/// The result of a check, for people.
pub fn page(checked: &ValidationReport) -> TextOutput {
    let ValidationReport { file, dataset, rows, empty_rows, rejected, faults, doubts, remarks, facts, unlisted } = checked;
    let mut page = TextOutput::default();
    let what = dataset.as_deref().unwrap_or("unknown kind of file");
    page.styled(HEADING, &format!("{file}: {what}, {}", counted(*rows, "row"))).newline();
    holdings(&mut page, facts);
    let (lost, kept): (Vec<&RejectedRow>, Vec<&RejectedRow>) = faults.iter().partition(|fault| !fault.row_kept);
    list(&mut page, "Rejected", &lost);
    list(&mut page, "Ignored (the rest of the row is used)", &kept);
    list(&mut page, "Warnings (used as is)", &doubts.iter().collect::<Vec<_>>());
    if !remarks.is_empty() {
        page.heading("About the whole file");
        remarks.iter().take(SHOWN).for_each(|remark| page.wrapped("  ", remark));
    }
    page.newline();
    let faults = if faults.is_empty() { "no errors".to_owned() } else { counted(faults.len() as u64, "error") };
    let doubts = if doubts.is_empty() { String::new() } else { format!(", {}", counted(doubts.len() as u64, "warning")) };
    let rows = if *rejected > 0 { format!("; {rejected} of {rows} rows would be rejected") } else { String::new() };
    let unlisted = if *unlisted > 0 { format!("; {unlisted} more are not listed") } else { String::new() };
    let empty = if *empty_rows > 0 { format!("; {} not counted", counted(*empty_rows, "empty row")) } else { String::new() };
    page.line(&format!("{faults}{doubts}{rows}{empty}{unlisted}"));
    if dataset.is_none() {
        page.line("for the expected format, see placement template roster or placement template profile");
    }
    page
}

/// Which facts the file holds: `telephone 29 of 30 (97 %)`.
fn holdings(page: &mut TextOutput, facts: &[RecordFacts]) {
    for RecordFacts { records, count, facts } in facts {
        page.heading(&format!("{count} {records}"));
        for FactShare { fact, stated } in facts {
            let share = stated * 100 / count;
            page.line(&format!("  {} {stated} of {count} ({share} %)", pad_or_truncate(fact, FACT_WIDTH)));
        }
    }
}

fn list(page: &mut TextOutput, heading: &str, told: &[&RejectedRow]) {
    if told.is_empty() {
        return;
    }
    page.heading(heading);
    for reject in told.iter().take(SHOWN) {
        page.wrapped(&format!("  line {:<5} ", reject.line), &sentence(reject));
    }
    if told.len() > SHOWN {
        page.styled(FAINT, &format!("  and {} more; use --json to list all", told.len() - SHOWN)).newline();
    }
}

/// `needs_yes "inf.abz": there is no such need; did you mean inf.abx?`
fn sentence(reject: &RejectedRow) -> String {
    let value = if reject.value.is_empty() { String::new() } else { format!("\"{}\"", reject.value) };
    let place: Vec<&str> = [reject.field.as_str(), value.as_str()].into_iter().filter(|part| !part.is_empty()).collect();
    let place = if place.is_empty() { String::new() } else { format!("{}: ", place.join(" ")) };
    let advice = reject.advice.as_ref().map(|advice| format!("; {advice}")).unwrap_or_default();
    format!("{place}{}{advice}", reject.reason)
}
