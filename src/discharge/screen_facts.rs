//! What is known for the rules about the right level of care: dates, counts, yes or no, and coded values. They are part of the
//! question and not of a discharge, so no rank, count, list id or cursor can depend on them.

use jiff::civil::Date;

use crate::coverage::Coverage;
use crate::discharge::screen_request::ScreensRequest;
use crate::discharge::screen_values::{ScreenPayer, SkilledNeed, TherapyNeed};
use crate::input::errors::FieldErrors;
use crate::input::field::Field;

impl ScreenFacts {
    /// The payer: as given or, if the coverage decides it, by that. A plan may be of several classes.
    pub(crate) fn payer_of(&self, coverage: Option<&Coverage>) -> ScreenPayer {
        self.payer_class.unwrap_or(match coverage {
            Some(Coverage::Medicare) => ScreenPayer::Medicare,
            Some(Coverage::Medicaid(_)) => ScreenPayer::Medicaid,
            Some(Coverage::SelfPay) => ScreenPayer::SelfPay,
            Some(Coverage::Networks { .. } | Coverage::UnknownPlan { .. }) | None => ScreenPayer::Unknown,
        })
    }
}

/// Most days between a date of a screen and today: more than any rule asks about. Our choice.
const MOST_DAYS: i32 = 731;

/// Declares the facts: those that are yes or no, which are also found by name, and the others.
macro_rules! screen_facts {
    (yes_no { $($flag:ident),+ $(,)? } others { $($field:ident: $kind:ty),+ $(,)? }) => {
        /// What is known. Nothing that is missing counts as no.
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        pub struct ScreenFacts {
            $(pub(crate) $flag: Option<bool>,)+
            $(pub(crate) $field: Option<$kind>,)+
            /// The therapies, sorted; `None` if not known.
            pub(crate) therapies: Option<Vec<TherapyNeed>>,
        }

        impl ScreenFacts {
            /// The inputs that are yes or no.
            pub(crate) const YES_OR_NO: &'static [&'static str] = &[$(stringify!($flag)),+];

            /// The answer to an input that is yes or no.
            pub(crate) fn answer(&self, input: &str) -> Option<bool> {
                match input {
                    $(stringify!($flag) => self.$flag,)+
                    _ => None,
                }
            }
        }

        impl From<&ScreensRequest> for ScreenFacts {
            fn from(request: &ScreensRequest) -> Self {
                let listed = request.therapies.given().is_some();
                let mut therapies: Vec<TherapyNeed> = request.therapies.items().map(|(_, therapy)| *therapy).collect();
                therapies.sort_unstable();
                therapies.dedup();
                Self {
                    $($flag: request.$flag.given().copied(),)+
                    $($field: request.$field.given().copied(),)+
                    therapies: listed.then_some(therapies),
                }
            }
        }
    };
}

screen_facts! {
    yes_no {
        observation_only, status_changed, later_start_needed, needs_inpatient_setting, plan_waives_stay,
        aco_waiver_approved, aco_patient_assigned, aco_snf_affiliate, aco_physician_approved, team_episode, team_snf_listed,
        pasrr_done, pasrr_exempt, tolerates_three_hours, fifteen_hours_a_week, stable_for_program, needs_rehab_physician,
        rehab_condition, homebound_1, homebound_2, certifying_practitioner_named, orders_written, prognosis_six_months,
        hospice_elected, ventilator_expected_96h_in_ltch, directly_from_acute, psychiatric_or_rehab_diagnosis,
        face_to_face_item, part_b_pump_drug, prior_authorization_approved,
    }
    others {
        payer_class: ScreenPayer, inpatient_admitted_on: Date, discharged_on: Date, benefit_days_left: u32,
        skilled_need: SkilledNeed, rehab_screened_on: Date, face_to_face_on: Date, icu_days: u32,
    }
}

/// The facts of `asked`; `None` if the screens are not asked for. `start` is the discharge date of the question, if it has one.
pub(crate) fn read_screens(
    asked: &Field<ScreensRequest>,
    start: Option<Date>,
    today: Date,
    faults: &mut FieldErrors,
) -> Option<ScreenFacts> {
    let request = asked.given()?;
    for day in dates(request) {
        if let Some(date) = day.given().filter(|date| (**date - today).get_days().abs() > MOST_DAYS) {
            faults.add(day.at, "out_of_range", format!("{date} is more than two years from today, {today}"), None);
        }
    }
    let facts = ScreenFacts { discharged_on: request.discharged_on.given().copied().or(start), ..ScreenFacts::from(request) };
    if let (Some(from), Some(to)) = (facts.inpatient_admitted_on, facts.discharged_on)
        && to < from
    {
        let at = if request.discharged_on.is_present() { request.discharged_on.at } else { request.inpatient_admitted_on.at };
        faults.add(at, "conflict", format!("the hospital discharge, {to}, is before the inpatient order, {from}"), None);
    }
    if let (Some(to), Some(start)) = (request.discharged_on.given(), start)
        && *to > start
    {
        let hint = Some("care begins on discharge_on, the hospital discharge is before it or the same day".to_owned());
        let detail = format!("the hospital discharge, {to}, is after the discharge date of the question, {start}");
        faults.add(request.discharged_on.at, "conflict", detail, hint);
    }
    if facts.observation_only == Some(true) && request.inpatient_admitted_on.is_present() {
        let hint = Some("leave one of them out".to_owned());
        let detail = "a patient with an inpatient order was not in observation only";
        faults.add(request.observation_only.at, "conflict", detail, hint);
    }
    if facts.therapies.as_deref().is_some_and(|therapies| therapies.len() > 1 && therapies.contains(&TherapyNeed::None)) {
        let hint = Some("send none alone, or leave it out".to_owned());
        faults.add(request.therapies.at, "conflict", "the list has therapies and none", hint);
    }
    Some(facts)
}

/// The fields of a request that hold a date, for checks on all of them.
fn dates(request: &ScreensRequest) -> [&Field<Date>; 4] {
    [&request.inpatient_admitted_on, &request.discharged_on, &request.rehab_screened_on, &request.face_to_face_on]
}
