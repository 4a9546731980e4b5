//! Payers' directories by their completeness check, and the Medicare Advantage contracts among them in one line.

use crate::catalog::manifest::SourceStatus;
use crate::text::count_text::{counted, thousands};

/// The dataset of contracts in the machine-readable form of CMS.
const CONTRACT: &str = "Medicare Advantage directory";

/// The payers' directories of a generation.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct PayerDirectories {
    /// How many Medicare Advantage contracts were read, and how many of them are complete; `None` if none was.
    pub contracts: Option<String>,
    /// The incomplete ones first.
    pub listed: Vec<PayerDirectoryView>,
}

/// One directory.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PayerDirectoryView {
    pub source: String,
    /// The class, sign and word of its check.
    pub state: (&'static str, &'static str, &'static str),
    /// What it lists.
    pub shares: String,
    /// Why it is not complete.
    pub faults: Vec<String>,
}

impl PayerDirectories {
    /// Those among the files of a generation.
    pub(crate) fn of(sources: &[SourceStatus]) -> Self {
        let mut listed: Vec<PayerDirectoryView> = sources.iter().filter_map(PayerDirectoryView::of).collect();
        listed.sort_by(|a, b| (a.faults.is_empty(), &a.source).cmp(&(b.faults.is_empty(), &b.source)));
        let contracts = sources.iter().filter(|source| source.dataset == CONTRACT);
        let checks: Vec<bool> = contracts.filter_map(|source| Some(source.completeness.as_ref()?.complete)).collect();
        let complete = checks.iter().filter(|complete| **complete).count() as u64;
        let contracts = (!checks.is_empty()).then(|| {
            let read = counted(checks.len() as u64, "contract");
            format!("Medicare Advantage: {read} read as files of CMS's form, {} complete.", thousands(complete))
        });
        Self { contracts, listed }
    }
}

impl PayerDirectoryView {
    fn of(source: &SourceStatus) -> Option<Self> {
        let check = source.completeness.as_ref()?;
        let state = if check.complete { ("yes", "✓", "Complete") } else { ("unknown", "?", "Not complete") };
        Some(Self { source: source.source.clone(), state, shares: check.shares(), faults: check.faults.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::completeness::DirectoryCompleteness;
    use crate::catalog::fact_counts::FactCounts;

    fn source(name: &str, dataset: &str, complete: Option<bool>) -> SourceStatus {
        let check = |complete: bool| DirectoryCompleteness {
            complete,
            faults: if complete { Vec::new() } else { vec!["1 of its entries could not be read".to_owned()] },
            ..DirectoryCompleteness::default()
        };
        SourceStatus {
            file: format!("{name}.json"),
            dataset: dataset.to_owned(),
            source: name.to_owned(),
            as_of: None,
            as_of_from: "unknown".to_owned(),
            rows: 0,
            rejected: 0,
            faulty: 0,
            bytes: 0,
            sha256: String::new(),
            completeness: complete.map(check),
            facts: FactCounts::default(),
        }
    }

    #[test]
    fn contracts_are_counted_and_incomplete_directories_come_first() {
        let found = PayerDirectories::of(&[
            source("a", CONTRACT, Some(true)),
            source("b", CONTRACT, Some(false)),
            source("b, its second file", CONTRACT, None),
            source("c", "FHIR Plan-Net directory", Some(true)),
            source("d", "payer roster", None),
        ]);
        let names: Vec<(&str, &str)> = found.listed.iter().map(|one| (one.source.as_str(), one.state.2)).collect();
        assert_eq!(names, [("b", "Not complete"), ("a", "Complete"), ("c", "Complete")]);
        assert!(found.contracts.unwrap().contains("2 contracts read as files of CMS's form, 1 complete"));
        let none = PayerDirectories::of(&[source("d", "payer roster", None)]);
        assert_eq!(none, PayerDirectories::default());
    }
}
