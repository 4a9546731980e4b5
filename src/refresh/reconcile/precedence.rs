//! Which source takes precedence for which field.

use std::cmp::Reverse;
use std::fmt;

use jiff::civil::Date;

use crate::evidence::{Evidence, Fact};
use crate::refresh::source_record::Source;
use crate::refresh::trust_tier::TrustTier;

/// A field that two sources can disagree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ConflictField {
    Name,
    Address,
    Phone,
    Position,
    Ownership,
    Medicare,
    Medicaid,
    Answer,
    Rating,
    Measure,
    Safety,
    Serves,
    Beds,
    ServiceArea,
    Limit,
    Languages,
    OnlySex,
    StartOfCare,
}

impl fmt::Display for ConflictField {
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
            Self::Measure => "measure",
            Self::Safety => "safety notice",
            Self::Serves => "whom it is for",
            Self::Beds => "beds",
            Self::ServiceArea => "service area",
            Self::Limit => "limit",
            Self::Languages => "languages",
            Self::OnlySex => "sex taken",
            Self::StartOfCare => "start of care",
        })
    }
}

/// Trust tiers, most trusted first.
type TrustOrder = [&'static [TrustTier]];

/// For what a provider takes: the provider itself, then the payer's directory, then the public lists.
const ACCEPTANCE: &TrustOrder = {
    use TrustTier as T;
    &[&[T::Stated], &[T::Payer], &[T::Cms], &[T::CmsCut], &[T::Form671], &[T::StateList], &[T::Registry], &[T::Synthea]]
};

/// For the service area: the provider itself, then CMS, then a payer.
const AREA: &TrustOrder = {
    use TrustTier as T;
    &[&[T::Stated], &[T::Cms], &[T::CmsCut], &[T::Form671], &[T::StateList], &[T::Registry], &[T::Payer], &[T::Synthea]]
};

/// For everything else: CMS publications, then extracts of them, then form CMS-671, which homes fill in, then the NPI
/// registry.
const FACTS: &TrustOrder = {
    use TrustTier as T;
    &[&[T::Cms], &[T::CmsCut], &[T::Form671], &[T::StateList], &[T::Registry], &[T::Stated], &[T::Payer], &[T::Synthea]]
};

/// Ratings and points change with each release and extracts copy them unchanged, so the newer of the CMS sources wins.
const RENEWED: &TrustOrder = {
    use TrustTier as T;
    &[&[T::Cms, T::CmsCut], &[T::Form671], &[T::StateList], &[T::Registry], &[T::Stated], &[T::Payer], &[T::Synthea]]
};

/// The tier of a source for a field: a lower tier wins; within a tier the newer source wins.
fn tier(field: ConflictField, trust: TrustTier) -> usize {
    let order = match field {
        ConflictField::Answer
        | ConflictField::Limit
        | ConflictField::Languages
        | ConflictField::OnlySex
        | ConflictField::Serves
        | ConflictField::StartOfCare => ACCEPTANCE,
        ConflictField::ServiceArea => AREA,
        ConflictField::Rating | ConflictField::Measure | ConflictField::Safety | ConflictField::Position => RENEWED,
        ConflictField::Name
        | ConflictField::Address
        | ConflictField::Phone
        | ConflictField::Ownership
        | ConflictField::Medicare
        | ConflictField::Medicaid
        | ConflictField::Beds => FACTS,
    };
    order.iter().position(|tier| tier.contains(&trust)).unwrap_or(order.len())
}

/// The sort key of a claim: the tier, the newer day (an unknown day is the oldest), the file's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ClaimRank {
    tier: usize,
    newest_first: Reverse<Option<Date>>,
    file: String,
}

impl ClaimRank {
    /// Whether two profiles have the same trust and day, so that only a file's name would decide between them.
    fn ties(&self, other: &Self) -> bool {
        self.tier == 0 && (self.tier, &self.newest_first) == (other.tier, &other.newest_first)
    }
}

/// The first claims, if they are of profiles that tie. Only for fields that [`ACCEPTANCE`] decides.
pub(crate) fn top_ranked<T>(claims: &[FieldClaim<T>]) -> &[FieldClaim<T>] {
    let ties = |first: &FieldClaim<T>| claims.iter().take_while(|claim| first.rank.ties(&claim.rank)).count();
    &claims[..claims.first().map_or(0, ties)]
}

/// A source's claim for a field.
#[derive(Debug, Clone)]
pub(crate) struct FieldClaim<T> {
    /// Its position in the order of trust.
    pub rank: ClaimRank,
    /// The value.
    pub value: T,
    /// Its source.
    pub evidence: Evidence,
}

impl<T> FieldClaim<T> {
    /// The claim of `source` for `field`.
    pub(crate) fn new(field: ConflictField, value: T, evidence: Evidence, source: &Source) -> Self {
        let rank =
            ClaimRank { tier: tier(field, source.trust), newest_first: Reverse(evidence.as_of), file: source.file.clone() };
        Self { rank, value, evidence }
    }
}

/// The first claim as a fact, with the other distinct values.
pub(crate) fn pick_fact<T>(claims: Vec<FieldClaim<T>>, same: fn(&T, &T) -> bool) -> Option<Fact<T>> {
    let mut claims = claims.into_iter();
    let FieldClaim { value, evidence, .. } = claims.next()?;
    let mut fact = Fact::new(value, evidence);
    for FieldClaim { value, evidence, .. } in claims {
        let known = same(&fact.value, &value) || fact.others.iter().any(|(other, _)| same(other, &value));
        if !known {
            fact.others.push((value, evidence));
        }
    }
    Some(fact)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every field.
    const FIELDS: [ConflictField; 18] = [
        ConflictField::Name,
        ConflictField::Address,
        ConflictField::Phone,
        ConflictField::Position,
        ConflictField::Ownership,
        ConflictField::Medicare,
        ConflictField::Medicaid,
        ConflictField::Answer,
        ConflictField::Rating,
        ConflictField::Measure,
        ConflictField::Safety,
        ConflictField::Serves,
        ConflictField::Beds,
        ConflictField::ServiceArea,
        ConflictField::Limit,
        ConflictField::Languages,
        ConflictField::OnlySex,
        ConflictField::StartOfCare,
    ];

    #[test]
    fn of_two_sources_of_one_trust_the_newer_wins_and_the_older_stays_visible() {
        let claim = |field: ConflictField, day: Option<Date>| {
            let source = Source {
                file: format!("{day:?}.csv"),
                trust: TrustTier::Cms,
                lists: None,
                complete: false,
                name: "CMS".into(),
                as_of: day,
                rows: 1,
                whole: None,
            };
            FieldClaim::new(field, day, Evidence::new("CMS", day), &source)
        };
        let (older, newer) = (Some(jiff::civil::date(2026, 5, 1)), Some(jiff::civil::date(2026, 8, 1)));
        for field in FIELDS {
            for (first, second) in [(older, newer), (newer, older), (None, newer), (newer, None)] {
                let mut claims = vec![claim(field, first), claim(field, second)];
                claims.sort_by(|a, b| a.rank.cmp(&b.rank));
                let fact = pick_fact(claims, PartialEq::eq).unwrap();
                assert_eq!(fact.value, newer, "{field}");
                assert_eq!(fact.others.len(), 1, "{field}");
            }
        }
    }

    #[test]
    fn each_knows_best_what_is_its_own() {
        use TrustTier::Cms;
        use TrustTier::CmsCut;
        use TrustTier::Form671;
        use TrustTier::Payer;
        use TrustTier::Stated;
        use TrustTier::Synthea;
        for (fields, order) in [
            (
                [
                    ConflictField::Answer,
                    ConflictField::Limit,
                    ConflictField::Languages,
                    ConflictField::OnlySex,
                    ConflictField::Serves,
                    ConflictField::StartOfCare,
                ]
                .as_slice(),
                [Stated, Payer, Cms, CmsCut, Form671, Synthea],
            ),
            (&[ConflictField::ServiceArea], [Stated, Cms, CmsCut, Form671, Payer, Synthea]),
            (
                &[
                    ConflictField::Name,
                    ConflictField::Address,
                    ConflictField::Phone,
                    ConflictField::Beds,
                    ConflictField::Medicare,
                ],
                [Cms, CmsCut, Form671, Stated, Payer, Synthea],
            ),
        ] {
            for field in fields {
                assert!(order.windows(2).all(|pair| tier(*field, pair[0]) < tier(*field, pair[1])), "{field}");
            }
        }
        for field in [ConflictField::Rating, ConflictField::Measure, ConflictField::Safety] {
            assert_eq!(tier(field, Cms), tier(field, CmsCut), "{field}");
        }
        assert!(tier(ConflictField::Position, CmsCut) < tier(ConflictField::Position, Stated));
    }
}
