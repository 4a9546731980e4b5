//! The gate's limits: percentages from which it warns and refuses.

use std::fmt;

use serde::Deserialize;

use crate::service::Service;

/// The percentages from which a guard warns and refuses. `refuse` is not below `warn` and at most
/// 100 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawThresholds")]
pub struct GateThresholds {
    warn: Percent,
    refuse: Percent,
}

/// Limits as written in the settings.
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
            return Err(format!("warn ({warn}) is more than refuse ({refuse})"));
        }
        if refuse > Percent::ALL {
            return Err(format!("refuse ({refuse}) is more than {}", Percent::ALL));
        }
        Ok(Self { warn, refuse })
    }
}

impl GateThresholds {
    /// Limits in hundredths of a percent.
    pub(crate) const fn hundredths(warn: u32, refuse: u32) -> Self {
        Self { warn: Percent(warn), refuse: Percent(refuse) }
    }

    /// The percentage from which it warns.
    pub fn warn(self) -> Percent {
        self.warn
    }

    /// The percentage from which it refuses.
    pub fn refuse(self) -> Percent {
        self.refuse
    }
}

/// What a minimum can be set for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub enum MinimumSubject {
    /// All providers.
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
        name.parse().map(Self::Lines).map_err(|_| format!("{name} is not providers or one of {}", codes()))
    }
}

/// A percentage, in hundredths of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "f64")]
pub struct Percent(u32);

impl Percent {
    /// 100 %.
    pub const ALL: Self = Self(10_000);

    /// Whether `part` is at least this percentage of `whole`.
    pub fn reached(self, part: u64, whole: u64) -> bool {
        u128::from(part) * 10_000 >= u128::from(self.0) * u128::from(whole)
    }

    /// The percentage of `part` in `whole`, rounded down to a hundredth of a percent, so that it
    /// never reads higher than it is. 100 % if `whole` is 0.
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
            return Err(format!("{percent} is not a valid percentage; use at least 0.01, such as 20"));
        }
        if (percent * 100.0 - hundredths).abs() > 1e-6 {
            return Err(format!("{percent} has more than two decimal places"));
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
