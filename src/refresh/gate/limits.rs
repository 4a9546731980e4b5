//! What the gate measures by: shares of a hundred, from which it warns and from which it refuses.

use std::fmt;

use serde::Deserialize;

use crate::service::Service;

/// From which share on a guard warns, and from which it refuses: not before it warns, and at the latest at all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawThresholds")]
pub struct GateThresholds {
    warn: Percent,
    refuse: Percent,
}

/// Limits as they are written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawThresholds {
    warn: Percent,
    refuse: Percent,
}

impl TryFrom<RawThresholds> for GateThresholds {
    type Error = String;

    fn try_from(RawThresholds { warn, refuse }: RawThresholds) -> Result<Self, String> {
        if warn > refuse {
            return Err(format!("warn is {warn}, which is more than refuse, {refuse}"));
        }
        if refuse > Percent::ALL {
            return Err(format!("refuse is {refuse}; no more than {} of a thing can be lost", Percent::ALL));
        }
        Ok(Self { warn, refuse })
    }
}

impl GateThresholds {
    /// These limits, in hundredths of a percent.
    pub(crate) const fn hundredths(warn: u32, refuse: u32) -> Self {
        Self { warn: Percent(warn), refuse: Percent(refuse) }
    }

    /// From here on it warns.
    pub fn warn(self) -> Percent {
        self.warn
    }

    /// From here on it refuses.
    pub fn refuse(self) -> Percent {
        self.refuse
    }
}

/// What a least number may be given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub enum MinimumSubject {
    /// The providers, whatever they offer.
    Providers,
    /// The lines of a service.
    Lines(Service),
}

impl TryFrom<String> for MinimumSubject {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        if name == "providers" {
            return Ok(Self::Providers);
        }
        let codes = || Service::ALL.map(Service::code).join(", ");
        name.parse().map(Self::Lines).map_err(|_| format!("{name} is neither providers nor one of {}", codes()))
    }
}

/// A share of a hundred, in hundredths of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "f64")]
pub struct Percent(u32);

impl Percent {
    /// All of a thing.
    pub const ALL: Self = Self(10_000);

    /// Whether `part` is at least this much of `whole`.
    pub fn reached(self, part: u64, whole: u64) -> bool {
        u128::from(part) * 10_000 >= u128::from(self.0) * u128::from(whole)
    }

    /// How much `part` is of `whole`; what is less than a hundredth of a percent is cut off, so that nothing reads as more than it
    /// is. Of nothing, everything is all.
    pub fn of(part: u64, whole: u64) -> Self {
        let hundredths = (u128::from(part) * 10_000).checked_div(u128::from(whole)).unwrap_or(10_000);
        Self(u32::try_from(hundredths).unwrap_or(u32::MAX))
    }
}

impl TryFrom<f64> for Percent {
    type Error = String;

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is checked to be small and positive")]
    fn try_from(percent: f64) -> Result<Self, String> {
        let hundredths = (percent * 100.0).round();
        if !(0.01..=10_000.0).contains(&percent) {
            return Err(format!("{percent} is no percentage to set a limit at; give one from 0.01 up, such as 20"));
        }
        if (percent * 100.0 - hundredths).abs() > 1e-6 {
            return Err(format!("{percent} is finer than a hundredth of a percent"));
        }
        Ok(Self(hundredths as u32))
    }
}

impl fmt::Display for Percent {
    /// `20 %`, `0.5 %`, `27.25 %`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, hundredths) = (self.0 / 100, self.0 % 100);
        match hundredths {
            0 => write!(f, "{whole} %"),
            tenths if tenths % 10 == 0 => write!(f, "{whole}.{} %", tenths / 10),
            hundredths => write!(f, "{whole}.{hundredths:02} %"),
        }
    }
}
