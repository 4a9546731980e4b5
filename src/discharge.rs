//! What a ward asks: one discharge, parsed once, with every wrong field told at once.
//!
//! No field can hold an identity: there is none for a name, a birth date, a record number, a street or free text,
//! and a field that is not known is refused.

use std::fmt::Write as _;

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::coverage::{Coverage, PlanDirectory};
use crate::place::{Miles, Point, Precision, State, Zip, ZipTable};
use crate::profile::{Profile, Weights};
use crate::provider::{Sex, u64_prefix};
use crate::service::{DeliveryMode, NeedSet, Service};

pub(crate) mod field_types;
pub(crate) mod needs;
pub mod parse;
pub(crate) mod payer;
pub(crate) mod request;

/// The most matches one page of an answer holds.
pub const MOST_SHOWN: u32 = 1000;
/// How many matches a page holds when the question does not say.
pub const SHOWN: u32 = 20;
/// How many needs a question may name: more than the vocabulary has, since one may be asked of several services in turn. Our choice.
pub const MOST_NEEDS: usize = 100;
/// How many languages of the patient it may name. Our choice.
pub const MOST_LANGUAGES: usize = 20;
/// How many parts of an answer it may ask to be included: as many as there are, with room for more.
pub const MOST_PARTS: usize = 10;
/// The widest radius a question may ask for, in miles: no patient is sent farther for post-acute care. Our choice.
pub const WIDEST: f64 = 500.0;

/// Everything names in a question are looked up in.
#[derive(Debug, Clone, Copy)]
pub struct ParseContext<'a> {
    /// The ZIPs in use.
    pub zips: &'a ZipTable,
    /// The plans and networks of the directory that will be asked.
    pub plans: &'a PlanDirectory,
    /// The generation of that directory, which cursors belong to.
    pub generation: &'a str,
}

/// One patient's question: a discharge for each service asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// One discharge a service, in the order asked; never empty.
    pub discharges: Vec<Discharge>,
    /// Asked with `services`, so that the answer is a bundle even when it holds one.
    pub bundle: bool,
}

/// One service for one patient.
#[derive(Debug, Clone, PartialEq)]
pub struct Discharge {
    /// What is needed.
    pub service: Service,
    /// Where care should be.
    pub near: SearchOrigin,
    /// How far the patient may travel; `None` for services that come.
    pub within: Option<Miles>,
    /// Who pays; `None` is "not asked".
    pub coverage: Option<Coverage>,
    /// Needs every match must meet or be asked about.
    pub required: NeedSet,
    /// Needs that lift a match.
    pub preferred: NeedSet,
    /// What limits are checked against.
    pub patient: Patient,
    /// The day availability and network dates are judged on.
    pub on: Date,
    /// The day the question was asked.
    pub asked_on: Date,
    /// How parts weigh.
    pub profile: Profile,
    /// How many matches a page holds.
    pub limit: u32,
    /// How many matches earlier pages held.
    pub offset: u32,
    /// Whether the providers left out are listed, not only counted.
    pub list_left_out: bool,
}

/// The middle of the search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchOrigin {
    /// The point distances are measured from.
    pub point: Point,
    /// How close the point is to what was asked.
    pub precision: Precision,
    /// The ZIP service areas are looked up by: the one asked for, or the one nearest to the point.
    pub zip: Zip,
    /// The state of that ZIP.
    pub state: State,
}

/// Facts of the patient that providers set limits on. All optional; none identifies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Patient {
    /// Whole years; 90 stands for 90 and over.
    pub age: Option<u32>,
    /// Pounds.
    pub weight_lb: Option<u32>,
    /// Infusion doses a day.
    pub doses_a_day: Option<u32>,
    /// Sex.
    pub sex: Option<Sex>,
    /// The languages the patient speaks, as lower-case ISO 639-1 codes, in order; a provider must speak one.
    pub languages: Vec<String>,
}

/// Something the asker should know about how the question was read or answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// A stable code.
    pub code: &'static str,
    /// A sentence.
    pub text: String,
}

impl Discharge {
    /// Everything that decides an answer in one line of text: two discharges with the same line have the same answer.
    /// Which page is shown is not part of it.
    pub fn canonical_line(&self) -> String {
        let mut line = format!(
            "service={} zip={} point={},{} within={:?} coverage={} required={:x} preferred={:x} on={} profile={}",
            self.service,
            self.near.zip,
            self.near.point.latitude_micro(),
            self.near.point.longitude_micro(),
            self.within.map(Miles::value),
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
            " age={:?} weight={:?} doses={:?} sex={:?} languages={} asked={}",
            patient.age,
            patient.weight_lb,
            patient.doses_a_day,
            patient.sex.map(Sex::code),
            patient.languages.join(","),
            self.asked_on,
        );
        line
    }

    /// The SHA-256 of [`Self::canonical_line`].
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.canonical_line().as_bytes()).into()
    }

    /// The question's half of the draw that settles ties.
    pub fn tie_break_seed(&self) -> u64 {
        u64_prefix(&self.digest())
    }

    /// The cursor for the page that starts after `offset` matches. Good for this question on this generation only.
    pub fn cursor(&self, generation: &str, offset: u32) -> String {
        let mut hasher = Sha256::new();
        hasher.update(self.canonical_line());
        hasher.update(generation);
        format!("{offset}-{:016x}", u64_prefix(&hasher.finalize()))
    }

    /// What the parts of a score weigh for this service.
    pub fn weights(&self) -> &Weights {
        self.profile.weights(self.service.geography())
    }

    /// Whether the patient goes there or they come.
    pub fn geography(&self) -> DeliveryMode {
        self.service.geography()
    }
}

/// The radius of a service the patient travels to when the question does not say, in miles; `None` for services that come.
pub fn default_radius(service: Service) -> Option<f64> {
    match service {
        Service::SkilledNursing | Service::Dialysis | Service::AssistedLiving => Some(25.0),
        Service::InpatientRehab | Service::HospiceInpatient => Some(50.0),
        Service::LongTermAcute => Some(100.0),
        Service::HomeHealth | Service::Hospice | Service::HomeInfusion | Service::MedicalEquipment => None,
    }
}
