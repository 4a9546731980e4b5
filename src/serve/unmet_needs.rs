//! Counts of questions that no provider met, by region, need and payer, for the manager's page.
//!
//! Off unless `hospital.toml` says `count_unmet_needs = true`. The counts are in memory only, for 30
//! days, and hold codes: no question, no ZIP of five digits, no caller. An answer hands its codes to a
//! channel and waits for nothing; they are counted when somebody reads the counts, and once a second.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, HashSet};
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::ToSpan;
use jiff::civil::Date;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::api_keys::Principal;
use crate::coverage::Coverage;
use crate::matching::report::Report;
use crate::serve::answer_summary::{AnswerSummary, NoMatchReason};
use crate::serve::http::throttle::rate_key;
use crate::service::Need;
use crate::statements::referral_request::region::ReferralRegion;
use crate::statements::referral_request::tells_of_substance_use;

/// Over how many whole days the counts go; today is not among them.
pub(crate) const UNMET_DAYS: i32 = 30;
/// A count below this is not shown.
pub(crate) const FEWEST_SHOWN: u32 = 11;
/// How many answers may wait to be counted. Our choice: more than a server answers in a second.
const WAITING: usize = 4_096;
/// How many counts of one day are compared. Our choice, which bounds the memory; questions after
/// them are reported as not counted.
const MOST_A_DAY: usize = 50_000;

/// Who pays, as far as a question says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnmetPayer {
    /// Original Medicare.
    Medicare,
    /// The Medicaid program of a state.
    Medicaid,
    /// A plan, a network or a payer by its name.
    Plan,
    /// The patient.
    SelfPay,
    /// Not stated.
    NotStated,
}

impl UnmetPayer {
    /// Every class.
    pub(crate) const ALL: [Self; 5] = [Self::Medicare, Self::Medicaid, Self::Plan, Self::SelfPay, Self::NotStated];

    fn of(coverage: Option<&Coverage>) -> Self {
        match coverage {
            Some(Coverage::Medicare) => Self::Medicare,
            Some(Coverage::Medicaid(_)) => Self::Medicaid,
            Some(Coverage::Networks { .. } | Coverage::UnknownPlan { .. }) => Self::Plan,
            Some(Coverage::SelfPay) => Self::SelfPay,
            None => Self::NotStated,
        }
    }

    /// The code in the API.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Medicare => "medicare",
            Self::Medicaid => "medicaid",
            Self::Plan => "plan",
            Self::SelfPay => "self_pay",
            Self::NotStated => "not_stated",
        }
    }

    /// What people read.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Medicare => "Original Medicare",
            Self::Medicaid => "Medicaid",
            Self::Plan => "A plan",
            Self::SelfPay => "Self-pay",
            Self::NotStated => "Not stated",
        }
    }
}

/// A question that no provider met, in codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnmetQuestion {
    day: Date,
    region: Option<ReferralRegion>,
    needs: Vec<Need>,
    payer: UnmetPayer,
    /// The first reason that applies, in the order of [`NoMatchReason::ALL`].
    reason: usize,
}

impl UnmetQuestion {
    /// The questions among `reports` that no provider met.
    pub(crate) fn among(reports: &[Report]) -> Vec<Self> {
        reports.iter().filter(|report| report.meeting() == 0).map(Self::of).collect()
    }

    fn of(report: &Report) -> Self {
        let asked = &report.discharge;
        let zeros = AnswerSummary::of([report]).zeros;
        Self {
            day: asked.asked_on,
            region: ReferralRegion::of_zip(asked.near.zip),
            needs: asked.required.iter().collect(),
            payer: UnmetPayer::of(asked.coverage.as_ref()),
            reason: zeros.iter().position(|count| *count > 0).unwrap_or_default(),
        }
    }
}

/// What is counted together. No sum of several cells is shown, so that no cell follows from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnmetCell {
    /// The first three digits of the ZIP; `None` where 20,000 people or fewer live.
    pub(crate) region: Option<ReferralRegion>,
    /// The need; `None` for questions without one.
    pub(crate) need: Option<Need>,
    /// Who pays.
    pub(crate) payer: UnmetPayer,
}

/// One cell as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShownCell {
    /// The cell.
    pub(crate) cell: UnmetCell,
    /// The count and the most frequent reason; `None` if there are fewer than [`FEWEST_SHOWN`].
    pub(crate) count: Option<(u32, NoMatchReason)>,
}

/// The counters.
#[derive(Debug)]
pub struct UnmetNeeds {
    sender: Sender<(String, UnmetQuestion)>,
    counts: Mutex<UnmetCounts>,
    /// Answers that could not be counted.
    missed: AtomicU64,
}

#[derive(Debug)]
struct UnmetCounts {
    waiting: Receiver<(String, UnmetQuestion)>,
    /// For each day, cell and reason.
    counts: BTreeMap<(Date, UnmetCell, usize), u32>,
    /// Digests of the callers and cells of the day `seen_on`, under a key of this process that is stored nowhere.
    seen: HashSet<u64>,
    seen_on: Date,
    key: RandomState,
}

impl Default for UnmetNeeds {
    fn default() -> Self {
        let (sender, waiting) = channel(WAITING);
        let counts = UnmetCounts {
            waiting,
            counts: BTreeMap::new(),
            seen: HashSet::new(),
            seen_on: Date::MIN,
            key: RandomState::new(),
        };
        Self { sender, counts: Mutex::new(counts), missed: AtomicU64::new(0) }
    }
}

impl UnmetNeeds {
    /// Hands over what an answer to `caller` did not meet. It waits for nothing.
    pub(crate) fn note(&self, caller: &Principal, unmet: Vec<UnmetQuestion>) {
        for question in unmet {
            if self.sender.try_send((rate_key(&caller.name).to_owned(), question)).is_err() {
                self.missed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Counts what was handed over, and drops the days before the last 30.
    pub(crate) fn settle(&self, today: Date) {
        let missed = self.counts.lock().unwrap_or_else(PoisonError::into_inner).settle(today);
        self.missed.fetch_add(missed, Ordering::Relaxed);
    }

    /// How many answers could not be counted since the server started.
    pub(crate) fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }

    /// The cells of the 30 days before `today`. Needs about substance use are among them only from
    /// [`FEWEST_SHOWN`] on.
    pub(crate) fn shown(&self, today: Date) -> Vec<ShownCell> {
        self.settle(today);
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut cells: BTreeMap<UnmetCell, [u32; NoMatchReason::ALL.len()]> = BTreeMap::new();
        for ((_, cell, reason), count) in counts.counts.iter().filter(|((day, _, _), _)| *day < today) {
            cells.entry(*cell).or_default()[*reason] += count;
        }
        let shown = cells.into_iter().map(|(cell, reasons)| {
            let total: u32 = reasons.iter().sum();
            let most = (0..reasons.len()).rev().max_by_key(|reason| reasons[*reason]).unwrap_or_default();
            ShownCell { cell, count: (total >= FEWEST_SHOWN).then_some((total, NoMatchReason::ALL[most])) }
        });
        let is_named = |shown: &ShownCell| shown.count.is_some() || !shown.cell.need.is_some_and(tells_of_substance_use);
        let mut shown: Vec<ShownCell> = shown.filter(is_named).collect();
        shown.sort_by_key(|shown| std::cmp::Reverse(shown.count.map(|(count, _)| count)));
        shown
    }
}

impl UnmetCounts {
    /// Returns how many questions could not be counted.
    fn settle(&mut self, today: Date) -> u64 {
        let mut missed = 0;
        while let Ok((caller, question)) = self.waiting.try_recv() {
            missed += u64::from(!self.add(&caller, &question));
        }
        self.turn_to(today);
        let first = today.checked_sub(UNMET_DAYS.days()).unwrap_or(Date::MIN);
        self.counts.retain(|(day, _, _), _| *day >= first);
        missed
    }

    /// Drops the digests of the day before when a day begins.
    fn turn_to(&mut self, day: Date) {
        if day > self.seen_on {
            (self.seen_on, self.key, self.seen) = (day, RandomState::new(), HashSet::new());
        }
    }

    /// A caller counts once a day for each cell: a question is sent again with each page, and refined.
    /// False if it could not be counted: it is of a day that is over, or too many came that day.
    fn add(&mut self, caller: &str, question: &UnmetQuestion) -> bool {
        let UnmetQuestion { day, region, needs, payer, reason } = question;
        self.turn_to(*day);
        if *day < self.seen_on {
            return false;
        }
        let needs = needs.iter().copied().map(Some).chain(needs.is_empty().then_some(None));
        for need in needs {
            let cell = UnmetCell { region: *region, need, payer: *payer };
            let digest = self.key.hash_one((caller, cell));
            if self.seen.contains(&digest) {
                continue;
            }
            if self.seen.len() >= MOST_A_DAY {
                return false;
            }
            self.seen.insert(digest);
            *self.counts.entry((*day, cell, *reason)).or_default() += 1;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// A question of that day of November.
    fn question(day: i8, needs: &[&str], reason: usize) -> UnmetQuestion {
        let needs = needs.iter().map(|need| need.parse().unwrap()).collect();
        UnmetQuestion { day: date(2026, 11, day), region: None, needs, payer: UnmetPayer::Medicare, reason }
    }

    fn note(unmet: &UnmetNeeds, caller: &str, question: UnmetQuestion) {
        unmet.note(&Principal { name: caller.to_owned(), ..Principal::anyone() }, vec![question]);
    }

    /// The count of questions about that need over all days and reasons.
    fn count(unmet: &UnmetNeeds, need: &str) -> u32 {
        let need: Option<Need> = Some(need.parse().unwrap());
        let counts = unmet.counts.lock().unwrap();
        counts.counts.iter().filter(|((_, cell, _), _)| cell.need == need).map(|(_, count)| count).sum()
    }

    #[test]
    fn a_caller_who_refines_a_question_counts_once_a_day_for_each_need() {
        let unmet = UnmetNeeds::default();
        let refined: [(&[&str], usize); 4] =
            [(&["resp.vent"], 0), (&["resp.vent"], 1), (&["resp.vent", "inf.abx"], 0), (&["inf.abx", "resp.vent"], 2)];
        for (needs, reason) in refined {
            note(&unmet, "key:a/session", question(21, needs, reason));
        }
        unmet.settle(date(2026, 11, 21));
        assert_eq!((count(&unmet, "resp.vent"), count(&unmet, "inf.abx")), (1, 1));
        note(&unmet, "key:b", question(21, &["resp.vent"], 0));
        note(&unmet, "key:a", question(22, &["resp.vent"], 0));
        unmet.settle(date(2026, 11, 22));
        assert_eq!((count(&unmet, "resp.vent"), unmet.missed()), (3, 0), "another caller, and another day");
    }

    #[test]
    fn digests_go_with_their_day_and_a_late_question_does_not_begin_it_anew() {
        let unmet = UnmetNeeds::default();
        note(&unmet, "key:a", question(22, &["resp.vent"], 0));
        note(&unmet, "key:b", question(21, &["resp.vent"], 0));
        note(&unmet, "key:a", question(22, &["resp.vent"], 0));
        unmet.settle(date(2026, 11, 22));
        assert_eq!((count(&unmet, "resp.vent"), unmet.missed()), (1, 1), "the late one is reported as not counted");
        assert_eq!(unmet.counts.lock().unwrap().seen.len(), 1);
        unmet.settle(date(2026, 11, 23));
        assert!(unmet.counts.lock().unwrap().seen.is_empty());
    }

    #[test]
    fn questions_beyond_the_most_of_a_day_are_reported_as_not_counted() {
        let unmet = UnmetNeeds::default();
        let mut counts = unmet.counts.lock().unwrap();
        for caller in 0..MOST_A_DAY {
            assert!(counts.add(&format!("key:{caller}"), &question(21, &["resp.vent"], 0)));
        }
        assert!(counts.add("key:0", &question(21, &["resp.vent"], 0)), "it is counted already");
        drop(counts);
        note(&unmet, "key:late", question(21, &["resp.vent"], 0));
        unmet.settle(date(2026, 11, 21));
        assert_eq!(unmet.missed(), 1);
    }
}
