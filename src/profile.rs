//! Ranking profiles: the weights of the parts of a score, in versioned TOML files under
//! `data/curated/profiles/`.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::service::{DeliveryMode, ParseServiceError, Service};

/// A part of a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreComponent {
    /// Distance: 1 at the origin, one half at the miles of the profile. Only for services the patient travels to.
    Closeness,
    /// The CMS quality rating.
    Quality,
    /// The share of preferred needs met.
    PreferredNeeds,
    /// Availability on the date.
    Availability,
    /// How recent the evidence behind everything asked is, on average.
    Freshness,
    /// The share of recent referrals that the provider accepted. Weighs at most
    /// [`MOST_FOR_OUTCOMES`].
    Outcomes,
}

/// Highest weight of [`ScoreComponent::Outcomes`]: the outcomes of a few referrals are partly
/// chance, and a provider that gets no referrals has none. Our choice.
pub const MOST_FOR_OUTCOMES: f64 = 0.10;

impl ScoreComponent {
    /// Every part, in the order of an answer.
    pub const ALL: [Self; 6] =
        [Self::Closeness, Self::Quality, Self::PreferredNeeds, Self::Availability, Self::Freshness, Self::Outcomes];

    /// The code used by the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Closeness => "closeness",
            Self::Quality => "quality",
            Self::PreferredNeeds => "preferred_needs",
            Self::Availability => "availability",
            Self::Freshness => "freshness",
            Self::Outcomes => "outcomes",
        }
    }

    /// Whether the part applies to services with that geography.
    pub fn applies_to(self, geography: DeliveryMode) -> bool {
        self != Self::Closeness || geography == DeliveryMode::PatientTravels
    }
}

impl FromStr for ScoreComponent {
    type Err = ParseComponentError;

    fn from_str(code: &str) -> Result<Self, ParseComponentError> {
        Self::ALL.into_iter().find(|part| part.code() == code).ok_or(ParseComponentError)
    }
}

/// The part does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such part of a score")]
pub struct ParseComponentError;

/// A fraction from 0 to 1 in whole millionths, so that sums and replays are exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Fraction(u32);

impl Fraction {
    /// Zero.
    pub const ZERO: Self = Self(0);
    /// One.
    pub const ONE: Self = Self(1_000_000);
    /// One half.
    pub const HALF: Self = Self(500_000);

    /// `value` rounded to the nearest millionth and clamped to 0..=1; NaN is 0.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=1,000,000")]
    pub fn new(value: f64) -> Self {
        Self((value.clamp(0.0, 1.0) * 1e6).round() as u32)
    }

    /// `part / whole`, rounded half up to a millionth; 1 if `whole` is 0.
    pub fn of(part: u32, whole: u32) -> Self {
        let (part, whole) = (u64::from(part), u64::from(whole));
        let millionths = (2_000_000 * part + whole).checked_div(2 * whole).unwrap_or(1_000_000);
        Self(u32::try_from(millionths.min(1_000_000)).unwrap_or(1_000_000))
    }

    /// `millionths` of the whole, at most all of it.
    pub fn from_millionths(millionths: u32) -> Self {
        Self(millionths.min(Self::ONE.0))
    }

    /// This share of `other`, rounded half up to a millionth.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        let product = (u64::from(self.0) * u64::from(other.0) + 500_000) / 1_000_000;
        Self(u32::try_from(product).unwrap_or(Self::ONE.0))
    }

    /// What remains of this share without `other`; nothing where `other` is larger.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Half way between two shares, rounded down to a millionth.
    #[must_use]
    pub fn midpoint(self, other: Self) -> Self {
        Self(u32::midpoint(self.0, other.0))
    }

    /// The value in millionths.
    pub fn millionths(self) -> u32 {
        self.0
    }

    /// The value from 0 to 1.
    pub fn value(self) -> f64 {
        f64::from(self.0) / 1e6
    }
}

/// The weight of each part that applies; they sum to exactly 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Weights(BTreeMap<ScoreComponent, Fraction>);

impl Weights {
    /// Creates the weights for services with `geography`.
    ///
    /// # Errors
    /// A part does not apply, a weight is out of range, or the sum is not 1.
    pub fn new(weights: BTreeMap<ScoreComponent, f64>, geography: DeliveryMode) -> Result<Self, WeightsError> {
        if let Some(part) = weights.keys().find(|part| !part.applies_to(geography)) {
            return Err(WeightsError::DoesNotApply(*part));
        }
        if let Some((part, _)) = weights.iter().find(|(_, weight)| !(0.0..=1.0).contains(*weight)) {
            return Err(WeightsError::OutOfRange(*part));
        }
        if weights.get(&ScoreComponent::Outcomes).is_some_and(|weight| *weight > MOST_FOR_OUTCOMES) {
            return Err(WeightsError::TooMuch(ScoreComponent::Outcomes));
        }
        let shares: BTreeMap<ScoreComponent, Fraction> =
            weights.into_iter().map(|(part, w)| (part, Fraction::new(w))).collect();
        let sum: u32 = shares.values().map(|share| share.0).sum();
        if sum == Fraction::ONE.0 { Ok(Self(shares)) } else { Err(WeightsError::Sum(f64::from(sum) / 1e6)) }
    }

    /// The parts and their weights, in the order of an answer.
    pub fn iter(&self) -> impl Iterator<Item = (ScoreComponent, Fraction)> {
        self.0.iter().map(|(part, weight)| (*part, *weight))
    }
}

/// The weights are invalid.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum WeightsError {
    /// Closeness has a weight for a service that comes to the patient.
    #[error("{} does not apply to services that come to the patient", .0.code())]
    DoesNotApply(ScoreComponent),
    /// A weight is below 0, above 1 or NaN.
    #[error("the weight of {} must be between 0 and 1", .0.code())]
    OutOfRange(ScoreComponent),
    /// The weight of a part is too high.
    #[error("the weight of {} must be at most {MOST_FOR_OUTCOMES}", .0.code())]
    TooMuch(ScoreComponent),
    /// The weights do not sum to 1.
    #[error("the weights sum to {0}; they must sum to 1")]
    Sum(f64),
}

/// A ranking profile: the numbers that order matches within a tier.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// The name used in questions.
    pub name: String,
    /// Increased whenever a number below changes.
    pub version: u32,
    /// The value of a part that is unknown.
    pub neutral: Fraction,
    /// Assumed service radius, in miles, of an agency without a published service area.
    pub assumed_radius: f64,
    /// Evidence up to this many days old counts fully.
    pub fresh_days: u32,
    /// From this many days on evidence is as fresh as silence.
    pub stale_days: u32,
    /// The freshness of silence, and of the oldest evidence.
    pub stale_freshness: Fraction,
    /// The miles at which closeness is one half, for each service the patient travels to.
    pub half_closeness_miles: BTreeMap<Service, f64>,
    /// What known negatives are worth as quality.
    pub quality: QualityRules,
    /// From this likelihood on, a provider to call stands among those that meet the requirements.
    pub likely_enough: Fraction,
    /// A payer's directory older than this many days confirms nothing.
    pub directory_days: u32,
    /// A wider radius or a later date is suggested while fewer than this many meet the requirements.
    pub enough: u32,
    /// Weights where the patient travels.
    pub travel: Weights,
    /// Weights for services that come to the patient.
    pub come: Weights,
}

/// What known negatives are worth as quality, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QualityRules {
    /// A rating withheld for serious quality problems.
    pub withheld: Fraction,
    /// The most that a place with the abuse icon is worth.
    pub most_with_abuse_icon: Fraction,
    /// The most that a place is worth of which CMS compares a readmission or infection rate as worse than the nation.
    pub most_with_worse_outcome: Fraction,
    /// A place certified for long that has no rating, where no file says why.
    pub unexplained_gap: Fraction,
}

impl Profile {
    /// The default profile.
    pub fn standard() -> &'static Self {
        &STANDARD
    }

    /// The weights for services with `geography`.
    pub fn weights(&self, geography: DeliveryMode) -> &Weights {
        match geography {
            DeliveryMode::PatientTravels => &self.travel,
            DeliveryMode::ProviderComes => &self.come,
        }
    }

    /// The names of all profiles.
    pub const NAMES: [&'static str; 2] = ["default", "track_record"];

    /// The profile with that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        [&*STANDARD, &*TRACK_RECORD].into_iter().find(|profile| profile.name == name)
    }

    /// This profile with other weights, under the name `own`, which the answer shows.
    #[must_use]
    pub fn weighing(&self, travel: Option<Weights>, come: Option<Weights>) -> Self {
        Self {
            name: "own".to_owned(),
            travel: travel.unwrap_or_else(|| self.travel.clone()),
            come: come.unwrap_or_else(|| self.come.clone()),
            ..self.clone()
        }
    }

    fn read(text: &str) -> Result<Self, ProfileError> {
        let raw: RawProfile = toml::from_str(text)?;
        Ok(Self {
            name: raw.name,
            version: raw.version,
            neutral: Fraction::new(raw.neutral),
            assumed_radius: raw.assumed_radius_miles,
            fresh_days: raw.fresh_days,
            stale_days: raw.stale_days,
            stale_freshness: Fraction::new(raw.stale_freshness),
            half_closeness_miles: raw.half_closeness_miles.into_iter().map(|(service, miles)| (service.0, miles)).collect(),
            quality: raw.quality.into(),
            likely_enough: Fraction::new(raw.likely_enough),
            directory_days: raw.directory_days,
            enough: raw.enough,
            travel: Weights::new(raw.patient_travels, DeliveryMode::PatientTravels)?,
            come: Weights::new(raw.provider_comes, DeliveryMode::ProviderComes)?,
        })
    }
}

impl fmt::Display for Profile {
    /// Name and version, as printed in answers: `default@2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.version)
    }
}

#[derive(Debug, thiserror::Error)]
enum ProfileError {
    #[error(transparent)]
    Text(#[from] toml::de::Error),
    #[error(transparent)]
    Weights(#[from] WeightsError),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProfile {
    name: String,
    version: u32,
    neutral: f64,
    assumed_radius_miles: f64,
    fresh_days: u32,
    stale_days: u32,
    directory_days: u32,
    stale_freshness: f64,
    likely_enough: f64,
    enough: u32,
    half_closeness_miles: BTreeMap<ServiceCode, f64>,
    quality: RawQualityRules,
    patient_travels: BTreeMap<ScoreComponent, f64>,
    provider_comes: BTreeMap<ScoreComponent, f64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawQualityRules {
    withheld: f64,
    most_with_abuse_icon: f64,
    most_with_worse_outcome: f64,
    unexplained_gap: f64,
}

impl From<RawQualityRules> for QualityRules {
    fn from(raw: RawQualityRules) -> Self {
        Self {
            withheld: Fraction::new(raw.withheld),
            most_with_abuse_icon: Fraction::new(raw.most_with_abuse_icon),
            most_with_worse_outcome: Fraction::new(raw.most_with_worse_outcome),
            unexplained_gap: Fraction::new(raw.unexplained_gap),
        }
    }
}

/// A service by its code, as a key of the file.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct ServiceCode(Service);

impl TryFrom<String> for ServiceCode {
    type Error = ParseServiceError;

    fn try_from(code: String) -> Result<Self, ParseServiceError> {
        code.parse().map(Self)
    }
}

const DEFAULT: &str = include_str!("../data/curated/profiles/default.toml");
const BY_TRACK_RECORD: &str = include_str!("../data/curated/profiles/track_record.toml");

// A unit test parses the same files, so the fallback is never used.
static STANDARD: LazyLock<Profile> = LazyLock::new(|| Profile::read(DEFAULT).unwrap_or_else(|_| Profile::bare("default")));
static TRACK_RECORD: LazyLock<Profile> =
    LazyLock::new(|| Profile::read(BY_TRACK_RECORD).unwrap_or_else(|_| Profile::bare("track_record")));

impl Profile {
    fn bare(name: &str) -> Self {
        let only_quality = Weights(BTreeMap::from([(ScoreComponent::Quality, Fraction::ONE)]));
        Self {
            name: name.to_owned(),
            version: 0,
            neutral: Fraction::new(0.5),
            assumed_radius: 25.0,
            fresh_days: 30,
            stale_days: 365,
            stale_freshness: Fraction::HALF,
            half_closeness_miles: BTreeMap::new(),
            quality: QualityRules {
                withheld: Fraction::ZERO,
                most_with_abuse_icon: Fraction::ONE,
                most_with_worse_outcome: Fraction::ONE,
                unexplained_gap: Fraction::HALF,
            },
            likely_enough: Fraction::ONE,
            directory_days: 90,
            enough: 10,
            travel: only_quality.clone(),
            come: only_quality,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profiles_read_under_their_names() {
        assert_eq!(Profile::read(DEFAULT).unwrap().to_string(), "default@2");
        assert_eq!(Profile::read(BY_TRACK_RECORD).unwrap().to_string(), "track_record@2");
        for name in Profile::NAMES {
            assert_eq!(Profile::named(name).map(|profile| profile.name.as_str()), Some(name));
        }
    }

    #[test]
    fn what_became_of_referrals_never_weighs_more_than_its_cap() {
        let weights = |outcomes: f64| {
            let weights = BTreeMap::from([(ScoreComponent::Quality, 1.0 - outcomes), (ScoreComponent::Outcomes, outcomes)]);
            Weights::new(weights, DeliveryMode::ProviderComes)
        };
        assert!(weights(MOST_FOR_OUTCOMES).is_ok());
        let refused = weights(0.11).unwrap_err();
        assert_eq!(refused, WeightsError::TooMuch(ScoreComponent::Outcomes));
        assert_eq!(refused.to_string(), "the weight of outcomes must be at most 0.1");
    }

    #[test]
    fn weights_say_what_is_wrong_with_them() {
        for (part, weight, geography, wrong) in [
            (
                ScoreComponent::Closeness,
                1.0,
                DeliveryMode::ProviderComes,
                WeightsError::DoesNotApply(ScoreComponent::Closeness),
            ),
            (ScoreComponent::Quality, 0.9, DeliveryMode::PatientTravels, WeightsError::Sum(0.9)),
            (ScoreComponent::Quality, -1.0, DeliveryMode::PatientTravels, WeightsError::OutOfRange(ScoreComponent::Quality)),
            (
                ScoreComponent::Quality,
                f64::NAN,
                DeliveryMode::PatientTravels,
                WeightsError::OutOfRange(ScoreComponent::Quality),
            ),
        ] {
            assert_eq!(Weights::new(BTreeMap::from([(part, weight)]), geography), Err(wrong));
        }
    }

    #[test]
    fn shares_round_half_up_and_stay_between_nothing_and_the_whole() {
        assert_eq!(Fraction::of(1, 3).millionths(), 333_333);
        assert_eq!(Fraction::of(2, 3).millionths(), 666_667);
        assert_eq!(Fraction::of(0, 0), Fraction::ONE);
        assert_eq!(Fraction::new(f64::NAN), Fraction::ZERO);
    }
}
