//! One row of the table of matches.

use crate::discharge::Discharge;
use crate::evidence::Tristate;
use crate::matching::candidate::AreaMatch;
use crate::matching::report::{AcceptanceAnswer, Match, NetworkAnswer, NetworkStatus, ScorePart};
use crate::phrases;
use crate::profile::ScoreComponent;
use crate::serve::pages::answer::tiers::FitLabels;
use crate::service::DeliveryMode;
use crate::text::proper_case::proper_case;
use crate::text::us_date::us_date;

/// A match as the table prints it.
#[derive(Debug)]
pub(crate) struct MatchRow {
    /// Its rank, from 1.
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
    /// The needs and limits by answer, and availability where the provider states it.
    pub needs: Vec<SignedText>,
    /// Its phone number and the link to call it.
    pub phone: Option<(String, String)>,
    /// Its rating and the day of the rating.
    pub rating: Option<(String, String)>,
    /// The reason for its rank.
    pub because: String,
    /// Score from 0 to 100.
    pub score: String,
    /// What to know before calling.
    pub notices: Vec<String>,
    /// Availability in words.
    pub room: String,
    /// Recent referrals, where enough are known.
    pub outcomes: Option<String>,
    /// The parts of the score.
    pub parts: Vec<ScoreRow>,
    /// Each answer with its source.
    pub evidence: Vec<String>,
}

/// An answer in words and with a sign.
#[derive(Debug, Clone)]
pub(crate) struct SignedText {
    /// The class of its color: yes, no, unknown; empty if not asked.
    pub class: &'static str,
    /// The sign before the word.
    pub sign: &'static str,
    /// The word.
    pub word: &'static str,
    /// What it is about.
    pub about: String,
    /// Source and date.
    pub by: Option<String>,
}

/// One part of a score.
#[derive(Debug)]
pub(crate) struct ScoreRow {
    /// The part.
    pub name: &'static str,
    /// Its points and its maximum: "31.2 of 40".
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
            name: phrases::name(provider),
            kind: kind(found, discharge),
            reach: reach(found, discharge),
            network: network(&found.network),
            needs: needs(&found.acceptance.answers).into_iter().chain(room_now(found, discharge)).collect(),
            phone: provider.phone.as_ref().map(|fact| (fact.value.to_string(), format!("tel:+1{:010}", fact.value.number()))),
            rating: rating.map(|fact| (phrases::rating(fact.value), phrases::dated(&fact.evidence))),
            because: found.because.clone(),
            score: format!("{:.1}", found.score.value()),
            notices: found.notices.iter().map(|notice| notice.text.clone()).collect(),
            room: room(found, discharge),
            outcomes: found.outcomes.map(phrases::outcomes),
            parts: found.parts.iter().map(part).collect(),
            evidence: evidence(found),
        }
    }
}

fn kind(found: &Match, discharge: &Discharge) -> String {
    let provider = &found.provider;
    let town = provider.address.as_ref().map(|fact| phrases::town(&fact.value));
    let owned = provider.ownership.as_ref().map(|fact| proper_case(&fact.value));
    let parts = [Some(discharge.service.label().to_owned()), owned, town];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// "4.2", "serves 29401", "service area not reported".
pub(crate) fn reach(found: &Match, discharge: &Discharge) -> String {
    match (discharge.geography(), found.serves) {
        (DeliveryMode::PatientTravels, _) => {
            found.distance.map_or_else(|| "location unknown".to_owned(), |miles| miles.to_string())
        }
        (DeliveryMode::ProviderComes, AreaMatch::Yes) => format!("serves {}", discharge.near.zip),
        (DeliveryMode::ProviderComes, AreaMatch::No | AreaMatch::NotPublished) => "service area not reported".to_owned(),
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
        about: phrases::network_detail(answer, us_date),
        by: answer.evidence.as_ref().map(phrases::evidence),
    }
}

/// The needs and limits by answer, required ones first.
fn needs(answers: &[AcceptanceAnswer]) -> Vec<SignedText> {
    let groups = [
        (true, Tristate::Yes, "Yes"),
        (true, Tristate::Unknown, "Ask"),
        (true, Tristate::No, "No"),
        (false, Tristate::Yes, "Preferred, yes"),
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

/// Availability as the provider states it: a sign and the days.
fn room_now(found: &Match, discharge: &Discharge) -> Option<SignedText> {
    let availability = &found.availability;
    let (class, sign) = signed(availability.answer);
    let word = phrases::room_word(availability.answer == Tristate::Yes, discharge.service);
    let by = availability.evidence.as_ref().map(phrases::evidence);
    availability.days.map(|days| SignedText { class, sign, word, about: days.to_string(), by })
}

/// "Beds available Nov 22 to Nov 24, 2 beds (the provider's own statement, Nov 22, 2026; holds until Nov 24, 2026)."
fn room(found: &Match, discharge: &Discharge) -> String {
    let availability = &found.availability;
    let by = availability.evidence.as_ref().map(|by| format!(" ({})", phrases::evidence(by))).unwrap_or_default();
    format!("{}{by}.", phrases::room(availability, discharge.service))
}

fn part(part: &ScorePart) -> ScoreRow {
    let name = match part.part {
        ScoreComponent::Closeness => "Closeness",
        ScoreComponent::Quality => "Quality",
        ScoreComponent::PreferredNeeds => "Preferred needs",
        ScoreComponent::Availability => "Availability",
        ScoreComponent::Freshness => "Freshness of data",
        ScoreComponent::Outcomes => "Recent referrals accepted",
    };
    let most = part.weight.value() * 100.0;
    let unknown = if part.unknown { "; neutral value used" } else { "" };
    ScoreRow { name, points: format!("{:.1} of {most:.0}", part.points.value()), why: format!("{}{unknown}", part.why) }
}

/// Every answer that the rank is based on, with its source.
fn evidence(found: &Match) -> Vec<String> {
    let answers = found.acceptance.answers.iter().map(|answer| {
        let note = answer.note.as_ref().map(|note| format!(", {note}")).unwrap_or_default();
        let by = answer.evidence.as_ref().map_or_else(|| "not reported".to_owned(), phrases::evidence);
        format!("{}: {}{note} ({by})", answer.asked.label(), answer.answer.code())
    });
    let listed = format!("Name, address, and phone ({})", phrases::evidence(found.provider.name_evidence()));
    answers.chain([listed]).collect()
}
