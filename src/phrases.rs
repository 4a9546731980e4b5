//! Questions and answers in the words of a case manager, for pages and the terminal. Machine formats do not use these.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::catalog::manifest::Manifest;
use crate::coverage::Coverage;
use crate::discharge::Discharge;
use crate::discharge::request::OLDEST_AGE;
use crate::evidence::{Evidence, Tristate};
use crate::languages;
use crate::matching::freshness::{FactKind, is_old};
use crate::matching::report::{
    AcceptanceAnswer, Exclusion, ExclusionReason, FitTier, Match, MatchAvailability, NetworkAnswer, NetworkStatus,
    PlanMembership,
};
use crate::matching::requirement::Requirement;
use crate::place::{Precision, ZipTable};
use crate::profile::Profile;
use crate::provider::quality::{QualityMeasure, Rating};
use crate::provider::safety::ServedGroup;
use crate::provider::{Address, Provider};
use crate::service::{DeliveryMode, Limit, Service};
use crate::text::count_text::counted;
use crate::text::proper_case::proper_case;
use crate::text::us_date::us_date;

pub(crate) mod likelihood;
pub(crate) mod safety;
pub(crate) mod service_plan;
pub(crate) mod tiers;

/// How a date is written: [`us_date`] for people, [`iso_date`] in the cells of an export.
pub(crate) type DateFormat = fn(Date) -> String;

/// "2026-11-23".
pub(crate) fn iso_date(day: Date) -> String {
    day.to_string()
}

/// The question in one line: "Skilled nursing facility within 25 miles of 29401 Charleston SC · Original Medicare · IV antibiotics".
pub(crate) fn question(discharge: &Discharge) -> String {
    question_dated(discharge, us_date)
}

/// [`question`] with its date in the form `date`.
pub(crate) fn question_dated(discharge: &Discharge, date: DateFormat) -> String {
    let place = place(discharge);
    let reach = match (discharge.geography(), discharge.within) {
        (DeliveryMode::PatientTravels, Some(miles)) => {
            let unit = if (miles.value() - 1.0).abs() < f64::EPSILON { "mile" } else { "miles" };
            format!("within {} {unit} of {place}", miles.value())
        }
        (DeliveryMode::PatientTravels | DeliveryMode::ProviderComes, _) => format!("for {place}"),
    };
    let mut parts = vec![format!("{} {reach}", discharge.service.label()), coverage(discharge.coverage.as_ref())];
    parts.extend(discharge.required.iter().map(|need| need.label().to_owned()));
    parts.extend(discharge.preferred.iter().map(|need| format!("preferred: {}", need.label())));
    parts.extend(patient_facts(discharge).into_iter().map(|(_, says)| says));
    if discharge.on != discharge.asked_on {
        parts.push(format!("discharge {}", date(discharge.on)));
    }
    if discharge.profile != *Profile::standard() {
        parts.push(format!("ranked by profile {}", discharge.profile));
    }
    parts.join(" · ")
}

/// Where care is needed: "64108 Kansas City MO".
pub(crate) fn place(discharge: &Discharge) -> String {
    let near = &discharge.near;
    let city = ZipTable::curated().get(near.zip).map(|place| format!(" {} {}", place.city, place.state));
    let zip = format!("{}{}", near.zip, city.unwrap_or_default());
    match near.precision {
        Precision::Zip | Precision::City => zip,
        Precision::Address | Precision::Approximate => {
            format!("{}, {} ({zip})", near.point.latitude(), near.point.longitude())
        }
    }
}

/// Who pays.
pub(crate) fn coverage(coverage: Option<&Coverage>) -> String {
    match coverage {
        None => "Insurance not specified".to_owned(),
        Some(Coverage::Medicare) => "Original Medicare".to_owned(),
        Some(Coverage::Medicaid(state)) => format!("{} Medicaid", state.name()),
        Some(Coverage::SelfPay) => "Self-pay".to_owned(),
        Some(Coverage::Networks { name, .. } | Coverage::UnknownPlan { name }) => name.clone(),
    }
}

/// The facts of the patient in words, each with the name of its field.
pub(crate) fn patient_facts(discharge: &Discharge) -> Vec<(&'static str, String)> {
    let patient = &discharge.patient;
    let age = patient.age.map(|age| format!("age {age}{}", if age >= OLDEST_AGE { " or older" } else { "" }));
    let doses = patient.doses_a_day.map(|doses| format!("{doses} IV {} per day", if doses == 1 { "dose" } else { "doses" }));
    let facts = [
        ("age", age),
        ("weight_lb", patient.weight_lb.map(|weight| format!("{weight} lb"))),
        ("doses_a_day", doses),
        (
            "start_within_hours",
            patient.start_within_hours.map(|hours| format!("care within {}", counted(hours.into(), "hour"))),
        ),
        ("drug_cost_a_day", patient.drug_cost_a_day.map(|dollars| format!("medications ${dollars} a day"))),
        ("sex", patient.sex.map(|sex| sex.code().to_owned())),
        ("language", (!patient.languages.is_empty()).then(|| format!("speaks {}", languages(&patient.languages)))),
    ];
    let groups = patient.eligible.iter().map(|group| ("eligible", belongs_to(*group).to_owned()));
    facts.into_iter().filter_map(|(field, says)| Some((field, says?))).chain(groups).collect()
}

/// What a patient of a group is.
pub(crate) fn belongs_to(group: ServedGroup) -> &'static str {
    match group {
        ServedGroup::Children => "child",
        ServedGroup::Veterans => "veteran",
        ServedGroup::Religious => "member of a religious order",
        ServedGroup::Residents => "lives in the community",
    }
}

/// Languages by their English names: "Spanish or Vietnamese".
fn languages(codes: &[String]) -> String {
    let names: Vec<&str> = codes.iter().map(|code| languages::name(code).unwrap_or(code)).collect();
    names.join(" or ")
}

/// The name of a provider, never in capitals alone.
pub(crate) fn name(provider: &Provider) -> String {
    proper_case(&provider.name.value)
}

/// "Kansas City MO".
pub(crate) fn town(address: &Address) -> String {
    let state = address.state.map(|state| state.to_string());
    [Some(proper_case(&address.city)).filter(|city| !city.is_empty()), state]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}

/// "1200 Main St, Kansas City, MO 64108".
pub(crate) fn address(address: &Address) -> String {
    Address { street: proper_case(&address.street), city: proper_case(&address.city), ..address.clone() }.to_string()
}

/// Name and town of a provider.
pub(crate) fn name_and_town(provider: &Provider) -> String {
    let town = provider.address.as_ref().map(|fact| format!(", {}", town(&fact.value)));
    format!("{}{}", name(provider), town.unwrap_or_default())
}

/// The phone of a provider, or that there is none.
pub(crate) fn phone(provider: &Provider) -> String {
    provider.phone.as_ref().map_or_else(|| "no phone".to_owned(), |fact| fact.value.to_string())
}

/// Source and date: "CMS Home Health Care Agencies, Oct 28, 2026", with the last day that it holds where the source sets one.
pub(crate) fn evidence(evidence: &Evidence) -> String {
    let until = evidence.holds_until.map(|day| format!("; holds until {}", us_date(day))).unwrap_or_default();
    format!("{}, {}{until}", evidence.source, dated(evidence))
}

/// Whether the plan covers it, why, and as of when.
pub(crate) fn network(answer: &NetworkAnswer) -> String {
    network_dated(answer, us_date)
}

/// [`network`] with its dates in the form `date`.
pub(crate) fn network_dated(answer: &NetworkAnswer, date: DateFormat) -> String {
    let day = answer.evidence.as_ref().map(|evidence| match evidence.as_of {
        Some(day) => format!("as of {}", date(day)),
        None => "undated".to_owned(),
    });
    let detail = match answer.status {
        NetworkStatus::NotAsked => return answer.why.clone(),
        // What a program certifies is said whole: "Medicare-certified".
        NetworkStatus::Certified | NetworkStatus::NotCertified => {
            let day = day.map(|day| format!(" ({day})")).unwrap_or_default();
            return format!("{}{day}", answer.why);
        }
        _ => network_detail(answer, date),
    };
    let day = day.map(|day| format!("; {day}")).unwrap_or_default();
    format!("{} ({detail}{day})", network_status(answer.status))
}

fn network_status(status: NetworkStatus) -> &'static str {
    match status {
        NetworkStatus::InNetwork => "in network",
        NetworkStatus::Certified => "certified",
        NetworkStatus::NotCertified => "not certified",
        NetworkStatus::Unconfirmed => "coverage unconfirmed",
        NetworkStatus::PlanNotLoaded => "plan not loaded",
        NetworkStatus::OutOfNetwork => "out of network",
        NetworkStatus::NotAsked => "not asked",
    }
}

/// Why the plan covers it or not, the network, and its terms; without the source.
pub(crate) fn network_detail(answer: &NetworkAnswer, date: DateFormat) -> String {
    let mut inside = vec![answer.why.clone()];
    inside.extend(answer.network.clone());
    inside.extend(answer.tier.as_ref().map(|tier| format!("tier {tier}")));
    inside.extend(answer.end.map(|end| format!("until {}", date(end))));
    inside.join(", ")
}

/// What availability is called for `service`: beds where the patient stays overnight, otherwise openings.
pub(crate) fn room_label(service: Service) -> &'static str {
    if has_beds(service) { "Bed availability" } else { "Availability" }
}

/// Whether a patient of the service sleeps there.
pub(crate) fn has_beds(service: Service) -> bool {
    service.geography() == DeliveryMode::PatientTravels && service != Service::Dialysis
}

/// Whether `service` has room.
pub(crate) fn room_word(has_room: bool, service: Service) -> &'static str {
    match (has_room, has_beds(service)) {
        (true, true) => "Beds available",
        (true, false) => "Openings available",
        (false, true) => "No beds available",
        (false, false) => "No openings available",
    }
}

/// The last day without room, and the first day after it: "No room through Dec 10, 2026". `None` where no day is stated.
pub(crate) fn no_room_through(room_from: Option<Date>) -> Option<String> {
    let last = room_from?.yesterday().ok()?;
    Some(format!("No room through {}", us_date(last)))
}

/// What a match states of its room: "No room through Dec 10, 2026", "Beds available"; `None` where nobody has said.
pub(crate) fn stated_room(found: &Match, service: Service) -> Option<String> {
    let availability = &found.availability;
    let full = no_room_through(availability.room_from);
    // Only what the provider itself states makes it ready or full.
    let own = match found.fit {
        FitTier::Ready => Some(true),
        FitTier::NoRoom => Some(false),
        _ => None,
    };
    let own = own.filter(|_| availability.days.is_none()).map(|has_room| room_word(has_room, service).to_owned());
    full.or(own).or_else(|| (availability.answer != Tristate::Unknown).then(|| room(availability, service)))
}

/// Availability of a line of `service`: "Beds available Nov 22 to Nov 24, 2 beds".
pub(crate) fn room(availability: &MatchAvailability, service: Service) -> String {
    match (availability.answer, availability.days) {
        (Tristate::Yes, Some(days)) => format!("{} {days}", room_word(true, service)),
        (Tristate::No, Some(days)) => format!("{} {days}", room_word(false, service)),
        (Tristate::Yes, None) => "Accepts new patients".to_owned(),
        (Tristate::No, None) => "Does not accept new patients".to_owned(),
        (Tristate::Unknown, _) => format!("{} not reported", room_label(service)),
    }
}

/// Why a provider is excluded, with the source: "it has closed (CMS Provider Information, Oct 28, 2026)".
pub(crate) fn bar(bar: &Exclusion) -> String {
    let by = bar.evidence.as_ref().map(|by| format!(" ({})", evidence(by))).unwrap_or_default();
    format!("{}{by}", bar.why)
}

/// Every network of a plan that lists a provider, where more than one does: "Choice Core, tier 1: in network, until Dec 31, 2026 (payer
/// roster, Nov 15, 2026)".
pub(crate) fn memberships(answer: &NetworkAnswer) -> Vec<String> {
    let membership = |membership: &PlanMembership| {
        let tier = membership.tier.as_ref().map(|tier| format!(", tier {tier}")).unwrap_or_default();
        let dates = [membership.begin.map(|day| ("from", day)), membership.end.map(|day| ("until", day))];
        let dates: Vec<String> =
            dates.into_iter().flatten().map(|(word, day)| format!(", {word} {}", us_date(day))).collect();
        let dates = dates.concat();
        let new = if membership.new_patients == Tristate::No { ", takes no new patients" } else { "" };
        let status = network_status(membership.status);
        format!("{}{tier}: {status}{dates}{new} ({})", membership.network, evidence(&membership.evidence))
    };
    answer.memberships.iter().map(membership).collect()
}

/// The mark beside a fact that is older than usual for its kind; empty where it is not.
pub(crate) fn old_mark(kind: FactKind, evidence: Option<&Evidence>, today: Date) -> &'static str {
    let day = evidence.and_then(|evidence| evidence.as_of);
    if day.is_some_and(|day| is_old(kind, day, today)) { "old: confirm by phone" } else { "" }
}

/// `words` about a fact, with [`old_mark`] after a comma where there is one.
pub(crate) fn with_old_mark(words: String, kind: FactKind, evidence: Option<&Evidence>, today: Date) -> String {
    match old_mark(kind, evidence, today) {
        "" => words,
        mark => format!("{words}, {mark}"),
    }
}

/// The day of evidence, or that it has none.
pub(crate) fn dated(evidence: &Evidence) -> String {
    evidence.as_of.map_or_else(|| "undated".to_owned(), us_date)
}

/// The needs by answer: "yes: IV antibiotics", "ask: Wound vac".
pub(crate) fn acceptance(answers: &[AcceptanceAnswer]) -> Vec<String> {
    let named = |answer: Tristate, required: bool| {
        let given = answers.iter().filter(move |a| a.answer == answer && a.required == required);
        given.map(|a| name_requirement(a.asked)).collect::<Vec<_>>().join(", ")
    };
    let groups = [
        ("yes", named(Tristate::Yes, true)),
        ("ask", named(Tristate::Unknown, true)),
        ("no", named(Tristate::No, true)),
        ("preferred, yes", named(Tristate::Yes, false)),
        ("preferred, ask", named(Tristate::Unknown, false)),
        ("preferred, no", named(Tristate::No, false)),
    ];
    let worded = |(word, labels): (&str, String)| (!labels.is_empty()).then(|| format!("{word}: {labels}"));
    groups.into_iter().filter_map(worded).collect()
}

/// What was asked: the label of a need, and of a limit the number of the patient that it bounds.
fn name_requirement(asked: Requirement) -> &'static str {
    match asked {
        Requirement::Limit(Limit::MinAge | Limit::MaxAge) => "the patient's age",
        Requirement::Limit(Limit::MaxWeight) => "the patient's weight",
        _ => asked.label(),
    }
}

/// A rating with its scale: "4 of 5 stars".
pub(crate) fn rating(rating: Rating) -> String {
    rating.in_words()
}

/// Discharge to community in the width of a cell, in the words of a department: "Home: better". `None` for ratings that are short.
pub(crate) fn short_rating(rating: Rating) -> Option<&'static str> {
    match (rating.measure, rating.tenths) {
        (QualityMeasure::DischargeToCommunity, 0) => Some("Home: worse"),
        (QualityMeasure::DischargeToCommunity, 10) => Some("Home: better"),
        (QualityMeasure::DischargeToCommunity, _) => Some("Home: average"),
        _ => None,
    }
}

/// A reason with the number of providers it excludes: "6 decline Ventilator, long-term".
pub(crate) fn reason(reason: ExclusionReason, count: u32) -> String {
    let one = count == 1;
    let verb = |singular: &str, plural: &str| if one { singular.to_owned() } else { plural.to_owned() };
    let what = match reason {
        ExclusionReason::ExcludedByOig => verb("is", "are") + " excluded by the Office of Inspector General",
        ExclusionReason::NotCertified => verb("is", "are") + " no longer certified",
        ExclusionReason::Closed => verb("has", "have") + " closed",
        ExclusionReason::OutsideServiceArea => verb("does", "do") + " not serve the ZIP",
        ExclusionReason::TooFar => verb("is", "are") + " outside the search radius",
        ExclusionReason::NoPosition => "with location unknown".to_owned(),
        ExclusionReason::Declines(need) => verb("declines ", "decline ") + need.label(),
        ExclusionReason::Limit(limit) => {
            let label = limit.entry().map_or(limit.code(), |entry| entry.label.as_str());
            format!("excluded by a limit: {}", label.to_lowercase())
        }
        ExclusionReason::Language => verb("speaks", "speak") + " none of the patient's languages",
        ExclusionReason::Sex => verb("accepts", "accept") + " the other sex only",
        ExclusionReason::StartOfCare => verb("starts", "start") + " care later than needed",
    };
    format!("{count} {what}")
}

/// The directory that an answer comes from: its id, its age, and whether it is synthetic.
pub(crate) fn directory(manifest: &Manifest, now: Timestamp) -> String {
    let synthetic = if manifest.synthetic { ", synthetic" } else { "" };
    format!("directory {}, built {}{synthetic}", manifest.generation, ago(now.duration_since(manifest.built_at)))
}

/// How old a directory is: "Directory built 6 hours ago".
pub(crate) fn built(manifest: &Manifest, now: Timestamp) -> String {
    format!("Directory built {}", ago(now.duration_since(manifest.built_at)))
}

/// An age in the largest unit that fits: "6 hours ago".
fn ago(age: SignedDuration) -> String {
    let minutes = age.as_mins();
    let (count, unit) = match minutes {
        ..1 => return "just now".to_owned(),
        1..60 => (minutes, "minute"),
        60..2880 => (minutes / 60, "hour"),
        _ => (minutes / 1440, "day"),
    };
    format!("{} ago", counted(count.unsigned_abs(), unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_use_the_largest_unit_that_fits() {
        for (minutes, words) in [
            (-5, "just now"),
            (0, "just now"),
            (1, "1 minute ago"),
            (61, "1 hour ago"),
            (2000, "33 hours ago"),
            (2880, "2 days ago"),
        ] {
            assert_eq!(ago(SignedDuration::from_mins(minutes)), words);
        }
    }

    #[test]
    fn reasons_agree_in_number() {
        let ventilator = ExclusionReason::Declines("resp.vent".parse().unwrap());
        assert_eq!(reason(ventilator, 1), "1 declines Ventilator, long-term");
        assert_eq!(reason(ventilator, 6), "6 decline Ventilator, long-term");
        assert_eq!(reason(ExclusionReason::Closed, 1), "1 has closed");
    }
}
