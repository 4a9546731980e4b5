//! What was asked and what was found, in the words a case manager uses.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::catalog::manifest::Manifest;
use crate::coverage::Coverage;
use crate::discharge::Discharge;
use crate::evidence::{Evidence, Tristate};
use crate::languages;
use crate::matching::report::{
    AcceptanceAnswer, Exclusion, ExclusionReason, MatchAvailability, NetworkAnswer, NetworkStatus,
};
use crate::place::{Precision, ZipTable};
use crate::profile::Profile;
use crate::provider::{Provider, QualityMeasure, Rating, ReferralStats};
use crate::service::DeliveryMode;

/// What was asked, in one line: "Skilled nursing facility within 25 miles of 29401 Charleston SC · Original Medicare · IV antibiotics".
pub(crate) fn question(discharge: &Discharge) -> String {
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
    parts.extend(discharge.preferred.iter().map(|need| format!("preferably {}", need.label())));
    parts.extend(patient(discharge));
    if discharge.on != discharge.asked_on {
        parts.push(format!("on {}", discharge.on));
    }
    if discharge.profile != *Profile::standard() {
        parts.push(format!("weighed by {}", discharge.profile));
    }
    parts.join(" · ")
}

fn place(discharge: &Discharge) -> String {
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

fn coverage(coverage: Option<&Coverage>) -> String {
    match coverage {
        None => "no coverage given".to_owned(),
        Some(Coverage::Medicare) => "Original Medicare".to_owned(),
        Some(Coverage::Medicaid(state)) => format!("Medicaid of {state}"),
        Some(Coverage::SelfPay) => "the patient pays".to_owned(),
        Some(Coverage::Networks { name, .. }) => name.clone(),
    }
}

/// The age that stands for itself and every higher one (45 CFR 164.514(b)(2)(i)(C) asks that ages over 89 be told so).
const OLDEST: u32 = 90;

fn patient(discharge: &Discharge) -> Vec<String> {
    let patient = &discharge.patient;
    let facts = [
        patient.age.map(|age| format!("aged {age}{}", if age >= OLDEST { " or over" } else { "" })),
        patient.weight_lb.map(|weight| format!("{weight} lb")),
        patient.doses_a_day.map(|doses| format!("{doses} doses a day")),
        patient.sex.map(|sex| sex.code().to_owned()),
        (!patient.languages.is_empty()).then(|| format!("speaks {}", languages(&patient.languages))),
    ];
    facts.into_iter().flatten().collect()
}

/// Languages by their English names: "Spanish or Vietnamese".
fn languages(codes: &[String]) -> String {
    let names: Vec<&str> = codes.iter().map(|code| languages::name(code).unwrap_or(code)).collect();
    names.join(" or ")
}

/// Name and town of a provider.
pub(crate) fn name_and_town(provider: &Provider) -> String {
    let town = provider.address.as_ref().map(|fact| format!(", {} {}", fact.value.city, fact.value.state));
    format!("{}{}", provider.name.value, town.unwrap_or_default())
}

/// The phone of a provider, or that there is none.
pub(crate) fn phone(provider: &Provider) -> String {
    provider.phone.as_ref().map_or_else(|| "no phone".to_owned(), |fact| fact.value.to_string())
}

/// Whether the plan covers it, why, and as of when.
pub(crate) fn network(answer: &NetworkAnswer) -> String {
    let status = match answer.status {
        NetworkStatus::InNetwork => "in network",
        NetworkStatus::Unconfirmed => "network unconfirmed",
        NetworkStatus::PlanNotLoaded => "plan not loaded",
        NetworkStatus::OutOfNetwork => "out of network",
        NetworkStatus::NotAsked => return answer.why.clone(),
    };
    let dated = answer.evidence.as_ref().map(dated);
    let inside: Vec<String> = [network_detail(answer)].into_iter().chain(dated).collect();
    format!("{status} ({})", inside.join(", "))
}

/// Why the plan covers it or not, the network and on what terms; who said so aside.
pub(crate) fn network_detail(answer: &NetworkAnswer) -> String {
    let mut inside = vec![answer.why.clone()];
    inside.extend(answer.network.clone());
    inside.extend(answer.tier.as_ref().map(|tier| format!("tier {tier}")));
    inside.extend(answer.end.map(|end| format!("until {end}")));
    inside.join(", ")
}

/// Whether there is room: "Has room 22 Nov to 24 Nov, 2 beds".
pub(crate) fn room(availability: &MatchAvailability) -> String {
    match (availability.answer, availability.days) {
        (Tristate::Yes, Some(days)) => format!("Has room {days}"),
        (Tristate::No, Some(days)) => format!("Has no room {days}"),
        (Tristate::Yes, None) => "Takes new patients".to_owned(),
        (Tristate::No, None) => "Takes no new patients".to_owned(),
        (Tristate::Unknown, _) => "Nobody has said whether there is room".to_owned(),
    }
}

/// What became of referrals lately: "Took 4 of 6 asked in 90 days".
pub(crate) fn outcomes(outcomes: ReferralStats) -> String {
    let ReferralStats { took, asked, days } = outcomes;
    format!("Took {took} of {asked} asked in {days} days")
}

/// One thing that keeps a provider out, and who said so: "it has closed (CMS Provider Information, 2026-10-28)".
pub(crate) fn bar(bar: &Exclusion) -> String {
    let said = bar.evidence.as_ref().map(|by| format!(" ({by})")).unwrap_or_default();
    format!("{}{said}", bar.why)
}

/// The day of evidence, or that it has none.
pub(crate) fn dated(evidence: &Evidence) -> String {
    evidence.as_of.map_or_else(|| "undated".to_owned(), |day: Date| day.to_string())
}

/// The answers to what was asked, by name: "yes: IV antibiotics", "ask: Wound vac".
pub(crate) fn acceptance(answers: &[AcceptanceAnswer]) -> Vec<String> {
    let named = |answer: Tristate, required: bool| {
        let given = answers.iter().filter(move |a| a.answer == answer && a.required == required);
        given.map(|a| a.asked.label()).collect::<Vec<_>>().join(", ")
    };
    let groups = [
        ("yes", named(Tristate::Yes, true)),
        ("ask", named(Tristate::Unknown, true)),
        ("no", named(Tristate::No, true)),
        ("also", named(Tristate::Yes, false)),
        ("perhaps", named(Tristate::Unknown, false)),
        ("not", named(Tristate::No, false)),
    ];
    let worded = |(word, labels): (&str, String)| (!labels.is_empty()).then(|| format!("{word}: {labels}"));
    groups.into_iter().filter_map(worded).collect()
}

/// A rating with its scale: "4 of 5 stars".
pub(crate) fn rating(rating: Rating) -> String {
    let (_, top) = rating.measure.scale_tenths();
    match rating.measure {
        QualityMeasure::HospiceCareIndex => format!("Hospice Care Index {rating} of {}", top / 10),
        QualityMeasure::NursingHomeOverall | QualityMeasure::HomeHealthPatientCare | QualityMeasure::DialysisFacility => {
            format!("{rating} of {} stars", top / 10)
        }
    }
}

/// A reason with how many it keeps out: "6 decline Ventilator, long-term".
pub(crate) fn reason(reason: ExclusionReason, count: u32) -> String {
    let one = count == 1;
    let verb = |singular: &str, plural: &str| if one { singular.to_owned() } else { plural.to_owned() };
    let what = match reason {
        ExclusionReason::ExcludedByOig => verb("is", "are") + " excluded by the Office of Inspector General",
        ExclusionReason::NotCertified => verb("is", "are") + " no longer certified",
        ExclusionReason::Closed => verb("has", "have") + " closed",
        ExclusionReason::OutsideServiceArea => verb("does", "do") + " not serve the ZIP",
        ExclusionReason::TooFar => verb("is", "are") + " too far away",
        ExclusionReason::NoPosition => verb("has", "have") + " no known position",
        ExclusionReason::Declines(need) => verb("declines ", "decline ") + need.label(),
        ExclusionReason::Limit(limit) => {
            let label = limit.entry().map_or(limit.code(), |entry| entry.label.as_str());
            format!("by a limit: {}", label.to_lowercase())
        }
        ExclusionReason::Language => verb("speaks", "speak") + " none of the patient's languages",
        ExclusionReason::Sex => verb("takes", "take") + " the other sex only",
    };
    format!("{count} {what}")
}

/// How a directory is named below an answer: its id, its age, and whether it is invented.
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
    format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" })
}

/// `count` things: "1 provider", "2 providers".
pub(crate) fn counted(count: u64, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_the_largest_unit_that_fits() {
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
