//! Exclusions from federal programs. A match by NPI is certain; a match by name and address is a candidate for human review.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;

use crate::evidence::{Evidence, Fact};
use crate::provider::{OperatingStatus, Provider, ProviderId};
use crate::refresh::identity::{IdentityMatch, MatchEvidence, NormalizedName};
use crate::refresh::parsed::exclusions::{CUT, ExclusionRow};
use crate::refresh::reconcile::findings::ReconcileFindings;
use crate::refresh::reconcile::identities::IdentityResolver;
use crate::refresh::source_record::{ProviderKey, Source, SourceId, SourceRecords};

/// A file with at least this many rows is a full list, which has had over 60,000 since 2015, rather than a supplement, which
/// has a few hundred; `sources.toml` can override this.
const WHOLE: u64 = 20_000;

/// What the list says about the directory's providers.
#[derive(Debug, Default)]
pub(crate) struct ExclusionIndex {
    certain: BTreeMap<ProviderId, Evidence>,
    suspected: BTreeMap<ProviderId, Vec<Fact<String>>>,
}

impl ExclusionIndex {
    /// Matches every business whose exclusion is in force to the providers.
    pub(crate) fn of(
        rows: Vec<ExclusionRow>,
        source_records: &SourceRecords,
        identities: &mut IdentityResolver,
        findings: &mut ReconcileFindings,
    ) -> Self {
        let mut exclusions = Self::default();
        for row in in_force(rows, source_records, findings) {
            let source = source_records.sources.get(row.source.0);
            let evidence = source
                .map_or_else(|| Evidence::new("", None), |source| Evidence::new(Arc::clone(&source.name), source.as_of));
            exclusions.add(&row, &evidence, identities);
        }
        exclusions
    }

    fn add(&mut self, row: &ExclusionRow, evidence: &Evidence, identities: &mut IdentityResolver) {
        // A waiver covers some services in one state. The provider stays excluded, and the waiver is
        // shown beside the list.
        let certain = || match waived(row) {
            Some(waived) => Evidence { source: format!("{}, {waived}", evidence.source).into(), ..evidence.clone() },
            None => evidence.clone(),
        };
        if let Some(who) = identities.decided(&row.party) {
            self.certain.insert(who.id(), certain());
            return;
        }
        // A deactivated NPI of a provider still excludes it.
        if let [(at, MatchEvidence::Npi)] = identities.likely(&row.party)[..] {
            self.certain.insert(identities.who(at).id(), certain());
            return;
        }
        let likely = match identities.find(&row.party, &row.party.traits(Some(CUT))) {
            IdentityMatch::No => identities.likely(&row.party),
            IdentityMatch::Sure(at, MatchEvidence::Npi) => {
                self.certain.insert(identities.who(at).id(), certain());
                return;
            }
            IdentityMatch::Sure(at, ground) => vec![(at, ground)],
            IdentityMatch::Probable(likely) => likely,
        };
        identities.doubt(&row.party, &likely, &format!("exclusion by the OIG since {}", since(row)));
        for (at, _) in likely {
            let fact = Fact::new(in_words(row), evidence.clone());
            self.suspected.entry(identities.who(at).id()).or_default().push(fact);
        }
    }

    /// Sets the standing for certain matches and records the others as suspected exclusions.
    pub(crate) fn apply(&self, provider: &mut Provider) {
        if let Some(evidence) = self.certain.get(&provider.id) {
            for line in &mut provider.lines {
                line.standing = OperatingStatus::ExcludedByOig;
                line.standing_by = Some(evidence.clone());
            }
        }
        provider.suspected_exclusions.extend(self.suspected.get(&provider.id).cloned().unwrap_or_default());
    }
}

fn in_words(row: &ExclusionRow) -> String {
    let name = row.party.names.first().map(String::as_str).unwrap_or_default();
    let place = row.party.address.as_ref().map(|address| format!(", {address}")).unwrap_or_default();
    let waived = waived(row).map(|waived| format!(", {waived}")).unwrap_or_default();
    format!("{name}{place}, excluded {}{waived}", since(row))
}

/// "waived for MO since 2024-06-01 (42 CFR 1001.1801)".
fn waived(row: &ExclusionRow) -> Option<String> {
    let waiver = row.waiver?;
    let since = waiver.since.map(|day| format!(" since {day}")).unwrap_or_default();
    Some(format!("waived for {}{since} (42 CFR 1001.1801)", waiver.state))
}

fn since(row: &ExclusionRow) -> String {
    row.since.map_or_else(|| "on an unreadable day".to_owned(), |day| day.to_string())
}

/// The exclusions in force: the newest full list and every later supplement, less reinstatements.
fn in_force(rows: Vec<ExclusionRow>, source_records: &SourceRecords, findings: &mut ReconcileFindings) -> Vec<ExclusionRow> {
    let source = |row: &ExclusionRow| source_records.sources.get(row.source.0);
    let used: BTreeSet<_> = rows.iter().map(|row| row.source).collect();
    let whole = |key: &&SourceId| source_records.sources.get(key.0).is_some_and(is_whole);
    let newest = used.iter().filter(whole).max_by_key(|key| (source_records.sources.get(key.0).and_then(|s| s.as_of), **key));
    let mut left_behind = BTreeSet::new();
    let mut rows = rows;
    rows.retain(|row| {
        let Some(newest) = newest.filter(|newest| **newest != row.source) else { return true };
        let (day, list) = (source(row).and_then(|s| s.as_of), source_records.sources.get(newest.0).and_then(|s| s.as_of));
        // Two full lists of the same day are two halves of one.
        let later = day.is_none() || list.is_none() || day > list || (day == list && source(row).is_some_and(is_whole));
        if !later {
            left_behind.insert(source(row).map(|s| s.file.clone()).unwrap_or_default());
            return false;
        }
        true
    });
    let remark = |file| format!("{file}: it is older than the full exclusion list and not used");
    findings.remarks.extend(left_behind.into_iter().map(remark));
    let (lifted, excluded): (Vec<ExclusionRow>, Vec<ExclusionRow>) = rows.into_iter().partition(|row| row.until.is_some());
    let due: Vec<ExclusionRow> =
        lifted.into_iter().filter(|lift| !is_yet_to_come(lift, source(lift).and_then(|s| s.as_of))).collect();
    excluded.into_iter().filter(|row| !due.iter().any(|lift| lifts(lift, row))).collect()
}

/// Whether a reinstatement is dated after the month of its file. Such a typo ends no exclusion.
fn is_yet_to_come(lift: &ExclusionRow, list: Option<Date>) -> bool {
    let month = |day: Date| day.last_of_month();
    lift.until.zip(list).is_some_and(|(until, list)| until > month(list))
}

fn is_whole(source: &Source) -> bool {
    source.whole.unwrap_or(source.rows >= WHOLE)
}

/// Whether a reinstatement ends an exclusion: same business, exclusion begun before. Without a shared NPI, the name, ZIP and
/// exclusion day must all be equal.
fn lifts(lift: &ExclusionRow, row: &ExclusionRow) -> bool {
    let in_time = row.since.is_none_or(|since| lift.until.is_some_and(|until| since <= until));
    let shares = lift.party.npis.iter().any(|npi| row.party.npis.contains(npi));
    let apart = !lift.party.npis.is_empty() && !row.party.npis.is_empty();
    in_time && (shares || (!apart && is_same_exclusion(lift, row)))
}

fn is_same_exclusion(a: &ExclusionRow, b: &ExclusionRow) -> bool {
    let name = |row: &ExclusionRow| row.party.names.first().map(|name| NormalizedName::cut_at(name, CUT));
    let zip = |row: &ExclusionRow| row.party.address.as_ref().and_then(|address| address.zip);
    name(a) == name(b) && zip(a).is_some() && zip(a) == zip(b) && a.since.is_some() && a.since == b.since
}

/// Marks a provider known only by an NPI as closed if the NPI is deactivated.
pub(crate) fn close(provider: &mut Provider, who: &ProviderKey, deactivated: Option<Evidence>) {
    if let (ProviderKey::Npi(_), Some(evidence)) = (who, deactivated) {
        for line in &mut provider.lines {
            line.standing = OperatingStatus::Closed;
            line.standing_by = Some(evidence.clone());
        }
    }
}
