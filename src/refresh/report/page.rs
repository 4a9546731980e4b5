//! The report as plain text: first the outcome, then what needs attention, then everything else.

use std::collections::BTreeMap;
use std::fmt;

use crate::catalog::diff::changes::{CatalogDiff, DiffSection};
use crate::run_report::fetched::FetchOutcome;
use crate::run_report::gate_check::CheckVerdict;
use crate::run_report::rejects::{RejectedRow, RejectedRows, SkippedFile};
use crate::run_report::{AppliedCorrection, FileReport, RefreshOutcome, RunReport};
use crate::text::count_text::{counted, thousands};

/// The number of lines shown of a list.
const SHOWN: usize = 10;

impl fmt::Display for RunReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_end(f)?;
        self.write_checks(f)?;
        self.write_fetched(f)?;
        self.changes.iter().try_for_each(|changes| write_changes(f, changes))?;
        if self.files.is_empty() {
            return Ok(());
        }
        self.write_counts(f)?;
        self.write_files(f)?;
        self.write_payers(f)?;
        self.write_findings(f)?;
        self.write_rejects(f)
    }
}

impl RunReport {
    /// The outcome in the first line, and its cause.
    fn write_end(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let generation = self.manifest.as_ref().map_or("", |manifest| manifest.generation.as_str());
        match self.outcome {
            RefreshOutcome::Unknown => writeln!(f, "Outcome unknown")?,
            RefreshOutcome::Published => writeln!(f, "Published {generation}")?,
            RefreshOutcome::DryRun => writeln!(f, "Dry run: nothing was published")?,
            RefreshOutcome::Refused => writeln!(f, "REFUSED: the published directory is unchanged")?,
            RefreshOutcome::Failed => writeln!(f, "FAILED: the published directory is unchanged")?,
        }
        writeln!(f, "The refresh of {} took {:.1} s", self.began.strftime("%Y-%m-%d %H:%M UTC"), self.seconds)?;
        if self.synthetic {
            writeln!(f, "These providers are synthetic.")?;
        }
        if let Some(reason) = &self.forced {
            writeln!(f, "Forced despite the gate: {reason}")?;
        }
        // The gate's refusals are listed with its checks.
        let cause = self.cause.iter().filter(|_| self.outcome != RefreshOutcome::Refused);
        cause.flat_map(|cause| cause.lines()).try_for_each(|line| writeln!(f, "  {line}"))
    }

    /// The gate's refusals and warnings; good checks are only counted.
    fn write_checks(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.checks.is_empty() {
            return Ok(());
        }
        let of = |verdict| self.checks.iter().filter(move |check| check.verdict == verdict);
        let (refused, warned) = (of(CheckVerdict::Refuse).count(), of(CheckVerdict::Warn).count());
        let checks = counted(self.checks.len() as u64, "check");
        writeln!(f, "\nThe gate: {checks}, {refused} refused, {warned} warned")?;
        of(CheckVerdict::Refuse).try_for_each(|check| writeln!(f, "  refused  {}", check.words))?;
        of(CheckVerdict::Warn).try_for_each(|check| writeln!(f, "  warning  {}", check.words))
    }

    fn write_fetched(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.fetched.is_empty() {
            writeln!(f, "\nSources fetched")?;
        }
        for fetched in &self.fetched {
            let day = fetched.as_of.map_or_else(|| "date unknown".to_owned(), |day| format!("dated {day}"));
            let came = match fetched.outcome {
                FetchOutcome::New => {
                    format!("new, {day}; {} in {:.1} s", sized(fetched.bytes), fetched.seconds)
                }
                FetchOutcome::Unchanged => {
                    format!("no newer file; the current one is {day}")
                }
                FetchOutcome::NotDue => format!("not due yet; the current file is {day}"),
                FetchOutcome::Kept => {
                    format!("COULD NOT BE FETCHED; the last file is kept, {day}")
                }
                FetchOutcome::Absent => "COULD NOT BE FETCHED, and there is no earlier file".to_owned(),
            };
            writeln!(f, "  {}\n    {came}", fetched.source)?;
            fetched.cause.iter().chain(&fetched.remarks).try_for_each(|words| writeln!(f, "    {words}"))?;
        }
        Ok(())
    }

    /// The counts of the directory.
    fn write_counts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (providers, files) = (counted(self.providers, "provider"), counted(self.files.len() as u64, "file"));
        writeln!(f, "\n{providers} from {files}")?;
        for (service, lines) in &self.services {
            writeln!(f, "  {:>9}  {service}", thousands(*lines))?;
        }
        if self.networks > 0 {
            writeln!(f, "{}, {}", counted(self.networks, "network"), counted(self.affiliations, "affiliation"))?;
        }
        write_list(f, "older generations removed", self.pruned.iter().cloned())
    }

    fn write_files(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nFiles read")?;
        for FileReport { status, duplicates, passed_over, empty, unidentified, seconds } in &self.files {
            let day = status
                .as_of
                .map_or_else(|| "date unknown".to_owned(), |day| format!("dated {day} by its {}", status.as_of_from));
            writeln!(f, "  {}\n    {}, {day}", status.file, status.source)?;
            let (rows, size) = (counted(status.rows, "row"), sized(status.bytes));
            write!(f, "    {rows} of {size} in {seconds:.1} s")?;
            for (count, what) in [
                (status.rejected, "rejected"),
                (status.faulty, "with an unreadable cell"),
                (*duplicates, "repeated"),
                (*passed_over, "not about providers"),
                (*empty, "empty"),
                (*unidentified, "rejected or without a readable identifier"),
            ] {
                if count > 0 {
                    write!(f, "; {} {what}", thousands(count))?;
                }
            }
            writeln!(f)?;
        }
        if !self.unread.is_empty() {
            writeln!(f, "\nFiles not used")?;
        }
        for SkippedFile { file, dataset, reason } in &self.unread {
            let dataset = dataset.as_ref().map(|dataset| format!("{dataset}: ")).unwrap_or_default();
            writeln!(f, "  {file}\n    {dataset}{reason}")?;
        }
        Ok(())
    }

    /// The completeness check of each payer's directory.
    fn write_payers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let checked = || self.files.iter().filter_map(|file| Some((file, file.status.completeness.as_ref()?)));
        if checked().next().is_some() {
            writeln!(f, "\nPayers' directories (a provider is out of network only by a complete one)")?;
        }
        for (file, check) in checked() {
            writeln!(f, "  {}\n    {}", file.status.source, if check.complete { "complete" } else { "NOT COMPLETE" })?;
            writeln!(f, "    {}", check.shares())?;
            check.faults.iter().try_for_each(|fault| writeln!(f, "    {fault}"))?;
        }
        Ok(())
    }

    fn write_findings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.conflicts.is_empty() {
            writeln!(f, "\nConflicting sources (the most trusted is used, the others are kept)")?;
        }
        for (field, count) in &self.conflicts {
            writeln!(f, "  {:>9}  {field}", thousands(*count))?;
        }
        let corrections = self.corrections.iter().map(|AppliedCorrection { provider, name, source, miles, instead }| {
            format!("{provider} {name}: {source} is {miles:.0} miles from its ZIP; {instead} used")
        });
        write_list(f, "implausible positions replaced", corrections)?;
        write_list(f, "providers without a usable location", self.without_place.iter().cloned())?;
        write_list(f, "identifiers with facts but no name, excluded", self.without_name.iter().cloned())?;
        write_list(f, "members of networks that are not in the directory", self.unknown_members.iter().cloned())?;
        let review = self.review.iter().map(|row| {
            format!("{} {} may be {} {}: {}", row.record, row.record_name, row.provider, row.provider_name, row.agrees)
        });
        write_list(f, "records for a person to decide (see the review file)", review)?;
        if self.unknown_zips > 0 {
            writeln!(f, "\n{} service area entries name a ZIP that is not in use", thousands(self.unknown_zips))?;
        }
        write_list(f, "remarks", self.remarks.iter().cloned())
    }

    fn write_rejects(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RejectedRows { rows, cells, doubts, .. } = self.rejects;
        writeln!(f, "\n{} rejected, {} of other rows unreadable", counted(rows, "row"), counted(cells, "cell"))?;
        if doubts > 0 {
            writeln!(f, "{} used that should be reviewed", counted(doubts, "cell"))?;
        }
        let mut reasons: BTreeMap<(&str, &str, &str), (u64, &RejectedRow)> = BTreeMap::new();
        for reject in &self.rejects.listed {
            reasons.entry((&reject.file, &reject.field, &reject.reason)).or_insert((0, reject)).0 += 1;
        }
        for ((file, field, reason), (count, first)) in reasons {
            let field = if field.is_empty() { "row" } else { field };
            writeln!(f, "  {:>9}  {file}, {field}: {reason} (line {}: \"{}\")", thousands(count), first.line, first.value)?;
        }
        Ok(())
    }
}

/// Differences from the previously published directory.
fn write_changes(f: &mut fmt::Formatter<'_>, changes: &CatalogDiff) -> fmt::Result {
    writeln!(f, "\nChanges since {}", changes.from)?;
    let sections = changes.sections();
    if sections.is_empty() {
        writeln!(f, "  nothing")?;
    }
    for DiffSection { heading, count, lines } in sections {
        writeln!(f, "  {:>9}  {heading}", thousands(count))?;
        lines.iter().take(SHOWN).try_for_each(|line| writeln!(f, "             {line}"))?;
        let unsaid = count.saturating_sub(SHOWN as u64);
        if unsaid > 0 {
            writeln!(f, "             and {} more", thousands(unsaid))?;
        }
    }
    Ok(())
}

fn write_list(f: &mut fmt::Formatter<'_>, what: &str, lines: impl ExactSizeIterator<Item = String>) -> fmt::Result {
    let count = lines.len();
    if count == 0 {
        return Ok(());
    }
    writeln!(f, "\n{} {what}", thousands(count as u64))?;
    for line in lines.take(SHOWN) {
        writeln!(f, "  {line}")?;
    }
    if count > SHOWN { writeln!(f, "  and {} more", thousands((count - SHOWN) as u64)) } else { Ok(()) }
}

/// "834 bytes", "12.3 MB".
fn sized(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "KB")];
    match UNITS.into_iter().find(|(size, _)| bytes >= *size) {
        Some((size, unit)) => {
            let tenths = bytes / (size / 10);
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
        None => counted(bytes, "byte"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_well() {
        for (bytes, text) in
            [(1, "1 byte"), (999, "999 bytes"), (1_234, "1.2 KB"), (12_345_678, "12.3 MB"), (9_900_000_000, "9.9 GB")]
        {
            assert_eq!(sized(bytes), text);
        }
    }
}
