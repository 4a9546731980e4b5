//! A hospital unit that works through the answers of the program: whom it calls, whom it refers to, and what it keeps of that.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;
use placement::coverage::{NetworkId, PlanDirectory, TermsId};
use placement::discharge::Discharge;
use placement::evidence::Tristate;
use placement::hospital_id::HospitalId;
use placement::ledger::event::{LedgerEvent, Sequence, SequencedEvent};
use placement::ledger::state::LedgerState;
use placement::matching::candidate::{Candidate, CandidateQuery, Directory, LineId, StatedTerms, StatedTermsId};
use placement::matching::rank;
use placement::matching::report::{AcceptanceAnswer, Match};
use placement::matching::requirement::Requirement;
use placement::overlay::LiveDirectory;
use placement::place::{Miles, Point, State};
use placement::provider::{Provider, ProviderId};
use placement::service::{Need, Service};
use placement::statements::stated_details::StatedDetails;
use placement::statements::{
    Availability, DeclineReason, Outcome, ReferralReply, RoomStatement, Statement, StatementValue, Statements,
};

use crate::questions::Draw;
use crate::referrals::world::{Patient, Rooms, World, date_of};

/// Days for which an answer about a need is used.
const NEED_DAYS: i64 = 89;
/// Days for which an answer about room is used, after its own.
const ROOM_DAYS: i64 = 2;
/// After so many calls and referrals nobody is tried any more.
const MOST_STEPS: u32 = 60;

/// How a unit works.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    /// Whether it asks by telephone before it refers.
    pub calls: bool,
    /// How many it calls at the same time.
    pub at_once: usize,
}

/// What became of one patient.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Placed {
    pub referrals: u32,
    pub calls: u32,
    pub rounds: u32,
    /// The place that accepted; none if nobody did.
    pub place: Option<usize>,
    pub miles: Option<f64>,
}

/// One fact that a call or a referral tells about a place.
enum LearnedFact {
    Need(Need, bool),
    Coverage(bool),
    Room(bool),
    Reply(ReferralReply),
}

/// What the units of a hospital, or of several that share, have learned.
#[derive(Clone)]
pub(crate) struct Knowledge {
    live: LiveDirectory,
    /// Whether a line takes a coverage.
    coverage: HashMap<(LineId, usize), bool>,
}

impl Knowledge {
    pub(crate) fn none(world: &World, day: u32) -> Self {
        let live = LiveDirectory::without_statements(Arc::clone(&world.catalog));
        Self { live: live.with_state_and_day(&Arc::default(), date_of(day)), coverage: HashMap::new() }
    }

    fn turn_to(&mut self, day: Date) {
        if self.live.today() != day {
            self.live = self.live.with_state_and_day(self.live.ledger_state(), day);
        }
    }

    /// The first matches for `patient`, by the real ranking, without those that declined this patient.
    fn matches(&self, world: &World, patient: &Patient, declined: &HashSet<LineId>, limit: u32) -> Vec<Match> {
        let dated = self.live.as_of(patient.discharge.on);
        let directory = CoverageAnswers {
            inner: &dated,
            known: &self.coverage,
            coverage: patient.coverage,
            sure: world.sure_terms,
            declined,
        };
        let shown = Discharge { limit, ..patient.discharge.clone() };
        rank(&shown, &directory, &[]).matches
    }
}

/// Keeps what a call or a referral tells of one place, in the records that matching reads. The only place to change once a
/// hospital can record such an answer itself: now needs are kept as statements of the provider, room as its availability, replies
/// as outcomes, and coverage beside them.
fn learn(known: &mut Knowledge, world: &World, place: usize, patient: &Patient, facts: &[LearnedFact]) {
    let (of, day) = (&world.places[place], patient.discharge.asked_on);
    let state = known.live.ledger_state();
    let mut statements: Option<Vec<Statement>> = None;
    let mut entries = Vec::new();
    for fact in facts {
        match fact {
            LearnedFact::Need(need, answer) => {
                let said = || state.statements.get(&of.id).map(|said| said.statements.clone()).unwrap_or_default();
                let all = statements.get_or_insert_with(said);
                all.retain(|one| !matches!(one.says, StatementValue::Need(other, _) if other == *need));
                let expires_on = day.checked_add(NEED_DAYS.days()).expect("a date");
                all.push(Statement { service: of.service, says: StatementValue::Need(*need, *answer), expires_on });
            }
            LearnedFact::Coverage(takes) => drop(known.coverage.insert((of.line, patient.coverage), *takes)),
            LearnedFact::Room(room) => entries.push(availability(&of.id, of.service, day, Some(*room))),
            LearnedFact::Reply(reply) => {
                let outcome = Outcome {
                    provider: of.id.clone(),
                    service: of.service,
                    asked_on: day,
                    reply: *reply,
                    hospital: HospitalId::default(),
                };
                entries.push(LedgerEvent::Outcome(outcome));
                match reply {
                    // The bed is taken: what was said of room holds no longer.
                    ReferralReply::Accepted => entries.push(availability(&of.id, of.service, day, None)),
                    ReferralReply::Declined(DeclineReason::NoRoom) => {
                        entries.push(availability(&of.id, of.service, day, Some(false)));
                    }
                    _ => {}
                }
            }
        }
    }
    entries.extend(statements.map(|statements| {
        LedgerEvent::Statements(Statements {
            provider: of.id.clone(),
            said_on: day,
            statements,
            details: StatedDetails::default(),
        })
    }));
    let next = state.sequence.0 + 1;
    let events = (next..).zip(entries).map(|(at, entry)| SequencedEvent { sequence: Sequence(at), entry }).collect();
    let state = LedgerState::clone(state).apply(events);
    known.live = known.live.with_state_and_day(&Arc::new(state), day);
}

fn availability(id: &ProviderId, service: Service, day: Date, room: Option<bool>) -> LedgerEvent {
    let until = day.checked_add(ROOM_DAYS.days()).expect("a date");
    let rooms = room.map(|room| RoomStatement { service, from: day, until, room, beds: None }).into_iter().collect();
    LedgerEvent::Availability(Availability { provider: id.clone(), said_on: day, rooms })
}

/// A unit at work on one patient.
pub(crate) struct UnitAtWork<'a> {
    pub world: &'a World,
    pub rooms: &'a mut Rooms,
    pub draw: &'a mut Draw,
    pub policy: Policy,
}

impl UnitAtWork<'_> {
    /// Places `patient` by the program's order: calls who leads and has something open, refers to who leads and has nothing open, and asks
    /// the program again after each.
    pub(crate) fn place(&mut self, known: &mut Knowledge, patient: &Patient) -> Placed {
        known.turn_to(patient.discharge.asked_on);
        let mut placed = Placed::default();
        let (mut declined, mut called) = (HashSet::new(), HashSet::new());
        while placed.referrals + placed.calls < MOST_STEPS {
            let matches = known.matches(self.world, patient, &declined, self.policy.at_once as u32);
            let Some(first) = matches.first() else { break };
            placed.rounds += 1;
            let has_heard = |found: &Match| known.coverage.contains_key(&(found.line, patient.coverage));
            let is_settled = |found: &Match| {
                !self.policy.calls || called.contains(&found.line) || !has_open_question(found, has_heard(found))
            };
            if is_settled(first) {
                placed.referrals += 1;
                let place = self.world.at[&first.line];
                if self.refer(known, patient, place) {
                    placed.place = Some(place);
                    placed.miles = first.distance.map(Miles::value);
                    return placed;
                }
                declined.insert(first.line);
                continue;
            }
            let next: Vec<&Match> = matches.iter().filter(|found| !is_settled(found)).take(self.policy.at_once).collect();
            for found in next {
                placed.calls += 1;
                called.insert(found.line);
                self.call(known, patient, found);
            }
        }
        placed
    }

    /// Places `patient` by trying `order` one after the other.
    pub(crate) fn try_in_order(&mut self, patient: &Patient, order: &[(usize, Option<f64>)]) -> Placed {
        let mut placed = Placed::default();
        for (place, miles) in order.iter().take(MOST_STEPS as usize) {
            placed.referrals += 1;
            placed.rounds += 1;
            if self.reply(patient, *place) == ReferralReply::Accepted {
                return Placed { place: Some(*place), miles: *miles, ..placed };
            }
        }
        placed
    }

    /// Asks everything that is open, and keeps the answers.
    fn call(&mut self, known: &mut Knowledge, patient: &Patient, found: &Match) {
        let place = self.world.at[&found.line];
        let mut facts = Vec::new();
        let has_heard = known.coverage.contains_key(&(found.line, patient.coverage));
        if !found.network.status.is_covered() && !has_heard {
            facts.push(LearnedFact::Coverage(self.heard(self.world.places[place].takes[patient.coverage])));
        }
        for answer in found.acceptance.answers.iter().filter(|answer| answer.required && answer.answer == Tristate::Unknown) {
            if let Requirement::Need(need) = answer.asked {
                facts.push(LearnedFact::Need(need, self.heard(self.world.takes(place, need))));
            }
        }
        if found.availability.answer == Tristate::Unknown {
            facts.push(LearnedFact::Room(self.heard(self.rooms.has_room(place))));
        }
        learn(known, self.world, place, patient, &facts);
    }

    /// The answer as it is heard.
    fn heard(&mut self, truth: bool) -> bool {
        truth != self.draw.happens(self.world.faults.wrong_answers)
    }

    /// Refers, and keeps the reply with what it tells.
    fn refer(&mut self, known: &mut Knowledge, patient: &Patient, place: usize) -> bool {
        let reply = self.reply(patient, place);
        let mut facts = vec![LearnedFact::Reply(reply)];
        match reply {
            ReferralReply::Accepted => {
                facts.extend(patient.needs.iter().map(|need| LearnedFact::Need(*need, true)));
                facts.push(LearnedFact::Coverage(true));
            }
            ReferralReply::Declined(DeclineReason::Need(need)) => facts.push(LearnedFact::Need(need, false)),
            ReferralReply::Declined(DeclineReason::Coverage) => facts.push(LearnedFact::Coverage(false)),
            _ => {}
        }
        learn(known, self.world, place, patient, &facts);
        reply == ReferralReply::Accepted
    }

    /// What the place really does.
    fn reply(&mut self, patient: &Patient, place: usize) -> ReferralReply {
        if !self.world.places[place].takes[patient.coverage] {
            return ReferralReply::Declined(DeclineReason::Coverage);
        }
        if let Some(need) = patient.needs.iter().find(|need| !self.world.takes(place, **need)) {
            return ReferralReply::Declined(DeclineReason::Need(*need));
        }
        if !self.rooms.has_room(place) {
            return ReferralReply::Declined(DeclineReason::NoRoom);
        }
        if World::is_declined_otherwise(self.draw) {
            return ReferralReply::Declined(DeclineReason::Other);
        }
        self.rooms.accept(self.world, place);
        ReferralReply::Accepted
    }
}

/// Whether a call could still tell something: coverage, a need, or room.
fn has_open_question(found: &Match, has_heard_coverage: bool) -> bool {
    let is_open = |answer: &AcceptanceAnswer| answer.required && answer.answer == Tristate::Unknown;
    (!found.network.status.is_covered() && !has_heard_coverage)
        || found.availability.answer == Tristate::Unknown
        || found.acceptance.answers.iter().any(is_open)
}

/// The directory with the answers about coverage that were heard: yes is a listing without doubt, and a line that said no is not
/// proposed for that coverage.
struct CoverageAnswers<'a> {
    inner: &'a dyn Directory,
    known: &'a HashMap<(LineId, usize), bool>,
    coverage: usize,
    sure: TermsId,
    declined: &'a HashSet<LineId>,
}

impl CoverageAnswers<'_> {
    fn heard(&self, mut candidate: Candidate) -> Option<Candidate> {
        if self.declined.contains(&candidate.line) {
            return None;
        }
        match self.known.get(&(candidate.line, self.coverage)) {
            Some(false) => return None,
            Some(true) if !candidate.terms.contains(&self.sure) => candidate.terms.push(self.sure),
            _ => {}
        }
        Some(candidate)
    }
}

impl Directory for CoverageAnswers<'_> {
    fn generation(&self) -> &str {
        self.inner.generation()
    }

    fn ledger_position(&self) -> Option<String> {
        self.inner.ledger_position()
    }

    fn holds(&self, service: Service) -> bool {
        self.inner.holds(service)
    }

    fn plans(&self) -> &PlanDirectory {
        self.inner.plans()
    }

    fn stated(&self, key: StatedTermsId) -> &StatedTerms {
        self.inner.stated(key)
    }

    fn candidates(&self, search: &CandidateQuery<'_>) -> Vec<Candidate> {
        let found = self.inner.candidates(search).into_iter();
        found.filter_map(|candidate| self.heard(candidate)).collect()
    }

    fn candidate(&self, line: LineId, search: &CandidateQuery<'_>) -> Option<Candidate> {
        self.inner.candidate(line, search).and_then(|candidate| self.heard(candidate))
    }

    fn provider_id(&self, line: LineId) -> Option<ProviderId> {
        self.inner.provider_id(line)
    }

    fn nearest(&self, service: Service, center: Point) -> Option<(Miles, Option<State>)> {
        self.inner.nearest(service, center)
    }

    fn provider(&self, line: LineId) -> Option<Arc<Provider>> {
        self.inner.provider(line)
    }

    fn services_listed(&self, line: LineId, networks: &[NetworkId]) -> Vec<Service> {
        self.inner.services_listed(line, networks)
    }
}
