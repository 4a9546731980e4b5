//! The stages of a refresh under the lock: fetch, read, reconcile, build, verify, gate, publish,
//! prune.
//!
//! Nothing served changes until `current` is renamed. A later failure does not affect what is
//! served.

use crate::catalog::build::StagedGeneration;
use crate::catalog::diff::compare;
use crate::catalog::generation::GenerationStore;
use crate::catalog::manifest::CatalogError;
use crate::catalog::stats::CatalogStats;
use crate::catalog::{ReloadOutcome, SharedCatalog, build};
use crate::refresh::error::RefreshError;
use crate::refresh::fetch::nightly_sources;
use crate::refresh::gate_history::PastCounts;
use crate::refresh::gather::read_and_reconcile;
use crate::refresh::options::{RefreshOptions, RefreshProgress, report_stage};
use crate::refresh::shared_directory::SharedDirectory;
use crate::refresh::{canary, gate, gate_history};
use crate::run_report::RunReport;
use crate::run_report::fetched::{FetchOutcome, FetchReport};
use crate::run_report::gate_check::CheckVerdict;
use crate::text::count_text::counted;

/// Runs the stages; `report` contains the results of those that ran.
///
/// # Errors
/// Why nothing was published.
pub(crate) fn run(
    options: &RefreshOptions,
    report: &mut RunReport,
    progress: &mut dyn FnMut(RefreshProgress),
) -> Result<(), RefreshError> {
    let store = GenerationStore::new(&options.index);
    let shared = SharedDirectory::join(options.bucket.as_ref(), &store)?;
    // A rollback by a user after this point is not overwritten.
    let before = current_generation(&store)?;
    if options.fetch {
        fetch(options, report, progress);
    }
    let (night, gathered) = read_and_reconcile(options, progress).map_err(|error| explain_empty_input(error, report))?;
    report.gathered(gathered);
    if night.providers.is_empty() {
        return Err(RefreshError::NoProviders(options.from.clone()));
    }
    let draft = build::draft(night, &store)?;
    let manifest = draft.manifest();
    report.manifest = Some(manifest.clone());
    report_stage(progress, "build", format!("{} with {} files", manifest.generation, manifest.files.len()));
    report_stage(progress, "verify", "every file matches the manifest".to_owned());
    match run_gate(&draft, options, report, progress) {
        Ok(counts) => {
            publish(draft, before, &shared, &store, report, progress)?;
            remember(&counts, options, report);
        }
        Err(refused) => {
            discard(draft, report);
            return Err(refused);
        }
    }
    prune(&store, options.settings.keep, report, progress);
    report.remarks.extend(
        shared
            .prune(options.settings.keep)
            .err()
            .map(|error| format!("older directories could not be removed from object storage: {error}")),
    );
    Ok(())
}

/// The published generation, if any. An invalid name counts as none; an I/O error is returned.
fn current_generation(store: &GenerationStore) -> Result<Option<String>, CatalogError> {
    match store.current() {
        Ok(id) => Ok(Some(id)),
        Err(error @ CatalogError::Disk { .. }) => Err(error),
        Err(_) => Ok(None),
    }
}

/// Fetches the declared sources. A source that cannot be fetched keeps its last file.
fn fetch(options: &RefreshOptions, report: &mut RunReport, progress: &mut dyn FnMut(RefreshProgress)) {
    let mut tell = |what: &str| progress(RefreshProgress::Told(what.to_owned()));
    report.fetched = nightly_sources::fetch(&options.settings, &options.from, &[], options.built_at, &mut tell);
    let new = report.fetched.iter().filter(|fetched| fetched.outcome == FetchOutcome::New).count();
    let of = counted(report.fetched.len() as u64, "source");
    report_stage(progress, "fetch", format!("{new} of {of} had new files"));
}

/// If there is nothing to read because nothing could be fetched, reports that as the cause.
fn explain_empty_input(error: RefreshError, report: &RunReport) -> RefreshError {
    let failed = report.fetched.iter().filter(|fetched| fetched.outcome == FetchOutcome::Absent);
    let cause = |fetched: &FetchReport| format!("  {}: {}", fetched.source, fetched.cause.as_deref().unwrap_or_default());
    let causes: Vec<String> = failed.map(cause).collect();
    match error {
        RefreshError::NothingRecognised { .. } if !causes.is_empty() => RefreshError::NothingFetched(causes),
        error => error,
    }
}

/// Runs the gate: compares the new generation with the published one, or with the one a server
/// would fall back to, and with the best of the last ones. Returns the counts to compare later ones with, newest last.
fn run_gate(
    draft: &StagedGeneration,
    options: &RefreshOptions,
    report: &mut RunReport,
    progress: &mut dyn FnMut(RefreshProgress),
) -> Result<Vec<PastCounts>, RefreshError> {
    let served = SharedCatalog::new(&options.index);
    let unreadable = match served.reload() {
        Ok(ReloadOutcome::FellBack { serving, because }) => {
            report.remarks.push(format!("compared with {serving}: {because}"));
            None
        }
        Ok(ReloadOutcome::Swapped(_) | ReloadOutcome::Unchanged) | Err(CatalogError::NothingPublished(_)) => None,
        // An I/O error may be temporary and must not decide. Permanent damage must not block later
        // refreshes.
        Err(error @ CatalogError::Disk { .. }) => return Err(error.into()),
        Err(error) => Some(gate::nothing_to_compare(&error)),
    };
    let before = served.current();
    let guards = &options.settings.gate;
    let (counts, now) = (before.as_ref().map(|before| CatalogStats::of(before)), CatalogStats::of(draft.catalog()));
    report.checks = gate::evaluate(counts.as_ref(), &now, guards);
    report.checks.extend(unreadable);
    let mut past = past_counts(before.as_ref().map(|before| before.manifest().generation.as_str()), options, report);
    report.changes = before.map(|before| compare(&before, draft.catalog()));
    if let Some(counts) = &counts {
        gate::slow_loss::evaluate(&past, counts, &now, guards, &mut report.checks);
        report.changes.iter().for_each(|changes| gate::turnover::evaluate(changes, counts, &now, guards, &mut report.checks));
    }
    report.checks.extend(report.fetched.iter().filter_map(gate::never_fetched));
    report.checks.extend(gate::files::evaluate(&options.from, &draft.manifest().sources, &options.settings));
    report.checks.extend(gate::unreadable_exclusions::check_exclusion_lists(&report.files));
    report.checks.extend(canary::ask(draft.catalog(), guards));
    let count = |verdict| report.checks.iter().filter(|check| check.verdict == verdict).count();
    let (warned, refused) = (count(CheckVerdict::Warn), count(CheckVerdict::Refuse));
    let of = counted(report.checks.len() as u64, "check");
    report_stage(progress, "gate", format!("{of}, {warned} warned, {refused} refused"));
    if refused > 0 && options.force.is_none() {
        return Err(RefreshError::Refused(report.checks.clone()));
    }
    past.push(PastCounts::of(&draft.manifest().generation, refused > 0, &now));
    Ok(past)
}

/// The counts of the last published directories up to the one served.
fn past_counts(served: Option<&str>, options: &RefreshOptions, report: &mut RunReport) -> Vec<PastCounts> {
    gate_history::read(&options.index, served, options.settings.gate.history).unwrap_or_else(|error| {
        report.checks.push(gate::no_history(&error));
        Vec::new()
    })
}

/// Stores the counts of the published directory. A failure does not affect what is served.
fn remember(counts: &[PastCounts], options: &RefreshOptions, report: &mut RunReport) {
    let stored = gate_history::store(&options.index, counts, options.settings.gate.history);
    let failed = stored.err().map(|error| format!("the counts of this directory could not be stored: {error}"));
    report.remarks.extend(failed);
}

/// Publishes the new generation, unless a user has switched to another one meanwhile.
fn publish(
    draft: StagedGeneration,
    before: Option<String>,
    shared: &SharedDirectory,
    store: &GenerationStore,
    report: &mut RunReport,
    progress: &mut dyn FnMut(RefreshProgress),
) -> Result<(), RefreshError> {
    let pointer = store.lock_pointer()?;
    let now = current_generation(store)?;
    if now != before {
        discard(draft, report);
        let named = |id: Option<String>| id.unwrap_or_else(|| "none".to_owned());
        return Err(RefreshError::Overtaken { before: named(before), now: named(now) });
    }
    let manifest = draft.install(store)?;
    shared.publish(store, &manifest.generation)?;
    pointer.move_to(&manifest.generation)?;
    report_stage(progress, "publish", format!("{} is published", manifest.generation));
    Ok(())
}

/// Removes a generation that is not published. If that fails, it stays under a name that is never
/// served, and the next build removes it.
fn discard(draft: StagedGeneration, report: &mut RunReport) {
    let failed = draft.discard().err();
    report.remarks.extend(failed.map(|error| format!("the unpublished generation could not be removed: {error}")));
}

/// Removes generations older than the newest `keep`. A failure does not affect what is served.
fn prune(store: &GenerationStore, keep: usize, report: &mut RunReport, progress: &mut dyn FnMut(RefreshProgress)) {
    match store.prune(keep) {
        Ok(pruned) => report.pruned = pruned,
        Err(error) => report.remarks.push(format!("older directories could not be removed: {error}")),
    }
    report_stage(progress, "prune", format!("{} removed", counted(report.pruned.len() as u64, "older generation")));
}
