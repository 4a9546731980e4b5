//! One row of the table of matches.

use jiff::civil::Date;

use crate::discharge::{Discharge, Notice};
use crate::evidence::{Evidence, Tristate};
use crate::matching::candidate::AreaMatch;
use crate::matching::freshness::FactKind;
use crate::matching::legal_notes::{PASRR_NEEDED, PROTECTED};
use crate::matching::report::{AcceptanceAnswer, FitTier, Match, NetworkAnswer, NetworkStatus, ScorePart};
use crate::phrases;
use crate::profile::ScoreComponent;
use crate::provider::Provider;
use crate::provider::quality::{Rating, RatingGap};
use crate::serve::pages::answer::tiers::FitLabels;
use crate::service::{DeliveryMode, Service};
use crate::text::proper_case::proper_case;
use crate::text::us_date::us_date;

/// The highest rating on a scale of stars.
const STARS: usize = 5;

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
    /// Street and city.
    pub address: String,
    /// Miles, or whether it serves the ZIP.
    pub reach: String,
    /// Whether the plan covers it.
    pub network: SignedText,
    /// The day of the network answer, with a mark where it is old.
    pub network_day: String,
    /// The needs and limits by answer.
    pub needs: Vec<SignedText>,
    /// The day of the oldest answer to a need, with a mark where it is old.
    pub needs_day: String,
    /// Availability, where the provider states it.
    pub room_now: Option<SignedText>,
    /// Its phone number and the link to call it.
    pub phone: Option<(String, String)>,
    /// Its rating, or why it has none, with its day.
    pub rating: Option<RatingCell>,
    /// The reason for its rank.
    pub because: String,
    /// Score from 0 to 100.
    pub score: String,
    /// Chance times score.
    pub worth: String,
    /// The chance with its counts.
    pub likelihood: Vec<String>,
    /// Its safety notices in a few words each, with whether it is one of safety: always in view.
    pub flags: Vec<(String, bool)>,
    /// What official sources publish of its safety, and for whom it is.
    pub safety: Vec<String>,
    /// What else to know before calling.
    pub notices: Vec<String>,
    /// Every network of the plan that lists it, where more than one does.
    pub memberships: Vec<String>,
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
    pub word: String,
    /// Whether the sign alone says the word: yes, ask or no to something required.
    pub is_plain: bool,
    /// What it is about.
    pub about: String,
    /// Source and date.
    pub by: Option<String>,
}

/// A rating, or why there is none.
#[derive(Debug)]
pub(crate) struct RatingCell {
    /// "4 of 5 stars".
    pub says: String,
    /// The same in the width of a cell, if it is long: "Home: better".
    pub short: Option<&'static str>,
    /// The stars drawn, where it has stars: "★★★★☆".
    pub stars: Option<String>,
    /// Whether CMS withholds it for cause, or nobody says why it is missing.
    pub is_negative: bool,
    /// Its day, and a mark where it is old.
    pub day: String,
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
        let (safety, notices) = phrases::safety::notices_of(found, discharge);
        let texts = |notices: Vec<&Notice>| notices.into_iter().map(phrases::safety::notice).collect();
        Self {
            rank: found.rank,
            fit: FitLabels::of(found.fit, discharge),
            id: provider.id.to_string(),
            name: phrases::name(provider),
            kind: kind(found, discharge),
            address: address(provider),
            reach: reach(found, discharge),
            network: network(&found.network, discharge.asked_on),
            network_day: network_day(&found.network, discharge.asked_on),
            needs: needs(&found.acceptance.answers, discharge.asked_on),
            needs_day: needs_day(&found.acceptance.answers, discharge.asked_on),
            room_now: room_now(found, discharge),
            phone: provider.phone.as_ref().map(|fact| (fact.value.to_string(), format!("tel:+1{:010}", fact.value.number()))),
            rating: rating(provider, discharge),
            because: found.because.clone(),
            score: format!("{:.1}", found.score.value()),
            worth: phrases::likelihood::worth(found),
            likelihood: phrases::likelihood::likelihood(found),
            flags: safety.iter().map(|notice| flag(notice)).collect(),
            safety: texts(safety),
            notices: texts(notices),
            memberships: phrases::memberships(&found.network),
            room: room(found, discharge),
            outcomes: found.outcomes.as_ref().map(phrases::likelihood::outcomes),
            parts: found.parts.iter().map(part).collect(),
            evidence: evidence(found, discharge.asked_on),
        }
    }
}

/// The rating of the service of the question.
fn rating(provider: &Provider, discharge: &Discharge) -> Option<RatingCell> {
    rating_of(provider, discharge.service, discharge.asked_on)
}

/// The rating of `service` as of `today`, or why there is none; `None` where no source says.
pub(crate) fn rating_of(provider: &Provider, service: Service, today: Date) -> Option<RatingCell> {
    if let Some((says, fact)) = phrases::safety::rating_gap(provider, service) {
        let is_negative = matches!(fact.value, RatingGap::Withheld | RatingGap::Unexplained);
        let day = phrases::dated(&fact.evidence);
        return Some(RatingCell { says: says.to_owned(), short: None, stars: None, is_negative, day });
    }
    let fact = provider.line(service)?.rating.as_ref()?;
    let day = phrases::dated(&fact.evidence);
    let day = phrases::with_old_mark(day, FactKind::Rating, Some(&fact.evidence), today);
    let (says, short) = (phrases::rating(fact.value), phrases::short_rating(fact.value));
    Some(RatingCell { says, short, stars: stars(fact.value), is_negative: false, day })
}

/// The day of evidence, and in the width of a cell whether it is older than usual.
fn shortly_dated(kind: FactKind, evidence: &Evidence, today: Date) -> String {
    let day = phrases::dated(evidence);
    if phrases::old_mark(kind, Some(evidence), today).is_empty() { day } else { format!("{day}, old") }
}

fn network_day(answer: &NetworkAnswer, today: Date) -> String {
    answer.evidence.as_ref().map(|by| shortly_dated(FactKind::Network, by, today)).unwrap_or_default()
}

/// A notice as a flag. Whom a place is for says nothing about safety.
fn flag(notice: &Notice) -> (String, bool) {
    (phrases::safety::safety_flag(notice), phrases::safety::short_notice(notice.code).is_some())
}

/// The five stars of a rating, filled and empty; a half star counts as filled only in the words. Other scales have no stars.
fn stars(rating: Rating) -> Option<String> {
    let (_, highest) = rating.measure.scale_tenths();
    let (filled, all) = (usize::from(rating.tenths / 10), usize::from(highest / 10));
    (all == STARS).then(|| "★".repeat(filled) + &"☆".repeat(all.saturating_sub(filled)))
}

/// "912 Harness Dr, Kansas City".
fn address(provider: &Provider) -> String {
    let Some(address) = provider.address.as_ref().map(|fact| &fact.value) else { return String::new() };
    let parts = [proper_case(&address.street), proper_case(&address.city)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// The day of the oldest answer to a required need that is not silence; "not reported" if all are silent.
fn needs_day(answers: &[AcceptanceAnswer], today: Date) -> String {
    let evidence = answers.iter().filter(|answer| answer.required).filter_map(|answer| answer.evidence.as_ref());
    match evidence.min_by_key(|evidence| evidence.as_of) {
        Some(oldest) => shortly_dated(FactKind::Acceptance, oldest, today),
        None if answers.is_empty() => String::new(),
        None => "not reported".to_owned(),
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
pub(crate) fn network(answer: &NetworkAnswer, today: Date) -> SignedText {
    let (class, sign, word) = match answer.status {
        NetworkStatus::InNetwork => ("yes", "✓", "In network"),
        NetworkStatus::Certified => ("yes", "✓", answer.why.as_str()),
        NetworkStatus::NotCertified => ("no", "✕", answer.why.as_str()),
        NetworkStatus::Unconfirmed => ("unknown", "?", "Unconfirmed"),
        NetworkStatus::PlanNotLoaded => ("unknown", "?", "Plan not loaded"),
        NetworkStatus::OutOfNetwork => ("no", "✕", "Out of network"),
        NetworkStatus::NotAsked => ("", "", "Not asked"),
    };
    let about = if word == answer.why { String::new() } else { phrases::network_detail(answer, us_date) };
    let by = answer.evidence.as_ref().map(|evidence| {
        let by = phrases::evidence(evidence);
        let ages = answer.network.is_some();
        if ages { phrases::with_old_mark(by, FactKind::Network, Some(evidence), today) } else { by }
    });
    SignedText { class, sign, word: capitalized(word), is_plain: false, about, by }
}

fn capitalized(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The needs and limits by answer, required ones first.
fn needs(answers: &[AcceptanceAnswer], today: Date) -> Vec<SignedText> {
    let mut said: Vec<SignedText> = Vec::new();
    let mut sorted: Vec<(u8, SignedText)> = answers.iter().map(|answer| need(answer, today)).collect();
    sorted.sort_by_key(|(order, _)| *order);
    for (_, need) in sorted {
        match said.last_mut().filter(|last| last.word == need.word) {
            Some(last) => last.about = format!("{}, {}", last.about, need.about),
            None => said.push(need),
        }
    }
    said
}

/// One answer, and its place in the row. A yes that is older than usual is a question again: it has no color of a yes.
fn need(answer: &AcceptanceAnswer, today: Date) -> (u8, SignedText) {
    let note = answer.note.as_deref();
    let is_old = !phrases::old_mark(FactKind::Acceptance, answer.evidence.as_ref(), today).is_empty();
    let (order, word) = match (answer.required, answer.answer) {
        (true, _) if note == Some(PASRR_NEEDED) => (4, "PASRR needed"),
        (true, Tristate::No) if note == Some(PROTECTED) => (3, "Says no, which may be unlawful; ask"),
        (true, Tristate::Yes) if is_old => (1, "Old yes, confirm"),
        (true, Tristate::Yes) => (0, "Yes"),
        (true, Tristate::Unknown) => (2, "Ask"),
        (true, Tristate::No) => (5, "No"),
        (false, Tristate::Yes) if is_old => (7, "Preferred, old yes"),
        (false, Tristate::Yes) => (6, "Preferred, yes"),
        (false, Tristate::Unknown) => (8, "Preferred, ask"),
        (false, Tristate::No) => (9, "Preferred, no"),
    };
    let counts_as = if matches!(order, 1 | 3 | 4 | 7) { Tristate::Unknown } else { answer.answer };
    let (class, sign) = signed(counts_as);
    // What is open is a question for a call.
    let sign = if counts_as == Tristate::Unknown { "☎" } else { sign };
    let is_plain = matches!(order, 0 | 2 | 5);
    (order, SignedText { class, sign, word: word.to_owned(), is_plain, about: answer.asked.label().to_owned(), by: None })
}

/// The class and the sign of an answer.
pub(crate) fn signed(answer: Tristate) -> (&'static str, &'static str) {
    match answer {
        Tristate::Yes => ("yes", "✓"),
        Tristate::No => ("no", "✕"),
        Tristate::Unknown => ("unknown", "?"),
    }
}

/// Availability as the provider states it: a sign and the days, or the last day without room.
fn room_now(found: &Match, discharge: &Discharge) -> Option<SignedText> {
    let availability = &found.availability;
    let (class, sign) = signed(availability.answer);
    let by = availability.evidence.as_ref().map(phrases::evidence);
    if let Some(word) = phrases::no_room_through(availability.room_from) {
        let from = availability.room_from.map(us_date).unwrap_or_default();
        return Some(SignedText { class, sign, word, is_plain: false, about: format!("ask about room from {from}"), by });
    }
    let word = phrases::room_word(availability.answer == Tristate::Yes, discharge.service).to_owned();
    let stated = availability.days.map(|days| days.to_string());
    let own = matches!(found.fit, FitTier::Ready | FitTier::NoRoom);
    let stated = stated.or_else(|| own.then(|| "no days given".to_owned()));
    stated.map(|about| SignedText { class, sign, word, is_plain: false, about, by })
}

/// "Beds available Nov 22 to Nov 24, 2 beds (the provider's own statement, Nov 22, 2026; holds until Nov 24, 2026)."
fn room(found: &Match, discharge: &Discharge) -> String {
    let availability = &found.availability;
    let by = availability.evidence.as_ref().map(|by| format!(" ({})", phrases::evidence(by))).unwrap_or_default();
    let said = phrases::stated_room(found, discharge.service);
    format!("{}{by}.", said.unwrap_or_else(|| phrases::room(availability, discharge.service)))
}

/// The name of a part of the score.
pub(crate) fn component_name(part: ScoreComponent) -> &'static str {
    match part {
        ScoreComponent::Closeness => "Closeness",
        ScoreComponent::Quality => "Quality",
        ScoreComponent::PreferredNeeds => "Preferred needs",
        ScoreComponent::Availability => "Availability",
        ScoreComponent::Freshness => "Freshness of data",
        ScoreComponent::Outcomes => "Recent referrals accepted",
    }
}

fn part(part: &ScorePart) -> ScoreRow {
    let most = part.weight.value() * 100.0;
    let unknown = if part.unknown { "; neutral value used" } else { "" };
    ScoreRow {
        name: component_name(part.part),
        points: format!("{:.1} of {most:.0}", part.points.value()),
        why: format!("{}{unknown}", part.why),
    }
}

/// Every answer that the rank is based on, with its source.
fn evidence(found: &Match, today: Date) -> Vec<String> {
    let answers = found.acceptance.answers.iter().map(|answer| {
        let note = answer.note.as_ref().map(|note| format!(", {note}")).unwrap_or_default();
        let by = answer.evidence.as_ref().map_or_else(|| "not reported".to_owned(), phrases::evidence);
        let by = phrases::with_old_mark(by, FactKind::Acceptance, answer.evidence.as_ref(), today);
        format!("{}: {}{note} ({by})", answer.asked.label(), answer.answer.code())
    });
    let listed = format!("Name, address, and phone ({})", phrases::evidence(found.provider.name_evidence()));
    answers.chain([listed]).collect()
}
