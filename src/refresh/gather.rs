//! Reads a folder and reconciles its content; writes nothing.

use crate::catalog::build::BuildInput;
use crate::catalog::manifest::SourceStatus;
use crate::place::ZipTable;
use crate::refresh::error::RefreshError;
use crate::refresh::folder::FolderContents;
use crate::refresh::options::{RefreshOptions, RefreshProgress, report_stage};
use crate::refresh::reconcile::ReconciledInput;
use crate::refresh::{day, folder, reconcile};
use crate::run_report::RunReport;
use crate::text::count_text::counted;

/// Reads the folder and reconciles its content; writes nothing.
///
/// # Errors
/// The folder cannot be read, or files lack required columns.
pub fn read_and_reconcile(
    options: &RefreshOptions,
    progress: &mut dyn FnMut(RefreshProgress),
) -> Result<(BuildInput, RunReport), RefreshError> {
    let FolderContents { mut parsed, files, unread, rejects, remarks, synthetic, .. } = {
        let today = day::last_day(options.built_at);
        folder::read(&options.from, &options.settings.tables, today, &options.row_counter, progress)?
    };
    let rows: u64 = files.iter().map(|file| file.status.rows).sum();
    let (of_rows, of_files) = (counted(rows, "row"), counted(files.len() as u64, "file"));
    report_stage(progress, "read", format!("{of_rows} of {of_files}, {} rejected", rejects.rows));
    let (counties, of_counties) = std::mem::take(&mut parsed.counties).newest(&parsed.records.sources);
    let ReconciledInput { providers, plans, listed, findings } = reconcile::reconcile(parsed, ZipTable::curated());
    let of_networks = counted(plans.networks.len() as u64, "network");
    report_stage(progress, "reconcile", format!("{}, {of_networks}", counted(providers.len() as u64, "provider")));
    let mut report = RunReport {
        synthetic,
        files,
        unread,
        providers: providers.len() as u64,
        networks: plans.networks.len() as u64,
        conflicts: findings.conflicts.iter().map(|(field, count)| (field.to_string(), *count)).collect(),
        corrections: findings.corrections,
        without_place: findings.without_place,
        without_name: findings.without_name,
        unknown_members: findings.unknown_members,
        review: findings.review,
        unknown_zips: findings.unknown_zips,
        rejects,
        remarks: remarks.into_iter().chain(of_counties).chain(findings.remarks).collect(),
        ..RunReport::default()
    };
    for line in providers.iter().flat_map(|provider| &provider.lines) {
        *report.services.entry(line.service.code().to_owned()).or_default() += 1;
    }
    report.affiliations = listed.count();
    let sources: Vec<SourceStatus> = report.files.iter().map(|file| file.status.clone()).collect();
    let forced = options.force.clone();
    let built_at = options.built_at;
    Ok((BuildInput { built_at, providers, plans, counties, listed, sources, synthetic, forced }, report))
}
