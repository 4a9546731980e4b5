//! A summary of an answer in numbers that reveal nothing about the question, for the log and the
//! metrics.

use crate::matching::report::{ExclusionReason, Report};

/// The outcome of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReportOutcome {
    /// At least one provider meets the requirements.
    Meets,
    /// Providers match, but none meets the requirements.
    NoneMeets,
    /// No provider matches.
    None,
}

impl ReportOutcome {
    /// Every outcome.
    pub(crate) const ALL: [Self; 3] = [Self::Meets, Self::NoneMeets, Self::None];

    /// Its label in the metrics.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Meets => "meets",
            Self::NoneMeets => "none_meets",
            Self::None => "none",
        }
    }
}

/// Why no provider meets the requirements. Only kinds of reasons: the need or limit would reveal the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoMatchReason {
    /// No provider of the service is in reach.
    NobodyInReach,
    /// Nobody in the plan's networks can take the patient.
    NetworkGap,
    /// Some in reach are excluded by the Office of Inspector General.
    Excluded,
    /// Some have lost their certification.
    NotCertified,
    /// Some have closed.
    Closed,
    /// Some do not serve the ZIP.
    OutsideServiceArea,
    /// Some have no known location or are too far away.
    Distance,
    /// Some decline a need.
    Declines,
    /// Some cannot take the patient because of a limit, a language or the sex.
    Limit,
}

impl NoMatchReason {
    /// Every reason.
    pub(crate) const ALL: [Self; 9] = [
        Self::NobodyInReach,
        Self::NetworkGap,
        Self::Excluded,
        Self::NotCertified,
        Self::Closed,
        Self::OutsideServiceArea,
        Self::Distance,
        Self::Declines,
        Self::Limit,
    ];

    /// Its label in the metrics.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::NobodyInReach => "nobody_in_reach",
            Self::NetworkGap => "network_gap",
            Self::Excluded => "excluded_by_oig",
            Self::NotCertified => "not_certified",
            Self::Closed => "closed",
            Self::OutsideServiceArea => "outside_service_area",
            Self::Distance => "distance",
            Self::Declines => "declines",
            Self::Limit => "limit",
        }
    }

    fn of(reason: ExclusionReason) -> Self {
        match reason {
            ExclusionReason::ExcludedByOig => Self::Excluded,
            ExclusionReason::NotCertified => Self::NotCertified,
            ExclusionReason::Closed => Self::Closed,
            ExclusionReason::OutsideServiceArea => Self::OutsideServiceArea,
            ExclusionReason::TooFar | ExclusionReason::NoPosition => Self::Distance,
            ExclusionReason::Declines(_) => Self::Declines,
            ExclusionReason::Limit(_) | ExclusionReason::Language | ExclusionReason::Sex | ExclusionReason::StartOfCare => {
                Self::Limit
            }
        }
    }
}

/// Totals over the reports of one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AnswerSummary {
    /// Matches on all pages.
    pub matched: u32,
    /// Excluded providers.
    pub left_out: u32,
    /// Reports by outcome, in the order of [`ReportOutcome::ALL`].
    pub outcomes: [u32; ReportOutcome::ALL.len()],
    /// Reports without a provider that meets the requirements, by each reason that occurs in them, in the order of
    /// [`NoMatchReason::ALL`].
    pub zeros: [u32; NoMatchReason::ALL.len()],
}

impl AnswerSummary {
    /// Summarizes `reports`.
    pub fn of<'a>(reports: impl IntoIterator<Item = &'a Report>) -> Self {
        let mut tally = Self::default();
        reports.into_iter().for_each(|report| tally.add(report));
        tally
    }

    fn add(&mut self, report: &Report) {
        let left_out: u32 = report.left_out.values().sum();
        self.matched += report.matched();
        self.left_out += left_out;
        let outcome = match (report.meeting(), report.matched()) {
            (1.., _) => ReportOutcome::Meets,
            (0, 1..) => ReportOutcome::NoneMeets,
            (0, 0) => ReportOutcome::None,
        };
        self.outcomes[outcome as usize] += 1;
        if outcome == ReportOutcome::Meets {
            return;
        }
        let mut zeros = [false; NoMatchReason::ALL.len()];
        zeros[NoMatchReason::NobodyInReach as usize] = outcome == ReportOutcome::None && left_out == 0;
        zeros[NoMatchReason::NetworkGap as usize] = report.network_gap.is_some();
        report.left_out.keys().for_each(|reason| zeros[NoMatchReason::of(*reason) as usize] = true);
        for (count, stands) in self.zeros.iter_mut().zip(zeros) {
            *count += u32::from(stands);
        }
    }
}
