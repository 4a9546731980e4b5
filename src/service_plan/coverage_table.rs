//! Which benefit may pay for an item, from the tables of `data/curated/payment`.

use std::fmt::Display;
use std::str::FromStr;
use std::sync::LazyLock;

use jiff::civil::Date;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::discharge::screen_values::ScreenPayer;
use crate::evidence::legal_review::LegalReview;
use crate::service_plan::item::{InfusedDrug, PlanItem};

/// One entry: what a rule says about items of some payers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CoverageEntry {
    /// The name in the API.
    pub(crate) id: String,
    /// Where it is written.
    pub(crate) citation: String,
    /// The first day for which the entry is written.
    pub(crate) effective: Date,
    reviewed_on: String,
    reviewed_by: String,
    review_by: Date,
    #[serde(deserialize_with = "coded")]
    items: Vec<PlanItem>,
    #[serde(deserialize_with = "coded")]
    payers: Vec<ScreenPayer>,
    /// Which drugs it is about; empty for any.
    #[serde(default, deserialize_with = "coded")]
    drugs: Vec<InfusedDrug>,
    /// The benefit.
    pub(crate) paid_by: PaidBy,
    /// How far the rule goes.
    pub(crate) answer: CoverageAnswer,
    /// The sentence.
    pub(crate) says: String,
    /// The question to ask.
    pub(crate) ask: String,
}

impl CoverageEntry {
    /// Whether and when a person reviewed it.
    pub(crate) fn review(&self) -> LegalReview<'_> {
        LegalReview { by: &self.reviewed_by, on: &self.reviewed_on, until: self.review_by }
    }

    fn fits(&self, item: PlanItem, payer: ScreenPayer, drug: InfusedDrug) -> bool {
        let fits_drug = self.drugs.is_empty() || self.drugs.contains(&drug);
        fits_drug && self.items.contains(&item) && self.payers.contains(&payer)
    }
}

/// A sentence about several items together.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CoverageNote {
    /// The name in the API.
    pub(crate) id: String,
    /// Where it is written.
    pub(crate) citation: String,
    /// The first day for which it is written.
    pub(crate) effective: Date,
    reviewed_on: String,
    reviewed_by: String,
    review_by: Date,
    #[serde(deserialize_with = "coded")]
    items: Vec<PlanItem>,
    #[serde(deserialize_with = "coded")]
    payers: Vec<ScreenPayer>,
    #[serde(deserialize_with = "coded")]
    drugs: Vec<InfusedDrug>,
    /// The sentence.
    pub(crate) says: String,
}

impl CoverageNote {
    /// Whether and when a person reviewed it.
    pub(crate) fn review(&self) -> LegalReview<'_> {
        LegalReview { by: &self.reviewed_by, on: &self.reviewed_on, until: self.review_by }
    }
}

/// Declares a vocabulary of the tables, with codes and labels.
macro_rules! table_words {
    ($($(#[doc = $about:literal])+ $word:ident { $($(#[doc = $says:literal])+ $name:ident: $code:literal, $label:literal;)+ })+) => {$(
        $(#[doc = $about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
        pub(crate) enum $word {
            $($(#[doc = $says])+ #[serde(rename = $code)] $name,)+
        }

        impl $word {
            /// Every word.
            pub(crate) const ALL: &[Self] = &[$(Self::$name),+];

            /// The code in the API.
            pub(crate) fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                }
            }

            /// The display name.
            pub(crate) fn label(self) -> &'static str {
                match self {
                    $(Self::$name => $label,)+
                }
            }
        }
    )+};
}

table_words! {
    /// The benefit that a rule names for an item.
    PaidBy {
        /// The plan.
        Plan: "plan", "The plan";
        /// Medicare Part A.
        PartA: "part_a", "Part A";
        /// Medicare Part B.
        PartB: "part_b", "Part B";
        /// Medicare Part B, as medical equipment.
        PartBDme: "part_b_dme", "Part B, medical equipment";
        /// Medicare Part D.
        PartD: "part_d", "Part D";
        /// The payment of a home health agency.
        HomeHealthPps: "home_health_pps", "Home health payment (PPS)";
        /// Medicaid.
        Medicaid: "medicaid", "Medicaid";
        /// The patient.
        Patient: "patient", "The patient";
        /// No benefit is known.
        NobodyKnown: "nobody_known", "Nobody known";
        /// No rule is named: ask.
        AskPlan: "ask_plan", "Ask the plan";
    }
    /// How far a rule goes.
    CoverageAnswer {
        /// It pays if its conditions are met.
        IfConditionsMet: "if_conditions_met", "if its conditions are met";
        /// It may pay.
        Perhaps: "perhaps", "perhaps";
        /// It generally does not pay.
        GenerallyNot: "generally_not", "generally not covered";
        /// It has to be asked.
        Ask: "ask", "to be asked";
    }
}

/// A list of codes.
fn coded<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let codes = Vec::<String>::deserialize(deserializer)?;
    let read = |code: &String| code.parse().map_err(|error| D::Error::custom(format!("{code}: {error}")));
    codes.iter().map(read).collect()
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct CoverageFile {
    entry: Vec<CoverageEntry>,
    #[serde(default)]
    note: Vec<CoverageNote>,
}

const TABLES: [(&str, &str); 3] = [
    ("infusion", include_str!("../../data/curated/payment/infusion.toml")),
    ("medicare", include_str!("../../data/curated/payment/medicare.toml")),
    ("other_payers", include_str!("../../data/curated/payment/other_payers.toml")),
];

// A unit test parses the same files, so the empty default is never used.
static FILES: LazyLock<Vec<CoverageFile>> =
    LazyLock::new(|| TABLES.iter().map(|(_, text)| toml::from_str(text).unwrap_or_default()).collect());

/// The entry for an item: the first that fits. A unit test finds one for every item, payer and drug.
pub(crate) fn entry_of(item: PlanItem, payer: ScreenPayer, drug: InfusedDrug) -> Option<&'static CoverageEntry> {
    FILES.iter().flat_map(|file| &file.entry).find(|entry| entry.fits(item, payer, drug))
}

/// The notes about any of `items`.
pub(crate) fn notes_of(
    items: &[PlanItem],
    payer: ScreenPayer,
    drug: InfusedDrug,
) -> impl Iterator<Item = &'static CoverageNote> {
    let notes = FILES.iter().flat_map(|file| &file.note);
    notes.filter(move |note| {
        let fits_item = note.items.iter().any(|item| items.contains(item));
        fits_item && note.payers.contains(&payer) && note.drugs.contains(&drug)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn files() -> Vec<CoverageFile> {
        let read = |(name, text): &(&str, &str)| toml::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        TABLES.iter().map(read).collect()
    }

    #[test]
    fn every_entry_has_a_citation_a_day_and_a_review_that_is_whole_or_missing() {
        let mut ids = BTreeSet::new();
        let whole = |id: &str, citation: &str, effective: Date, review: LegalReview<'_>, says: &str| {
            assert!(citation.contains(char::is_numeric), "{id}");
            assert!(effective < review.until, "{id}");
            assert_eq!(review.by.is_empty(), review.on.is_empty(), "{id}");
            assert_eq!(review.reviewed().is_some(), !review.by.is_empty(), "{id}");
            assert!(says.ends_with('.') && !says.contains("  "), "{id}");
        };
        for file in files() {
            for entry in &file.entry {
                assert!(ids.insert(entry.id.clone()), "{} occurs twice", entry.id);
                whole(&entry.id, &entry.citation, entry.effective, entry.review(), &entry.says);
                assert!(entry.ask.ends_with('?'), "{}", entry.id);
                assert_eq!(entry.paid_by == PaidBy::AskPlan, entry.answer == CoverageAnswer::Ask, "{}", entry.id);
                assert_eq!(
                    entry.paid_by == PaidBy::NobodyKnown,
                    entry.answer == CoverageAnswer::GenerallyNot,
                    "{}",
                    entry.id
                );
            }
            for note in &file.note {
                assert!(ids.insert(note.id.clone()), "{} occurs twice", note.id);
                whole(&note.id, &note.citation, note.effective, note.review(), &note.says);
            }
        }
    }

    #[test]
    fn there_is_an_entry_for_every_item_payer_and_drug_and_each_entry_is_used() {
        let mut used = BTreeSet::new();
        for item in PlanItem::ALL {
            for payer in ScreenPayer::ALL {
                for drug in InfusedDrug::ALL {
                    let entry = entry_of(*item, payer, drug);
                    let entry = entry.unwrap_or_else(|| panic!("{} {} {}", item.code(), payer.code(), drug.code()));
                    used.insert(entry.id.as_str());
                }
            }
        }
        let files = files();
        let unused: Vec<&str> = files
            .iter()
            .flat_map(|file| &file.entry)
            .map(|entry| entry.id.as_str())
            .filter(|id| !used.contains(id))
            .collect();
        assert!(unused.is_empty(), "{unused:?}");
    }

    #[test]
    fn ordinary_antibiotics_are_not_under_part_b() {
        let paid = |item| {
            let entry = entry_of(item, ScreenPayer::Medicare, InfusedDrug::Antibiotics).unwrap();
            (entry.paid_by, entry.answer)
        };
        assert_eq!(paid(PlanItem::InfusionDrug), (PaidBy::PartD, CoverageAnswer::Perhaps));
        for item in [PlanItem::InfusionPump, PlanItem::InfusionSupplies, PlanItem::InfusionNursing] {
            assert_eq!(paid(item), (PaidBy::NobodyKnown, CoverageAnswer::GenerallyNot), "{}", item.code());
        }
        let notes: Vec<&str> = notes_of(&[PlanItem::InfusionPump], ScreenPayer::MedicareAdvantage, InfusedDrug::Antibiotics)
            .map(|note| note.says.as_str())
            .collect();
        let says = "Original Medicare: ordinary IV antibiotics are generally not under LCD L33794; the drug perhaps Part D; \
                    pump, supplies and nursing no.";
        assert_eq!(notes, [says]);
    }
}
