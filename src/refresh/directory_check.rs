//! Whether a payer's directory is complete enough to believe that a provider it does not list is out of network.

use std::collections::BTreeMap;

use crate::catalog::completeness::DirectoryCompleteness;
use crate::run_report::FileReport;
use crate::text::count_text::{counted, thousands};

/// The least share of listings, in percent, that must name a network, a location and an identifier. Our choice: in the
/// directories seen, those made with care are at 100, and those that lack a field lack it nearly everywhere.
pub(crate) const LEAST_PERCENT: u64 = 90;

/// What is counted of a directory while it is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct DirectoryCounts {
    pub listings: u64,
    pub with_network: u64,
    pub with_location: u64,
    pub with_identifier: u64,
    pub with_service: u64,
    pub lost_references: u64,
    pub unreadable: u64,
    pub unknown_words: u64,
    /// Files that the payer's index lists and that are not there.
    pub lost_files: u64,
    /// It is a Medicare Advantage directory in the form of CMS, whose validation codes are added to what is wrong.
    pub has_codes: bool,
}

impl DirectoryCounts {
    /// Adds the counts of another file of the directory.
    pub(crate) fn add(&mut self, other: &Self) {
        let Self {
            listings,
            with_network,
            with_location,
            with_identifier,
            with_service,
            lost_references,
            unreadable,
            unknown_words,
            lost_files,
            has_codes,
        } = other;
        self.listings += listings;
        self.with_network += with_network;
        self.with_location += with_location;
        self.with_identifier += with_identifier;
        self.with_service += with_service;
        self.lost_references += lost_references;
        self.unreadable += unreadable;
        self.unknown_words += unknown_words;
        self.lost_files += lost_files;
        self.has_codes |= has_codes;
    }

    /// The result of the check.
    pub(crate) fn completeness(&self) -> DirectoryCompleteness {
        let mut result = DirectoryCompleteness {
            complete: false,
            listings: self.listings,
            with_network: self.with_network,
            with_location: self.with_location,
            with_identifier: self.with_identifier,
            with_service: self.with_service,
            lost_references: self.lost_references,
            unknown_words: self.unknown_words,
            faults: Vec::new(),
        };
        result.faults = self.faults(&result);
        result.complete = result.faults.is_empty();
        result
    }

    fn faults(&self, result: &DirectoryCompleteness) -> Vec<String> {
        let mut faults = Vec::new();
        let mut add = |fault: String, code: &str| {
            faults.push(if self.has_codes { format!("{fault} (CMS validation {code})") } else { fault });
        };
        if self.listings == 0 {
            add("it has no affiliations of organizations".to_owned(), "P1017");
        }
        for (part, what, code) in [
            (self.with_network, "name a network", "P1016"),
            (self.with_location, "have a location or address", "A2005"),
            (self.with_identifier, "have an NPI, a CCN or another identifier with an address", "P1001"),
        ] {
            let percent = result.percent(part);
            if self.listings > 0 && percent < LEAST_PERCENT {
                add(format!("{percent} % of its listings {what}; it takes {LEAST_PERCENT} %"), code);
            }
        }
        if self.listings > 0 && self.with_service == 0 {
            add("no listing is for a service of ours by a code or word that is understood".to_owned(), "P1009");
        }
        if self.lost_references > 0 {
            let verb = if self.lost_references == 1 { "leads" } else { "lead" };
            // In the form of CMS the only references are plan ids.
            add(format!("{} of its listings {verb} nowhere", counted(self.lost_references, "link")), "N3002");
        }
        if self.unreadable > 0 {
            add(format!("{} of its entries could not be read", thousands(self.unreadable)), "C4016");
        }
        if self.lost_files > 0 {
            let verb = if self.lost_files == 1 { "is" } else { "are" };
            add(format!("{} of the files that it consists of {verb} missing", thousands(self.lost_files)), "C4003");
        }
        faults
    }
}

/// Adds the result of each directory to the report of the file it is shown with.
pub(crate) fn attach(checks: &BTreeMap<String, DirectoryCounts>, files: &mut [FileReport]) {
    for file in files {
        file.status.completeness = checks.get(&file.status.file).map(DirectoryCounts::completeness);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> DirectoryCounts {
        DirectoryCounts {
            listings: 100,
            with_network: 90,
            with_location: 90,
            with_identifier: 90,
            with_service: 1,
            ..DirectoryCounts::default()
        }
    }

    #[test]
    fn a_directory_is_complete_only_if_nothing_is_missing() {
        assert!(whole().completeness().complete);
        for (what, counts, words) in [
            ("network", DirectoryCounts { with_network: 89, ..whole() }, "89 % of its listings name a network"),
            ("location", DirectoryCounts { with_location: 0, ..whole() }, "0 % of its listings have a location"),
            ("identifier", DirectoryCounts { with_identifier: 50, ..whole() }, "50 % of its listings have an NPI"),
            ("service", DirectoryCounts { with_service: 0, ..whole() }, "no listing is for a service of ours"),
            ("reference", DirectoryCounts { lost_references: 1, ..whole() }, "1 link of its listings leads nowhere"),
            ("entry", DirectoryCounts { unreadable: 2, ..whole() }, "2 of its entries could not be read"),
            ("file", DirectoryCounts { lost_files: 3, ..whole() }, "3 of the files"),
            ("nothing", DirectoryCounts::default(), "it has no affiliations"),
        ] {
            let result = counts.completeness();
            assert!(!result.complete && result.faults.len() == 1, "{what}: {result:?}");
            assert!(result.faults[0].starts_with(words), "{what}: {result:?}");
        }
        let coded = DirectoryCounts { with_identifier: 50, lost_files: 1, has_codes: true, ..whole() }.completeness();
        assert!(coded.faults[0].ends_with("(CMS validation P1001)"), "{coded:?}");
        assert!(coded.faults[1].ends_with("(CMS validation C4003)"), "{coded:?}");
        let words = DirectoryCounts { unknown_words: 9, ..whole() };
        assert!(words.completeness().complete, "a word that is not understood turns nobody out, so it costs nothing");
        let mut two = whole();
        two.add(&whole());
        assert_eq!((two.listings, two.completeness().percent(two.with_network)), (200, 90));
    }
}
