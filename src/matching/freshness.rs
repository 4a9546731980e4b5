//! How recent evidence is: its share of a score, and when it is marked as old.
//!
//! Whether a rating is too old to count in full is decided elsewhere: in `catalog/published_flags.rs`, when a generation is
//! built, with its effect in [`crate::matching::quality`].

use jiff::civil::Date;

use crate::matching::network::days_between;
use crate::profile::{Fraction, Profile};

/// What a fact is about, for how long it is usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FactKind {
    /// Who is in a network; payers verify their directories at least every 90 days (42 USC 300gg-115).
    Network,
    /// A CMS rating; releases are a month to a quarter apart.
    Rating,
    /// What a provider takes. Surveys such as form CMS-671 are 12 to 15 months apart.
    Acceptance,
}

impl FactKind {
    /// Days after which a fact of this kind is marked as old: its usual interval and half of it.
    fn oldest_days(self) -> i64 {
        match self {
            Self::Network | Self::Rating => 90,
            Self::Acceptance => 2 * 365,
        }
    }
}

/// Whether a fact of `day` is marked as old on `today`.
pub(crate) fn is_old(kind: FactKind, day: Date, today: Date) -> bool {
    days_between(day, today) > kind.oldest_days()
}

/// The freshness of one answer: 1 while fresh, then falling to the floor of the profile, where it stays. An open question, and an answer
/// without a date, count as the floor, so that knowing something never lowers a place below silence.
fn freshness(day: Option<Date>, today: Date, profile: &Profile) -> Fraction {
    let Some(day) = day else { return profile.stale_freshness };
    let age = u32::try_from(days_between(day, today).max(0)).unwrap_or(u32::MAX);
    let (fresh, stale) = (profile.fresh_days, profile.stale_days);
    let fall = Fraction::of(age.clamp(fresh, stale) - fresh, stale.saturating_sub(fresh).max(1));
    Fraction::ONE.minus(fall.times(Fraction::ONE.minus(profile.stale_freshness)))
}

/// The mean freshness of everything asked; `None` where nothing was asked.
pub(crate) fn mean_freshness(days: impl Iterator<Item = Option<Date>>, today: Date, profile: &Profile) -> Option<Fraction> {
    let (mut sum, mut count) = (0_u32, 0_u32);
    for day in days {
        sum += freshness(day, today, profile).millionths();
        count += 1;
    }
    (count > 0).then(|| Fraction::from_millionths((sum + count / 2) / count))
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;

    #[test]
    fn freshness_falls_from_one_to_one_half_and_stays_there() {
        let (today, profile) = (date(2026, 11, 21), Profile::standard());
        for (age, expected) in [(-1, 1.0), (0, 1.0), (30, 1.0), (365, 0.5), (366, 0.5), (4000, 0.5)] {
            let day = today.checked_sub(i64::from(age).days()).unwrap();
            assert_eq!(freshness(Some(day), today, profile), Fraction::new(expected), "{age} days");
        }
        assert_eq!(freshness(None, today, profile), Fraction::new(0.5));
    }

    #[test]
    fn a_known_answer_never_lowers_the_mean_below_silence() {
        let (today, profile) = (date(2026, 11, 21), Profile::standard());
        let mean = |days: &[Option<Date>]| mean_freshness(days.iter().copied(), today, profile);
        let old = Some(date(2016, 1, 1));
        assert_eq!(mean(&[]), None);
        assert!(mean(&[old, None]) >= mean(&[None, None]));
        assert_eq!(mean(&[Some(today), None]), Some(Fraction::new(0.75)));
    }
}
