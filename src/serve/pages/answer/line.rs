//! One line of the table: a match, ready to print.

use crate::discharge::Discharge;
use crate::evidence::{Evidence, Tristate};
use crate::matching::candidate::AreaMatch;
use crate::matching::report::{AcceptanceAnswer, Match, MatchAvailability, NetworkAnswer, NetworkStatus, ScorePart};
use crate::phrases;
use crate::profile::ScoreComponent;
use crate::serve::pages::answer::tiers::FitLabels;
use crate::service::DeliveryMode;

/// A match as the table prints it.
#[derive(Debug)]
pub(crate) struct MatchRow {
    /// Its place, from 1.
    pub rank: u32,
    /// How well it fits.
    pub fit: FitLabels,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it is and who owns it.
    pub kind: String,
    /// Miles, or whether it serves the ZIP.
    pub reach: String,
    /// Whether the plan covers it.
    pub network: SignedText,
    /// The needs and limits, by answer; and room, where the provider itself speaks of it.
    pub needs: Vec<SignedText>,
    /// Its telephone and the same as a link.
    pub phone: Option<(String, String)>,
    /// Its rating.
    pub rating: Option<(String, String)>,
    /// Why it stands where it stands.
    pub because: String,
    /// Points from 0 to 100.
    pub score: String,
    /// What to know before calling.
    pub notices: Vec<String>,
    /// Whether there is room.
    pub room: String,
    /// What became of referrals to it lately, where enough are known.
    pub outcomes: Option<String>,
    /// The parts of the score.
    pub parts: Vec<ScoreRow>,
    /// Each answer with who gave it.
    pub evidence: Vec<String>,
}

/// Something answered, in words and with a sign.
#[derive(Debug, Clone)]
pub(crate) struct SignedText {
    /// The class of its colour: yes, no, unknown; empty where nothing was asked.
    pub class: &'static str,
    /// A sign beside the word.
    pub sign: &'static str,
    /// The word.
    pub word: &'static str,
    /// What it is about.
    pub about: String,
    /// Who said so and when.
    pub by: Option<String>,
}

/// One part of a score.
#[derive(Debug)]
pub(crate) struct ScoreRow {
    /// The part.
    pub name: &'static str,
    /// Its points and the most it can give: "31.2 of 40".
    pub points: String,
    /// The reason.
    pub why: String,
}

impl MatchRow {
    /// `found` in the answer to `discharge`.
    pub(crate) fn of(found: &Match, discharge: &Discharge) -> Self {
        let provider = &found.provider;
        let rating = provider.line(discharge.service).and_then(|line| line.rating.as_ref());
        Self {
            rank: found.rank,
            fit: FitLabels::of(found.fit, discharge),
            id: provider.id.to_string(),
            name: provider.name.value.clone(),
            kind: kind(found, discharge),
            reach: reach(found, discharge),
            network: network(&found.network),
            needs: needs(&found.acceptance.answers).into_iter().chain(room_now(&found.availability)).collect(),
            phone: provider.phone.as_ref().map(|fact| (fact.value.to_string(), format!("tel:+1{:010}", fact.value.number()))),
            rating: rating.map(|fact| (phrases::rating(fact.value), phrases::dated(&fact.evidence))),
            because: found.because.clone(),
            score: format!("{:.1}", found.score.value()),
            notices: found.notices.iter().map(|notice| notice.text.clone()).collect(),
            room: room(&found.availability),
            outcomes: found.outcomes.map(phrases::outcomes),
            parts: found.parts.iter().map(part).collect(),
            evidence: evidence(found),
        }
    }
}

fn kind(found: &Match, discharge: &Discharge) -> String {
    let provider = &found.provider;
    let town = provider.address.as_ref().map(|fact| format!("{} {}", fact.value.city, fact.value.state));
    let owned = provider.ownership.as_ref().map(|fact| fact.value.clone());
    let parts = [Some(discharge.service.label().to_owned()), owned, town];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// "4.2", "serves 29401", "area not published".
pub(crate) fn reach(found: &Match, discharge: &Discharge) -> String {
    match (discharge.geography(), found.serves) {
        (DeliveryMode::PatientTravels, _) => found.distance.map_or_else(|| "not known".to_owned(), |miles| miles.to_string()),
        (DeliveryMode::ProviderComes, AreaMatch::Yes) => format!("serves {}", discharge.near.zip),
        (DeliveryMode::ProviderComes, AreaMatch::No | AreaMatch::NotPublished) => "area not published".to_owned(),
    }
}

/// Whether the plan covers it, in words and with a sign.
pub(crate) fn network(answer: &NetworkAnswer) -> SignedText {
    let (class, sign, word) = match answer.status {
        NetworkStatus::InNetwork => ("yes", "✓", "In network"),
        NetworkStatus::Unconfirmed => ("unknown", "?", "Unconfirmed"),
        NetworkStatus::PlanNotLoaded => ("unknown", "?", "Plan not loaded"),
        NetworkStatus::OutOfNetwork => ("no", "✕", "Out of network"),
        NetworkStatus::NotAsked => ("", "", "Not asked"),
    };
    SignedText {
        class,
        sign,
        word,
        about: phrases::network_detail(answer),
        by: answer.evidence.as_ref().map(Evidence::to_string),
    }
}

/// The needs and limits by their answers, the required ones first.
fn needs(answers: &[AcceptanceAnswer]) -> Vec<SignedText> {
    let groups = [
        (true, Tristate::Yes, "Yes"),
        (true, Tristate::Unknown, "Ask"),
        (true, Tristate::No, "No"),
        (false, Tristate::Yes, "Also, as preferred"),
        (false, Tristate::Unknown, "Preferred, ask"),
        (false, Tristate::No, "Preferred, no"),
    ];
    let said = groups.map(|(required, answer, word)| {
        let given = answers.iter().filter(|a| a.required == required && a.answer == answer);
        let about = given.map(|a| a.asked.label()).collect::<Vec<_>>().join(", ");
        let (class, sign) = signed(answer);
        SignedText { class, sign, word, about, by: None }
    });
    said.into_iter().filter(|said| !said.about.is_empty()).collect()
}

/// The class and the sign of an answer.
pub(crate) fn signed(answer: Tristate) -> (&'static str, &'static str) {
    match answer {
        Tristate::Yes => ("yes", "✓"),
        Tristate::No => ("no", "✕"),
        Tristate::Unknown => ("unknown", "?"),
    }
}

/// Room as the provider itself states it: a sign, and for which days.
fn room_now(availability: &MatchAvailability) -> Option<SignedText> {
    let (class, sign) = signed(availability.answer);
    let word = if availability.answer == Tristate::Yes { "Room" } else { "No room" };
    let by = availability.evidence.as_ref().map(Evidence::to_string);
    availability.days.map(|days| SignedText { class, sign, word, about: days.to_string(), by })
}

/// "Has room 22 Nov to 24 Nov, 2 beds (the provider's own statement, 2026-11-22; holds until 2026-11-24)."
fn room(availability: &MatchAvailability) -> String {
    let by = availability.evidence.as_ref().map(|by| format!(" ({by})")).unwrap_or_default();
    format!("{}{by}.", phrases::room(availability))
}

fn part(part: &ScorePart) -> ScoreRow {
    let name = match part.part {
        ScoreComponent::Closeness => "Closeness",
        ScoreComponent::Quality => "Quality",
        ScoreComponent::PreferredNeeds => "Preferred needs",
        ScoreComponent::Availability => "Room",
        ScoreComponent::Freshness => "Freshness of the evidence",
        ScoreComponent::Outcomes => "Referrals taken lately",
    };
    let most = part.weight.value() * 100.0;
    let unknown = if part.unknown { ", so the neutral value stands" } else { "" };
    ScoreRow { name, points: format!("{:.1} of {most:.0}", part.points.value()), why: format!("{}{unknown}", part.why) }
}

/// Every answer the place on the list rests on, with who gave it.
fn evidence(found: &Match) -> Vec<String> {
    let answers = found.acceptance.answers.iter().map(|answer| {
        let note = answer.note.as_ref().map(|note| format!(", {note}")).unwrap_or_default();
        let by = answer.evidence.as_ref().map_or_else(|| "nobody has said".to_owned(), Evidence::to_string);
        format!("{}: {}{note} ({by})", answer.asked.label(), answer.answer.code())
    });
    let listed = format!("Name, address and telephone ({})", found.provider.name_evidence());
    answers.chain([listed]).collect()
}
