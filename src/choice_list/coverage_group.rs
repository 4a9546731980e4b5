//! How the providers of a list are grouped by what the patient's coverage says about them, best
//! known first.

use jiff::civil::Date;

use crate::coverage::Coverage;
use crate::discharge::Discharge;
use crate::evidence::Tristate;
use crate::matching::report::{Match, NetworkStatus};
use crate::provider::safety::SafetyFact;
use crate::provider::{ServiceLine, stated};

/// What the patient's coverage says about a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CoverageGroup {
    /// In the network of the plan, or certified for the program.
    InNetwork,
    /// Not known for sure.
    NotConfirmed,
    /// Not in the network, or not certified.
    OutOfNetwork,
}

impl CoverageGroup {
    /// Every group, in the order of a list.
    pub const ALL: [Self; 3] = [Self::InNetwork, Self::NotConfirmed, Self::OutOfNetwork];

    /// The group of a match; `None` if the coverage has no network for the service.
    pub(crate) fn of(found: &Match, discharge: &Discharge) -> Option<Self> {
        let line = found.provider.line(discharge.service);
        match discharge.coverage.as_ref()? {
            Coverage::SelfPay => None,
            // A plan's members get hospice care from any certified hospice.
            _ if discharge.is_hospice_under_plan() => None,
            Coverage::Medicare => Some(takes_medicare(line, discharge.on).into()),
            Coverage::Medicaid(_) => Some(takes_medicaid(found, line).into()),
            Coverage::Networks { .. } | Coverage::UnknownPlan { .. } => Some(match found.network.status {
                NetworkStatus::InNetwork | NetworkStatus::Certified => Self::InNetwork,
                NetworkStatus::Unconfirmed | NetworkStatus::PlanNotLoaded | NetworkStatus::NotAsked => Self::NotConfirmed,
                NetworkStatus::OutOfNetwork | NetworkStatus::NotCertified => Self::OutOfNetwork,
            }),
        }
    }
}

impl From<Tristate> for CoverageGroup {
    fn from(takes: Tristate) -> Self {
        match takes {
            Tristate::Yes => Self::InNetwork,
            Tristate::Unknown => Self::NotConfirmed,
            Tristate::No => Self::OutOfNetwork,
        }
    }
}

/// Whether it takes Medicare on `day`. A certification that the answer calls unconfirmed is unknown.
pub(crate) fn takes_medicare(line: Option<&ServiceLine>, day: Date) -> Tristate {
    let doubts = |fact: SafetyFact| fact == SafetyFact::NotInNewestList || fact.denies_payment_on(day);
    let is_doubtful = line.is_some_and(|line| line.safety.iter().any(|fact| doubts(fact.value)));
    match stated(line.and_then(|line| line.medicare.as_ref())) {
        Tristate::Yes if is_doubtful => Tristate::Unknown,
        takes => takes,
    }
}

/// Whether it takes the Medicaid of the question.
fn takes_medicaid(found: &Match, line: Option<&ServiceLine>) -> Tristate {
    match stated(line.and_then(|line| line.medicaid.as_ref())) {
        Tristate::Yes if found.network.status != NetworkStatus::Certified => Tristate::Unknown,
        takes => takes,
    }
}
