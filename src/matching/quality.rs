//! What a candidate's published quality is worth, from 0 to 1.

use crate::matching::candidate::{Candidate, PublishedFlags};
use crate::profile::{Fraction, Profile};
use crate::provider::quality::{QualityMeasure, RatingGap};
use crate::service::Service;

/// The quality of a candidate; `None` where nothing is known, or it is too new or too small to be rated and nothing speaks against it.
pub(crate) fn quality(service: Service, candidate: &Candidate, profile: &Profile) -> Option<Fraction> {
    let (published, rules) = (candidate.published, &profile.quality);
    let known = match published.rating_gap {
        Some(RatingGap::Withheld) => return Some(rules.withheld),
        Some(RatingGap::Unexplained) => Some(rules.unexplained_gap),
        Some(RatingGap::TooNew | RatingGap::TooSmall) | None => measured(service, candidate, published, profile),
    };
    let most = most_worth(service, published, profile);
    match (known, most) {
        (known, None) => known,
        (known, Some(most)) => Some(known.unwrap_or(profile.neutral).min(most)),
    }
}

/// The rating on its scale; an old or undated one counts half way to neutral.
fn measured(service: Service, candidate: &Candidate, published: PublishedFlags, profile: &Profile) -> Option<Fraction> {
    let measure = QualityMeasure::of(service)?;
    let rating = candidate.rating.and_then(|tenths| on_scale(measure, tenths));
    let rating = rating.map(|value| if published.old_rating { value.midpoint(profile.neutral) } else { value });
    let stars = published.family_stars.filter(|_| measure == QualityMeasure::HospiceCareIndex).and_then(stars);
    match (rating, stars) {
        (Some(rating), Some(stars)) => Some(rating.midpoint(stars)),
        (rating, stars) => rating.or(stars),
    }
}

/// The most a candidate with a known negative is worth; `None` without one.
fn most_worth(service: Service, published: PublishedFlags, profile: &Profile) -> Option<Fraction> {
    let worse = counts_worse_outcome(service, published).then_some(profile.quality.most_with_worse_outcome);
    let abuse = published.abuse_icon.then_some(profile.quality.most_with_abuse_icon);
    worse.into_iter().chain(abuse).min()
}

/// Whether a readmission or infection rate worse than the nation counts. Home health is ranked by its stars alone, which hold its
/// outcomes.
pub(crate) fn counts_worse_outcome(service: Service, published: PublishedFlags) -> bool {
    QualityMeasure::of(service) == Some(QualityMeasure::DischargeToCommunity) && published.worse_outcome
}

/// A rating in tenths on its scale; `None` off the scale. The Hospice Care Index counts from 6: most hospices have 9 or 10.
fn on_scale(measure: QualityMeasure, tenths: u8) -> Option<Fraction> {
    const LOWEST_INDEX: u8 = 60;
    let (low, high) = measure.scale_tenths();
    if !(low..=high).contains(&tenths) {
        return None;
    }
    let low = if measure == QualityMeasure::HospiceCareIndex { LOWEST_INDEX } else { low };
    Some(Fraction::of(tenths.saturating_sub(low).into(), (high - low).into()))
}

/// One to five stars, in tenths.
fn stars(tenths: u8) -> Option<Fraction> {
    let above = tenths.checked_sub(10)?;
    (tenths <= 50).then(|| Fraction::of(above.into(), 40))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rating_lies_on_the_scale_of_its_measure() {
        for (measure, tenths, expected) in [
            (QualityMeasure::HomeHealthPatientCare, 45, Some(0.875)),
            (QualityMeasure::HospiceCareIndex, 90, Some(0.75)),
            (QualityMeasure::HospiceCareIndex, 100, Some(1.0)),
            (QualityMeasure::HospiceCareIndex, 40, Some(0.0)),
            (QualityMeasure::DischargeToCommunity, 5, Some(0.5)),
            (QualityMeasure::NursingHomeOverall, 5, None),
        ] {
            assert_eq!(on_scale(measure, tenths), expected.map(Fraction::new), "{measure:?} {tenths}");
        }
    }
}
