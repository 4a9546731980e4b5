//! A hospital unit that works through the answers of the program: whom it calls, whom it refers to, and what the ledger keeps of that.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use placement::coverage::{Coverage, NetworkId, PlanDirectory};
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
use placement::provider::answer_record::AnswerRecord;
use placement::provider::{Provider, ProviderId};
use placement::service::Service;
use placement::statements::observation::{CoverageField, Observation, ObservationId, ObservedAnswer, ObservedQuestion};
use placement::statements::referral_request::change::{ReferralAction, ReferralChange, ReferralDetails, ReferralStep};
use placement::statements::referral_request::learned;
use placement::statements::referral_request::record::ReferralRequest;
use placement::statements::referral_request::{ReferralId, ReferralState};
use placement::statements::{DeclineReason, Outcome, ReferralReply};

use crate::questions::Draw;
use crate::referrals::world::{Patient, Rooms, World, date_of};

/// After so many calls and referrals nobody is tried any more.
const MOST_STEPS: u32 = 60;

/// How a unit works.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    /// Whether it asks by telephone before it refers.
    pub calls: bool,
    /// How many it calls at the same time.
    pub at_once: usize,
    /// Whether it refers without a call where the program says that this is usually quicker.
    pub skips_calls: bool,
}

/// What became of one patient.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Placed {
    pub referrals: u32,
    pub calls: u32,
    pub rounds: u32,
    /// Calls in which the place said no: for the plan, a need, or room; the first of these that holds.
    pub refused_calls: Reasons,
    /// Referrals that were declined, by the reason.
    pub declined: Reasons,
    /// The place that accepted; none if nobody did.
    pub place: Option<usize>,
    pub miles: Option<f64>,
}

/// How often each reason was given.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Reasons {
    pub plan: u32,
    pub need: u32,
    pub room: u32,
    pub other: u32,
}

impl Reasons {
    fn add(&mut self, why: DeclineReason) {
        match why {
            DeclineReason::Coverage => self.plan += 1,
            DeclineReason::Need(_) => self.need += 1,
            DeclineReason::NoRoom => self.room += 1,
            _ => self.other += 1,
        }
    }
}

/// What the ledger of the units of a hospital, or of several that share, holds.
#[derive(Clone)]
pub(crate) struct Knowledge {
    live: LiveDirectory,
}

impl Knowledge {
    pub(crate) fn none(world: &World, day: u32) -> Self {
        let live = LiveDirectory::without_statements(Arc::clone(&world.catalog));
        Self { live: live.with_state_and_day(&Arc::default(), date_of(day)) }
    }

    fn turn_to(&mut self, day: Date) {
        if self.live.today() != day {
            self.live = self.live.with_state_and_day(self.live.ledger_state(), day);
        }
    }

    /// The first matches for `patient`, by the real ranking, without those that declined this patient.
    fn matches(&self, patient: &Patient, declined: &HashSet<LineId>, limit: u32) -> Vec<Match> {
        let dated = self.live.as_of(patient.discharge.on);
        let directory = WithoutDeclined { inner: &dated, declined };
        let shown = Discharge { limit, ..patient.discharge.clone() };
        rank(&shown, &directory, &[]).matches
    }

    /// Records `entries` as the program does.
    fn record(&mut self, entries: Vec<LedgerEvent>) {
        let state = self.live.ledger_state();
        let next = state.sequence.0 + 1;
        let events = (next..).zip(entries).map(|(at, entry)| SequencedEvent { sequence: Sequence(at), entry }).collect();
        let state = LedgerState::clone(state).apply(events);
        self.live = self.live.with_state_and_day(&Arc::new(state), self.live.today());
    }

    /// Records the answers of one call, as the call sheet does.
    fn hear(&mut self, world: &World, place: usize, answers: Vec<(ObservedQuestion, ObservedAnswer)>) {
        let heard = self.observations(world, place, answers);
        self.record(heard);
    }

    fn observations(
        &self,
        world: &World,
        place: usize,
        answers: Vec<(ObservedQuestion, ObservedAnswer)>,
    ) -> Vec<LedgerEvent> {
        let (of, said_on) = (&world.places[place], self.live.today());
        let first = self.live.ledger_state().sequence.0 + 1;
        let observation = |(number, (asked, answer)): (i64, (ObservedQuestion, ObservedAnswer))| {
            let is_room = matches!(answer, ObservedAnswer::Room(_) | ObservedAnswer::NoRoom(_));
            let counts_through = answer.holds_until(said_on).filter(|_| is_room).unwrap_or(said_on);
            LedgerEvent::Observation(Observation {
                id: ObservationId(i128::from(number).to_be_bytes()),
                hospital: HospitalId::default(),
                unit: None,
                principal: "unit".to_owned(),
                provider: of.id.clone(),
                service: of.service,
                said_on,
                said_by: None,
                asked,
                answer,
                counts_through,
            })
        };
        (first..).zip(answers).map(observation).collect()
    }

    /// Records the reply to a referral request with all that it says, as the program does.
    fn reply(&mut self, world: &World, place: usize, patient: &Patient, reply: ReferralReply) {
        let (of, asked_on) = (&world.places[place], self.live.today());
        let request = request(of.id.clone(), of.service, patient, asked_on);
        let step = match reply {
            ReferralReply::Accepted => ReferralStep::plain(ReferralState::Accepted),
            ReferralReply::Declined(why) => ReferralStep { why: Some(why), ..ReferralStep::plain(ReferralState::Declined) },
            ReferralReply::NoReply => ReferralStep::plain(ReferralState::NoReply),
        };
        let learned = learned::learn(&request, &of.id, step);
        let mut entries = self.observations(world, place, learned.answers);
        entries.extend(learned.reply.map(|(reply, origin)| {
            let (hospital, provider, service) = (HospitalId::default(), of.id.clone(), of.service);
            LedgerEvent::Outcome(Outcome { hospital, provider, service, asked_on, reply, payer_class: None, origin })
        }));
        self.record(entries);
    }
}

fn request(provider: ProviderId, service: Service, patient: &Patient, day: Date) -> ReferralRequest {
    let at = day.to_zoned(TimeZone::UTC).map_or(Timestamp::UNIX_EPOCH, |at| at.timestamp());
    let details = ReferralDetails {
        unit: None,
        label: None,
        service,
        needs: patient.needs.clone(),
        limits: Vec::new(),
        payer_class: None,
        coverage: named_coverage(patient),
        discharge_on: patient.discharge.on,
        region: None,
        has_substance_use_consent: false,
        weight: None,
        reply_due: at,
        providers: vec![provider],
    };
    let id = ReferralId([1; 16]);
    let (principal, what) = ("unit".to_owned(), ReferralAction::Made(details));
    let change = ReferralChange { id, request: id, hospital: HospitalId::default(), principal, made_on: day, at, what };
    ReferralRequest::made(&change).expect("a request")
}

/// The plan of a patient, if the directory has it: an answer about a program, or about a plan that it does not have, is not recorded.
fn named_coverage(patient: &Patient) -> Option<(CoverageField, String)> {
    match &patient.discharge.coverage {
        Some(Coverage::Networks { name, .. }) => Some((CoverageField::Plan, name.clone())),
        _ => None,
    }
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
            let matches = known.matches(patient, &declined, self.policy.at_once as u32);
            let Some(first) = matches.first() else { break };
            placed.rounds += 1;
            let is_settled = |found: &Match| {
                !self.policy.calls
                    || called.contains(&found.line)
                    || !has_open_question(found)
                    || (found.network.status.is_covered() && self.policy.skips_calls && found.chance.is_enough_to_refer())
            };
            if is_settled(first) {
                placed.referrals += 1;
                let place = self.world.at[&first.line];
                let reply = self.reply(patient, place);
                known.reply(self.world, place, patient, reply);
                match reply {
                    ReferralReply::Declined(why) => placed.declined.add(why),
                    ReferralReply::Accepted | ReferralReply::NoReply => {
                        placed.place = Some(place);
                        placed.miles = first.distance.map(Miles::value);
                        return placed;
                    }
                }
                declined.insert(first.line);
                continue;
            }
            let next: Vec<&Match> = matches.iter().filter(|found| !is_settled(found)).take(self.policy.at_once).collect();
            let lines: Vec<LineId> = next.iter().map(|found| found.line).collect();
            for found in next {
                placed.calls += 1;
                let refusal = self.call(known, patient, found);
                if let Some(why) = refusal {
                    placed.refused_calls.add(why);
                }
                // The program cannot keep what was said of a program or of an unknown plan; the unit knows it for this patient.
                if refusal == Some(DeclineReason::Coverage) {
                    declined.insert(found.line);
                }
            }
            called.extend(lines);
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

    /// Asks everything that is open, and records the answers. Returns the first thing to which the answer is no.
    fn call(&mut self, known: &mut Knowledge, patient: &Patient, found: &Match) -> Option<DeclineReason> {
        let place = self.world.at[&found.line];
        let (mut answers, mut refusal) = (Vec::new(), None);
        let said = |yes| if yes { ObservedAnswer::Yes } else { ObservedAnswer::No };
        if !found.network.status.is_covered() {
            let takes = self.heard(self.world.places[place].takes[patient.coverage]);
            refusal = (!takes).then_some(DeclineReason::Coverage);
            answers
                .extend(named_coverage(patient).map(|(field, name)| (ObservedQuestion::Coverage(field, name), said(takes))));
        }
        for answer in found.acceptance.answers.iter().filter(|answer| answer.required && answer.answer == Tristate::Unknown) {
            if let Requirement::Need(need) = answer.asked {
                let takes = self.heard(self.world.takes(place, need));
                refusal = refusal.or((!takes).then_some(DeclineReason::Need(need)));
                answers.push((ObservedQuestion::Need(need), said(takes)));
            }
        }
        if found.availability.answer == Tristate::Unknown {
            let room = self.heard(self.rooms.has_room(place));
            refusal = refusal.or((!room).then_some(DeclineReason::NoRoom));
            answers
                .push((ObservedQuestion::Room, if room { ObservedAnswer::Room(None) } else { ObservedAnswer::NoRoom(None) }));
        }
        known.hear(self.world, place, answers);
        refusal
    }

    /// The answer as it is heard.
    fn heard(&mut self, truth: bool) -> bool {
        truth != self.draw.happens(self.world.faults.wrong_answers)
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
fn has_open_question(found: &Match) -> bool {
    let is_open = |answer: &AcceptanceAnswer| answer.required && answer.answer == Tristate::Unknown;
    !found.network.status.is_covered()
        || found.availability.answer == Tristate::Unknown
        || found.acceptance.answers.iter().any(is_open)
}

/// The directory without the lines that declined this patient.
struct WithoutDeclined<'a> {
    inner: &'a dyn Directory,
    declined: &'a HashSet<LineId>,
}

impl Directory for WithoutDeclined<'_> {
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
        found.filter(|candidate| !self.declined.contains(&candidate.line)).collect()
    }

    fn candidate(&self, line: LineId, search: &CandidateQuery<'_>) -> Option<Candidate> {
        self.inner.candidate(line, search).filter(|candidate| !self.declined.contains(&candidate.line))
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

    fn usual_answers(&self, service: Service) -> Option<&AnswerRecord> {
        self.inner.usual_answers(service)
    }

    fn services_listed(&self, line: LineId, networks: &[NetworkId]) -> Vec<Service> {
        self.inner.services_listed(line, networks)
    }
}
