//! The directory of each of several hospitals, grown step by step over what they share, is that of a server with this hospital alone.

use std::sync::Arc;

use placement::hospital::Hospital;
use placement::hospital::group::HospitalGroup;
use placement::ledger::event::{LedgerEvent, LedgerPosition, SaidPositions, Sequence, SequencedEvent};
use placement::ledger::hospital_states::{HospitalStates, LedgerStep};
use placement::ledger::state::LedgerState;
use placement::matching::rank;
use placement::matching::report::Report;
use placement::overlay::LiveDirectory;
use placement::statements::Outcome;
use placement::statements::observation::{Observation, ObservationId, ObservedAnswer, ObservedQuestion};
use proptest::prelude::*;

use crate::overlay_equals_rebuild::{event, from_files, in_days, shown};
use crate::random_town::{self, TODAY};
use crate::seeded_random::SeededRandom;
use crate::small_directory::SmallDirectory;

/// Three hospitals, two of which share what they hear.
fn hospitals() -> Vec<Hospital> {
    let hospital = |id: &str, group: Option<&str>| Hospital {
        id: id.parse().unwrap(),
        name: Some(format!("Hospital {id}")),
        group: group.map(str::to_owned),
        ..Hospital::default()
    };
    vec![hospital("a", None), hospital("b", Some("metro")), hospital("c", Some("metro"))]
}

/// What is told in one step: of a provider as elsewhere, or a telephone call or outcome of one of the hospitals.
fn told(base: &SmallDirectory, all: &[Hospital], random: &mut SeededRandom, number: u128) -> Vec<LedgerEvent> {
    let hospital = random.pick(all).id.clone();
    if random.happens(50) {
        let provider = random.pick(&base.providers);
        let Some(line) = provider.lines.first() else { return Vec::new() };
        let needs = random_town::needs();
        let answer = *random.pick(&[ObservedAnswer::Yes, ObservedAnswer::No, ObservedAnswer::Withdrawn]);
        let (asked, answer) = if random.happens(30) {
            (ObservedQuestion::Room, *random.pick(&[ObservedAnswer::Room(None), ObservedAnswer::NoRoom(None)]))
        } else {
            (ObservedQuestion::Need(*random.pick(&needs)), answer)
        };
        return vec![LedgerEvent::Observation(Observation {
            id: ObservationId(number.to_be_bytes()),
            hospital,
            unit: Some("4 West".to_owned()),
            principal: "key:a".to_owned(),
            provider: provider.id.clone(),
            service: line.service,
            said_on: TODAY,
            said_by: None,
            asked,
            answer,
            counts_through: TODAY,
        })];
    }
    let of_hospital = |entry| match entry {
        LedgerEvent::Outcome(outcome) => LedgerEvent::Outcome(Outcome { hospital: hospital.clone(), ..outcome }),
        other => other,
    };
    event(&base.providers, random).into_iter().map(of_hospital).collect()
}

proptest! {
    // Each case is up to 60 directories.
    #![proptest_config(random_town::cases(200))]

    #[test]
    fn a_layer_is_what_the_hospital_alone_would_have(
        seeds in prop::collection::vec(any::<u64>(), 1..10),
        asked in any::<u64>(),
        steps in prop::collection::vec(any::<u64>(), 1..15),
    ) {
        let (base, all) = (from_files(&seeds), hospitals());
        let mut states = HospitalStates::of_hospitals(&all);
        let mut shared = Arc::new(LiveDirectory::new(Arc::clone(&base), states.of(None), TODAY));
        let mut layers: Vec<_> = all.iter().map(|_| LiveDirectory::layer_over(&shared)).collect();
        let (mut events, mut day) = (Vec::<SequencedEvent>::new(), TODAY);
        for (number, seed) in steps.iter().enumerate() {
            let random = &mut SeededRandom::seeded(*seed);
            if random.happens(15) {
                day = in_days(i64::try_from(number).unwrap());
            }
            let first = events.last().map_or(1, |last| last.sequence.0 + 1);
            let entries = told(&base, &all, random, u128::try_from(number).unwrap());
            let changes: Vec<SequencedEvent> =
                (first..).zip(entries).map(|(at, entry)| SequencedEvent { sequence: Sequence(at), entry }).collect();
            events.extend(changes.iter().cloned());
            let reach = LedgerPosition { sequence: events.last().map_or(Sequence(0), |last| last.sequence), mark: None };
            let step = LedgerStep { changes, reach, said: SaidPositions::default(), is_anew: false, losses: 0, expiry: None };
            states = states.after(step);
            shared = Arc::new(shared.with_state_and_day(states.of(None), day));
            for (layer, own) in layers.iter_mut().zip(&all) {
                *layer = layer.over(&shared, states.of(Some(&own.id)));
            }
        }
        let discharge = random_town::discharge(asked);
        for (layer, own) in layers.iter().zip(&all) {
            let group = Arc::new(HospitalGroup::of(own, &all));
            let alone = LedgerState { hospital: own.id.clone(), group, ..LedgerState::default() }.apply(events.clone());
            let alone = LiveDirectory::new(Arc::clone(&base), &Arc::new(alone), day);
            prop_assert_eq!(shown(layer), shown(&alone), "{}", own.id);
            // The id of a list names its directory.
            let report = |live: &LiveDirectory<SmallDirectory>| {
                Report { list_id: String::new(), ..rank(&discharge, &live.as_of(discharge.on), &[]) }
            };
            prop_assert_eq!(report(layer), report(&alone), "{}", own.id);
        }
    }
}
