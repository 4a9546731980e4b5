//! A case manager's question: one discharge, parsed once, with all field errors reported together.
//!
//! No field can identify a patient: there is none for a name, a birth date, a record number, a
//! street or free text, and unknown fields are rejected.

use std::fmt::Write as _;

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::coverage::{Coverage, PlanDirectory};
use crate::discharge::screen_facts::ScreenFacts;
use crate::place::{Miles, Point, Precision, State, Zip, ZipTable};
use crate::profile::{Profile, Weights};
use crate::provider::safety::ServedGroup;
use crate::provider::{Sex, u64_prefix};
use crate::service::{DeliveryMode, Need, NeedSet, Service};

pub mod deciding_payer;
pub(crate) mod field_types;
pub(crate) mod needs;
pub mod parse;
pub(crate) mod payer;
pub(crate) mod request;
pub mod screen_facts;
pub(crate) mod screen_request;
pub mod screen_values;

/// Maximum number of matches on one page of an answer.
pub const MOST_SHOWN: u32 = 1000;
/// Matches per page if the question does not set a limit.
pub const SHOWN: u32 = 20;
/// Maximum number of needs in a question: more than the vocabulary has, because a need may be
/// listed once per service. Our choice.
pub const MOST_NEEDS: usize = 100;
/// Maximum number of languages of the patient. Our choice.
pub const MOST_LANGUAGES: usize = 20;
/// Maximum number of items in `include`: more than there are. Our choice.
pub const MOST_PARTS: usize = 10;
/// Widest radius of a question in miles: no patient is sent farther for post-acute care. Our
/// choice.
pub const WIDEST: f64 = 500.0;

/// What the names in a question are looked up in.
#[derive(Debug, Clone, Copy)]
pub struct ParseContext<'a> {
    /// The ZIP codes in use.
    pub zips: &'a ZipTable,
    /// The plans and networks of the directory that answers.
    pub plans: &'a PlanDirectory,
    /// The generation of that directory; cursors are bound to it.
    pub generation: &'a str,
}

/// One patient's question: one discharge per requested service.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// One discharge per service, in the requested order; never empty.
    pub discharges: Vec<Discharge>,
    /// Whether `services` was used, so that the answer is a bundle even with one service.
    pub bundle: bool,
    /// Facts for the rules about the right level of care; `None` if these are not asked for. No match depends on them.
    pub screens: Option<ScreenFacts>,
}

/// One service for one patient.
#[derive(Debug, Clone, PartialEq)]
pub struct Discharge {
    /// The requested service.
    pub service: Service,
    /// Where care is needed.
    pub near: SearchOrigin,
    /// The radius in miles; `None` for services that come to the patient.
    pub within: Option<Miles>,
    /// Who pays; `None` if not specified.
    pub coverage: Option<Coverage>,
    /// Needs that a match must meet, or that the provider must be asked about.
    pub required: NeedSet,
    /// Needs that raise the rank of a match.
    pub preferred: NeedSet,
    /// Facts that providers' limits are checked against.
    pub patient: Patient,
    /// The discharge date, for which availability and network dates are checked.
    pub on: Date,
    /// The date of the question.
    pub asked_on: Date,
    /// The ranking weights.
    pub profile: Profile,
    /// Maximum number of matches per page.
    pub limit: u32,
    /// Number of matches on earlier pages.
    pub offset: u32,
    /// Whether excluded providers are listed and not only counted.
    pub list_left_out: bool,
}

/// The center of the search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchOrigin {
    /// The point from which distances are measured.
    pub point: Point,
    /// How exact the point is.
    pub precision: Precision,
    /// The ZIP whose service areas apply: the requested one, or the one nearest to the point.
    pub zip: Zip,
    /// The state of that ZIP.
    pub state: State,
}

/// Facts of the patient that providers set limits on. All are optional; none identifies the
/// patient.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Patient {
    /// Age in whole years; 90 means 90 and over.
    pub age: Option<u32>,
    /// Weight in pounds.
    pub weight_lb: Option<u32>,
    /// IV doses per day.
    pub doses_a_day: Option<u32>,
    /// Within how many hours of the referral care must start.
    pub start_within_hours: Option<u32>,
    /// What the patient's medications cost a day, in whole dollars.
    pub drug_cost_a_day: Option<u32>,
    /// The groups the patient belongs to, of those that some places are for, in order.
    pub eligible: Vec<ServedGroup>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Languages of the patient as lower-case ISO 639-1 codes, sorted; a provider must speak one of
    /// them.
    pub languages: Vec<String>,
}

/// A remark for the user about how the question was read or answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// A stable code.
    pub code: &'static str,
    /// A sentence for display.
    pub text: String,
}

/// The needs for IV antibiotics.
const ANTIBIOTICS: [Need; 2] = [Need::from_code("inf.abx").unwrap(), Need::from_code("inf.abx-multi").unwrap()];

impl Discharge {
    /// Whether the patient needs IV antibiotics.
    pub(crate) fn needs_antibiotics(&self) -> bool {
        ANTIBIOTICS.iter().any(|need| self.required.contains(*need))
    }

    /// Everything that determines the answer, in one line of text: discharges with equal lines have
    /// equal answers. The page is not part of it.
    pub fn canonical_line(&self) -> String {
        self.canonical().line(self.within)
    }

    /// The canonical line with any radius.
    pub(crate) fn canonical(&self) -> CanonicalDischarge {
        let before_radius = format!(
            "service={} zip={} point={},{} within=",
            self.service,
            self.near.zip,
            self.near.point.latitude_micro(),
            self.near.point.longitude_micro(),
        );
        let mut line = format!(
            " coverage={} required={:x} preferred={:x} on={} profile={}",
            self.coverage.as_ref().map_or("None".to_owned(), |coverage| format!("Some({})", coverage.canonical())),
            self.required.bits(),
            self.preferred.bits(),
            self.on,
            self.profile,
        );
        for (part, weight) in self.weights().iter() {
            // Writing to a String cannot fail.
            let _ = write!(line, " {}={}", part.code(), weight.millionths());
        }
        let patient = &self.patient;
        let _ = write!(
            line,
            " age={:?} weight={:?} doses={:?} start={:?} cost={:?} eligible={:?} sex={:?} languages={} asked={}",
            patient.age,
            patient.weight_lb,
            patient.doses_a_day,
            patient.start_within_hours,
            patient.drug_cost_a_day,
            patient.eligible.iter().map(|group| group.code()).collect::<Vec<_>>(),
            patient.sex.map(Sex::code),
            patient.languages.join(","),
            self.asked_on,
        );
        CanonicalDischarge { before_radius, after_radius: line }
    }

    /// The SHA-256 of [`Self::canonical_line`].
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.canonical_line().as_bytes()).into()
    }

    /// The question's part of the seed that breaks ties: [`CanonicalDischarge::tie_break_seed`].
    pub fn tie_break_seed(&self) -> u64 {
        self.canonical().tie_break_seed()
    }

    /// The cursor of the page that starts after `offset` matches. Valid only for this question and
    /// this generation.
    pub fn cursor(&self, generation: &str, offset: u32) -> String {
        cursor_of(&self.canonical_line(), generation, offset)
    }

    /// The weights of the score components for this service.
    pub fn weights(&self) -> &Weights {
        self.profile.weights(self.service.geography())
    }

    /// Whether the patient travels or the provider comes.
    pub fn geography(&self) -> DeliveryMode {
        self.service.geography()
    }
}

/// The canonical line of a discharge, formatted once for several uses.
#[derive(Debug)]
pub(crate) struct CanonicalDischarge {
    before_radius: String,
    after_radius: String,
}

impl CanonicalDischarge {
    /// The line with the radius `within`.
    pub(crate) fn line(&self, within: Option<Miles>) -> String {
        format!("{}{:?}{}", self.before_radius, within.map(Miles::value), self.after_radius)
    }

    /// The question's part of the seed that breaks ties. The radius is not part of it, so that a
    /// wider one never reorders two providers.
    pub(crate) fn tie_break_seed(&self) -> u64 {
        u64_prefix(&Sha256::digest(self.line(None).as_bytes()))
    }
}

/// The cursor for a discharge with this canonical line: [`Discharge::cursor`].
pub(crate) fn cursor_of(canonical_line: &str, generation: &str, offset: u32) -> String {
    let mut hasher = Sha256::new();
    hasher.update(canonical_line);
    hasher.update(generation);
    format!("{offset}-{:016x}", u64_prefix(&hasher.finalize()))
}

/// Default radius in miles for services the patient travels to; `None` for services that come to
/// the patient.
pub fn default_radius(service: Service) -> Option<f64> {
    match service {
        Service::SkilledNursing | Service::Dialysis | Service::AssistedLiving => Some(25.0),
        Service::InpatientRehab | Service::HospiceInpatient => Some(50.0),
        Service::LongTermAcute => Some(100.0),
        Service::HomeHealth | Service::Hospice | Service::HomeInfusion | Service::MedicalEquipment => None,
    }
}
