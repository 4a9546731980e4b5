//! What is recorded of the answers of one provider: by telephone, by itself, and by the outcomes of referrals. Never who was
//! referred.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use crate::ledger::event::Sequence;
use crate::ledger::observation_log::ObservationLog;
use crate::ledger::state::ReferralReplies;
use crate::overlay::referral_stats::is_within_window;
use crate::provider::answer_record::AnswerRecord;
use crate::service::{Need, Service};
use crate::statements::observation::{Observation, ObservedAnswer, ObservedQuestion};
use crate::statements::outcome_origin::OutcomeOrigin;
use crate::statements::recorded_reply::RecordedReply;
use crate::statements::{Availability, DeclineReason, RECORD_DAYS, ReferralReply, StatementValue, Statements};

/// From this age on, in days, an answer counts half.
const OLD_DAYS: i32 = 180;

/// The recorded answers of one service line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct LineRecord {
    /// Its own answers.
    pub(crate) own: Arc<AnswerRecord>,
    /// Those of the days before the directory was built, as of that day. They are part of what is usual, which does not change with the
    /// days; only what is recorded later of these days changes it.
    pub(crate) before_release: AnswerRecord,
}

impl LineRecord {
    /// Its own answers, if there are any.
    pub(crate) fn shown(&self) -> Option<Arc<AnswerRecord>> {
        (!self.own.is_empty()).then(|| Arc::clone(&self.own))
    }
}

/// What one answer is about.
#[derive(Debug, Clone, Copy)]
enum RecordedSubject {
    Need(Need),
    Room,
}

/// One answer that is recorded.
#[derive(Debug, Clone, Copy)]
struct RecordedAnswer {
    service: Service,
    day: Date,
    subject: RecordedSubject,
    yes: bool,
}

/// Where the answers of one provider are recorded, under all of its ids.
pub(crate) struct AnswerSources<'a> {
    pub(crate) logs: Vec<&'a Arc<ObservationLog>>,
    pub(crate) replies: Vec<&'a ReferralReplies>,
    pub(crate) statements: Option<&'a Statements>,
    pub(crate) availability: Option<&'a Availability>,
}

impl AnswerSources<'_> {
    /// Counts the answers by service as of `today`, with a directory built on `release`.
    pub(crate) fn count(&self, today: Date, release: Option<Date>) -> BTreeMap<Service, LineRecord> {
        let mut counted: BTreeMap<Service, (AnswerRecord, AnswerRecord)> = BTreeMap::new();
        for answer in self.answers() {
            let (own, before) = counted.entry(answer.service).or_default();
            if answer.counts_on(today) {
                answer.add_to(own, today);
            }
            if let Some(release) = release
                && answer.day < release
                && answer.counts_on(release)
            {
                answer.add_to(before, release);
            }
        }
        let record = |(own, before_release)| LineRecord { own: Arc::new(own), before_release };
        counted.into_iter().map(|(service, counts)| (service, record(counts))).collect()
    }

    fn answers(&self) -> Vec<RecordedAnswer> {
        let mut answers = self.observed();
        for (service, replies) in self.replies.iter().copied().flatten() {
            answers.extend(replies.iter().filter_map(|reply| of_reply(*service, *reply)));
        }
        if let Some(said) = self.statements {
            answers.extend(said.statements.iter().filter_map(|statement| match statement.says {
                StatementValue::Need(need, yes) => {
                    let subject = RecordedSubject::Need(need);
                    Some(RecordedAnswer { service: statement.service, day: said.said_on, subject, yes })
                }
                StatementValue::Limit(..) => None,
            }));
        }
        if let Some(said) = self.availability {
            let today = said.rooms.iter().filter(|room| room.from <= said.said_on && said.said_on <= room.until);
            answers.extend(today.map(|room| RecordedAnswer {
                service: room.service,
                day: said.said_on,
                subject: RecordedSubject::Room,
                yes: room.room,
            }));
        }
        answers
    }

    /// The answers by telephone. A correction on the same day by the same unit replaces the answer before it, and a withdrawal takes
    /// it away.
    fn observed(&self) -> Vec<RecordedAnswer> {
        let mut records: Vec<&(Sequence, Arc<Observation>)> = self.logs.iter().flat_map(|log| log.records()).collect();
        records.sort_by_key(|(sequence, _)| *sequence);
        let mut of_question: BTreeMap<(Service, &ObservedQuestion), Vec<&Observation>> = BTreeMap::new();
        for (_, heard) in records {
            let answers = of_question.entry((heard.service, &heard.asked)).or_default();
            let is_own = |last: &&Observation| last.hospital == heard.hospital;
            let is_corrected = |last: &&Observation| is_own(last) && last.unit == heard.unit && last.said_on == heard.said_on;
            if heard.answer == ObservedAnswer::Withdrawn {
                if let Some(at) = answers.iter().rposition(is_own) {
                    answers.remove(at);
                }
            } else if let Some(at) = answers.iter().rposition(is_corrected) {
                answers.remove(at);
            }
            if heard.answer != ObservedAnswer::Withdrawn {
                answers.push(heard);
            }
        }
        of_question.into_values().flatten().filter_map(of_observation).collect()
    }
}

fn of_observation(heard: &Observation) -> Option<RecordedAnswer> {
    let (subject, yes) = match (&heard.asked, heard.answer) {
        (ObservedQuestion::Need(need), ObservedAnswer::Yes) => (RecordedSubject::Need(*need), true),
        (ObservedQuestion::Need(need), ObservedAnswer::No) => (RecordedSubject::Need(*need), false),
        // Room from a later day means that there was none when it was asked.
        (ObservedQuestion::Room, ObservedAnswer::Room(from)) => {
            (RecordedSubject::Room, from.is_none_or(|from| from <= heard.said_on))
        }
        (ObservedQuestion::Room, ObservedAnswer::NoRoom(_)) => (RecordedSubject::Room, false),
        _ => return None,
    };
    Some(RecordedAnswer { service: heard.service, day: heard.said_on, subject, yes })
}

/// What a reply says of room or of a need. What a referral request refused for a need or for want of room is recorded as an observation
/// too, which counts.
fn of_reply(service: Service, reply: RecordedReply) -> Option<RecordedAnswer> {
    let is_observed = reply.origin != OutcomeOrigin::Reported;
    let (subject, yes) = match reply.reply {
        ReferralReply::Accepted => (RecordedSubject::Room, true),
        ReferralReply::Declined(DeclineReason::NoRoom) if !is_observed => (RecordedSubject::Room, false),
        ReferralReply::Declined(DeclineReason::Need(need)) if !is_observed => (RecordedSubject::Need(need), false),
        // Asked, and the patient was not taken although nothing asked for was refused.
        ReferralReply::Declined(DeclineReason::Other | DeclineReason::NotSaid) => (RecordedSubject::Room, false),
        ReferralReply::Declined(
            DeclineReason::NoRoom
            | DeclineReason::Need(_)
            | DeclineReason::Limit(_)
            | DeclineReason::Coverage
            | DeclineReason::OutsideServiceArea,
        )
        | ReferralReply::NoReply => return None,
    };
    Some(RecordedAnswer { service, day: reply.asked_on, subject, yes })
}

/// Whether an answer of `day` is recent enough to be read.
fn is_read(day: Date, today: Date) -> bool {
    (0..=RECORD_DAYS).contains(&(today - day).get_days())
}

impl RecordedAnswer {
    /// Needs count for a year, and room as long as outcomes do. A protected need is never learned against a provider.
    fn counts_on(self, today: Date) -> bool {
        match self.subject {
            RecordedSubject::Need(need) => is_read(self.day, today) && !need.entry().guarded,
            RecordedSubject::Room => is_within_window(self.day, today),
        }
    }

    fn add_to(self, record: &mut AnswerRecord, today: Date) {
        let is_old = (today - self.day).get_days() > OLD_DAYS;
        match self.subject {
            RecordedSubject::Need(need) => record.needs.entry(need).or_default().add(self.yes, is_old),
            RecordedSubject::Room => record.room.add(self.yes, is_old),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;
    use crate::provider::answer_record::AnswerCounts;
    use crate::statements::observation::ObservationId;
    use crate::statements::stated_details::StatedDetails;

    const TODAY: Date = date(2026, 11, 21);
    const SERVICE: Service = Service::SkilledNursing;

    fn ago(days: i64) -> Date {
        TODAY.checked_sub(days.days()).unwrap()
    }

    fn need(code: &str) -> ObservedQuestion {
        ObservedQuestion::Need(code.parse().unwrap())
    }

    fn heard(days: i64, unit: &str, asked: ObservedQuestion, answer: ObservedAnswer) -> Observation {
        Observation {
            id: ObservationId([1; 16]),
            hospital: "mercy".parse().unwrap(),
            unit: Some(unit.to_owned()),
            principal: "key:a".to_owned(),
            provider: "ccn:265001".parse().unwrap(),
            service: SERVICE,
            said_on: ago(days),
            said_by: None,
            asked,
            answer,
            counts_through: ago(days),
        }
    }

    fn reply(days: i64, reply: ReferralReply, origin: OutcomeOrigin) -> RecordedReply {
        RecordedReply { asked_on: ago(days), reply, payer_class: None, origin }
    }

    fn counted(observations: Vec<Observation>, replies: Vec<RecordedReply>, release: Option<Date>) -> LineRecord {
        let mut log = ObservationLog::default();
        for (at, heard) in (1..).zip(observations) {
            log.add(Sequence(at), heard);
        }
        let (log, replies) = (Arc::new(log), ReferralReplies::from([(SERVICE, replies)]));
        let sources = AnswerSources { logs: vec![&log], replies: vec![&replies], statements: None, availability: None };
        sources.count(TODAY, release).remove(&SERVICE).unwrap_or_default()
    }

    fn yes_of(counts: AnswerCounts) -> (u32, u32) {
        (counts.yes, counts.asked)
    }

    #[test]
    fn every_call_counts_and_a_correction_or_a_withdrawal_does_not() {
        let vent = || need("resp.vent");
        let record = counted(
            vec![
                heard(100, "4 West", vent(), ObservedAnswer::Yes),
                heard(40, "4 West", vent(), ObservedAnswer::Yes),
                heard(40, "4 West", vent(), ObservedAnswer::No), // a correction
                heard(40, "5 East", vent(), ObservedAnswer::Yes),
                heard(3, "4 West", vent(), ObservedAnswer::No),
                heard(2, "4 West", vent(), ObservedAnswer::Withdrawn),
            ],
            Vec::new(),
            None,
        );
        assert_eq!(yes_of(record.own.need("resp.vent".parse().unwrap())), (2, 3));
        assert!(record.before_release.is_empty(), "nothing is usual without a release");
    }

    #[test]
    fn room_is_counted_for_90_days_and_an_acceptance_is_room() {
        use OutcomeOrigin::{LateReply, Reported, Request};
        let room = |days, answer| heard(days, "4 West", ObservedQuestion::Room, answer);
        let declined = ReferralReply::Declined;
        let record = counted(
            vec![
                room(91, ObservedAnswer::Room(None)),
                room(90, ObservedAnswer::Room(None)),
                room(20, ObservedAnswer::Room(Some(ago(15)))), // none on the day it was asked
                room(10, ObservedAnswer::NoRoom(None)),
            ],
            vec![
                reply(91, ReferralReply::Accepted, Reported),
                reply(5, ReferralReply::Accepted, Request),
                reply(5, ReferralReply::Accepted, LateReply),
                reply(5, declined(DeclineReason::NoRoom), Request), // an observation too
                reply(5, declined(DeclineReason::NoRoom), Reported),
                reply(5, declined(DeclineReason::Other), Request),
                reply(5, declined(DeclineReason::Coverage), Reported),
                reply(5, ReferralReply::NoReply, Reported),
            ],
            Some(ago(12)),
        );
        assert_eq!(yes_of(record.own.room), (3, 7));
        assert_eq!(yes_of(record.before_release.room), (3, 4), "of the days before the release, as of that day");
    }

    #[test]
    fn a_refusal_for_a_need_is_no_to_that_alone_and_a_protected_need_is_never_learned() {
        let vent: Need = "resp.vent".parse().unwrap();
        let methadone: Need = "sud.methadone".parse().unwrap();
        let refused = |need, origin| reply(200, ReferralReply::Declined(DeclineReason::Need(need)), origin);
        let record = counted(
            vec![heard(1, "4 West", need("sud.methadone"), ObservedAnswer::No)],
            vec![
                refused(vent, OutcomeOrigin::Reported),
                refused(vent, OutcomeOrigin::Request),
                refused(methadone, OutcomeOrigin::Reported),
            ],
            None,
        );
        let counts = AnswerCounts { yes: 0, asked: 1, old_yes: 0, old_asked: 1 };
        assert_eq!(record.own.needs, [(vent, counts)].into(), "after 180 days it counts half");
        assert_eq!(record.own.room, AnswerCounts::default());
    }

    #[test]
    fn what_a_provider_states_of_itself_is_one_answer() {
        let vent: Need = "resp.vent".parse().unwrap();
        let statement = |says| crate::statements::Statement { service: SERVICE, says, expires_on: ago(10) };
        let statements = Statements {
            provider: "ccn:265001".parse().unwrap(),
            said_on: ago(100),
            statements: vec![statement(StatementValue::Need(vent, true))],
            details: StatedDetails::default(),
        };
        let sources =
            AnswerSources { logs: Vec::new(), replies: Vec::new(), statements: Some(&statements), availability: None };
        assert_eq!(yes_of(sources.count(TODAY, None)[&SERVICE].own.need(vent)), (1, 1), "also after it has expired");
    }
}
