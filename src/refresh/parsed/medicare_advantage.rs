//! Content of Medicare Advantage directories in the machine-readable form of CMS, by the folder of their files.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::Tristate;
use crate::refresh::directory_check::DirectoryCounts;
use crate::refresh::payer_listings::StringInterner;
use crate::refresh::read::payer_words::UnknownWords;
use crate::refresh::source_record::SourceId;
use crate::service::Service;

/// The content of one folder, usually that of one contract.
#[derive(Debug, Default)]
pub(crate) struct AdvantageDirectory {
    /// Interned plan ids.
    pub plans: StringInterner,
    pub listed: BTreeSet<AdvantageMembership>,
    /// What the completeness check counts.
    pub counts: DirectoryCounts,
    /// Words for services that are not understood.
    pub words: UnknownWords,
    pub sources: BTreeSet<SourceId>,
}

/// The participation of a facility in a plan, at one of its addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AdvantageMembership {
    pub party: u32,
    pub plan: u32,
    /// `None` for a service that is not stated.
    pub service: Option<Service>,
    /// The contract year; 0 if not stated.
    pub year: i16,
    pub new_patients: Tristate,
}

/// Names of Medicare Advantage plans and of the organizations that offer them, by contract.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct PlanNames {
    /// By contract and plan, without segment: `H9999-001`.
    plans: BTreeMap<String, String>,
    /// By contract: `H9999`.
    payers: BTreeMap<String, String>,
}

impl PlanNames {
    /// Remembers the name of a plan.
    pub(crate) fn name_plan(&mut self, plan: &str, name: &str) {
        self.plans.insert(without_segment(plan).to_owned(), name.to_owned());
    }

    /// Remembers the organization of a contract.
    pub(crate) fn name_payer(&mut self, contract: &str, name: &str) {
        self.payers.entry(contract.to_owned()).or_insert_with(|| name.to_owned());
    }

    /// The name of a plan by its id, with or without segment.
    pub(crate) fn plan(&self, id: &str) -> Option<&str> {
        self.plans.get(without_segment(id)).map(String::as_str)
    }

    /// The organization that offers a plan.
    pub(crate) fn payer(&self, id: &str) -> Option<&str> {
        self.payers.get(id.split('-').next()?).map(String::as_str)
    }
}

/// `H9999-001` of `H9999-001-000`.
fn without_segment(id: &str) -> &str {
    let end = id.match_indices('-').nth(1).map_or(id.len(), |(at, _)| at);
    &id[..end]
}

/// A plan id in the form of CMS, `H9999-001-000`: contract, plan and segment, of which a plan without segments has 000. `None` if
/// the text is not one.
pub(crate) fn plan_id(text: &str) -> Option<String> {
    let mut parts = text.trim().split('-').map(str::trim);
    let (contract, plan, segment) = (contract_id(parts.next()?)?, parts.next()?, parts.next().unwrap_or("0"));
    let number = |part: &str| part.parse::<u16>().ok().filter(|number| part.len() <= 3 && *number < 1_000);
    let (plan, segment) = (number(plan)?, number(segment)?);
    parts.next().is_none().then(|| format!("{contract}-{plan:03}-{segment:03}"))
}

/// A contract id of Medicare, `H9999`: a letter and four digits.
pub(crate) fn contract_id(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_uppercase();
    let (letter, digits) = text.split_at_checked(1)?;
    let good = letter.bytes().all(|byte| byte.is_ascii_uppercase()) && digits.len() == 4;
    (good && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_id_has_one_form_however_it_is_written() {
        for (text, id) in [
            ("H9999-001-001", Some("H9999-001-001")),
            ("h9999-001", Some("H9999-001-000")),
            (" H9999 - 1 - 0 ", Some("H9999-001-000")),
            ("R0110-002-000", Some("R0110-002-000")),
            ("H999-001-000", None),
            ("H9999", None),
            ("H9999-0001-000", None),
            ("H9999-001-000-1", None),
            ("12345SC0010001", None),
            ("", None),
        ] {
            assert_eq!(plan_id(text).as_deref(), id, "{text:?}");
        }
    }

    #[test]
    fn a_name_is_of_the_plan_whatever_its_segment() {
        let mut names = PlanNames::default();
        names.name_plan("H9999-001", "Gold (HMO)");
        names.name_payer("H9999", "Acme Health");
        for id in ["H9999-001", "H9999-001-000", "H9999-001-002"] {
            assert_eq!((names.plan(id), names.payer(id)), (Some("Gold (HMO)"), Some("Acme Health")), "{id}");
        }
        assert_eq!((names.plan("H9999-002-000"), names.payer("H1111-001-000")), (None, None));
    }
}
