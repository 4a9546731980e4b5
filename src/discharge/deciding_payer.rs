//! Who decides whether a provider is covered.

use crate::coverage::Coverage;
use crate::discharge::Discharge;
use crate::place::State;

/// Who decides whether a provider is covered. A program has no network: it certifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecidingPayer {
    /// Insurance was not specified.
    NotAsked,
    /// The patient pays.
    SelfPay,
    /// Original Medicare, also for the hospice care of a plan's member.
    Medicare,
    /// Medicaid of a state.
    Medicaid(State),
    /// The networks of a plan.
    Networks,
    /// A plan that the directory does not have.
    UnknownPlan,
}

impl DecidingPayer {
    /// Whether it certifies providers and has no network.
    pub fn certifies(self) -> bool {
        matches!(self, Self::Medicare | Self::Medicaid(_))
    }
}

impl Discharge {
    /// Who decides whether a provider is covered. Original Medicare pays hospice for members of Medicare Advantage plans (42 CFR
    /// 422.320), so a plan never decides it.
    pub fn deciding_payer(&self) -> DecidingPayer {
        match &self.coverage {
            None => DecidingPayer::NotAsked,
            Some(Coverage::SelfPay) => DecidingPayer::SelfPay,
            Some(Coverage::Medicare) => DecidingPayer::Medicare,
            Some(Coverage::Medicaid(state)) => DecidingPayer::Medicaid(*state),
            Some(Coverage::Networks { .. } | Coverage::UnknownPlan { .. }) if self.service.is_hospice() => {
                DecidingPayer::Medicare
            }
            Some(Coverage::Networks { .. }) => DecidingPayer::Networks,
            Some(Coverage::UnknownPlan { .. }) => DecidingPayer::UnknownPlan,
        }
    }

    /// Whether Original Medicare decides although the patient has a plan.
    pub fn is_hospice_under_plan(&self) -> bool {
        self.deciding_payer() == DecidingPayer::Medicare && self.coverage != Some(Coverage::Medicare)
    }
}
