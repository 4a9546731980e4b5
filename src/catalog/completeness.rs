//! The completeness check of a payer's directory: whether it is believed to list everybody.

use serde::{Deserialize, Serialize};

/// What the check of one directory found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectoryCompleteness {
    /// Whether it passed. Only then does absence from its networks mean out of network.
    pub complete: bool,
    /// Affiliations of organizations, or entries of facilities.
    pub listings: u64,
    /// Those that name a network or plan of the directory.
    pub with_network: u64,
    /// Those with a location or address.
    pub with_location: u64,
    /// Those of a provider with a number by which it can be matched.
    pub with_identifier: u64,
    /// Those for a service of ours, by a code or word that is understood.
    pub with_service: u64,
    /// Links of listings that lead nowhere.
    pub lost_references: u64,
    /// Words for a service that are not understood.
    pub unknown_words: u64,
    /// Why it did not pass, a sentence each; empty if it passed.
    pub faults: Vec<String>,
}

impl DirectoryCompleteness {
    /// The share of listings with something, in whole percent, rounded down; 100 of none.
    pub fn percent(&self, part: u64) -> u64 {
        (part * 100).checked_div(self.listings).unwrap_or(100)
    }

    /// The shares in one line.
    pub fn shares(&self) -> String {
        let [network, location, identifier] =
            [self.with_network, self.with_location, self.with_identifier].map(|part| self.percent(part));
        format!(
            "{} listings: {network} % with a network, {location} % with a location, {identifier} % with an identifier, {} for \
             our services",
            self.listings, self.with_service
        )
    }
}
