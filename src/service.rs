//! Services, needs and limits, with their codes and labels.

use std::fmt;
use std::ops::{BitAnd, BitOr};
use std::str::FromStr;
use std::sync::LazyLock;

use serde::Deserialize;

/// A kind of post-acute care a provider offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// Visits at home by nurses, therapists and aides.
    HomeHealth,
    /// A skilled nursing facility.
    SkilledNursing,
    /// An inpatient rehabilitation hospital or unit.
    InpatientRehab,
    /// A long-term acute care hospital.
    LongTermAcute,
    /// Hospice at home.
    Hospice,
    /// Hospice beds.
    HospiceInpatient,
    /// Infusion at home: drug, pump and teaching.
    HomeInfusion,
    /// Medical equipment delivered to the home.
    MedicalEquipment,
    /// An outpatient dialysis facility.
    Dialysis,
    /// Assisted living.
    AssistedLiving,
}

/// Who travels: the patient or the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryMode {
    /// The patient travels; reach is a distance.
    PatientTravels,
    /// The provider comes to the patient; reach is a service area, never a distance.
    ProviderComes,
}

impl Service {
    /// Every service, in display order.
    pub const ALL: [Self; 10] = [
        Self::HomeHealth,
        Self::SkilledNursing,
        Self::InpatientRehab,
        Self::LongTermAcute,
        Self::Hospice,
        Self::HospiceInpatient,
        Self::HomeInfusion,
        Self::MedicalEquipment,
        Self::Dialysis,
        Self::AssistedLiving,
    ];

    /// The code in the API and in files.
    pub fn code(self) -> &'static str {
        match self {
            Self::HomeHealth => "home_health",
            Self::SkilledNursing => "skilled_nursing",
            Self::InpatientRehab => "inpatient_rehab",
            Self::LongTermAcute => "long_term_acute",
            Self::Hospice => "hospice",
            Self::HospiceInpatient => "hospice_inpatient",
            Self::HomeInfusion => "home_infusion",
            Self::MedicalEquipment => "medical_equipment",
            Self::Dialysis => "dialysis",
            Self::AssistedLiving => "assisted_living",
        }
    }

    /// The display name.
    pub fn label(self) -> &'static str {
        match self {
            Self::HomeHealth => "Home health",
            Self::SkilledNursing => "Skilled nursing facility",
            Self::InpatientRehab => "Inpatient rehabilitation",
            Self::LongTermAcute => "Long-term acute care",
            Self::Hospice => "Hospice at home",
            Self::HospiceInpatient => "Inpatient hospice",
            Self::HomeInfusion => "Home infusion",
            Self::MedicalEquipment => "Medical equipment",
            Self::Dialysis => "Dialysis",
            Self::AssistedLiving => "Assisted living",
        }
    }

    /// Whether the patient or the provider travels.
    pub fn geography(self) -> DeliveryMode {
        match self {
            Self::SkilledNursing
            | Self::InpatientRehab
            | Self::LongTermAcute
            | Self::HospiceInpatient
            | Self::Dialysis
            | Self::AssistedLiving => DeliveryMode::PatientTravels,
            Self::HomeHealth | Self::Hospice | Self::HomeInfusion | Self::MedicalEquipment => DeliveryMode::ProviderComes,
        }
    }

    /// Whether Original Medicare pays it whatever the plan: it pays hospice for members of Medicare Advantage plans too (42 CFR 422.320).
    pub fn is_hospice(self) -> bool {
        matches!(self, Self::Hospice | Self::HospiceInpatient)
    }

    /// The NUCC taxonomy codes (version 24.0) of this service.
    pub fn taxonomy(self) -> &'static [&'static str] {
        match self {
            Self::HomeHealth => &["251E00000X"],
            Self::SkilledNursing => &["314000000X"],
            Self::InpatientRehab => &["283X00000X", "273Y00000X"],
            Self::LongTermAcute => &["282E00000X"],
            Self::Hospice => &["251G00000X"],
            Self::HospiceInpatient => &["315D00000X"],
            Self::HomeInfusion => &["251F00000X", "3336H0001X"],
            Self::MedicalEquipment => &["332B00000X"],
            Self::Dialysis => &["261QE0700X"],
            Self::AssistedLiving => &["310400000X"],
        }
    }
}

impl FromStr for Service {
    type Err = ParseServiceError;

    fn from_str(code: &str) -> Result<Self, ParseServiceError> {
        Self::ALL.into_iter().find(|service| service.code() == code).ok_or(ParseServiceError)
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// There is no service with that code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such service")]
pub struct ParseServiceError;

/// A clinical or practical need by its index in the vocabulary; [`Need::entry`] gives its definition.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Need(u8);

/// One line of `data/curated/needs.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NeedDefinition {
    /// The code used in questions and profiles, such as `resp.vent`.
    pub code: String,
    /// The group under which it is listed.
    pub group: String,
    /// The display name.
    pub label: String,
    /// What a "yes" means.
    pub definition: String,
    /// Related standard codes; for information, not used for matching.
    #[serde(default)]
    pub codes: String,
    /// The limit that qualifies the answer.
    pub limit: Option<Limit>,
    /// Whether a "no" to this need is unlawful: it is shown and counted, but never excludes.
    #[serde(default)]
    pub guarded: bool,
    /// The levels of care that it concerns; empty if it concerns all.
    #[serde(default)]
    pub services: Vec<Service>,
}

impl Need {
    /// Every need, in vocabulary order.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        (0..VOCABULARY.need.len()).map(|at| Self(u8::try_from(at).unwrap_or(u8::MAX)))
    }

    /// The need with this code, for constants: `const VENT: Need = Need::from_code("resp.vent").unwrap();` fails to compile
    /// if the vocabulary has no such need. External input is parsed instead.
    pub(crate) const fn from_code(code: &str) -> Option<Self> {
        let (text, code) = (NEEDS.as_bytes(), code.as_bytes());
        let (mut place, mut at) = (0, 0);
        while at < text.len() {
            if stands_at(text, at, NEED_HEAD) {
                let begin = at + NEED_HEAD.len();
                if stands_at(text, begin, code) && stands_at(text, begin + code.len(), b"\"\n") {
                    return Some(Self(place));
                }
                place += 1;
            }
            at += 1;
        }
        None
    }

    /// The definition of the need.
    pub fn entry(self) -> &'static NeedDefinition {
        &VOCABULARY.need[usize::from(self.0)]
    }

    /// The code, such as `resp.vent`.
    pub fn code(self) -> &'static str {
        &self.entry().code
    }

    /// Which of the services of a plan are asked about it: those that it concerns; all if it concerns none of them. One service alone
    /// is always asked.
    pub fn asked_of(self, services: &[Service]) -> Vec<Service> {
        let concerns = |service: &Service| self.entry().services.contains(service);
        let asked: Vec<Service> = services.iter().copied().filter(concerns).collect();
        if asked.is_empty() { services.to_vec() } else { asked }
    }

    /// The display name, such as "Ventilator, long-term".
    pub fn label(self) -> &'static str {
        &self.entry().label
    }

    /// The index in the vocabulary, which is its bit in a [`NeedSet`].
    pub fn index(self) -> u8 {
        self.0
    }
}

impl FromStr for Need {
    type Err = ParseNeedError;

    fn from_str(code: &str) -> Result<Self, ParseNeedError> {
        Self::all().find(|need| need.code() == code).ok_or(ParseNeedError)
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// There is no need with that code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such need")]
pub struct ParseNeedError;

/// A set of needs as bits, one for each need of the vocabulary.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct NeedSet(u128);

impl NeedSet {
    /// The empty set.
    pub const EMPTY: Self = Self(0);

    /// The set with these bits; bit `n` is the need of index `n`.
    pub fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// The bits; bit `n` is the need of index `n`.
    pub fn bits(self) -> u128 {
        self.0
    }

    /// Whether `need` is in the set.
    pub fn contains(self, need: Need) -> bool {
        self.0 >> need.0 & 1 == 1
    }

    /// The set with `need` added.
    #[must_use]
    pub fn with(self, need: Need) -> Self {
        Self(self.0 | 1 << need.0)
    }

    /// The set without the needs of `other`.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Number of needs.
    pub fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// The needs in vocabulary order.
    pub fn iter(self) -> impl Iterator<Item = Need> {
        let mut bits = self.0;
        std::iter::from_fn(move || {
            let lowest = u8::try_from(bits.trailing_zeros()).ok().filter(|_| bits != 0)?;
            bits &= bits - 1;
            Some(Need(lowest))
        })
    }
}

impl BitAnd for NeedSet {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl BitOr for NeedSet {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl FromIterator<Need> for NeedSet {
    fn from_iter<I: IntoIterator<Item = Need>>(needs: I) -> Self {
        needs.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl fmt::Debug for NeedSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// A numeric limit that a provider may set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum Limit {
    /// The maximum weight of a patient, in pounds.
    #[serde(rename = "size.max_lb")]
    MaxWeight,
    /// The minimum age of a patient, in years.
    #[serde(rename = "age.min")]
    MinAge,
    /// The maximum age of a patient, in years.
    #[serde(rename = "age.max")]
    MaxAge,
    /// The maximum number of infusion doses per day.
    #[serde(rename = "inf.max_doses")]
    MaxDoses,
    /// The maximum daily medication cost, in dollars.
    #[serde(rename = "med.cost_ceiling")]
    CostCeiling,
}

/// The words and the ordinary range of a limit, from `data/curated/needs.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitDefinition {
    /// Which limit.
    pub code: Limit,
    /// The display name.
    pub label: String,
    /// The unit of its number.
    pub unit: String,
    /// Most providers take patients up to this bound; beyond it a provider without a stated limit must be asked.
    pub ordinary: Option<u32>,
}

impl Limit {
    /// Every limit.
    pub const ALL: [Self; 5] = [Self::MaxWeight, Self::MinAge, Self::MaxAge, Self::MaxDoses, Self::CostCeiling];

    /// The code in the API and in files.
    pub fn code(self) -> &'static str {
        match self {
            Self::MaxWeight => "size.max_lb",
            Self::MinAge => "age.min",
            Self::MaxAge => "age.max",
            Self::MaxDoses => "inf.max_doses",
            Self::CostCeiling => "med.cost_ceiling",
        }
    }

    /// The definition of the limit; a test checks that every limit has one.
    pub fn entry(self) -> Option<&'static LimitDefinition> {
        VOCABULARY.limit.iter().find(|entry| entry.code == self)
    }

    /// Whether a patient's `observed` value is within a provider's `bound`.
    pub fn allows(self, bound: u32, observed: u32) -> bool {
        match self {
            Self::MinAge => observed >= bound,
            Self::MaxWeight | Self::MaxAge | Self::MaxDoses | Self::CostCeiling => observed <= bound,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Vocabulary {
    version: u32,
    limit: Vec<LimitDefinition>,
    need: Vec<NeedDefinition>,
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    // A test parses the same text, so the fallback never occurs in a release.
    toml::from_str(NEEDS).unwrap_or(Vocabulary { version: 0, limit: Vec::new(), need: Vec::new() })
});

const NEEDS: &str = include_str!("../data/curated/needs.toml");

/// How each need begins in the file; a test checks that [`Need::from_code`] finds every one.
const NEED_HEAD: &[u8] = b"\n[[need]]\ncode = \"";

/// Whether `text` has `part` at the byte `at`.
const fn stands_at(text: &[u8], at: usize, part: &[u8]) -> bool {
    let mut same = 0;
    while same < part.len() && at + same < text.len() && text[at + same] == part[same] {
        same += 1;
    }
    same == part.len()
}

/// The version of the vocabulary; a generation is built for one version and does not open under another.
pub fn vocabulary_version() -> u32 {
    VOCABULARY.version
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vocabulary_reads_and_holds_every_need_and_limit() {
        let read: Vocabulary = toml::from_str(NEEDS).unwrap();
        assert_eq!(read.need.len(), 81);
        for limit in Limit::ALL {
            assert!(limit.entry().is_some(), "{limit:?}");
        }
    }

    #[test]
    fn every_code_reads_back_as_itself() {
        for need in Need::all() {
            assert_eq!(need.code().parse(), Ok(need));
            assert_eq!(Need::from_code(need.code()), Some(need));
        }
        for service in Service::ALL {
            assert_eq!(service.code().parse(), Ok(service));
            assert_eq!(serde_json::from_value::<Service>(service.code().into()).unwrap(), service);
        }
        for unknown in ["resp.ven", "resp.vent\"", "vent", "size.max_lb", ""] {
            assert_eq!(Need::from_code(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn a_set_of_needs_is_a_set() {
        let vent: Need = "resp.vent".parse().unwrap();
        let last: Need = "pop.hiv".parse().unwrap();
        let set: NeedSet = [vent, last].into_iter().collect();
        assert!(set.contains(last) && set.len() == 2);
        assert_eq!(set.without(NeedSet::EMPTY.with(vent)).iter().collect::<Vec<_>>(), [last]);
    }
}
