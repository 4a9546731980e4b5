//! Whom to believe: one table.

use std::cmp::Reverse;
use std::fmt;

use jiff::civil::Date;

use crate::evidence::{Evidence, Fact};
use crate::refresh::account::Source;
use crate::refresh::dataset::Trust;

/// A field that two sources can disagree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    Name,
    Address,
    Phone,
    Position,
    Ownership,
    Medicare,
    Medicaid,
    Answer,
    Rating,
    Beds,
    ServiceArea,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "name",
            Self::Address => "address",
            Self::Phone => "telephone",
            Self::Position => "position (over a mile apart)",
            Self::Ownership => "ownership",
            Self::Medicare => "Medicare participation",
            Self::Medicaid => "Medicaid participation",
            Self::Answer => "answer to a need",
            Self::Rating => "rating",
            Self::Beds => "beds",
            Self::ServiceArea => "service area",
        })
    }
}

/// The tier of a source for a field: a lower tier wins, and within a tier the newer source.
///
/// What CMS publishes comes first, then what others cut from it, then what homes wrote on form CMS-671, then the NPI registry,
/// then lists payers keep, then Synthea. Ratings and points change from release to release and a cut carries them unchanged, so there the
/// newer of the CMS sources wins.
fn tier(field: Field, trust: Trust) -> u8 {
    match (field, trust) {
        (_, Trust::Cms) | (Field::Rating | Field::Position, Trust::CmsCut) => 0,
        (_, Trust::CmsCut) => 1,
        (_, Trust::Form671) => 2,
        (_, Trust::Registry) => 3,
        (_, Trust::Kept) => 4,
        (_, Trust::Synthea) => 5,
    }
}

/// What decides between sources, top to bottom: the tier, the newer day (an unknown day is the oldest), the file's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    tier: u8,
    newest_first: Reverse<Option<Date>>,
    file: String,
}

/// What one source says of a field.
#[derive(Debug, Clone)]
pub struct Claim<T> {
    /// Its place in the order of trust.
    pub rank: Rank,
    /// The value.
    pub value: T,
    /// Who says so.
    pub evidence: Evidence,
}

impl<T> Claim<T> {
    /// What `source` says of `field`.
    pub fn new(field: Field, value: T, evidence: Evidence, source: &Source) -> Self {
        let rank = Rank {
            tier: tier(field, source.dataset.trust()),
            newest_first: Reverse(evidence.as_of),
            file: source.file.clone(),
        };
        Self { rank, value, evidence }
    }
}

/// The first claim as a fact, with the others that differ from it and from each other.
pub fn settle<T>(claims: Vec<Claim<T>>, same: fn(&T, &T) -> bool) -> Option<Fact<T>> {
    let mut claims = claims.into_iter();
    let Claim { value, evidence, .. } = claims.next()?;
    let mut fact = Fact::new(value, evidence);
    for Claim { value, evidence, .. } in claims {
        let known = same(&fact.value, &value) || fact.others.iter().any(|(other, _)| same(other, &value));
        if !known {
            fact.others.push((value, evidence));
        }
    }
    Some(fact)
}
