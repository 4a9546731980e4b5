//! The packed format of complete providers, decoded for each one shown.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::catalog::stored_business::StoredBusinessFact;
use crate::catalog::stored_safety::{RatingGapField, StoredMeasureValue, StoredSafetyFact};
use crate::evidence::{Evidence, Fact};
use crate::place::{Point, Precision, State, Zip};
use crate::provider::quality::{QualityMeasure, Rating, SupportingMeasure};
use crate::provider::safety::ServedGroup;
use crate::provider::{Address, OperatingStatus, Phone, Position, Provider, ProviderId, ServiceArea, ServiceLine, Sex};
use crate::service::{Limit, Need, Service};

/// The distinct evidence of a generation being built; facts refer to it by number.
#[derive(Debug, Default)]
pub(crate) struct EvidenceInterner {
    known: HashMap<Evidence, u32>,
    rows: Vec<Evidence>,
}

impl EvidenceInterner {
    /// The number of `evidence`; assigns a new one if it was not seen before.
    pub(crate) fn number(&mut self, evidence: &Evidence) -> u32 {
        if let Some(number) = self.known.get(evidence) {
            return *number;
        }
        let number = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        self.known.insert(evidence.clone(), number);
        self.rows.push(evidence.clone());
        number
    }

    /// The evidence, by number.
    pub(crate) fn into_rows(self) -> Vec<Evidence> {
        self.rows
    }
}

/// Many numbers as four little-endian bytes each, which is several times as fast to read as single numbers.
#[derive(Debug, Serialize, Deserialize)]
struct PackedU32s<'a>(#[serde(borrow)] Cow<'a, [u8]>);

impl PackedU32s<'_> {
    fn pack(numbers: impl Iterator<Item = u32>) -> Self {
        Self(Cow::Owned(numbers.flat_map(u32::to_le_bytes).collect()))
    }

    fn unpack(&self) -> impl ExactSizeIterator<Item = u32> {
        self.0.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes))
    }
}

/// Converts every item, or returns `None` if one cannot be converted.
///
/// Collecting into an `Option<Vec>` does not know the length in advance and reallocates as it grows.
fn try_collect<W, T>(items: impl ExactSizeIterator<Item = W>, make: impl Fn(W) -> Option<T>) -> Option<Vec<T>> {
    let mut made = Vec::with_capacity(items.len());
    for item in items {
        made.push(make(item)?);
    }
    Some(made)
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredFact<T> {
    value: T,
    evidence: u32,
    others: Vec<(T, u32)>,
}

impl<W> StoredFact<W> {
    fn pack<T>(fact: &Fact<T>, evidence: &mut EvidenceInterner, pack: impl Fn(&T) -> W) -> Self {
        Self {
            value: pack(&fact.value),
            evidence: evidence.number(&fact.evidence),
            others: fact.others.iter().map(|(value, by)| (pack(value), evidence.number(by))).collect(),
        }
    }

    fn unpack<T>(self, evidence: &[Evidence], unpack: impl Fn(W) -> Option<T>) -> Option<Fact<T>> {
        let by = |number: u32| evidence.get(number as usize).cloned();
        let others = try_collect(self.others.into_iter(), |(value, number)| Some((unpack(value)?, by(number)?)))?;
        Some(Fact { others, value: unpack(self.value)?, evidence: by(self.evidence)? })
    }
}

/// An optional fact: absent stays absent; an unreadable one makes the record unreadable.
#[expect(clippy::option_option, reason = "outer: readable; inner: present")]
fn decode_optional<W, T>(
    fact: Option<StoredFact<W>>,
    evidence: &[Evidence],
    unpack: impl Fn(W) -> Option<T>,
) -> Option<Option<Fact<T>>> {
    match fact {
        None => Some(None),
        Some(fact) => fact.unpack(evidence, unpack).map(Some),
    }
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Precision")]
enum StoredPrecision {
    Address,
    Approximate,
    Zip,
    City,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "OperatingStatus")]
enum StoredOperatingStatus {
    Open,
    Closed,
    NotCertified,
    ExcludedByOig,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "QualityMeasure")]
enum StoredMeasure {
    NursingHomeOverall,
    HomeHealthPatientCare,
    HospiceCareIndex,
    DialysisFacility,
    DischargeToCommunity,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Sex")]
enum StoredSex {
    Female,
    Male,
}

/// A stored [`Sex`].
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct SexField(#[serde(with = "StoredSex")] pub Sex);

/// The number of a limit: its index in [`Limit::ALL`].
pub(crate) fn limit_number(limit: Limit) -> u8 {
    limit as u8
}

/// The inverse of [`limit_number`].
pub(crate) fn limit_of(number: u8) -> Option<Limit> {
    Limit::ALL.get(usize::from(number)).copied()
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredPosition {
    latitude: i32,
    longitude: i32,
    #[serde(with = "StoredPrecision")]
    precision: Precision,
}

impl StoredPosition {
    fn pack(position: &Position) -> Self {
        let (latitude, longitude) = (position.point.latitude_micro(), position.point.longitude_micro());
        Self { latitude, longitude, precision: position.precision }
    }

    fn unpack(self) -> Option<Position> {
        Some(Position { point: Point::from_micro(self.latitude, self.longitude)?, precision: self.precision })
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredRating {
    #[serde(with = "StoredMeasure")]
    measure: QualityMeasure,
    tenths: u8,
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredAddress {
    street: String,
    city: String,
    /// Its index in [`State::all`].
    state: Option<u8>,
    zip: Option<u32>,
}

/// What decoding a record needs from its generation.
#[derive(Debug)]
pub(crate) struct DecodeContext {
    /// The distinct evidence, by number.
    pub evidence: Vec<Evidence>,
    /// The needs of the vocabulary, by index.
    needs: Vec<Need>,
    /// The states, as [`State::all`] gives them.
    pub states: Vec<State>,
}

impl DecodeContext {
    /// With this evidence and the tables of the program.
    pub(crate) fn new(evidence: Vec<Evidence>) -> Self {
        Self { evidence, needs: Need::all().collect(), states: State::all().collect() }
    }
}

/// A stored provider.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredProvider<'a> {
    /// The first field: [`id_of`] reads only this one.
    id: Cow<'a, str>,
    ccn: Option<Cow<'a, str>>,
    npis: Vec<Cow<'a, str>>,
    name: StoredFact<String>,
    address: Option<StoredFact<StoredAddress>>,
    phone: Option<StoredFact<u64>>,
    position: Option<StoredFact<StoredPosition>>,
    ownership: Option<StoredFact<String>>,
    business: Vec<StoredFact<StoredBusinessFact>>,
    suspected_exclusions: Vec<StoredFact<String>>,
    #[serde(borrow)]
    lines: Vec<StoredLine<'a>>,
}

/// The id of a record's provider, without decoding the rest: it is the first field. It is not parsed again: every byte of a
/// generation is verified.
pub(crate) fn id_of(record: &[u8]) -> Option<ProviderId> {
    postcard::take_from_bytes::<&str>(record).ok().map(|(id, _)| ProviderId::of_stored(id))
}

impl<'a> StoredProvider<'a> {
    /// Packs `provider`, with its evidence by number; `states` are those of [`State::all`].
    pub(crate) fn pack(provider: &'a Provider, evidence: &mut EvidenceInterner, states: &[State]) -> Self {
        let address = |address: &Address| StoredAddress {
            street: address.street.clone(),
            city: address.city.clone(),
            state: address
                .state
                .and_then(|state| states.iter().position(|s| *s == state))
                .and_then(|at| u8::try_from(at).ok()),
            zip: address.zip.map(Zip::number),
        };
        Self {
            id: Cow::Borrowed(provider.id.as_str()),
            ccn: provider.ccn.as_ref().map(|ccn| Cow::Owned(ccn.to_string())),
            npis: provider.npis.iter().map(|npi| Cow::Owned(npi.to_string())).collect(),
            name: StoredFact::pack(&provider.name, evidence, String::clone),
            address: provider.address.as_ref().map(|fact| StoredFact::pack(fact, evidence, address)),
            phone: provider.phone.as_ref().map(|fact| StoredFact::pack(fact, evidence, |phone| phone.packed())),
            position: provider.position.as_ref().map(|fact| StoredFact::pack(fact, evidence, StoredPosition::pack)),
            ownership: provider.ownership.as_ref().map(|fact| StoredFact::pack(fact, evidence, String::clone)),
            business: provider
                .business
                .iter()
                .map(|fact| StoredFact::pack(fact, evidence, StoredBusinessFact::pack))
                .collect(),
            suspected_exclusions: provider
                .suspected_exclusions
                .iter()
                .map(|fact| StoredFact::pack(fact, evidence, String::clone))
                .collect(),
            lines: provider.lines.iter().map(|line| StoredLine::pack(line, evidence)).collect(),
        }
    }

    /// The provider, or `None` if this program did not write the record.
    pub(crate) fn unpack(self, lookup: &DecodeContext) -> Option<Provider> {
        let evidence = &lookup.evidence;
        let address = |address: StoredAddress| {
            Some(Address {
                street: address.street,
                city: address.city,
                state: match address.state {
                    Some(state) => Some(*lookup.states.get(usize::from(state))?),
                    None => None,
                },
                zip: match address.zip {
                    Some(zip) => Some(Zip::from_number(zip)?),
                    None => None,
                },
            })
        };
        Some(Provider {
            id: self.id.parse().ok()?,
            ccn: self.ccn.map(|ccn| ccn.parse()).transpose().ok()?,
            npis: try_collect(self.npis.into_iter(), |npi| npi.parse().ok())?,
            name: self.name.unpack(evidence, Some)?,
            address: decode_optional(self.address, evidence, address)?,
            phone: decode_optional(self.phone, evidence, Phone::unpack)?,
            position: decode_optional(self.position, evidence, StoredPosition::unpack)?,
            ownership: decode_optional(self.ownership, evidence, Some)?,
            business: try_collect(self.business.into_iter(), |fact| fact.unpack(evidence, StoredBusinessFact::unpack))?,
            suspected_exclusions: try_collect(self.suspected_exclusions.into_iter(), |fact| fact.unpack(evidence, Some))?,
            lines: try_collect(self.lines.into_iter(), |line| line.unpack(lookup))?,
        })
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredLine<'a> {
    /// Its index in [`Service::ALL`].
    service: u8,
    #[serde(with = "StoredOperatingStatus")]
    standing: OperatingStatus,
    standing_by: Option<u32>,
    medicare: Option<StoredFact<bool>>,
    medicaid: Option<StoredFact<bool>>,
    #[serde(borrow)]
    area: Option<StoredFact<PackedU32s<'a>>>,
    /// By need index.
    answers: Vec<(u8, StoredFact<bool>)>,
    limits: Vec<(u8, StoredFact<u32>)>,
    languages: Option<StoredFact<Vec<String>>>,
    only_sex: Option<StoredFact<SexField>>,
    start_of_care_hours: Option<StoredFact<u32>>,
    rating: Option<StoredFact<StoredRating>>,
    rating_gap: Option<StoredFact<RatingGapField>>,
    /// By the place of the measure in [`SupportingMeasure::ALL`].
    measures: Vec<(u8, StoredFact<StoredMeasureValue>)>,
    safety: Vec<StoredFact<StoredSafetyFact>>,
    /// By the place of the group in [`ServedGroup::ALL`].
    serves: Vec<StoredFact<u8>>,
    beds: Option<StoredFact<u32>>,
    availability: Option<StoredFact<bool>>,
}

impl StoredLine<'_> {
    fn pack(line: &ServiceLine, evidence: &mut EvidenceInterner) -> Self {
        let area = match &line.area {
            ServiceArea::Zips(fact) => {
                Some(StoredFact::pack(fact, evidence, |zips| PackedU32s::pack(zips.iter().map(|zip| zip.number()))))
            }
            ServiceArea::NotPublished => None,
        };
        let rating = |rating: &Rating| StoredRating { measure: rating.measure, tenths: rating.tenths };
        let standing_by = line.standing_by.as_ref().map(|by| evidence.number(by));
        let mut flag = |fact: &Option<Fact<bool>>| fact.as_ref().map(|fact| StoredFact::pack(fact, evidence, |yes| *yes));
        Self {
            service: line.service as u8,
            standing: line.standing,
            standing_by,
            medicare: flag(&line.medicare),
            medicaid: flag(&line.medicaid),
            availability: flag(&line.availability),
            area,
            answers: line
                .answers
                .iter()
                .map(|(need, fact)| (need.index(), StoredFact::pack(fact, evidence, |yes| *yes)))
                .collect(),
            limits: line
                .limits
                .iter()
                .map(|(limit, fact)| (limit_number(*limit), StoredFact::pack(fact, evidence, |bound| *bound)))
                .collect(),
            languages: line.languages.as_ref().map(|fact| StoredFact::pack(fact, evidence, Vec::clone)),
            only_sex: line.only_sex.as_ref().map(|fact| StoredFact::pack(fact, evidence, |sex| SexField(*sex))),
            start_of_care_hours: line
                .start_of_care_hours
                .as_ref()
                .map(|fact| StoredFact::pack(fact, evidence, |hours| *hours)),
            rating: line.rating.as_ref().map(|fact| StoredFact::pack(fact, evidence, rating)),
            rating_gap: line.rating_gap.as_ref().map(|fact| StoredFact::pack(fact, evidence, |gap| RatingGapField(*gap))),
            measures: line
                .measures
                .iter()
                .map(|(measure, fact)| {
                    (*measure as u8, StoredFact::pack(fact, evidence, |value| StoredMeasureValue::pack(*value)))
                })
                .collect(),
            safety: line
                .safety
                .iter()
                .map(|fact| StoredFact::pack(fact, evidence, |safety| StoredSafetyFact::pack(*safety)))
                .collect(),
            serves: line.serves.iter().map(|fact| StoredFact::pack(fact, evidence, |group| *group as u8)).collect(),
            beds: line.beds.as_ref().map(|fact| StoredFact::pack(fact, evidence, |beds| *beds)),
        }
    }

    fn unpack(self, lookup: &DecodeContext) -> Option<ServiceLine> {
        let evidence = &lookup.evidence;
        let zips = |zips: PackedU32s<'_>| try_collect(zips.unpack(), Zip::from_number);
        let rating = |rating: StoredRating| Some(Rating { measure: rating.measure, tenths: rating.tenths });
        let mut answers = BTreeMap::new();
        for (index, fact) in self.answers {
            answers.insert(*lookup.needs.get(usize::from(index))?, fact.unpack(evidence, Some)?);
        }
        let mut limits = BTreeMap::new();
        for (number, fact) in self.limits {
            limits.insert(limit_of(number)?, fact.unpack(evidence, Some)?);
        }
        let mut measures = BTreeMap::new();
        for (number, fact) in self.measures {
            measures.insert(
                *SupportingMeasure::ALL.get(usize::from(number))?,
                fact.unpack(evidence, StoredMeasureValue::unpack)?,
            );
        }
        let group = |number: u8| ServedGroup::ALL.get(usize::from(number)).copied();
        Some(ServiceLine {
            service: *Service::ALL.get(usize::from(self.service))?,
            standing: self.standing,
            standing_by: self.standing_by.map(|number| evidence.get(number as usize).cloned().ok_or(())).transpose().ok()?,
            medicare: decode_optional(self.medicare, evidence, Some)?,
            medicaid: decode_optional(self.medicaid, evidence, Some)?,
            area: match self.area {
                Some(fact) => ServiceArea::Zips(fact.unpack(evidence, zips)?),
                None => ServiceArea::NotPublished,
            },
            answers,
            limits,
            languages: decode_optional(self.languages, evidence, Some)?,
            only_sex: decode_optional(self.only_sex, evidence, |sex| Some(sex.0))?,
            start_of_care_hours: decode_optional(self.start_of_care_hours, evidence, Some)?,
            rating: decode_optional(self.rating, evidence, rating)?,
            rating_gap: decode_optional(self.rating_gap, evidence, |gap| Some(gap.0))?,
            measures,
            safety: try_collect(self.safety.into_iter(), |fact| fact.unpack(evidence, StoredSafetyFact::unpack))?,
            serves: try_collect(self.serves.into_iter(), |fact| fact.unpack(evidence, group))?,
            beds: decode_optional(self.beds, evidence, Some)?,
            availability: decode_optional(self.availability, evidence, Some)?,
            room_days: None,
            outcomes: None,
            record: None,
        })
    }
}
