//! `match --against`: what changed since a saved answer.

use std::fs::File;
use std::io;
use std::io::Read;
use std::path::Path;

use serde_json::{Value, json};

use crate::cli::exit::{CommandFailure, ExitStatus};
use crate::cli::question::QuestionArgs;
use crate::cli::text_output::{FAINT, TextOutput, print_json};
use crate::input::errors::{FieldError, FieldErrors};
use crate::matching::differences::{AnswerSide, Difference};
use crate::overlay::LiveDirectory;
use crate::phrases;
use crate::serve::http::route::LARGEST_SAVED_ANSWER;
use crate::serve::http::strict_json;
use crate::serve::json::differences::DifferencesJson;
use crate::serve::json::report::AnswerContext;
use crate::serve::saved_answer::{SavedComparison, compare};
use crate::text::count_text::counted;

/// Compares the saved answer at `path`, or on standard input if `path` is `-`, with the answer of now to its question, or to
/// `question`.
///
/// # Errors
/// The file or the directory cannot be read, or the file is not a saved answer.
pub(crate) fn run(
    path: &Path,
    question: Option<&QuestionArgs>,
    as_json: bool,
    directory: impl FnOnce() -> Result<LiveDirectory, CommandFailure>,
) -> Result<(), CommandFailure> {
    let is_stdin = path.as_os_str() == "-";
    let name = if is_stdin { "standard input".to_owned() } else { path.display().to_string() };
    let mut answer = saved(path, is_stdin, &name)?;
    let asked = question.map(QuestionArgs::asked).transpose()?;
    let served = directory()?;
    if let Some(asked) = &asked {
        // Checked first, so that its errors name the flags.
        asked.read(served.base(), served.today())?;
        answer = json!({"question": asked.resolved(served.base()).0, "answer": answer});
    }
    let comparison = compare(&served, &answer).map_err(|errors| wrong(&name, &errors))?;
    if as_json {
        return print_json(&DifferencesJson::new(&comparison, AnswerContext::from(&served)));
    }
    table(&comparison).print()
}

/// The JSON of a saved answer.
fn saved(path: &Path, is_stdin: bool, name: &str) -> Result<Value, CommandFailure> {
    let unreadable = |error: io::Error| CommandFailure::from_io(name, &error);
    let mut text = Vec::new();
    let limit = LARGEST_SAVED_ANSWER as u64 + 1;
    if is_stdin {
        io::stdin().lock().take(limit).read_to_end(&mut text).map_err(unreadable)?;
    } else {
        File::open(path).map_err(unreadable)?.take(limit).read_to_end(&mut text).map_err(unreadable)?;
    }
    if text.len() > LARGEST_SAVED_ANSWER {
        let why = format!("{name} is larger than 4 MiB; save the answer with at most 1,000 matches");
        return Err(CommandFailure::new(ExitStatus::WrongData, why));
    }
    let read = strict_json::read(&text);
    let (value, repeated) = read.map_err(|error| {
        let why = format!("{name} is damaged or not a saved answer: {error}; ask the question again and save its answer");
        CommandFailure::new(ExitStatus::WrongData, why)
    })?;
    if repeated.is_empty() { Ok(value) } else { Err(wrong(name, &repeated)) }
}

fn wrong(name: &str, errors: &FieldErrors) -> CommandFailure {
    let line = |error: &FieldError| {
        let hint = error.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
        let colon = if error.pointer.is_empty() { "" } else { ": " };
        format!("\n  {}{colon}{}{hint}", error.pointer, error.detail)
    };
    let more = if errors.more() > 0 { format!("\n  and {} more", errors.more()) } else { String::new() };
    let lines: String = errors.iter().map(line).collect();
    CommandFailure::new(ExitStatus::WrongData, format!("{name} cannot be compared{lines}{more}"))
}

fn table(comparison: &SavedComparison) -> TextOutput {
    let mut page = TextOutput::default();
    for remark in &comparison.remarks {
        page.wrapped("Note: ", &remark.text);
    }
    for service in &comparison.services {
        page.heading(&phrases::question(&service.discharge));
        let of_all = if service.is_complete { "all" } else { "the first" };
        let then = counted(service.listed as u64, "provider");
        page.line(&format!("Saved: {of_all} {then}. Now: {}.", service.listed_now));
        if service.differences.is_empty() {
            page.line("Nothing changed.");
        }
        for of in &service.differences {
            difference(&mut page, of);
        }
    }
    page
}

fn difference(page: &mut TextOutput, of: &Difference) {
    page.newline();
    page.wrapped("", &format!("{} ({}): {}", of.name, of.provider, of.kind.label()));
    for (when, side) in [("  then: ", &of.then), ("  now:  ", &of.now)] {
        page.wrapped(when, &side.text);
        page.styled(FAINT, &sources(side)).newline();
    }
}

/// The sources of one side, each once.
fn sources(side: &AnswerSide) -> String {
    let mut names: Vec<String> = Vec::new();
    for by in side.evidence.iter().filter_map(|by| by.evidence.as_ref()) {
        let name = by.to_string();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() { "        no source".to_owned() } else { format!("        {}", names.join("; ")) }
}
