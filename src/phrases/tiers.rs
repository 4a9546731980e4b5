//! The words for a tier. Medicare and Medicaid have no network: they certify.

use crate::discharge::Discharge;
use crate::matching::report::{FitTier, Match, Report};

/// The name of a tier in the answer to `discharge`.
pub(crate) fn tier(fit: FitTier, discharge: &Discharge) -> &'static str {
    match fit {
        FitTier::OutOfNetwork if discharge.deciding_payer().certifies() => "Not certified",
        fit => fit.label(),
    }
}

/// A tier with a number of providers: "9 meet the requirements", "1 out of network".
pub(crate) fn tier_count(fit: FitTier, count: u32, discharge: &Discharge) -> String {
    let words = match fit {
        FitTier::Ready => "ready",
        FitTier::Meets if count == 1 => "meets the requirements",
        FitTier::Meets => "meet the requirements",
        FitTier::AskProvider => "to call",
        FitTier::AskPlan => "to verify coverage",
        FitTier::NoRoom => "with no room on that date",
        FitTier::OutOfNetwork if discharge.deciding_payer().certifies() => "not certified",
        FitTier::OutOfNetwork => "out of network",
    };
    format!("{count} {words}")
}

/// The tiers that have providers, best first. A tier without any is not mentioned.
pub(crate) fn tiers_found(report: &Report) -> impl Iterator<Item = (FitTier, u32)> {
    FitTier::ALL.into_iter().map(|fit| (fit, report.count(fit))).filter(|(_, count)| *count > 0)
}

/// What an answer leads with: its best tier that has providers. `None` where nothing was found.
pub(crate) fn best_tier(report: &Report) -> Option<String> {
    tiers_found(report).next().map(|(fit, count)| tier_count(fit, count, &report.discharge))
}

/// The tier that a match is listed under. One to call that is likely to say yes is ordered among those that meet the requirements and
/// keeps its own words.
pub(crate) fn listed_under(found: &Match, report: &Report) -> FitTier {
    if report.count(found.tier) > 0 { found.tier } else { found.fit }
}
