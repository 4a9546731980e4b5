//! The order of a night, under the lock: fetch, read, reconcile, build, verify, gate, publish, prune.
//!
//! Until `current` is renamed nothing that is served has changed; after it nothing can fail that matters to who is served.

use crate::catalog::build::StagedGeneration;
use crate::catalog::diff::compare;
use crate::catalog::generation::GenerationStore;
use crate::catalog::manifest::CatalogError;
use crate::catalog::stats::CatalogStats;
use crate::catalog::{ReloadOutcome, SharedCatalog, build};
use crate::refresh::count_text::counted;
use crate::refresh::error::RefreshError;
use crate::refresh::fetch::nightly_sources;
use crate::refresh::gather::read_and_reconcile;
use crate::refresh::options::{RefreshOptions, RefreshProgress, report_stage};
use crate::refresh::{canary, gate};
use crate::run_report::RunReport;
use crate::run_report::fetched::{FetchOutcome, FetchReport};
use crate::run_report::gate_check::CheckVerdict;

/// Runs the stages; `report` is filled as far as they come.
///
/// # Errors
/// Nothing was published, and why.
pub(crate) fn run(
    options: &RefreshOptions,
    report: &mut RunReport,
    progress: &mut dyn FnMut(RefreshProgress),
) -> Result<(), RefreshError> {
    let store = GenerationStore::new(&options.index);
    // Whoever goes back to another directory from here on is not overruled.
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
    report_stage(progress, "verify", "every file is as the manifest says".to_owned());
    match run_gate(&draft, options, report, progress) {
        Ok(()) => publish(draft, before, &store, report, progress)?,
        Err(refused) => {
            discard(draft, report);
            return Err(refused);
        }
    }
    prune(&store, options.settings.keep, report, progress);
    Ok(())
}

/// The generation to serve, if there is one. One that is named wrongly is none; a disk that cannot say is an error.
fn current_generation(store: &GenerationStore) -> Result<Option<String>, CatalogError> {
    match store.current() {
        Ok(id) => Ok(Some(id)),
        Err(error @ CatalogError::Disk { .. }) => Err(error),
        Err(_) => Ok(None),
    }
}

/// Brings the declared sources; one that does not answer keeps its last file, and the night goes on.
fn fetch(options: &RefreshOptions, report: &mut RunReport, progress: &mut dyn FnMut(RefreshProgress)) {
    let mut tell = |what: &str| progress(RefreshProgress::Told(what.to_owned()));
    report.fetched = nightly_sources::fetch(&options.settings, &options.from, &[], options.built_at, &mut tell);
    let new = report.fetched.iter().filter(|fetched| fetched.outcome == FetchOutcome::New).count();
    let of = counted(report.fetched.len() as u64, "source");
    report_stage(progress, "fetch", format!("{new} of {of} brought something new"));
}

/// Where there is nothing to read because nothing could be fetched, that is the cause.
fn explain_empty_input(error: RefreshError, report: &RunReport) -> RefreshError {
    let failed = report.fetched.iter().filter(|fetched| fetched.outcome == FetchOutcome::Absent);
    let cause = |fetched: &FetchReport| format!("  {}: {}", fetched.source, fetched.cause.as_deref().unwrap_or_default());
    let causes: Vec<String> = failed.map(cause).collect();
    match error {
        RefreshError::NothingRecognised { .. } if !causes.is_empty() => RefreshError::NothingFetched(causes),
        error => error,
    }
}

/// The gate: what was built against what is served, or against what a server would fall back to.
fn run_gate(
    draft: &StagedGeneration,
    options: &RefreshOptions,
    report: &mut RunReport,
    progress: &mut dyn FnMut(RefreshProgress),
) -> Result<(), RefreshError> {
    let served = SharedCatalog::new(&options.index);
    let unreadable = match served.reload() {
        Ok(ReloadOutcome::FellBack { serving, because }) => {
            report.remarks.push(format!("compared with {serving}: {because}"));
            None
        }
        Ok(ReloadOutcome::Swapped(_) | ReloadOutcome::Unchanged) | Err(CatalogError::NothingPublished(_)) => None,
        // What cannot be read now was not judged; what is damaged for good must not keep every later night from mending it.
        Err(error @ CatalogError::Disk { .. }) => return Err(error.into()),
        Err(error) => Some(gate::nothing_to_compare(&error)),
    };
    let before = served.current();
    let guards = &options.settings.gate;
    let counts = before.as_ref().map(|before| CatalogStats::of(before));
    report.checks = gate::evaluate(counts.as_ref(), &CatalogStats::of(draft.catalog()), guards);
    report.checks.extend(unreadable);
    report.checks.extend(report.fetched.iter().filter_map(gate::never_fetched));
    report.checks.extend(gate::files::judge(&options.from, &draft.manifest().sources, &options.settings));
    report.checks.extend(canary::ask(draft.catalog(), guards));
    report.changes = before.map(|before| compare(&before, draft.catalog()));
    let count = |verdict| report.checks.iter().filter(|check| check.verdict == verdict).count();
    let (warned, refused) = (count(CheckVerdict::Warn), count(CheckVerdict::Refuse));
    let of = counted(report.checks.len() as u64, "check");
    report_stage(progress, "gate", format!("{of}, {warned} to look at, {refused} against publishing"));
    if refused > 0 && options.force.is_none() {
        return Err(RefreshError::Refused(report.checks.clone()));
    }
    Ok(())
}

/// Makes what was built the one to serve, unless somebody went back to another meanwhile.
fn publish(
    draft: StagedGeneration,
    before: Option<String>,
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
    pointer.move_to(&manifest.generation)?;
    report_stage(progress, "publish", format!("{} is the one to serve", manifest.generation));
    Ok(())
}

/// Removes what is not to be served. Where that fails it stays under a name nothing serves, and the next build removes it.
fn discard(draft: StagedGeneration, report: &mut RunReport) {
    let failed = draft.discard().err();
    report.remarks.extend(failed.map(|error| format!("what was built could not be removed: {error}")));
}

/// Removes what is older than the generations to be kept. Where that fails, the new one is served all the same.
fn prune(store: &GenerationStore, keep: usize, report: &mut RunReport, progress: &mut dyn FnMut(RefreshProgress)) {
    match store.prune(keep) {
        Ok(pruned) => report.pruned = pruned,
        Err(error) => report.remarks.push(format!("older directories could not be removed: {error}")),
    }
    report_stage(progress, "prune", format!("{} removed", counted(report.pruned.len() as u64, "older generation")));
}
