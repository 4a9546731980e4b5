//! What differs between an earlier answer and a later one to the same question.
//!
//! A provider that only moves because another came, went or changed its fit has not moved: of those with the same fit both
//! times, as few as possible are called moved. The order of equals is drawn anew each day and is never a difference.

use std::collections::BTreeMap;

use crate::evidence::{Evidence, Tristate};
use crate::matching::listed_answer::{ComparedExclusion, ComparedMatch, ListedAnswer};
use crate::provider::ProviderId;
use crate::service::DeliveryMode;

/// What has changed about a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DifferenceKind {
    /// It is on the list now.
    New,
    /// It is no longer on the list.
    Gone,
    /// Its fit.
    Fit,
    /// Whether the plan covers it.
    Network,
    /// Its answer to a need or a limit.
    Acceptance,
    /// Whether it has room on the date.
    Room,
    /// Its place among those of the same fit.
    Rank,
}

impl DifferenceKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [Self::New, Self::Gone, Self::Fit, Self::Network, Self::Acceptance, Self::Room, Self::Rank];

    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Gone => "gone",
            Self::Fit => "fit",
            Self::Network => "network",
            Self::Acceptance => "acceptance",
            Self::Room => "room",
            Self::Rank => "rank",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::New => "New on the list",
            Self::Gone => "No longer on the list",
            Self::Fit => "Fit changed",
            Self::Network => "Coverage changed",
            Self::Acceptance => "Answer changed",
            Self::Room => "Room changed",
            Self::Rank => "Rank moved",
        }
    }
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What has changed.
    pub kind: DifferenceKind,
    /// The provider.
    pub provider: ProviderId,
    /// Its name.
    pub name: String,
    /// The need or limit whose answer has changed.
    pub asked: Option<String>,
    /// What the earlier answer says.
    pub then: AnswerSide,
    /// What the answer of now says.
    pub now: AnswerSide,
}

/// What one of the two answers says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerSide {
    /// Its rank in that answer; `None` if it is not on that list.
    pub rank: Option<u32>,
    /// The value: a fit, a status, an answer or a rank, as the API writes it; the reason of an exclusion; `not_listed`.
    pub value: String,
    /// The value in words.
    pub text: String,
    /// What it rests on.
    pub evidence: Vec<DatedEvidence>,
}

/// One answer with its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatedEvidence {
    /// What it is about: `network`, `room`, or the code of a need or limit.
    pub about: String,
    /// The answer.
    pub answer: String,
    /// The source; `None` if there is none.
    pub evidence: Option<Evidence>,
}

/// Every difference between `then` and `now`, by rank now; those that are gone last.
pub fn differences(then: &ListedAnswer, now: &ListedAnswer) -> Vec<Difference> {
    let before: BTreeMap<&ProviderId, &ComparedMatch> = then.listed.iter().map(|found| (&found.id, found)).collect();
    let after: BTreeMap<&ProviderId, &ComparedMatch> = now.listed.iter().map(|found| (&found.id, found)).collect();
    let moved = moved(then, now, &before);
    let passed = passed(then, now, &before, &moved);
    let mut found = Vec::new();
    for current in &now.listed {
        match before.get(&current.id) {
            Some(earlier) => {
                changes(earlier, current, &mut found);
                if moved.contains(&&current.id) {
                    found.push(difference(DifferenceKind::Rank, current, rank_side(earlier), rank_side(current)));
                }
            }
            None if then.is_complete || then.excluded.contains_key(&current.id) => {
                let missing = absent(then.excluded.get(&current.id));
                found.push(difference(DifferenceKind::New, current, missing, fit_side(current)));
            }
            // The earlier answer holds only the first matches: it may have been on the list below them.
            None if passed.contains(&&current.id) => {
                found.push(difference(DifferenceKind::Rank, current, below(then.listed.len()), rank_side(current)));
            }
            None => {}
        }
    }
    for earlier in then.listed.iter().filter(|earlier| !after.contains_key(&earlier.id)) {
        let excluded = now.excluded.get(&earlier.id);
        if now.is_complete || excluded.is_some() {
            found.push(difference(DifferenceKind::Gone, earlier, fit_side(earlier), absent(excluded)));
        } else {
            // Below the last match that the answer of now holds, nothing is known to be gone.
            found.push(difference(DifferenceKind::Rank, earlier, rank_side(earlier), below(now.listed.len())));
        }
    }
    found
}

/// The side of a provider that is not among the first `last` matches, which are all that the answer holds.
fn below(last: usize) -> AnswerSide {
    AnswerSide { rank: None, value: format!(">{last}"), text: format!("not among the first {last}"), evidence: Vec::new() }
}

/// The providers that have passed one of the first matches of `then`, which holds only these and not them. Those that rose
/// because others left, fell or changed their fit have not moved.
fn passed<'a>(
    then: &ListedAnswer,
    now: &'a ListedAnswer,
    before: &BTreeMap<&ProviderId, &ComparedMatch>,
    moved: &[&ProviderId],
) -> Vec<&'a ProviderId> {
    if then.is_complete {
        return Vec::new();
    }
    let equals: BTreeMap<&ProviderId, usize> = groups_of_equals(now).collect();
    let stayed = |current: &&ComparedMatch| {
        before.get(&current.id).is_some_and(|was| was.fit == current.fit) && !moved.contains(&&current.id)
    };
    // The last place of a provider that is where it was.
    let last = now.listed.iter().filter(stayed).filter_map(|current| equals.get(&current.id)).max().copied();
    let has_passed = |current: &&ComparedMatch| {
        !before.contains_key(&current.id) && equals.get(&current.id).copied().is_some_and(|place| Some(place) < last)
    };
    now.listed.iter().filter(has_passed).map(|current| &current.id).collect()
}

/// What differs for a provider that is on both lists, except its rank.
fn changes(then: &ComparedMatch, now: &ComparedMatch, found: &mut Vec<Difference>) {
    if then.fit != now.fit {
        found.push(difference(DifferenceKind::Fit, now, fit_side(then), fit_side(now)));
    }
    let network = |of: &ComparedMatch| (of.network.status, of.network.network.clone(), of.network.tier.clone());
    if network(then) != network(now) {
        found.push(difference(DifferenceKind::Network, now, network_side(then), network_side(now)));
    }
    let codes = now.answers.iter().chain(&then.answers).map(|answer| (answer.code.as_str(), answer.label.as_str()));
    let mut checked: Vec<&str> = Vec::new();
    for (code, label) in codes {
        if checked.contains(&code) {
            continue;
        }
        checked.push(code);
        let [earlier, current] = [then, now].map(|of| need_side(of, code, label));
        if earlier.value != current.value {
            let asked = Some(code.to_owned());
            found.push(Difference { asked, ..difference(DifferenceKind::Acceptance, now, earlier, current) });
        }
    }
    if (then.room.answer, then.room.room_from) != (now.room.answer, now.room.room_from) {
        found.push(difference(DifferenceKind::Room, now, room_side(then), room_side(now)));
    }
}

fn difference(kind: DifferenceKind, of: &ComparedMatch, then: AnswerSide, now: AnswerSide) -> Difference {
    Difference { kind, provider: of.id.clone(), name: of.name.clone(), asked: None, then, now }
}

fn absent(excluded: Option<&ComparedExclusion>) -> AnswerSide {
    match excluded {
        Some(ComparedExclusion { reason, why, evidence, .. }) => AnswerSide {
            rank: None,
            value: reason.clone(),
            text: format!("excluded: {why}"),
            evidence: vec![DatedEvidence { about: reason.clone(), answer: why.clone(), evidence: evidence.clone() }],
        },
        None => AnswerSide {
            rank: None,
            value: "not_listed".to_owned(),
            text: "not in the search area, or not in the directory".to_owned(),
            evidence: Vec::new(),
        },
    }
}

fn fit_side(of: &ComparedMatch) -> AnswerSide {
    let text = format!("{}, rank {}", of.fit.label(), of.rank);
    AnswerSide { rank: Some(of.rank), value: of.fit.code().to_owned(), text, evidence: all_evidence(of) }
}

fn rank_side(of: &ComparedMatch) -> AnswerSide {
    let text = format!("rank {}, {}, chance times score {:.1}", of.rank, of.fit.label(), of.worth.value());
    AnswerSide { rank: Some(of.rank), value: of.rank.to_string(), text, evidence: all_evidence(of) }
}

fn network_side(of: &ComparedMatch) -> AnswerSide {
    let network = &of.network;
    let names: Vec<&str> = network.network.as_deref().into_iter().chain(network.tier.as_deref()).collect();
    let of_network = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", tier ")) };
    let value = network.status.code().to_owned();
    let text = format!("{}{of_network}: {}", value.replace('_', " "), network.why);
    AnswerSide { rank: Some(of.rank), value, text, evidence: vec![network_evidence(of)] }
}

fn need_side(of: &ComparedMatch, code: &str, label: &str) -> AnswerSide {
    let known = of.answers.iter().find(|answer| answer.code == code);
    let answer = known.map_or(Tristate::Unknown, |answer| answer.answer).code();
    let evidence = known.and_then(|answer| answer.evidence.clone());
    AnswerSide {
        rank: Some(of.rank),
        value: answer.to_owned(),
        text: format!("{label}: {answer}"),
        evidence: vec![DatedEvidence { about: code.to_owned(), answer: answer.to_owned(), evidence }],
    }
}

fn room_side(of: &ComparedMatch) -> AnswerSide {
    let answer = of.room.answer.code();
    let text = match of.room.room_from {
        Some(day) => format!("{answer}, not full from {day}"),
        None => answer.to_owned(),
    };
    AnswerSide { rank: Some(of.rank), value: answer.to_owned(), text, evidence: vec![room_evidence(of)] }
}

fn all_evidence(of: &ComparedMatch) -> Vec<DatedEvidence> {
    let needs = of.answers.iter().map(|answer| DatedEvidence {
        about: answer.code.clone(),
        answer: answer.answer.code().to_owned(),
        evidence: answer.evidence.clone(),
    });
    std::iter::once(network_evidence(of)).chain(needs).chain([room_evidence(of)]).collect()
}

fn network_evidence(of: &ComparedMatch) -> DatedEvidence {
    let answer = of.network.status.code().to_owned();
    DatedEvidence { about: "network".to_owned(), answer, evidence: of.network.evidence.clone() }
}

fn room_evidence(of: &ComparedMatch) -> DatedEvidence {
    let answer = of.room.answer.code().to_owned();
    DatedEvidence { about: "room".to_owned(), answer, evidence: of.room.evidence.clone() }
}

/// The providers with the same fit both times whose order among each other changed; as few as explain the change.
fn moved<'a>(
    then: &'a ListedAnswer,
    now: &'a ListedAnswer,
    before: &BTreeMap<&ProviderId, &ComparedMatch>,
) -> Vec<&'a ProviderId> {
    let earlier: BTreeMap<&ProviderId, usize> = groups_of_equals(then).collect();
    let same_fit = |id: &ProviderId, group: usize| {
        let current = now.listed.get(group)?;
        let was = before.get(id)?;
        (was.fit == current.fit).then(|| earlier.get(id).copied()).flatten()
    };
    let after: BTreeMap<&ProviderId, &ComparedMatch> = now.listed.iter().map(|found| (&found.id, found)).collect();
    let is_same = |id: &ProviderId| {
        let reasons = |of: Option<&&ComparedMatch>| of.map(|of| (of.worth, of.distance));
        reasons(before.get(id)) == reasons(after.get(id))
    };
    let mut both: Vec<(usize, usize, &ProviderId)> =
        groups_of_equals(now).filter_map(|(id, group)| Some((group, same_fit(id, group)?, id))).collect();
    both.sort_by_key(|(group, place, _)| (*group, *place));
    // As few as possible have moved. Of two that exchanged places, the one whose worth changed has.
    let weights: Vec<(usize, usize)> =
        both.iter().map(|(_, place, id)| (*place, both.len() + usize::from(is_same(id)))).collect();
    let kept = heaviest_rising(&weights);
    both.iter().zip(kept).filter(|(_, kept)| !kept).map(|((.., id), _)| *id).collect()
}

/// Each provider with the place of the first one that is its equal: same worth and, if the patient travels, distance. Two
/// fits may be ordered as one: a provider to call that is likely enough to say yes stands among those that meet the
/// requirements.
fn groups_of_equals(answer: &ListedAnswer) -> impl Iterator<Item = (&ProviderId, usize)> {
    let travels = answer.service.geography() == DeliveryMode::PatientTravels;
    let key = move |of: &ComparedMatch| (of.worth, of.distance.filter(|_| travels));
    let mut group: Option<(usize, _)> = None;
    answer.listed.iter().enumerate().map(move |(at, found)| {
        let first = match group {
            Some((first, equals)) if equals == key(found) => first,
            _ => at,
        };
        group = Some((first, key(found)));
        (&found.id, first)
    })
}

/// Which of these places, each with its weight, belong to a heaviest subsequence that never falls.
fn heaviest_rising(places: &[(usize, usize)]) -> Vec<bool> {
    // For each place the weight of the heaviest subsequence that ends there, and the place before it.
    let mut best: Vec<(usize, Option<usize>)> = Vec::with_capacity(places.len());
    for (place, weight) in places {
        let earlier = places.iter().zip(&best).enumerate().filter(|(_, ((known, _), _))| known <= place);
        let before = earlier.map(|(at, (_, (heaviest, _)))| (*heaviest, at)).max_by_key(|(heaviest, _)| *heaviest);
        best.push((weight + before.map_or(0, |(heaviest, _)| heaviest), before.map(|(_, at)| at)));
    }
    let mut kept = vec![false; places.len()];
    let mut step = best.iter().enumerate().max_by_key(|(_, (heaviest, _))| *heaviest).map(|(at, _)| at);
    while let Some(at) = step {
        if let Some(is_kept) = kept.get_mut(at) {
            *is_kept = true;
        }
        step = best.get(at).and_then(|(_, before)| *before);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::listed_answer::{ComparedNeed, ComparedNetwork, ComparedRoom};
    use crate::matching::report::{FitTier, NetworkStatus, Points};
    use crate::service::Service;

    fn provider(number: u32, fit: FitTier, worth: u32) -> ComparedMatch {
        ComparedMatch {
            id: format!("ccn:{:06}", 425_000 + number).parse().unwrap(),
            name: format!("Home {number}"),
            rank: 0,
            fit,
            worth: Points(worth),
            distance: Some(number),
            network: ComparedNetwork {
                status: NetworkStatus::InNetwork,
                network: None,
                tier: None,
                why: "listed".to_owned(),
                evidence: None,
            },
            answers: vec![ComparedNeed {
                code: "resp.vent".to_owned(),
                label: "Ventilator".to_owned(),
                answer: Tristate::Unknown,
                evidence: None,
            }],
            room: ComparedRoom { answer: Tristate::Unknown, room_from: None, evidence: None },
        }
    }

    fn answer(mut listed: Vec<ComparedMatch>) -> ListedAnswer {
        for (rank, found) in (1..).zip(&mut listed) {
            found.rank = rank;
        }
        ListedAnswer { service: Service::SkilledNursing, is_complete: true, listed, excluded: BTreeMap::new() }
    }

    fn short(then: &ListedAnswer, now: &ListedAnswer) -> Vec<String> {
        let short = |of: &Difference| {
            format!(
                "{} {} {}>{}",
                of.provider.as_str().trim_start_matches("ccn:425"),
                of.kind.code(),
                of.then.value,
                of.now.value
            )
        };
        differences(then, now).iter().map(short).collect()
    }

    #[test]
    fn one_that_moves_is_told_and_those_it_passes_are_not() {
        use FitTier::Meets;
        let of = |order: [(u32, u32); 4]| answer(order.map(|(number, worth)| provider(number, Meets, worth)).to_vec());
        let then = of([(1, 40), (2, 30), (3, 20), (4, 10)]);
        assert!(differences(&then, &then.clone()).is_empty());
        assert_eq!(short(&then, &of([(4, 50), (1, 40), (2, 30), (3, 20)])), ["004 rank 4>1"]);
        let without: Vec<ComparedMatch> = then.listed.iter().skip(1).cloned().collect();
        assert_eq!(short(&then, &answer(without)), ["001 gone meets>not_listed"]);
    }

    #[test]
    fn the_order_of_equals_is_no_difference() {
        let of = |order: [u32; 3]| {
            let equal = |number| ComparedMatch { distance: Some(7), ..provider(number, FitTier::Meets, 30) };
            answer(order.map(equal).to_vec())
        };
        assert!(short(&of([1, 2, 3]), &of([3, 1, 2])).is_empty());
        let farther = |number| provider(number, FitTier::Meets, 30);
        assert_eq!(short(&answer(vec![farther(1), farther(2)]), &answer(vec![farther(2), farther(1)])).len(), 1);
    }

    #[test]
    fn a_changed_fit_is_told_with_what_it_rests_on_and_moves_nobody_else() {
        let then =
            answer(vec![provider(1, FitTier::Meets, 40), provider(2, FitTier::Meets, 30), provider(3, FitTier::Meets, 20)]);
        let mut full = ComparedMatch { fit: FitTier::NoRoom, ..provider(1, FitTier::Meets, 40) };
        full.room.answer = Tristate::No;
        let mut yes = provider(3, FitTier::Meets, 20);
        yes.answers[0].answer = Tristate::Yes;
        let now = answer(vec![provider(2, FitTier::Meets, 30), yes, full]);
        assert_eq!(short(&then, &now), ["003 acceptance unknown>yes", "001 fit meets>no_room", "001 room unknown>no"]);
        assert!(differences(&then, &now)[1].now.evidence.iter().any(|by| by.about == "room" && by.answer == "no"));
    }

    #[test]
    fn of_the_first_page_alone_nobody_is_called_new() {
        let all = answer((1..=4).map(|number| provider(number, FitTier::Meets, 50 - number)).collect());
        let mut first = all.clone();
        first.listed.truncate(2);
        first.is_complete = false;
        assert!(short(&first, &all).is_empty());
        let mut then = first.clone();
        then.listed.remove(1);
        then.listed.push(ComparedMatch { rank: 2, ..provider(9, FitTier::Meets, 12) });
        assert_eq!(short(&then, &all), ["009 gone meets>not_listed"], "002 rises because another left");
    }

    #[test]
    fn who_rises_into_the_first_page_has_moved_only_if_it_passed_another() {
        use FitTier::Meets;
        let first = |listed: Vec<ComparedMatch>| ListedAnswer { is_complete: false, ..answer(listed) };
        let then = first(vec![provider(1, Meets, 50), provider(2, Meets, 40)]);
        let fell =
            answer(vec![provider(2, Meets, 40), provider(3, Meets, 30), provider(4, Meets, 20), provider(1, Meets, 10)]);
        assert_eq!(short(&then, &fell), ["001 rank 1>4"], "it fell to a later page, and the others rose because of that");
        let passed = answer(vec![provider(1, Meets, 50), provider(3, Meets, 45), provider(2, Meets, 40)]);
        assert_eq!(short(&then, &passed), ["003 rank >2>2"]);
        let equal = |number| ComparedMatch { distance: Some(7), ..provider(number, Meets, 40) };
        let (then, drawn) = (first(vec![equal(1), equal(2)]), answer(vec![equal(1), equal(3), equal(2)]));
        assert!(short(&then, &drawn).is_empty(), "the order of equals is drawn");
    }

    #[test]
    fn who_is_no_longer_among_the_matches_that_are_compared_is_named() {
        let then = answer((1..=3).map(|number| provider(number, FitTier::Meets, 50 - number)).collect());
        let mut now = then.clone();
        now.listed.truncate(2);
        now.is_complete = false;
        assert_eq!(short(&then, &now), ["003 rank 3>>2"]);
    }

    #[test]
    fn equals_of_two_fits_that_are_ordered_as_one_have_not_moved() {
        // To call, and likely enough to say yes, so that it stands among those that meet the requirements.
        let likely = |number| provider(number, FitTier::AskProvider, 40);
        let then = answer(vec![provider(1, FitTier::Meets, 40), likely(2), provider(3, FitTier::Meets, 40)]);
        let drawn = answer(vec![provider(3, FitTier::Meets, 40), likely(2), provider(1, FitTier::Meets, 40)]);
        let travels = |of: &ListedAnswer| {
            let listed = of.listed.iter().map(|found| ComparedMatch { distance: Some(7), ..found.clone() });
            ListedAnswer { listed: listed.collect(), ..of.clone() }
        };
        assert!(short(&travels(&then), &travels(&drawn)).is_empty());
    }

    #[test]
    fn of_two_that_exchange_places_the_one_that_changed_has_moved() {
        use FitTier::Meets;
        let of = |order: [(u32, u32); 2]| answer(order.map(|(number, worth)| provider(number, Meets, worth)).to_vec());
        assert_eq!(short(&of([(1, 40), (2, 35)]), &of([(2, 35), (1, 30)])), ["001 rank 1>2"]);
        assert_eq!(short(&of([(1, 40), (2, 35)]), &of([(2, 45), (1, 40)])), ["002 rank 2>1"]);
    }

    #[test]
    fn a_heaviest_rising_subsequence_is_found() {
        for (places, kept) in
            [(vec![], 0), (vec![3, 1, 2], 2), (vec![1, 1, 1], 3), (vec![5, 4, 3], 1), (vec![1, 5, 2, 3, 0, 4], 4)]
        {
            let places: Vec<(usize, usize)> = places.into_iter().map(|place| (place, 1)).collect();
            assert_eq!(heaviest_rising(&places).into_iter().filter(|kept| *kept).count(), kept, "{places:?}");
        }
        for (places, kept) in [([(1, 2), (0, 3)], [false, true]), ([(1, 3), (0, 2)], [true, false])] {
            assert_eq!(heaviest_rising(&places), kept, "{places:?}");
        }
    }
}
