//! `validate`: what is wrong with a roster or a profile, before it goes into the folder.

use std::io;
use std::io::Read;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::cli::exit::{CommandFailure, ExitStatus};
use crate::cli::match_providers::print_json;
use crate::cli::text_output::{FAINT, HEADING, TextOutput};
use crate::phrases::counted;
use crate::refresh::day::last_day;
use crate::refresh::validate::{ValidationReport, validate};
use crate::run_report::rejects::RejectedRow;

/// How many lines of a list the page shows.
const SHOWN: usize = 100;

/// `placement validate`.
#[derive(Debug, Clone, clap::Args)]
pub struct ValidateArgs {
    /// The file: a payer roster (CSV), provider profiles (CSV or JSON), a same-as table or any other file a refresh reads,
    /// told by what is in it; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print what was found as JSON
    #[arg(long)]
    json: bool,
}

impl ValidateArgs {
    /// Tells everything that is wrong with the file.
    ///
    /// # Errors
    /// The file has faults, or cannot be read.
    pub fn run(&self) -> Result<(), CommandFailure> {
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
        // What is wrong has been told.
        if checked.faults.is_empty() { Ok(()) } else { Err(CommandFailure::new(ExitStatus::WrongData, "")) }
    }
}

/// Standard input as a file, for a file is looked at before it is read.
fn spooled() -> io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::NamedTempFile::new()?;
    io::copy(&mut io::stdin().lock().by_ref(), &mut file)?;
    Ok(file)
}

/// What was found, for people.
pub fn page(checked: &ValidationReport) -> TextOutput {
    let ValidationReport { file, dataset, rows, rejected, faults, doubts, unlisted } = checked;
    let mut page = TextOutput::default();
    let what = dataset.as_deref().unwrap_or("of no known kind");
    page.styled(HEADING, &format!("{file}: {what}, {}", counted(*rows, "row"))).newline();
    let (lost, kept): (Vec<&RejectedRow>, Vec<&RejectedRow>) = faults.iter().partition(|fault| !fault.row_kept);
    list(&mut page, "Not read", &lost);
    list(&mut page, "Left out, and the rest of the row read", &kept);
    list(&mut page, "Read as it stands, and to be looked at", &doubts.iter().collect::<Vec<_>>());
    page.newline();
    let faults = if faults.is_empty() { "no fault".to_owned() } else { counted(faults.len() as u64, "fault") };
    let doubts = if doubts.is_empty() { String::new() } else { format!(", {} to be looked at", doubts.len()) };
    let rows = if *rejected > 0 { format!("; {rejected} of {rows} rows would not be read") } else { String::new() };
    let unlisted = if *unlisted > 0 { format!("; {unlisted} more are not listed") } else { String::new() };
    page.line(&format!("{faults}{doubts}{rows}{unlisted}"));
    if dataset.is_none() {
        page.line("placement template roster and placement template profile print files as they should be");
    }
    page
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
        page.styled(FAINT, &format!("  and {} more; --json lists all", told.len() - SHOWN)).newline();
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
