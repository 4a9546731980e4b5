//! The business behind a provider: its names, chain, owners and other locations.

use std::fmt;

use jiff::civil::Date;

use crate::provider::address::Address;
use crate::text::us_date::us_date;

/// A published fact about the business behind a provider. It is shown with its source and day and never part of a score.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum BusinessFact {
    /// The legal name of the organization.
    LegalName(String),
    /// A name that it does business under.
    BusinessName(String),
    /// The chain that it belongs to.
    Chain {
        /// The name of the chain.
        name: String,
        /// The number that CMS gives the chain.
        id: Option<u32>,
    },
    /// What CMS counts in the nursing homes of its chain. The chain's average stars are nobody's rating, so they are not here.
    ChainCounts {
        /// How many homes the chain has.
        homes: u32,
        /// How many of them are Special Focus Facilities.
        special_focus: u32,
        /// How many are candidates for the Special Focus Facility program.
        candidates: u32,
        /// How many have the abuse icon.
        abuse_icons: u32,
    },
    /// An organization that owns or controls it.
    Owner {
        /// The name of the owner.
        name: String,
        /// Its role in the words of CMS.
        role: String,
        /// Its share in percent.
        percent: Option<u32>,
    },
    /// It got another owner.
    OwnershipChange {
        /// The first day of the new owner.
        on: Date,
        /// The owner before.
        seller: Option<String>,
    },
    /// Another place where it practices.
    OtherLocation(Address),
    /// CMS lists it as qualified for the TEAM waiver of the three-day stay. A facility without this fact is unknown.
    StayWaiver {
        /// The first day for which it qualifies.
        from: Date,
        /// The last day.
        until: Date,
    },
}

impl BusinessFact {
    /// Every code, in the order in which the facts are shown.
    pub const CODES: [&str; 8] = [
        "legal_name",
        "business_name",
        "chain",
        "chain_counts",
        "owner",
        "ownership_change",
        "other_location",
        "team_stay_waiver",
    ];

    /// The code the API uses.
    pub fn code(&self) -> &'static str {
        match self {
            Self::LegalName(_) => "legal_name",
            Self::BusinessName(_) => "business_name",
            Self::Chain { .. } => "chain",
            Self::ChainCounts { .. } => "chain_counts",
            Self::Owner { .. } => "owner",
            Self::OwnershipChange { .. } => "ownership_change",
            Self::OtherLocation(_) => "other_location",
            Self::StayWaiver { .. } => "team_stay_waiver",
        }
    }

    /// The day from which it holds, of a fact that has one.
    pub(crate) fn day(&self) -> Option<Date> {
        match self {
            Self::OwnershipChange { on, .. } | Self::StayWaiver { from: on, .. } => Some(*on),
            _ => None,
        }
    }

    /// What people read before the value.
    pub fn label(&self) -> &'static str {
        match self {
            Self::LegalName(_) => "Legal name",
            Self::BusinessName(_) => "Also does business as",
            Self::Chain { .. } => "Chain",
            Self::ChainCounts { .. } => "Homes of the chain",
            Self::Owner { .. } => "Owner",
            Self::OwnershipChange { .. } => "Change of ownership",
            Self::OtherLocation(_) => "Also practices at",
            Self::StayWaiver { .. } => "TEAM waiver of the three-day stay",
        }
    }
}

impl fmt::Display for BusinessFact {
    /// The value: "HARBOR CARE LLC", "14 homes, 2 Special Focus Facilities, 1 candidate, 3 with the abuse icon".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LegalName(name) | Self::BusinessName(name) | Self::Chain { name, .. } => f.write_str(name),
            Self::ChainCounts { homes, special_focus, candidates, abuse_icons } => write!(
                f,
                "{homes} {}, {special_focus} {}, {candidates} {}, {abuse_icons} with the abuse icon",
                if *homes == 1 { "home" } else { "homes" },
                if *special_focus == 1 { "Special Focus Facility" } else { "Special Focus Facilities" },
                if *candidates == 1 { "candidate" } else { "candidates" },
            ),
            Self::Owner { name, role, percent } => {
                let share = percent.map(|percent| format!(", {percent} %")).unwrap_or_default();
                write!(f, "{name} ({role}{share})")
            }
            Self::OwnershipChange { on, seller } => {
                let before = seller.as_ref().map(|seller| format!(", before it {seller}")).unwrap_or_default();
                write!(f, "{}{before}", us_date(*on))
            }
            Self::OtherLocation(address) => address.fmt(f),
            Self::StayWaiver { from, until } => write!(f, "listed by CMS from {} to {}", us_date(*from), us_date(*until)),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_fact_has_its_code_and_its_words() {
        let name = || "HARBOR CARE LLC".to_owned();
        let address = Address {
            street: "1 A ST".to_owned(),
            city: "AIKEN".to_owned(),
            state: "SC".parse().ok(),
            zip: "29801".parse().ok(),
        };
        let facts = [
            (BusinessFact::LegalName(name()), "HARBOR CARE LLC"),
            (BusinessFact::BusinessName(name()), "HARBOR CARE LLC"),
            (BusinessFact::Chain { name: name(), id: Some(48) }, "HARBOR CARE LLC"),
            (
                BusinessFact::ChainCounts { homes: 1, special_focus: 1, candidates: 2, abuse_icons: 0 },
                "1 home, 1 Special Focus Facility, 2 candidates, 0 with the abuse icon",
            ),
            (
                BusinessFact::Owner { name: name(), role: "MANAGING CONTROL".to_owned(), percent: Some(50) },
                "HARBOR CARE LLC (MANAGING CONTROL, 50 %)",
            ),
            (
                BusinessFact::OwnershipChange { on: date(2026, 3, 1), seller: Some(name()) },
                "Mar 1, 2026, before it HARBOR CARE LLC",
            ),
            (BusinessFact::OtherLocation(address), "1 A ST, AIKEN, SC 29801"),
            (
                BusinessFact::StayWaiver { from: date(2026, 10, 1), until: date(2026, 12, 31) },
                "listed by CMS from Oct 1, 2026 to Dec 31, 2026",
            ),
        ];
        assert_eq!(facts.each_ref().map(|(fact, _)| fact.code()), BusinessFact::CODES);
        for (fact, words) in facts {
            assert_eq!(fact.to_string(), words);
        }
    }
}
