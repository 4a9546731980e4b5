//! The order of a night, under the lock: fetch, read, reconcile, build, verify, gate, publish, prune.
//!
//! Until `current` is renamed nothing that is served has changed; after it nothing can fail that matters to who is served.

use crate::catalog::build::{self, Draft};
use crate::catalog::census::Census;
use crate::catalog::compare::compare;
use crate::catalog::generation::{CatalogError, Store};
use crate::catalog::{Reload, SharedCatalog};
use crate::refresh::fetch::nightly::{self, Fetched, Outcome};
use crate::refresh::gate::{self, Verdict};
use crate::refresh::report::{RunReport, counted};
use crate::refresh::{Options, Progress, RefreshError, canary, done, gather};

/// Runs the stages; `report` is filled as far as they come.
///
/// # Errors
/// Nothing was published, and why.
pub fn run(options: &Options, report: &mut RunReport, progress: &mut dyn FnMut(Progress)) -> Result<(), RefreshError> {
    let store = Store::new(&options.index);
    // Whoever goes back to another directory from here on is not overruled.
    let before = served(&store)?;
    if options.fetch {
        fetch(options, report, progress);
    }
    let (night, gathered) = gather(options, progress).map_err(|error| unless_fetched(error, report))?;
    report.gathered(gathered);
    if night.providers.is_empty() {
        return Err(RefreshError::NoProviders(options.from.clone()));
    }
    let draft = build::draft(night, &store)?;
    let manifest = draft.manifest();
    report.manifest = Some(manifest.clone());
    done(progress, "build", format!("{} with {} files", manifest.generation, manifest.files.len()));
    done(progress, "verify", "every file is as the manifest says".to_owned());
    match weigh(&draft, options, report, progress) {
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
fn served(store: &Store) -> Result<Option<String>, CatalogError> {
    match store.current() {
        Ok(id) => Ok(Some(id)),
        Err(error @ CatalogError::Disk { .. }) => Err(error),
        Err(_) => Ok(None),
    }
}

/// Brings the declared sources; one that does not answer keeps its last file, and the night goes on.
fn fetch(options: &Options, report: &mut RunReport, progress: &mut dyn FnMut(Progress)) {
    let mut tell = |what: &str| progress(Progress::Told(what.to_owned()));
    report.fetched = nightly::fetch(&options.settings, &options.from, &[], options.built_at, &mut tell);
    let new = report.fetched.iter().filter(|fetched| fetched.outcome == Outcome::New).count();
    let of = counted(report.fetched.len() as u64, "source");
    done(progress, "fetch", format!("{new} of {of} brought something new"));
}

/// Where there is nothing to read because nothing could be fetched, that is the cause.
fn unless_fetched(error: RefreshError, report: &RunReport) -> RefreshError {
    let failed = report.fetched.iter().filter(|fetched| fetched.outcome == Outcome::Absent);
    let cause = |fetched: &Fetched| format!("  {}: {}", fetched.source, fetched.cause.as_deref().unwrap_or_default());
    let causes: Vec<String> = failed.map(cause).collect();
    match error {
        RefreshError::NothingRecognised { .. } if !causes.is_empty() => RefreshError::NothingFetched(causes),
        error => error,
    }
}

/// The gate: what was built against what is served, or against what a server would fall back to.
fn weigh(
    draft: &Draft,
    options: &Options,
    report: &mut RunReport,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), RefreshError> {
    let served = SharedCatalog::new(&options.index);
    let unreadable = match served.reload() {
        Ok(Reload::FellBack { serving, because }) => {
            report.remarks.push(format!("compared with {serving}: {because}"));
            None
        }
        Ok(Reload::Swapped(_) | Reload::Unchanged) | Err(CatalogError::NothingPublished(_)) => None,
        // What cannot be read now was not judged; what is damaged for good must not keep every later night from mending it.
        Err(error @ CatalogError::Disk { .. }) => return Err(error.into()),
        Err(error) => Some(gate::nothing_to_compare(&error)),
    };
    let before = served.current();
    let guards = &options.settings.gate;
    let counts = before.as_ref().map(|before| Census::of(before));
    report.checks = gate::judge(counts.as_ref(), &Census::of(draft.catalog()), guards);
    report.checks.extend(unreadable);
    report.checks.extend(report.fetched.iter().filter_map(gate::never_fetched));
    report.checks.extend(gate::files::judge(&options.from, &draft.manifest().sources, &options.settings));
    report.checks.extend(canary::ask(draft.catalog(), guards));
    report.changes = before.map(|before| compare(&before, draft.catalog()));
    let count = |verdict| report.checks.iter().filter(|check| check.verdict == verdict).count();
    let (warned, refused) = (count(Verdict::Warn), count(Verdict::Refuse));
    let of = counted(report.checks.len() as u64, "check");
    done(progress, "gate", format!("{of}, {warned} to look at, {refused} against publishing"));
    if refused > 0 && options.force.is_none() {
        return Err(RefreshError::Refused(report.checks.clone()));
    }
    Ok(())
}

/// Makes what was built the one to serve, unless somebody went back to another meanwhile.
fn publish(
    draft: Draft,
    before: Option<String>,
    store: &Store,
    report: &mut RunReport,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), RefreshError> {
    let pointer = store.hold()?;
    let now = served(store)?;
    if now != before {
        discard(draft, report);
        let named = |id: Option<String>| id.unwrap_or_else(|| "none".to_owned());
        return Err(RefreshError::Overtaken { before: named(before), now: named(now) });
    }
    let manifest = draft.admit(store)?;
    pointer.move_to(&manifest.generation)?;
    done(progress, "publish", format!("{} is the one to serve", manifest.generation));
    Ok(())
}

/// Removes what is not to be served. Where that fails it stays under a name nothing serves, and the next build removes it.
fn discard(draft: Draft, report: &mut RunReport) {
    let failed = draft.discard().err();
    report.remarks.extend(failed.map(|error| format!("what was built could not be removed: {error}")));
}

/// Removes what is older than the generations to be kept. Where that fails, the new one is served all the same.
fn prune(store: &Store, keep: usize, report: &mut RunReport, progress: &mut dyn FnMut(Progress)) {
    match store.prune(keep) {
        Ok(pruned) => report.pruned = pruned,
        Err(error) => report.remarks.push(format!("older directories could not be removed: {error}")),
    }
    done(progress, "prune", format!("{} removed", counted(report.pruned.len() as u64, "older generation")));
}
