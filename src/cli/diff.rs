//! The differences between two directories, as a page or (every change) as JSON.

use std::collections::BTreeMap;
use std::io;
use std::io::{BufWriter, Write};

use serde::Serialize;

use crate::catalog::Catalog;
use crate::catalog::diff::changes::{CatalogChange, CatalogDiff, DiffSection, NetworkChange, PlanChange};
use crate::catalog::diff::{compare, visit_changes};
use crate::cli::exit::{CommandFailure, ExitStatus};
use crate::cli::text_output::{FAINT, TextOutput};
use crate::text::count_text::thousands;

/// Most lines of each kind on the page; the JSON has all of them.
const SHOWN: usize = 25;

/// The differences by kind: the count and the first lines of each.
pub(crate) fn page(before: &Catalog, after: &Catalog) -> TextOutput {
    let changes = compare(before, after);
    let mut page = TextOutput::default();
    page.line(&format!("from {} to {}", changes.from, changes.to));
    let sections = changes.sections();
    if sections.is_empty() {
        page.line("no differences");
    }
    for DiffSection { heading, count, lines } in sections {
        page.heading(&format!("{heading}: {}", thousands(count)));
        lines.iter().take(SHOWN).for_each(|line| page.line(&format!("  {line}")));
        let unsaid = count.saturating_sub(SHOWN as u64);
        if unsaid > 0 {
            page.styled(FAINT, &format!("  and {} more; use --json to list all", thousands(unsaid))).newline();
        }
    }
    page
}

/// Number of changes of each kind.
#[derive(Serialize)]
struct ChangeTotals {
    added: u64,
    gone: u64,
    services_begun: u64,
    services_ended: u64,
    networks_begun: u64,
    networks_ended: u64,
    stars: u64,
    safety: u64,
    phones: u64,
    areas: u64,
    certifications: u64,
    answers: u64,
}

/// Written after the last change.
#[derive(Serialize)]
struct DiffSummary<'a> {
    totals: ChangeTotals,
    networks: &'a BTreeMap<String, NetworkChange>,
    plans: &'a BTreeMap<String, PlanChange>,
}

/// Prints every change as it is found, so that memory does not grow with their number. Fields:
/// `from`, `to`, `changes`, `totals`, `networks`, `plans`.
///
/// # Errors
/// Standard output cannot be written. A closed pipe is not an error: the message is empty.
pub(crate) fn print_json(before: &Catalog, after: &Catalog) -> Result<(), CommandFailure> {
    let mut out = BufWriter::new(io::stdout().lock());
    write_json(before, after, &mut out).map_err(|error| match CommandFailure::from_io("standard output", &error) {
        CommandFailure { exit: ExitStatus::Done, .. } => CommandFailure::new(ExitStatus::Done, ""),
        failure => failure,
    })
}

fn write_json(before: &Catalog, after: &Catalog, out: &mut impl Write) -> io::Result<()> {
    let [from, to] = [before, after].map(|catalog| serde_json::to_string(&catalog.manifest().generation));
    write!(out, "{{\"from\":{},\"to\":{},\"changes\":[", from?, to?)?;
    let mut told = JsonChangeWriter { out, first: true, ended: Ok(()) };
    let changes = visit_changes(before, after, &mut |change| told.tell(&change));
    let JsonChangeWriter { out, ended, .. } = told;
    ended?;
    let ending = DiffSummary { totals: totals(&changes), networks: &changes.networks, plans: &changes.plans };
    let ending = serde_json::to_string(&ending)?;
    writeln!(out, "\n],{}", ending.trim_start_matches('{'))?;
    out.flush()
}

/// Writes a list of JSON objects, one per line.
struct JsonChangeWriter<'a, W> {
    out: &'a mut W,
    first: bool,
    ended: io::Result<()>,
}

impl<W: Write> JsonChangeWriter<'_, W> {
    /// Writes one object, unless an earlier write failed.
    fn tell(&mut self, change: &CatalogChange<'_>) {
        if self.ended.is_err() {
            return;
        }
        let comma = if std::mem::take(&mut self.first) { "\n" } else { ",\n" };
        let written = self.out.write_all(comma.as_bytes());
        self.ended = written.and_then(|()| serde_json::to_writer(&mut *self.out, change).map_err(io::Error::from));
    }
}

fn totals(changes: &CatalogDiff) -> ChangeTotals {
    ChangeTotals {
        added: changes.added.count,
        gone: changes.gone.count,
        services_begun: changes.services_begun.count,
        services_ended: changes.services_ended.count,
        networks_begun: changes.begun.count,
        networks_ended: changes.ended.count,
        stars: changes.stars.count,
        safety: changes.safety.count,
        phones: changes.phones.count,
        areas: changes.areas.count,
        certifications: changes.certifications.count,
        answers: changes.answers.count,
    }
}
