//! How a line is rated. A rating and the reason for a missing one are a single claim of each source, so that an old star never outlives
//! CMS withholding it.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::evidence::Fact;
use crate::provider::quality::{MeasureValue, Rating, RatingGap, SupportingMeasure};
use crate::refresh::reconcile::ProviderMerge;
use crate::refresh::reconcile::precedence::{ConflictField, FieldClaim, pick_fact};
use crate::refresh::source_record::SourceRecord;
use crate::service::Service;

/// A provider first certified less than so many months before a file is too new to be rated in it. CMS needs 12 to 15 months of data.
const NEW_MONTHS: i32 = 18;

/// What one source says of the rating of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RatingClaim {
    Rated(Rating),
    Missing(RatingGap),
}

impl RatingClaim {
    fn of(source_record: &SourceRecord) -> Option<Self> {
        source_record.rating.map(Self::Rated).or(source_record.rating_gap.map(Self::Missing))
    }

    fn rating(self) -> Option<Rating> {
        match self {
            Self::Rated(rating) => Some(rating),
            Self::Missing(_) => None,
        }
    }

    fn gap(self) -> Option<RatingGap> {
        match self {
            Self::Rated(_) => None,
            Self::Missing(gap) => Some(gap),
        }
    }
}

/// Since when a line is known.
#[derive(Debug, Clone, Copy)]
struct KnownSince {
    /// The day it was first certified.
    certified: Option<Date>,
    /// The first day that any source knows it.
    listed: Option<Date>,
}

impl ProviderMerge<'_> {
    /// The rating of a line, or why it has none.
    pub(crate) fn rating(&mut self, service: Service) -> (Option<Fact<Rating>>, Option<Fact<RatingGap>>) {
        let since = self.known_since(service);
        let today = self.today;
        let claims = self.claims(ConflictField::Rating, |a| RatingClaim::of(a).filter(|_| a.service == service));
        let mut claims: Vec<FieldClaim<RatingClaim>> =
            claims.into_iter().filter_map(|claim| judged(claim, since, today)).collect();
        let unexplained = claims.first().is_some_and(|first| first.value == RatingClaim::Missing(RatingGap::Unexplained));
        // That it was new explains nothing later.
        let explains = |claim: &FieldClaim<RatingClaim>| {
            matches!(claim.value, RatingClaim::Missing(RatingGap::Withheld | RatingGap::TooSmall))
        };
        if let Some(at) = claims.iter().position(explains).filter(|_| unexplained) {
            claims.swap(0, at);
        }
        let Some(first) = claims.first().map(|claim| claim.value) else { return (None, None) };
        if claims.iter().any(|claim| claim.value != first) {
            *self.findings.conflicts.entry(ConflictField::Rating).or_default() += 1;
        }
        match first {
            RatingClaim::Rated(_) => (pick_fact(only(claims, RatingClaim::rating), PartialEq::eq), None),
            RatingClaim::Missing(_) => (None, pick_fact(only(claims, RatingClaim::gap), PartialEq::eq)),
        }
    }

    /// What else is measured of a line. The parts of stars that CMS withholds are not taken from an older file.
    pub(crate) fn measures(
        &mut self,
        service: Service,
        gap: Option<RatingGap>,
    ) -> BTreeMap<SupportingMeasure, Fact<MeasureValue>> {
        let says = |a: &SourceRecord, measure: SupportingMeasure| {
            let value = a.measures.iter().find(|(of, _)| *of == measure).map(|(_, value)| *value);
            value.filter(|_| a.service == service)
        };
        let fact = |measure| Some((measure, self.fact(ConflictField::Measure, |a| says(a, measure), PartialEq::eq)?));
        let is_withheld =
            |measure: &SupportingMeasure| gap == Some(RatingGap::Withheld) && SupportingMeasure::STAR_PARTS.contains(measure);
        SupportingMeasure::ALL.into_iter().filter(|measure| !is_withheld(measure)).filter_map(fact).collect()
    }

    fn known_since(&self, service: Service) -> KnownSince {
        let said = || self.said.iter().filter(|source_record| source_record.service == service);
        let certified = said().filter_map(|source_record| source_record.first_certified).min();
        let of_files = said().filter_map(|source_record| self.source_records.evidence(source_record)?.as_of).min();
        KnownSince { certified, listed: certified.into_iter().chain(of_files).min() }
    }
}

/// The claim, the reason for a missing rating held against how long the line is known. A home that has no rating and no reason, and may
/// be new, says nothing.
fn judged(mut claim: FieldClaim<RatingClaim>, since: KnownSince, today: Option<Date>) -> Option<FieldClaim<RatingClaim>> {
    let RatingClaim::Missing(gap) = claim.value else { return Some(claim) };
    let newest_start = claim.evidence.as_of.or(today).and_then(|day| day.checked_sub(NEW_MONTHS.months()).ok());
    let is_new = |day: Option<Date>| day.zip(newest_start).map(|(day, start)| day > start);
    let gap = match gap {
        RatingGap::Withheld => RatingGap::Withheld,
        _ if is_new(since.certified) == Some(true) => RatingGap::TooNew,
        RatingGap::Unexplained if is_new(since.listed) != Some(false) => return None,
        other => other,
    };
    claim.value = RatingClaim::Missing(gap);
    Some(claim)
}

/// The claims that say a thing of this kind.
fn only<T>(claims: Vec<FieldClaim<RatingClaim>>, of: fn(RatingClaim) -> Option<T>) -> Vec<FieldClaim<T>> {
    let kept = |FieldClaim { rank, value, evidence }: FieldClaim<RatingClaim>| {
        Some(FieldClaim { value: of(value)?, rank, evidence })
    };
    claims.into_iter().filter_map(kept).collect()
}
