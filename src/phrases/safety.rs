//! Safety notices and other notices in words.

use crate::discharge::{Discharge, Notice};
use crate::evidence::Fact;
use crate::matching::notices::safety_notices;
use crate::matching::report::Match;
use crate::provider::Provider;
use crate::provider::quality::RatingGap;
use crate::service::Service;
use crate::text::us_date::with_us_dates;

/// That a place is for some people only: shown with the safety notices.
const SERVES_SOME_ONLY: &str = "serves_some_only";

/// A notice with its dates as people write them.
pub(crate) fn notice(notice: &Notice) -> String {
    with_us_dates(&notice.text)
}

/// The notices on a match: first those that every surface shows in full, then the others.
pub(crate) fn notices_of<'a>(found: &'a Match, discharge: &Discharge) -> (Vec<&'a Notice>, Vec<&'a Notice>) {
    let safety = safety_of(&found.provider, discharge);
    found.notices.iter().partition(|notice| notice.code == SERVES_SOME_ONLY || safety.contains(notice))
}

/// The safety notices on a provider for the service and the date of `discharge`; none where it does not offer the service.
pub(crate) fn safety_of(provider: &Provider, discharge: &Discharge) -> Vec<Notice> {
    provider.line(discharge.service).map(|line| safety_notices(provider, line, discharge.on)).unwrap_or_default()
}

/// A safety notice as the few words of a row: "Cited for abuse", "3 fines in three years: $182,968". The sentence with its source is in
/// the details of the row.
pub(crate) fn safety_flag(notice: &Notice) -> String {
    let text = self::notice(notice);
    let sentence =
        text.rsplit_once(" (").filter(|(_, source)| source.ends_with(')')).map_or(&*text, |(sentence, _)| sentence);
    let is_number = matches!(notice.code, "fines" | "payment_denial" | "payment_denials" | "payment_denial_in_force");
    let words = if is_number { sentence } else { sentence.split([':', ';']).next().unwrap_or(sentence) };
    words.trim_end_matches('.').to_owned()
}

/// The safety notices in a few words, for counts, the gravest first. Being part of a retirement community is shown and not counted: it
/// says nothing about safety.
const SHORT: [(&str, &str); 13] = [
    ("special_focus_facility", "in the Special Focus Facility program"),
    ("rating_withheld", "with the star rating withheld or missing without a reason"),
    ("payment_denial_in_force", "with payment for new admissions denied now"),
    ("abuse_icon", "cited for abuse"),
    ("special_focus_candidate", "candidate for the Special Focus Facility program"),
    ("possible_exclusion", "to verify with OIG"),
    ("not_in_newest_list", "not in the newest CMS list"),
    ("payment_denial", "with a past payment denial"),
    ("payment_denials", "with a past payment denial"),
    ("fines", "fined in three years"),
    ("no_staffing_data", "without reliable staffing data"),
    ("no_registered_nurse", "with days without a registered nurse"),
    ("ownership_change", "with a change of ownership"),
];

/// A safety notice in a few words after a count: "cited for abuse". `None` for one that is not counted.
pub(crate) fn short_notice(code: &str) -> Option<&'static str> {
    SHORT.iter().find(|(known, _)| *known == code).map(|(_, words)| *words)
}

/// Where a short notice stands among the others, the gravest first.
pub(crate) fn gravity(short: &str) -> usize {
    SHORT.iter().position(|(_, words)| *words == short).unwrap_or(SHORT.len())
}

/// Why there is no rating, in the few words that fit a cell; `None` where there is one, or no source says why not.
pub(crate) fn rating_gap(provider: &Provider, service: Service) -> Option<(&'static str, &Fact<RatingGap>)> {
    let fact = provider.line(service)?.rating_gap.as_ref()?;
    let words = match fact.value {
        RatingGap::Withheld => "Withheld",
        RatingGap::TooNew => "Too new to rate",
        RatingGap::TooSmall => "Not enough data",
        RatingGap::Unexplained => "None, no reason given",
    };
    Some((words, fact))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::provider::safety::SafetyFact;

    #[test]
    fn a_flag_is_the_beginning_of_its_sentence_and_keeps_numbers() {
        for (code, text, flag) in [
            ("abuse_icon", "Cited for abuse: CMS shows its abuse icon. (CMS, 2026-11-01)", "Cited for abuse"),
            ("fines", "3 fines in three years: $182,968. (CMS, 2026-11-01)", "3 fines in three years: $182,968"),
            (
                "no_staffing_data",
                "It did not report reliable staffing data to CMS. (CMS)",
                "It did not report reliable staffing data to CMS",
            ),
            ("serves_some_only", "It is for children: ask whether it takes this patient. (x)", "It is for children"),
        ] {
            assert_eq!(safety_flag(&Notice { code, text: text.to_owned() }), flag);
        }
    }

    #[test]
    fn every_safety_fact_has_its_few_words() {
        let day = date(2026, 11, 1);
        for fact in [
            SafetyFact::SpecialFocus,
            SafetyFact::SpecialFocusCandidate,
            SafetyFact::AbuseIcon,
            SafetyFact::PaymentDenial { from: day, until: day },
            SafetyFact::PaymentDenials(2),
            SafetyFact::Fines { count: 1, dollars: 650 },
            SafetyFact::OwnershipChange,
            SafetyFact::NoStaffingData,
            SafetyFact::NoRegisteredNurse,
            SafetyFact::NotInNewestList,
        ] {
            assert!(short_notice(fact.code()).is_some(), "{fact:?}");
        }
        for code in ["rating_withheld", "payment_denial_in_force", "possible_exclusion"] {
            assert!(short_notice(code).is_some(), "{code}");
        }
    }
}
