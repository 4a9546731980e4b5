//! The body of a question, declared: its fields and their bounds. What the fields mean together is in [`crate::discharge::parse`].

use jiff::civil::Date;

use crate::discharge::field_types::{
    AnswerPart, Importance, LanguageCode, PageCursor, ProfileName, Program, Radius, WeightSet,
};
use crate::discharge::{MOST_LANGUAGES, MOST_NEEDS, MOST_PARTS, MOST_SHOWN, SHOWN};
use crate::input::declare::input;
use crate::input::schema::{exactly_one_of, word_of};
use crate::input::values::{Degrees, LONGEST_TEXT, ListOf, Text, Whole};
use crate::place::{State, Zip};
use crate::provider::Sex;
use crate::service::{Need, Service};

input! {
    /// One discharge: what is needed, where, who pays. Exactly one of `service` and `services` is given. There is
    /// no field for a name, a birth date, a record number or free text, and a field that is not known is refused. Null is
    /// the same as leaving a field out.
    pub(crate) struct MatchRequest as "Question" {
        /// What is needed.
        service: Service;
        /// Several services for one patient, each answered by a report of its own.
        services: ListOf<Service, { Service::ALL.len() }>, distinct(), filled("missing", "the list of services is empty", || None);
        /// Where care should be.
        near: OriginRequest,
            required("where should care be?", || Some(r#"send {"zip": "29401"} or {"latitude": 32.78, "longitude": -79.94}"#.to_owned()));
        /// How far the patient may travel, in miles; by default what `GET /v1/services` tells for the service. Refused where
        /// every service asked for comes to the patient.
        within_miles: Radius;
        /// Who pays; left out, networks are not asked about.
        coverage: CoverageRequest;
        /// What the patient needs; none is asked twice.
        needs: ListOf<NeedRequest, MOST_NEEDS>, distinct();
        /// What limits are checked against.
        patient: PatientRequest;
        /// The day availability and network dates are judged on, within a year of today; today when left out.
        discharge_on: Date;
        /// How the parts of a score weigh; `default` when left out.
        profile: ProfileRequest;
        /// How many matches a page holds.
        limit: Whole<1, MOST_SHOWN>, usual(SHOWN);
        /// The `next_cursor` of the page before, sent with the same question. Good for that question on that night's directory only.
        cursor: PageCursor;
        /// What else to tell: `left_out` lists each provider that is not on the list, and why.
        include: ListOf<AnswerPart, MOST_PARTS>;
    }
    where shaped(|object| exactly_one_of(object, ["service", "services"]));
}

input! {
    /// Where care should be: a ZIP, or a latitude and longitude.
    pub(crate) struct OriginRequest as "Near" {
        /// A ZIP code in use; the last four digits are dropped.
        zip: Zip;
        /// Degrees north.
        latitude: Degrees<90>;
        /// Degrees east; those of the mainland are negative.
        longitude: Degrees<180>;
    }
    one of {
        /// The middle of a ZIP code.
        NearZip { zip }
        /// A point within 500 miles of a ZIP in use.
        NearPoint { latitude, longitude }
    }
}

input! {
    /// Who pays: exactly one of a plan, a network, a payer and a program.
    pub(crate) struct CoverageRequest as "Coverage" {
        /// A plan of the directory, by its name or by words that only it has.
        plan: Text<LONGEST_TEXT>;
        /// A network of the directory, by its name.
        network: Text<LONGEST_TEXT>;
        /// A payer of the directory, by its name.
        payer: Text<LONGEST_TEXT>;
        /// The program.
        program: Program;
        /// The two-letter postal code of the state.
        state: State;
    }
    one of {
        /// A plan of the directory.
        CoveragePlan { plan }
        /// A network of the directory.
        CoverageNetwork { network }
        /// A payer of the directory.
        CoveragePayer { payer }
        /// Medicare (not Medicare Advantage, which is a plan), or the patient.
        CoverageProgram { program = word_of([Program::Medicare, Program::SelfPay].map(Program::code)) }
        /// The Medicaid of a state.
        CoverageMedicaid { program = word_of([Program::Medicaid.code()]), state }
    }
}

input! {
    /// A need: its code, which is required, or more about it.
    pub(crate) enum NeedRequest as "AskedNeed" {
        /// A need that must be met.
        Code(Need),
        /// A need with its terms.
        Terms(NeedTermsRequest),
    }
}

input! {
    /// A need with how much it matters, and of which services.
    pub(crate) struct NeedTermsRequest as "NeedTerms" {
        /// The need.
        need: Need, required("which need?", || None);
        /// `required` when left out.
        importance: Importance;
        /// Of several services asked for, those it is asked of; all when left out.
        services: ListOf<Service, { Service::ALL.len() }>;
    }
}

input! {
    /// Facts of the patient that providers set limits on. None identifies anybody.
    pub(crate) struct PatientRequest as "Patient" {
        /// Whole years; 90 stands for 90 and over.
        age: PatientAge;
        /// Pounds.
        weight_lb: PatientWeight;
        /// Infusion doses a day.
        doses_a_day: DosesADay;
        /// Asked of providers that take one sex only.
        sex: Sex;
        /// The languages the patient speaks; a provider must speak one.
        languages: ListOf<LanguageCode, MOST_LANGUAGES>;
    }
}

/// Whole years; 90 stands for 90 and over, which alone would not identify anybody.
pub(crate) type PatientAge = Whole<0, 90>;
/// Pounds.
pub(crate) type PatientWeight = Whole<1, 1500>;
/// Infusion doses a day.
pub(crate) type DosesADay = Whole<1, 24>;

input! {
    /// A published profile by its name, or weights of the caller's own.
    pub(crate) enum ProfileRequest as "ProfileAsked" {
        /// A published profile.
        Named(ProfileName),
        /// Weights of the caller's own.
        Own(WeightsRequest),
    }
}

input! {
    /// Weights of the caller's own: for services the patient travels to, for those that come, or for both. Each set sums to 1.
    pub(crate) struct WeightsRequest as "OwnWeights" {
        /// Weights for services the patient travels to.
        patient_travels: WeightSet<true>;
        /// Weights for services that come to the patient.
        provider_comes: WeightSet<false>;
    }
    where shaped(|object| object.min_properties(Some(1)));
}
