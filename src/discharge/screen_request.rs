//! The part of a question for the rules about the right level of care. `data/curated/screens/inputs.toml` has the question that each
//! field answers.

use jiff::civil::Date;

use crate::discharge::screen_values::{ScreenPayer, SkilledNeed, TherapyNeed};
use crate::input::declare::input;
use crate::input::values::{ListOf, Whole};

input! {
    /// Facts for the rules about the right level of care. All may be left out; `{}` asks for the rules alone. They are dates,
    /// counts, yes or no, and codes, and change neither the matches nor their order. What is missing is `unknown` and is asked
    /// about; it never counts as no.
    pub(crate) struct ScreensRequest as "Screens" {
        /// Who pays; by `coverage` if left out, where that is Medicare, Medicaid or self-pay.
        payer_class: ScreenPayer;
        /// The day of the inpatient order.
        inpatient_admitted_on: Date;
        /// The day the hospital discharges the patient; `discharge_on` if left out.
        discharged_on: Date;
        /// Whether the patient was in observation only and never an inpatient.
        observation_only: bool;
        /// Whether the status was changed from inpatient to outpatient during the stay.
        status_changed: bool;
        /// Whether it was known at discharge that treatment could not begin within 30 days.
        later_start_needed: bool;
        /// The skilled nursing facility days that are left in this benefit period.
        benefit_days_left: Whole<0, 100>;
        /// How often skilled care is needed.
        skilled_need: SkilledNeed;
        /// Whether, as a practical matter, the care can be given only in a skilled nursing facility.
        needs_inpatient_setting: bool;
        /// Whether the Medicare Advantage plan waives the three-day stay.
        plan_waives_stay: bool;
        /// Whether CMS approved the SNF waiver of the ACO.
        aco_waiver_approved: bool;
        /// Whether the patient is assigned to the ACO.
        aco_patient_assigned: bool;
        /// Whether the facility is a signed affiliate of the ACO.
        aco_snf_affiliate: bool;
        /// Whether an ACO physician approved the patient within 3 days before the admission.
        aco_physician_approved: bool;
        /// Whether this is an episode of TEAM.
        team_episode: bool;
        /// Whether the facility is on the list of CMS for TEAM.
        team_snf_listed: bool;
        /// Whether the preadmission screening (PASRR) is complete.
        pasrr_done: bool;
        /// Whether the hospital exemption from PASRR is certified.
        pasrr_exempt: bool;
        /// The therapies needed; `none` alone if there are none.
        therapies: ListOf<TherapyNeed, { TherapyNeed::ALL.len() }>, distinct(),
            filled("missing", "the list of therapies is empty", || Some("leave it out if not known, or send [\"none\"]".to_owned()));
        /// Whether the patient tolerates 3 hours of therapy a day, 5 days a week.
        tolerates_three_hours: bool;
        /// Whether the patient tolerates 15 hours of therapy in 7 days.
        fifteen_hours_a_week: bool;
        /// Whether the patient is stable enough for an intensive program.
        stable_for_program: bool;
        /// Whether a rehabilitation physician is needed at least 3 days a week.
        needs_rehab_physician: bool;
        /// The day of the preadmission screen or of its last update.
        rehab_screened_on: Date;
        /// Whether it is one of the 13 conditions of the 60 percent rule.
        rehab_condition: bool;
        /// Homebound, part 1: help or a device is needed to leave home, or leaving is contraindicated.
        homebound_1: bool;
        /// Homebound, part 2: a normal inability to leave home, and a taxing effort.
        homebound_2: bool;
        /// The day of the face-to-face encounter.
        face_to_face_on: Date;
        /// Whether the practitioner is named who certifies the care.
        certifying_practitioner_named: bool;
        /// Whether the orders are written.
        orders_written: bool;
        /// Whether the prognosis is 6 months or less.
        prognosis_six_months: bool;
        /// Whether the hospice election is signed.
        hospice_elected: bool;
        /// Days in intensive care during this hospital stay.
        icu_days: Whole<0, 365>;
        /// Whether at least 96 hours of ventilation are expected in the long-term acute care hospital.
        ventilator_expected_96h_in_ltch: bool;
        /// Whether the patient is moved directly from an acute care hospital.
        directly_from_acute: bool;
        /// Whether the principal diagnosis there is psychiatric or rehabilitation.
        psychiatric_or_rehab_diagnosis: bool;
        /// Whether the equipment is on the list that requires a face-to-face encounter.
        face_to_face_item: bool;
        /// Whether the drug is on the Part B list of drugs for a home pump.
        part_b_pump_drug: bool;
        /// Whether the prior authorization is approved.
        prior_authorization_approved: bool;
    }
}
