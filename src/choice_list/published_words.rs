//! What official sources publish about the safety and the quality of a place, in the words of a list.

use jiff::civil::Date;

use crate::choice_list::translations::{Translations, fill};
use crate::evidence::Fact;
use crate::provider::ServiceLine;
use crate::provider::quality::{MeasureValue, NationalComparison, QualityMeasure, Rating, RatingGap, SupportingMeasure};
use crate::provider::safety::SafetyFact;
use crate::text::count_text::thousands;

impl Translations {
    /// The safety notices of a place: those of one day in one text, which ends with that day.
    pub(crate) fn safety_notices(&self, facts: &[Fact<SafetyFact>]) -> Vec<String> {
        let mut days: Vec<Option<Date>> = facts.iter().map(|fact| fact.evidence.as_of).collect();
        days.sort_unstable();
        days.dedup();
        let told = |day: &Option<Date>| {
            let of_day = facts.iter().filter(|fact| fact.evidence.as_of == *day);
            let notices = of_day.map(|fact| self.safety_notice(fact.value));
            let source = fill(&self.safety.source, &[("day", &self.as_of(*day))]);
            notices.chain([source]).collect::<Vec<_>>().join(" ")
        };
        days.iter().rev().map(told).collect()
    }

    fn safety_notice(&self, fact: SafetyFact) -> String {
        let words = &self.safety;
        match fact {
            SafetyFact::SpecialFocus => words.special_focus_facility.clone(),
            SafetyFact::SpecialFocusCandidate => words.special_focus_candidate.clone(),
            SafetyFact::AbuseIcon => words.abuse_icon.clone(),
            SafetyFact::PaymentDenial { from, until } => {
                fill(&words.payment_denial, &[("from", &self.day(from)), ("until", &self.day(until))])
            }
            SafetyFact::PaymentDenials(1) => words.payment_denials_one.clone(),
            SafetyFact::PaymentDenials(count) => fill(&words.payment_denials, &[("count", &count.to_string())]),
            SafetyFact::Fines { count: 1, dollars } => fill(&words.fines_one, &[("dollars", &thousands(dollars.into()))]),
            SafetyFact::Fines { count, dollars } => {
                fill(&words.fines, &[("count", &count.to_string()), ("dollars", &thousands(dollars.into()))])
            }
            SafetyFact::OwnershipChange => words.ownership_change.clone(),
            SafetyFact::NoStaffingData => words.no_staffing_data.clone(),
            SafetyFact::NoRegisteredNurse => words.no_registered_nurse.clone(),
            SafetyFact::RetirementCommunity => words.retirement_community.clone(),
            SafetyFact::NotInNewestList => words.not_in_newest_list.clone(),
        }
    }

    /// The quality and the resource use of a service line: stars or why it has none, then what else is
    /// measured.
    pub(crate) fn quality(&self, line: Option<&ServiceLine>) -> String {
        [self.stars(line), self.results(line)].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// The rating on a scale, or why there is none; `None` if the service is compared in words.
    fn stars(&self, line: Option<&ServiceLine>) -> Option<String> {
        let Some(fact) = line.and_then(|line| line.rating.as_ref()) else {
            let gap = line.and_then(|line| line.rating_gap.as_ref());
            return Some(gap.map_or_else(|| self.list.no_rating.clone(), |gap| self.rating_gap(gap)));
        };
        let measure = fact.value.measure;
        let pattern = match measure {
            QualityMeasure::HospiceCareIndex => &self.list.score,
            QualityMeasure::NursingHomeOverall | QualityMeasure::HomeHealthPatientCare | QualityMeasure::DialysisFacility => {
                &self.list.stars
            }
            QualityMeasure::DischargeToCommunity => return None,
        };
        let (_, top) = measure.scale_tenths();
        let values = [
            ("rating", &*fact.value.to_string()),
            ("top", &(top / 10).to_string()),
            ("measure", self.measure(measure)),
            ("day", &self.bare_day(fact.evidence.as_of)),
        ];
        let parts = line.into_iter().flat_map(|line| &line.measures).filter(|(measure, part)| is_part(fact, **measure, part));
        let parts = parts.map(|(measure, part)| self.published(*measure, part.value));
        Some([fill(pattern, &values)].into_iter().chain(parts).collect::<Vec<_>>().join(" "))
    }

    /// The results in words: those of one day in one text, which ends with that day. `None` if nothing
    /// is published.
    fn results(&self, line: Option<&ServiceLine>) -> Option<String> {
        let line = line?;
        let rating = line.rating.as_ref().filter(|fact| fact.value.measure == QualityMeasure::DischargeToCommunity);
        let community = rating.map(|fact| (fact.evidence.as_of, self.community(fact.value).to_owned()));
        let is_told = |measure, part| line.rating.as_ref().is_some_and(|rating| is_part(rating, measure, part));
        let others = line.measures.iter().filter(|(measure, fact)| !is_told(**measure, fact));
        let others = others.map(|(measure, fact)| (fact.evidence.as_of, self.published(*measure, fact.value)));
        let results: Vec<(Option<Date>, String)> = community.into_iter().chain(others).collect();
        let mut days: Vec<Option<Date>> = results.iter().map(|(day, _)| *day).collect();
        days.sort_unstable();
        days.dedup();
        let told = |day: &Option<Date>| {
            let of_day = results.iter().filter(|(of, _)| of == day).map(|(_, text)| text.clone());
            let source = fill(&self.published.source, &[("day", &self.bare_day(*day))]);
            of_day.chain([source]).collect::<Vec<_>>().join(" ")
        };
        let texts: Vec<String> = days.iter().rev().map(told).collect();
        (!texts.is_empty()).then(|| texts.join(" "))
    }

    fn published(&self, measure: SupportingMeasure, value: MeasureValue) -> String {
        let words = &self.published;
        let pattern = match measure {
            SupportingMeasure::Readmission => &words.readmission,
            SupportingMeasure::ReadmissionDuringStay => &words.readmission_during_stay,
            SupportingMeasure::UrinaryInfection => &words.urinary_infection,
            SupportingMeasure::BloodstreamInfection => &words.bloodstream_infection,
            SupportingMeasure::CDifficile => &words.c_difficile,
            SupportingMeasure::DischargeFunction => &words.discharge_function,
            SupportingMeasure::MedicareSpending => &words.medicare_spending,
            SupportingMeasure::FamilyCaregiverStar => &words.family_caregiver_star,
            SupportingMeasure::PatientSurveyStar => &words.patient_survey_star,
            SupportingMeasure::CommunityDischarge => &words.community_discharge,
            SupportingMeasure::InspectionStar => &words.inspection_star,
            SupportingMeasure::StaffingStar => &words.staffing_star,
            SupportingMeasure::ResultsStar => &words.results_star,
        };
        let value = match value {
            MeasureValue::Compared(NationalComparison::Better) => words.better.clone(),
            MeasureValue::Compared(NationalComparison::NoDifferent) => words.same.clone(),
            MeasureValue::Compared(NationalComparison::Worse) => words.worse.clone(),
            // "of 100 people" counts people.
            MeasureValue::Hundredths(hundredths) if measure == SupportingMeasure::DischargeFunction => {
                (hundredths.saturating_add(50) / 100).to_string()
            }
            MeasureValue::Hundredths(_) => value.to_string(),
        };
        fill(pattern, &[("value", &value)])
    }

    /// Why a place has no rating.
    fn rating_gap(&self, gap: &Fact<RatingGap>) -> String {
        let words = &self.ratings;
        let pattern = match gap.value {
            RatingGap::Withheld => &words.withheld,
            RatingGap::TooNew => &words.too_new,
            RatingGap::TooSmall => &words.too_small,
            RatingGap::Unexplained => &words.unexplained,
        };
        fill(pattern, &[("day", &self.as_of(gap.evidence.as_of))])
    }

    /// How often people get back home from a place, compared with most.
    fn community(&self, rating: Rating) -> &str {
        let words = &self.ratings;
        match rating.tenths {
            0 => &words.home_worse,
            10 => &words.home_better,
            _ => &words.home_same,
        }
    }

    /// "November 21, 2026", or that it has no date.
    fn bare_day(&self, day: Option<Date>) -> String {
        day.map_or_else(|| self.list.no_day.clone(), |day| self.day(day))
    }

    /// "as of November 21, 2026", or that it has no date.
    fn as_of(&self, day: Option<Date>) -> String {
        let dated = day.map(|day| fill(&self.list.of_day, &[("day", &self.day(day))]));
        dated.unwrap_or_else(|| self.list.no_day.clone())
    }
}

/// Whether a measure is a part of a star rating and as old, so that it stands beside the rating.
fn is_part(rating: &Fact<Rating>, measure: SupportingMeasure, part: &Fact<MeasureValue>) -> bool {
    SupportingMeasure::STAR_PARTS.contains(&measure)
        && rating.value.measure == QualityMeasure::NursingHomeOverall
        && rating.evidence.as_of == part.evidence.as_of
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::choice_list::language::Language;
    use crate::evidence::Evidence;
    use crate::service::Service;

    #[test]
    fn notices_of_one_day_stand_together_and_end_with_it() {
        let fact = |value, day| Fact::new(value, Evidence::new("CMS", day));
        let facts = [
            fact(SafetyFact::SpecialFocus, Some(date(2026, 10, 29))),
            fact(SafetyFact::PaymentDenials(2), Some(date(2026, 10, 29))),
            fact(SafetyFact::Fines { count: 4, dollars: 64_075 }, None),
        ];
        let told = Translations::of(Language::English).safety_notices(&facts);
        assert!(told[0].ends_with("as of October 29, 2026.") && told[0].contains("2 times"), "{told:?}");
        assert!(told[1].contains("64,075") && told[1].ends_with("with no date."), "{told:?}");
        assert_eq!(told.len(), 2);
        for language in [Language::English, Language::Spanish] {
            let gap = Fact::new(RatingGap::Withheld, Evidence::new("CMS", Some(date(2026, 10, 29))));
            assert!(Translations::of(language).rating_gap(&gap).contains("2026"), "{language:?}");
        }
    }

    #[test]
    fn quality_and_resource_use_stand_together_with_their_day() {
        let evidence = || Evidence::new("CMS", Some(date(2026, 11, 1)));
        let mut line = ServiceLine::without_facts(Service::LongTermAcute);
        let words = Translations::of(Language::English);
        assert_eq!(words.results(Some(&line)), None, "nothing published is silence");
        for measure in SupportingMeasure::ALL {
            let value = match measure {
                SupportingMeasure::MedicareSpending => MeasureValue::Hundredths(98),
                SupportingMeasure::DischargeFunction => MeasureValue::Hundredths(6104),
                SupportingMeasure::FamilyCaregiverStar
                | SupportingMeasure::PatientSurveyStar
                | SupportingMeasure::InspectionStar
                | SupportingMeasure::StaffingStar
                | SupportingMeasure::ResultsStar => MeasureValue::Hundredths(400),
                _ => MeasureValue::Compared(NationalComparison::Better),
            };
            line.measures.insert(measure, Fact::new(value, evidence()));
        }
        for (language, spending, day) in [
            (Language::English, "Medicare spending: 0.98.", "(November 1, 2026)."),
            (Language::Spanish, "Gasto de Medicare: 0.98.", "(1 de noviembre de 2026)."),
        ] {
            let told = Translations::of(language).quality(Some(&line));
            assert!(
                told.contains(spending) && told.contains("61") && !told.contains("61.04") && told.ends_with(day),
                "{told}"
            );
            assert_eq!(told.matches(&Translations::of(language).published.better).count(), 6, "{told}");
        }
    }

    #[test]
    fn the_parts_of_stars_stand_beside_them_if_they_are_as_old() {
        let said = |day| Evidence::new("CMS", Some(day));
        let (today, earlier) = (date(2026, 11, 1), date(2026, 8, 1));
        let mut line = ServiceLine::without_facts(Service::SkilledNursing);
        line.rating = Some(Fact::new(Rating { measure: QualityMeasure::NursingHomeOverall, tenths: 40 }, said(today)));
        line.measures.insert(SupportingMeasure::InspectionStar, Fact::new(MeasureValue::Hundredths(300), said(today)));
        line.measures.insert(SupportingMeasure::StaffingStar, Fact::new(MeasureValue::Hundredths(200), said(earlier)));
        let told = Translations::of(Language::English).quality(Some(&line));
        let at = |text: &str| told.find(text).unwrap_or_else(|| panic!("{text}: {told}"));
        assert!(at("4 of 5 stars") < at("Inspections: 3 of 5."), "{told}");
        assert!(at("Inspections: 3 of 5.") < at("Staff: 2 of 5. Medicare (August 1, 2026)."), "{told}");
    }
}
