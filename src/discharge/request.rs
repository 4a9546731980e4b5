//! The request body of a question: its fields and their bounds. [`crate::discharge::parse`] checks
//! the fields against each other.

use jiff::civil::Date;
use serde_json::json;

use crate::discharge::field_types::{
    AnswerPart, EligibleGroup, Importance, LanguageCode, PageCursor, ProfileName, Program, Radius, WeightSet,
};
use crate::discharge::screen_request::ScreensRequest;
use crate::discharge::{MOST_LANGUAGES, MOST_NEEDS, MOST_PARTS, MOST_SHOWN, SHOWN};
use crate::input::declare::input;
use crate::input::schema::word_of;
use crate::input::values::{Degrees, LONGEST_TEXT, ListOf, Text, Whole};
use crate::place::{State, Zip};
use crate::provider::Sex;
use crate::service::{Need, Service};

input! {
    /// One discharge: the service, the location and the payer. Exactly one of `service` and
    /// `services` is given. There is no field for a name, a birth date, a record number or free
    /// text, and unknown fields are rejected. Null means that a field is left out.
    pub(crate) struct MatchRequest as "Question" {
        /// The requested service.
        service: Service;
        /// Several services for one patient; each gets its own report.
        services: ListOf<Service, { Service::ALL.len() }>, distinct(), filled("missing", "the list of services is empty", || None);
        /// Where care is needed.
        near: OriginRequest,
            required("where should care be?", || Some(r#"send {"zip": "29401"} or {"latitude": 32.78, "longitude": -79.94}"#.to_owned()));
        /// The radius in miles; the default per service is listed by `GET /v1/services`. Rejected
        /// if every requested service comes to the patient.
        within_miles: Radius;
        /// Who pays; if left out, networks are not checked.
        coverage: CoverageRequest;
        /// The patient's needs; none is listed twice.
        needs: ListOf<NeedRequest, MOST_NEEDS>, distinct();
        /// Facts that providers' limits are checked against.
        patient: PatientRequest;
        /// The date for which availability and network dates are checked, within a year of today;
        /// today if left out.
        discharge_on: Date;
        /// The weights of the score components; `default` if left out.
        profile: ProfileRequest;
        /// Maximum number of matches per page.
        limit: Whole<1, MOST_SHOWN>, usual(SHOWN);
        /// The `next_cursor` of the previous page, sent with the same question. Valid only for that
        /// question and that version of the directory.
        cursor: PageCursor;
        /// Additional parts of the answer: `left_out` lists each excluded provider with the reason.
        include: ListOf<AnswerPart, MOST_PARTS>;
        /// Asks which rules hold for this level of care, and gives facts for them. The answer then has `screens`; its other parts stay
        /// the same. Not used by `POST /v1/explain`.
        screens: ScreensRequest;
    }
}

input! {
    /// Where care is needed: a ZIP, or a latitude and longitude.
    pub(crate) struct OriginRequest as "Near" {
        /// A ZIP code in use; the last four digits are dropped.
        zip: Zip;
        /// Degrees north.
        latitude: Degrees<90>;
        /// Degrees east; negative in the continental US.
        longitude: Degrees<180>;
    }
    one of {
        /// The center of a ZIP code.
        NearZip { zip }
        /// A point within 500 miles of a ZIP in use.
        NearPoint { latitude, longitude }
    }
}

input! {
    /// Who pays: exactly one of a plan, a network, a payer, a program, and the name of a plan that is not known.
    pub(crate) struct CoverageRequest as "Coverage" {
        /// A plan of the directory, by its name or by words that only its name has.
        plan: Text<LONGEST_TEXT>;
        /// A network of the directory, by its name.
        network: Text<LONGEST_TEXT>;
        /// A payer of the directory, by its name.
        payer: Text<LONGEST_TEXT>;
        /// The name of a plan that the directory does not hold. Every network answer is then `plan_not_loaded`, and the name goes to the
        /// call sheet.
        plan_name: Text<LONGEST_TEXT>;
        /// False beside `plan_name`: the plan is not known to the directory.
        known: bool;
        /// The program.
        program: Program;
        /// The two-letter postal code of the state.
        state: State;
    }
    one of {
        /// A plan of the directory.
        CoveragePlan { plan }
        /// A plan that the directory does not hold.
        CoverageUnknownPlan { plan_name, known = json!({"type": "boolean", "enum": [false]}) }
        /// A network of the directory.
        CoverageNetwork { network }
        /// A payer of the directory.
        CoveragePayer { payer }
        /// Original Medicare (Medicare Advantage is a plan), or self-pay.
        CoverageProgram { program = word_of([Program::Medicare, Program::SelfPay].map(Program::code)) }
        /// Medicaid of a state.
        CoverageMedicaid { program = word_of([Program::Medicaid.code()]), state }
    }
}

input! {
    /// A need: its code alone, which makes it required, or an object with terms.
    pub(crate) enum NeedRequest as "AskedNeed" {
        /// A need that must be met.
        Code(Need),
        /// A need with its terms.
        Terms(NeedTermsRequest),
    }
}

input! {
    /// A need with its importance and its services.
    pub(crate) struct NeedTermsRequest as "NeedTerms" {
        /// The need.
        need: Need, required("which need?", || None);
        /// `required` if left out.
        importance: Importance;
        /// The requested services that it applies to; if left out, those that it concerns by `GET /v1/needs`, and all if it concerns
        /// none of them.
        services: ListOf<Service, { Service::ALL.len() }>;
    }
}

input! {
    /// Facts of the patient that providers set limits on. None identifies the patient.
    pub(crate) struct PatientRequest as "Patient" {
        /// Whole years; 91 and more are read as 90.
        age: PatientAge;
        /// Weight in pounds.
        weight_lb: PatientWeight;
        /// IV doses per day.
        doses_a_day: DosesADay;
        /// Within how many hours of the referral care must start.
        start_within_hours: StartHours;
        /// What the patient's medications cost a day, in whole dollars.
        drug_cost_a_day: DrugCost;
        /// Groups the patient belongs to. Some places are for one of them only.
        eligible: ListOf<EligibleGroup, { EligibleGroup::ALL.len() }>, distinct();
        /// Checked for providers that accept one sex only.
        sex: Sex;
        /// Languages of the patient; a provider must speak one of them.
        languages: ListOf<LanguageCode, MOST_LANGUAGES>;
    }
}

/// Whole years. 91 and more are read as 90, which stands for 90 and over and alone identifies nobody.
pub(crate) type PatientAge = Whole<0, 130>;
/// The age that stands for itself and every higher one (45 CFR 164.514(b)(2)(i)(C)).
pub(crate) const OLDEST_AGE: u32 = 90;
/// Pounds.
pub(crate) type PatientWeight = Whole<1, 1500>;
/// IV doses per day.
pub(crate) type DosesADay = Whole<1, 24>;
/// Hours from the referral to the start of care.
pub(crate) type StartHours = Whole<1, 720>;
/// Whole dollars a day.
pub(crate) type DrugCost = Whole<1, 100_000>;

input! {
    /// A published profile by name, or custom weights.
    pub(crate) enum ProfileRequest as "ProfileAsked" {
        /// A published profile.
        Named(ProfileName),
        /// Custom weights.
        Own(WeightsRequest),
    }
}

input! {
    /// Custom weights: for services the patient travels to, for services that come to the patient,
    /// or for both. Each set sums to 1.
    pub(crate) struct WeightsRequest as "OwnWeights" {
        /// Weights for services the patient travels to.
        patient_travels: WeightSet<true>;
        /// Weights for services that come to the patient.
        provider_comes: WeightSet<false>;
    }
    where shaped(|object| object.min_properties(Some(1)));
}
