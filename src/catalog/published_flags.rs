//! What official sources publish of a line's quality and safety, in one number.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, date};

use crate::matching::candidate::{PublishedFlags, ServedGroups};
use crate::provider::quality::{MeasureValue, NationalComparison, QualityMeasure, RatingGap, SupportingMeasure};
use crate::provider::safety::SafetyFact;
use crate::provider::{Provider, ServiceLine};

/// A rating this many months older than the newest of its measure counts half way to neutral. Our choice: two yearly releases missed.
const OLD_RATING_MONTHS: i32 = 18;

/// Days are counted from here in two bytes, which reach to 2179.
const FIRST_DAY: Date = date(2000, 1, 1);

/// No family caregiver stars.
const NO_STARS: u8 = u8::MAX;

/// The newest day of each measure among all ratings of a directory.
#[derive(Debug, Default)]
pub(crate) struct NewestRatings(BTreeMap<QualityMeasure, Date>);

impl NewestRatings {
    /// The newest days of the ratings of `providers`.
    pub(crate) fn among(providers: &[Provider]) -> Self {
        let mut newest = BTreeMap::new();
        for fact in providers.iter().flat_map(|provider| &provider.lines).filter_map(|line| line.rating.as_ref()) {
            if let Some(day) = fact.evidence.as_of {
                let known = newest.entry(fact.value.measure).or_insert(day);
                *known = day.max(*known);
            }
        }
        Self(newest)
    }

    /// Whether the rating of `line` is undated, or much older than the newest of its measure.
    fn is_old(&self, line: &ServiceLine) -> bool {
        line.rating.as_ref().is_some_and(|fact| {
            let newest = self.0.get(&fact.value.measure);
            let oldest = newest.and_then(|day| day.checked_sub(OLD_RATING_MONTHS.months()).ok());
            fact.evidence.as_of.is_none_or(|day| oldest.is_some_and(|oldest| day < oldest))
        })
    }
}

/// The flags of `line`.
pub(crate) fn published_flags(line: &ServiceLine, newest: &NewestRatings) -> PublishedFlags {
    let has = |wanted: SafetyFact| line.safety.iter().any(|fact| fact.value == wanted);
    let denial = |fact: &SafetyFact| match fact {
        SafetyFact::PaymentDenial { from, until } => Some((*from, *until)),
        _ => None,
    };
    let worse = |measure: &SupportingMeasure| {
        let value = line.measures.get(measure).map(|fact| fact.value);
        value == Some(MeasureValue::Compared(NationalComparison::Worse))
    };
    let stars = line.measures.get(&SupportingMeasure::FamilyCaregiverStar).and_then(|fact| match fact.value {
        MeasureValue::Hundredths(hundredths) => u8::try_from(hundredths / 10).ok(),
        MeasureValue::Compared(_) => None,
    });
    PublishedFlags {
        rating_gap: line.rating_gap.as_ref().map(|fact| fact.value),
        old_rating: newest.is_old(line),
        worse_outcome: SupportingMeasure::ALL.iter().any(worse),
        family_stars: stars,
        abuse_icon: has(SafetyFact::AbuseIcon),
        special_focus: has(SafetyFact::SpecialFocus),
        not_in_newest_list: has(SafetyFact::NotInNewestList),
        payment_denial: line.safety.iter().filter_map(|fact| denial(&fact.value)).max_by_key(|(_, until)| *until),
        serves: line.serves.iter().fold(ServedGroups::default(), |groups, fact| groups.with(fact.value)),
    }
}

/// The flags as one number.
///
/// From the top: 16 bits each for the first and the last day of the denial of payment, 8 bits family caregiver stars, then from the
/// bottom 3 bits rating gap, five single bits and 4 bits of groups served.
pub(crate) fn pack(flags: PublishedFlags) -> u64 {
    let gap = match flags.rating_gap {
        None => 0,
        Some(RatingGap::Withheld) => 1,
        Some(RatingGap::TooNew) => 2,
        Some(RatingGap::TooSmall) => 3,
        Some(RatingGap::Unexplained) => 4,
    };
    let (from, until) = flags.payment_denial.map_or((0, 0), |(from, until)| (day_number(from), day_number(until)));
    let bits = [flags.old_rating, flags.worse_outcome, flags.abuse_icon, flags.special_focus, flags.not_in_newest_list];
    let bits = bits.iter().rev().fold(0, |bits, bit| bits << 1 | u64::from(*bit));
    u64::from(from) << 48
        | u64::from(until) << 32
        | u64::from(flags.family_stars.unwrap_or(NO_STARS)) << 24
        | u64::from(flags.serves.bits()) << 8
        | bits << 3
        | gap
}

/// The flags of a number that [`pack`] gave.
pub(crate) fn unpack(number: u64) -> PublishedFlags {
    let [low, serves, _, stars, until @ .., from_low, from_high] = number.to_le_bytes();
    let bit = |at: u8| low >> at & 1 == 1;
    let until = u16::from_le_bytes(until);
    PublishedFlags {
        rating_gap: match low & 7 {
            1 => Some(RatingGap::Withheld),
            2 => Some(RatingGap::TooNew),
            3 => Some(RatingGap::TooSmall),
            4 => Some(RatingGap::Unexplained),
            _ => None,
        },
        old_rating: bit(3),
        worse_outcome: bit(4),
        abuse_icon: bit(5),
        special_focus: bit(6),
        not_in_newest_list: bit(7),
        family_stars: (stars != NO_STARS).then_some(stars),
        payment_denial: (until != 0).then(|| (day(u16::from_le_bytes([from_low, from_high])), day(until))),
        serves: ServedGroups::from_bits(serves),
    }
}

/// Days since [`FIRST_DAY`], held within two bytes; 0 is no day.
fn day_number(day: Date) -> u16 {
    u16::try_from((day - FIRST_DAY).get_days().max(1)).unwrap_or(u16::MAX)
}

fn day(number: u16) -> Date {
    FIRST_DAY.saturating_add(i64::from(number).days())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Evidence, Fact};
    use crate::provider::quality::Rating;
    use crate::provider::safety::ServedGroup;
    use crate::service::Service;

    #[test]
    fn every_flag_is_unpacked_as_it_was_packed() {
        let none = PublishedFlags::default();
        let denial = (date(2026, 11, 1), date(2026, 12, 31));
        for flags in [
            none,
            PublishedFlags { rating_gap: Some(RatingGap::Withheld), special_focus: true, ..none },
            PublishedFlags { rating_gap: Some(RatingGap::TooNew), old_rating: true, ..none },
            PublishedFlags { rating_gap: Some(RatingGap::TooSmall), worse_outcome: true, ..none },
            PublishedFlags { rating_gap: Some(RatingGap::Unexplained), abuse_icon: true, ..none },
            PublishedFlags { not_in_newest_list: true, family_stars: Some(0), ..none },
            PublishedFlags { family_stars: Some(50), payment_denial: Some(denial), ..none },
            PublishedFlags { serves: ServedGroups::default().with(ServedGroup::Children), ..none },
            PublishedFlags {
                serves: ServedGroups::default().with(ServedGroup::Residents).with(ServedGroup::Veterans),
                payment_denial: Some(denial),
                old_rating: true,
                worse_outcome: true,
                abuse_icon: true,
                special_focus: true,
                not_in_newest_list: true,
                ..none
            },
        ] {
            assert_eq!(unpack(pack(flags)), flags);
        }
    }

    fn said<T>(value: T, day: Option<Date>) -> Fact<T> {
        Fact::new(value, Evidence::new("CMS", day))
    }

    fn rated(measure: QualityMeasure, day: Option<Date>) -> ServiceLine {
        let mut line = ServiceLine::without_facts(Service::SkilledNursing);
        line.rating = Some(said(Rating { measure, tenths: 40 }, day));
        line
    }

    #[test]
    fn a_rating_is_old_by_the_newest_of_its_own_measure() {
        use QualityMeasure::{DialysisFacility, NursingHomeOverall};
        let newest = NewestRatings([(NursingHomeOverall, date(2026, 11, 1)), (DialysisFacility, date(2024, 1, 1))].into());
        for (measure, day, is_old) in [
            (NursingHomeOverall, Some(date(2026, 1, 1)), false),
            (NursingHomeOverall, Some(date(2025, 5, 1)), false),
            (NursingHomeOverall, Some(date(2025, 4, 30)), true),
            (NursingHomeOverall, None, true),
            (DialysisFacility, Some(date(2023, 1, 1)), false),
        ] {
            assert_eq!(published_flags(&rated(measure, day), &newest).old_rating, is_old, "{measure:?} {day:?}");
        }
    }

    #[test]
    fn a_flag_is_up_where_a_fact_says_so_and_nowhere_else() {
        let mut line = ServiceLine::without_facts(Service::SkilledNursing);
        let flags = |line: &ServiceLine| published_flags(line, &NewestRatings::default());
        assert_eq!(flags(&line), PublishedFlags::default());
        let denial = |year| SafetyFact::PaymentDenial { from: date(year, 1, 1), until: date(year, 2, 1) };
        line.safety =
            [SafetyFact::SpecialFocusCandidate, denial(2024), denial(2026), denial(2025)].map(|fact| said(fact, None)).into();
        line.serves = [ServedGroup::Children, ServedGroup::Veterans].map(|group| said(group, None)).into();
        line.measures.insert(SupportingMeasure::FamilyCaregiverStar, said(MeasureValue::Hundredths(350), None));
        line.measures.insert(SupportingMeasure::Readmission, said(MeasureValue::Compared(NationalComparison::Worse), None));
        let better = MeasureValue::Compared(NationalComparison::Better);
        line.measures.insert(SupportingMeasure::CDifficile, said(better, None));
        let expected = PublishedFlags {
            worse_outcome: true,
            family_stars: Some(35),
            payment_denial: Some((date(2026, 1, 1), date(2026, 2, 1))),
            serves: ServedGroups::default().with(ServedGroup::Children).with(ServedGroup::Veterans),
            ..PublishedFlags::default()
        };
        assert_eq!(flags(&line), expected, "a candidate for special focus keeps its place");
        line.safety = [SafetyFact::SpecialFocus, SafetyFact::AbuseIcon, SafetyFact::NotInNewestList]
            .map(|fact| said(fact, None))
            .into();
        let flags = flags(&line);
        assert!(flags.special_focus && flags.abuse_icon && flags.not_in_newest_list && flags.payment_denial.is_none());
    }

    #[test]
    fn the_newest_day_of_each_measure_is_found_among_all() {
        let provider = |day| Provider {
            id: "ccn:425001".parse().unwrap(),
            ccn: None,
            npis: Vec::new(),
            name: said("Larkwater".to_owned(), None),
            address: None,
            phone: None,
            position: None,
            ownership: None,
            business: Vec::new(),
            suspected_exclusions: Vec::new(),
            lines: vec![rated(QualityMeasure::NursingHomeOverall, day)],
        };
        let providers = [Some(date(2025, 1, 1)), Some(date(2026, 1, 1)), None, Some(date(2024, 1, 1))].map(provider);
        let NewestRatings(newest) = NewestRatings::among(&providers);
        assert_eq!(newest, [(QualityMeasure::NursingHomeOverall, date(2026, 1, 1))].into());
    }
}
