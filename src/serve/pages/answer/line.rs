//! One line of the table: a match, ready to print.

use super::fit::FitWords;
use crate::care::Geography;
use crate::discharge::Discharge;
use crate::evidence::{Answer, Evidence};
use crate::matching::network::Status;
use crate::matching::report::{AcceptanceAnswer, Match, NetworkAnswer, ScorePart};
use crate::matching::{Serves, report::Availability};
use crate::profile::Part;
use crate::words;

/// A match as the table prints it.
#[derive(Debug)]
pub struct Line {
    /// Its place, from 1.
    pub rank: u32,
    /// How well it fits.
    pub fit: FitWords,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it is and who owns it.
    pub kind: String,
    /// Miles, or whether it serves the ZIP.
    pub reach: String,
    /// Whether the plan covers it.
    pub network: Said,
    /// The needs and limits, by answer; and room, where the provider itself speaks of it.
    pub needs: Vec<Said>,
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
    pub parts: Vec<PartLine>,
    /// Each answer with who gave it.
    pub evidence: Vec<String>,
}

/// Something answered, in words and with a sign.
#[derive(Debug, Clone)]
pub struct Said {
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
pub struct PartLine {
    /// The part.
    pub name: &'static str,
    /// Its points and the most it can give: "31.2 of 40".
    pub points: String,
    /// The reason.
    pub why: String,
}

impl Line {
    /// `found` in the answer to `discharge`.
    pub fn of(found: &Match, discharge: &Discharge) -> Self {
        let provider = &found.provider;
        let rating = provider.line(discharge.service).and_then(|line| line.rating.as_ref());
        Self {
            rank: found.rank,
            fit: FitWords::of(found.fit, discharge),
            id: provider.id.to_string(),
            name: provider.name.value.clone(),
            kind: kind(found, discharge),
            reach: reach(found, discharge),
            network: network(&found.network),
            needs: needs(&found.acceptance.answers).into_iter().chain(room_now(&found.availability)).collect(),
            phone: provider
                .phone
                .as_ref()
                .map(|fact| (fact.value.to_string(), format!("tel:+1{:010}", fact.value.number()))),
            rating: rating.map(|fact| (words::rating(fact.value), words::dated(&fact.evidence))),
            because: found.because.clone(),
            score: format!("{:.1}", found.score.value()),
            notices: found.notices.iter().map(|notice| notice.text.clone()).collect(),
            room: room(&found.availability),
            outcomes: found.outcomes.map(words::outcomes),
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
pub fn reach(found: &Match, discharge: &Discharge) -> String {
    match (discharge.geography(), found.serves) {
        (Geography::PatientTravels, _) => {
            found.distance.map_or_else(|| "not known".to_owned(), |miles| miles.to_string())
        }
        (Geography::ProviderComes, Serves::Yes) => format!("serves {}", discharge.near.zip),
        (Geography::ProviderComes, Serves::No | Serves::NotPublished) => "area not published".to_owned(),
    }
}

/// Whether the plan covers it, in words and with a sign.
pub fn network(answer: &NetworkAnswer) -> Said {
    let (class, sign, word) = match answer.status {
        Status::InNetwork => ("yes", "✓", "In network"),
        Status::Unconfirmed => ("unknown", "?", "Unconfirmed"),
        Status::PlanNotLoaded => ("unknown", "?", "Plan not loaded"),
        Status::OutOfNetwork => ("no", "✕", "Out of network"),
        Status::NotAsked => ("", "", "Not asked"),
    };
    Said {
        class,
        sign,
        word,
        about: words::network_detail(answer),
        by: answer.evidence.as_ref().map(Evidence::to_string),
    }
}

/// The needs and limits by their answers, the required ones first.
fn needs(answers: &[AcceptanceAnswer]) -> Vec<Said> {
    let groups = [
        (true, Answer::Yes, "Yes"),
        (true, Answer::Unknown, "Ask"),
        (true, Answer::No, "No"),
        (false, Answer::Yes, "Also, as preferred"),
        (false, Answer::Unknown, "Preferred, ask"),
        (false, Answer::No, "Preferred, no"),
    ];
    let said = groups.map(|(required, answer, word)| {
        let given = answers.iter().filter(|a| a.required == required && a.answer == answer);
        let about = given.map(|a| a.asked.label()).collect::<Vec<_>>().join(", ");
        let (class, sign) = signed(answer);
        Said { class, sign, word, about, by: None }
    });
    said.into_iter().filter(|said| !said.about.is_empty()).collect()
}

/// The class and the sign of an answer.
pub fn signed(answer: Answer) -> (&'static str, &'static str) {
    match answer {
        Answer::Yes => ("yes", "✓"),
        Answer::No => ("no", "✕"),
        Answer::Unknown => ("unknown", "?"),
    }
}

/// Room as the provider itself states it: a sign, and for which days.
fn room_now(availability: &Availability) -> Option<Said> {
    let (class, sign) = signed(availability.answer);
    let word = if availability.answer == Answer::Yes { "Room" } else { "No room" };
    let by = availability.evidence.as_ref().map(Evidence::to_string);
    availability.days.map(|days| Said { class, sign, word, about: days.to_string(), by })
}

/// "Has room 22 Nov to 24 Nov, 2 beds (the provider's own statement, 2026-11-22; holds until 2026-11-24)."
fn room(availability: &Availability) -> String {
    let by = availability.evidence.as_ref().map(|by| format!(" ({by})")).unwrap_or_default();
    format!("{}{by}.", words::room(availability))
}

fn part(part: &ScorePart) -> PartLine {
    let name = match part.part {
        Part::Closeness => "Closeness",
        Part::Quality => "Quality",
        Part::PreferredNeeds => "Preferred needs",
        Part::Availability => "Room",
        Part::Freshness => "Freshness of the evidence",
        Part::Outcomes => "Referrals taken lately",
    };
    let most = part.weight.value() * 100.0;
    let unknown = if part.unknown { ", so the neutral value stands" } else { "" };
    PartLine { name, points: format!("{:.1} of {most:.0}", part.points.value()), why: format!("{}{unknown}", part.why) }
}

/// Every answer the place on the list rests on, with who gave it.
fn evidence(found: &Match) -> Vec<String> {
    let answers = found.acceptance.answers.iter().map(|answer| {
        let note = answer.note.as_ref().map(|note| format!(", {note}")).unwrap_or_default();
        let by = answer.evidence.as_ref().map_or_else(|| "nobody has said".to_owned(), Evidence::to_string);
        format!("{}: {}{note} ({by})", answer.asked.label(), answer.answer.code())
    });
    let listed = format!("Name, address and telephone ({})", found.provider.listed());
    answers.chain([listed]).collect()
}
