//! Providers, the services they offer, and the facts about each with their evidence.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::evidence::{Evidence, Fact, Tristate};
use crate::place::{Point, Precision, State, Zip, ccn_states};
use crate::provider::answer_record::{AnswerRecord, ClassOutcomes};
use crate::provider::business::BusinessFact;
use crate::provider::quality::{MeasureValue, Rating, RatingGap, SupportingMeasure};
use crate::provider::safety::{SafetyFact, ServedGroup};
use crate::service::{Limit, Need, Service};
use crate::text::spreadsheet::without_wrapping;

pub(crate) mod address;
pub mod answer_record;
pub mod business;
pub(crate) mod phone_text;
pub mod quality;
pub mod safety;

pub use address::Address;

/// A CMS Certification Number: six characters, including letters and leading zeros.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ccn(String);

impl FromStr for Ccn {
    type Err = ParseCcnError;

    /// Parses `425003`, `42-5003` and `425003.0`.
    fn from_str(text: &str) -> Result<Self, ParseCcnError> {
        let text = without_wrapping(text);
        let text = match text.as_bytes() {
            [_, _, b'-', _, _, _, _] => Cow::Owned(text.replacen('-', "", 1)),
            _ => Cow::Borrowed(text),
        };
        if text.len() != 6 || !text.bytes().all(|b| b.is_ascii_alphanumeric()) || text == "000000" {
            return Err(ParseCcnError::NotSix);
        }
        let upper = text.to_ascii_uppercase();
        if ccn_states::is_in_use(upper.as_bytes()) { Ok(Self(upper)) } else { Err(ParseCcnError::NoSuchState) }
    }
}

impl Ccn {
    /// The state that gave it; `None` where its first two characters are no state's we know.
    pub fn state(&self) -> Option<State> {
        State::of_ccn(self.0.get(..2)?)
    }
}

impl fmt::Display for Ccn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is not a CCN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseCcnError {
    /// It is not six letters and digits.
    #[error("a CCN is six letters and digits")]
    NotSix,
    /// Its first two characters stand for no state; a license number may look like this.
    #[error("a CCN begins with the code of a state, and no state has this one")]
    NoSuchState,
}

/// A National Provider Identifier: ten digits, the last being the Luhn check digit of `80840` and the first nine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Npi(u64);

impl FromStr for Npi {
    type Err = ParseNpiError;

    /// Parses `1234567893` and `1234567893.0`.
    fn from_str(text: &str) -> Result<Self, ParseNpiError> {
        let text = without_wrapping(text);
        let good = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit()) && luhn::valid(&format!("80840{text}"));
        if good { text.parse().map(Self).map_err(|_| ParseNpiError) } else { Err(ParseNpiError) }
    }
}

impl fmt::Display for Npi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:010}", self.0)
    }
}

/// The text is not ten digits with a correct check digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an NPI is ten digits, the last a check digit")]
pub struct ParseNpiError;

/// The stable id of a provider: `ccn:425003`, `npi:1234567893` if it has no CCN, `fhir:harbor:org-17` if a payer lists it with
/// neither, or `list:tx-assisted-living:000821` if a declared table does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderId(String);

impl ProviderId {
    /// The id of an organization that the payer's directory `source` lists as `id`, with neither a CCN nor an NPI.
    ///
    /// # Errors
    /// `source` is not lower-case letters, digits and hyphens, or `id` is not a FHIR resource id: 1 to 64 letters, digits,
    /// hyphens and periods.
    pub fn fhir(source: &str, id: &str) -> Result<Self, ParseProviderIdError> {
        let named = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let listed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
        let good = !source.is_empty() && source.bytes().all(named) && (1..=64).contains(&id.len()) && id.bytes().all(listed);
        if good { Ok(Self(format!("fhir:{source}:{id}"))) } else { Err(ParseProviderIdError) }
    }

    /// The id of a provider that the declared table `list` has as `id`, with neither a CCN nor an NPI.
    ///
    /// # Errors
    /// As for [`ProviderId::fhir`].
    pub fn in_list(list: &str, id: &str) -> Result<Self, ParseProviderIdError> {
        Self::fhir(list, id).map(|named| Self(named.0.replacen("fhir:", "list:", 1)))
    }

    /// The id whose text [`ProviderId::as_str`] gave.
    pub(crate) fn of_stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The provider's half of the tie-break hash: the first eight bytes, big-endian, of the SHA-256 of the id.
    pub fn tie_break_seed(&self) -> u64 {
        u64_prefix(&Sha256::digest(self.0.as_bytes()))
    }
}

/// The first eight bytes of a digest as a big-endian number.
pub fn u64_prefix(digest: &[u8]) -> u64 {
    digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

impl From<&Ccn> for ProviderId {
    fn from(ccn: &Ccn) -> Self {
        Self(format!("ccn:{ccn}"))
    }
}

impl From<Npi> for ProviderId {
    fn from(npi: Npi) -> Self {
        Self(format!("npi:{npi}"))
    }
}

impl FromStr for ProviderId {
    type Err = ParseProviderIdError;

    fn from_str(text: &str) -> Result<Self, ParseProviderIdError> {
        let kind = text.split_once(':').map(|(kind, id)| (kind.to_ascii_lowercase(), id));
        match kind.as_ref().map(|(kind, id)| (kind.as_str(), *id)) {
            Some(("ccn", ccn)) => ccn.parse().map(|ccn: Ccn| Self::from(&ccn)).map_err(|_| ParseProviderIdError),
            Some(("npi", npi)) => npi.parse().map(|npi: Npi| Self::from(npi)).map_err(|_| ParseProviderIdError),
            Some(("fhir", listed)) => {
                listed.split_once(':').ok_or(ParseProviderIdError).and_then(|(source, id)| Self::fhir(source, id))
            }
            Some(("list", listed)) => {
                listed.split_once(':').ok_or(ParseProviderIdError).and_then(|(list, id)| Self::in_list(list, id))
            }
            _ => Err(ParseProviderIdError),
        }
    }
}

impl fmt::Display for ProviderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is neither `ccn:` and six characters, nor `npi:` and ten digits, nor `fhir:` or `list:`, a directory or table and an
/// id in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a provider id is ccn: and six characters, npi: and ten digits, fhir:DIRECTORY:ID for a payer's listing, or list:TABLE:ID"
)]
pub struct ParseProviderIdError;

/// A ten-digit telephone number of the North American Numbering Plan, and its extension.
///
/// Stored as the ten digits plus the extension times [`Phone::TEN_DIGITS`]; the extension has a 1 before its digits, because
/// it may begin with zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone(u64);

impl FromStr for Phone {
    type Err = ParsePhoneError;

    /// Parses `8435765378`, `(843) 576-5378 x12`, `1 843 576 5378` and `tel:+1-843-576-5378`; of two numbers the first.
    fn from_str(text: &str) -> Result<Self, ParsePhoneError> {
        let read = phone_text::read(text).ok_or(ParsePhoneError)?;
        let extension = if read.extension.is_empty() { Ok(0) } else { format!("1{}", read.extension).parse::<u64>() };
        extension.map(|extension| Self(read.number + extension * Self::TEN_DIGITS)).map_err(|_| ParsePhoneError)
    }
}

impl Phone {
    const TEN_DIGITS: u64 = 10_000_000_000;

    /// The ten digits as a number.
    pub fn number(self) -> u64 {
        self.0 % Self::TEN_DIGITS
    }

    /// The digits of the extension.
    pub fn extension(self) -> Option<String> {
        let extension = (self.0 / Self::TEN_DIGITS).to_string();
        extension.strip_prefix('1').map(str::to_owned)
    }

    /// The number without its extension. Two records with the same number may be one provider.
    #[must_use]
    pub fn without_extension(self) -> Self {
        Self(self.number())
    }

    /// As it is stored.
    pub(crate) fn packed(self) -> u64 {
        self.0
    }

    /// The number that was stored; `None` if this program did not store it.
    pub(crate) fn unpack(packed: u64) -> Option<Self> {
        let phone = Self(packed);
        phone.to_string().parse().ok().filter(|read| *read == phone)
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.number();
        write!(f, "{:03}-{:03}-{:04}", number / 10_000_000, number / 10_000 % 1000, number % 10_000)?;
        self.extension().iter().try_for_each(|extension| write!(f, " ext. {extension}"))
    }
}

/// The text is not a telephone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a telephone number is ten digits; area code and exchange begin with 2 to 9")]
pub struct ParsePhoneError;

/// A point and how precisely it locates the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    /// The point.
    pub point: Point,
    /// The precision.
    pub precision: Precision,
}

/// The standing of a provider: whether it may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum OperatingStatus {
    /// Nothing known against it.
    #[default]
    Open,
    /// It has closed.
    Closed,
    /// Its certification has ended.
    NotCertified,
    /// The Office of Inspector General excludes it from federal programs.
    ExcludedByOig,
}

/// The service area of a service that comes to the patient.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ServiceArea {
    /// The ZIPs that the provider serves, in order.
    Zips(Fact<Vec<Zip>>),
    /// No source publishes it.
    #[default]
    NotPublished,
}

impl ServiceArea {
    /// Its evidence; `None` if not published.
    pub fn evidence(&self) -> Option<&Evidence> {
        match self {
            Self::Zips(fact) => Some(&fact.evidence),
            Self::NotPublished => None,
        }
    }
}

/// A patient's sex as a limit is checked against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
}

impl Sex {
    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
        }
    }
}

/// The days for which a provider states whether it has room, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AvailabilityWindow {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
    /// Number of beds or places, if stated. Shown, but not used for ranking.
    pub beds: Option<u32>,
}

/// "Nov 22 to Nov 24, 2 beds".
impl fmt::Display for AvailabilityWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = |day: Date| day.strftime("%b %-d").to_string();
        if self.from == self.until {
            write!(f, "on {}", day(self.from))?;
        } else {
            write!(f, "{} to {}", day(self.from), day(self.until))?;
        }
        match self.beds {
            None => Ok(()),
            Some(1) => write!(f, ", 1 bed"),
            Some(beds) => write!(f, ", {beds} beds"),
        }
    }
}

/// The outcomes of the referrals to one line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReferralStats {
    /// Number of referrals accepted.
    pub took: u32,
    /// Number of referrals made, including those without a reply.
    pub asked: u32,
    /// Length of the period in days, up to today.
    pub days: u32,
    /// The same for each class of payers of which enough are known.
    pub by_class: Arc<[ClassOutcomes]>,
}

/// "accepted 4 of 6 referrals (90 days)".
impl fmt::Display for ReferralStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "accepted {} of {} referrals ({} days)", self.took, self.asked, self.days)
    }
}

/// A service line: one service of one provider, the unit of matching.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceLine {
    /// The service.
    pub service: Service,
    /// Its standing: whether it may be asked.
    pub standing: OperatingStatus,
    /// The source of a standing other than [`OperatingStatus::Open`].
    pub standing_by: Option<Evidence>,
    /// Whether it is Medicare-certified; `None` is unknown.
    pub medicare: Option<Fact<bool>>,
    /// Whether it is certified by the Medicaid program of its own state; `None` is unknown.
    pub medicaid: Option<Fact<bool>>,
    /// Its service area; meaningless for services the patient travels to.
    pub area: ServiceArea,
    /// Its answers to needs; a need that is absent is unknown.
    pub answers: BTreeMap<Need, Fact<bool>>,
    /// Its limits; a limit that is absent is unknown.
    pub limits: BTreeMap<Limit, Fact<u32>>,
    /// The languages it speaks, as lower-case ISO 639-1 codes; `None` is unknown.
    pub languages: Option<Fact<Vec<String>>>,
    /// The only sex it takes, if it takes only one.
    pub only_sex: Option<Fact<Sex>>,
    /// Within how many hours of a referral it promises to begin.
    pub start_of_care_hours: Option<Fact<u32>>,
    /// Its rating on the measure of its service.
    pub rating: Option<Fact<Rating>>,
    /// Why it has no rating, where it has none and a source says why.
    pub rating_gap: Option<Fact<RatingGap>>,
    /// What else CMS measures, each measure once, in the order of [`SupportingMeasure::ALL`].
    pub measures: BTreeMap<SupportingMeasure, Fact<MeasureValue>>,
    /// What official sources publish about its safety, in the order of [`SafetyFact`].
    pub safety: Vec<Fact<SafetyFact>>,
    /// The groups of people it is for, where it is for some only.
    pub serves: Vec<Fact<ServedGroup>>,
    /// Certified beds, or stations of a dialysis facility.
    pub beds: Option<Fact<u32>>,
    /// Whether there is room. Files of a refresh do not say, so it is unknown until a live statement applies.
    pub availability: Option<Fact<bool>>,
    /// The days this applies to; only with a live statement.
    pub room_days: Option<AvailabilityWindow>,
    /// The outcomes of referrals to it since reporting began; `None` if too few to be meaningful.
    pub outcomes: Option<ReferralStats>,
    /// Its recorded answers; `None` if there are none.
    pub record: Option<Arc<AnswerRecord>>,
}

impl ServiceLine {
    /// A line of `service` without any facts.
    pub fn without_facts(service: Service) -> Self {
        Self {
            service,
            standing: OperatingStatus::default(),
            standing_by: None,
            medicare: None,
            medicaid: None,
            area: ServiceArea::default(),
            answers: BTreeMap::new(),
            limits: BTreeMap::new(),
            languages: None,
            only_sex: None,
            start_of_care_hours: None,
            rating: None,
            rating_gap: None,
            measures: BTreeMap::new(),
            safety: Vec::new(),
            serves: Vec::new(),
            beds: None,
            availability: None,
            room_days: None,
            outcomes: None,
            record: None,
        }
    }

    /// The answer to one need.
    pub fn answer(&self, need: Need) -> Tristate {
        stated(self.answers.get(&need))
    }
}

/// The value of an optional fact.
pub fn stated(fact: Option<&Fact<bool>>) -> Tristate {
    fact.map_or(Tristate::Unknown, |fact| fact.value.into())
}

/// A provider in one generation of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Its id.
    pub id: ProviderId,
    /// Its CMS Certification Number.
    pub ccn: Option<Ccn>,
    /// Its National Provider Identifiers, in order.
    pub npis: Vec<Npi>,
    /// Its name.
    pub name: Fact<String>,
    /// Its address.
    pub address: Option<Fact<Address>>,
    /// Its telephone number.
    pub phone: Option<Fact<Phone>>,
    /// Its position; a provider with `None` is in no distance search, and the refresh report lists it.
    pub position: Option<Fact<Position>>,
    /// Its ownership, in CMS's words. Shown, never part of a score.
    pub ownership: Option<Fact<String>>,
    /// The business behind it, in the order of [`BusinessFact::CODES`]. Shown, never part of a score.
    pub business: Vec<Fact<BusinessFact>>,
    /// Rows of the OIG exclusion list that match it by name and address only, each in words: "SOUTHERN ILLINOIS PHARMACY, IN,
    /// 12 Elm St, excluded 2016-03-20". For review only; they never change the standing.
    pub suspected_exclusions: Vec<Fact<String>>,
    /// The services it offers, at least one.
    pub lines: Vec<ServiceLine>,
}

impl Provider {
    /// The line of `service`, if it offers the service.
    pub fn line(&self, service: Service) -> Option<&ServiceLine> {
        self.lines.iter().find(|line| line.service == service)
    }

    /// The evidence that the provider exists: that of its name.
    pub fn name_evidence(&self) -> &Evidence {
        &self.name.evidence
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_parse_once_and_print_as_they_read() {
        for (text, good) in
            [("425003", true), ("36T180", true), ("01014F", true), ("0", false), ("000000", false), ("42500é", false)]
        {
            assert_eq!(text.parse::<Ccn>().is_ok_and(|ccn| ccn.to_string() == text), good, "{text}");
        }
        for (text, reads) in [
            ("42-5003", Some("425003")),
            ("425003.0", Some("425003")),
            ("'017044", Some("017044")),
            ("=\"017044\"", Some("017044")),
            ("36t180", Some("36T180")),
            ("971501", Some("971501")),
            ("E31501", Some("E31501")),
            ("001501", Some("001501")),
            ("17044", None),
            ("E41501", None),
            ("615001", None),
            ("985001", None),
            ("NH1234", None),
            ("4750201", None),
        ] {
            assert_eq!(text.parse::<Ccn>().ok().map(|ccn| ccn.to_string()).as_deref(), reads, "{text}");
        }
        for (text, good) in [("1234567893", true), ("1234567890", false), ("123456789", false), ("123456789a", false)] {
            assert_eq!(text.parse::<Npi>().is_ok_and(|npi| npi.to_string() == text), good, "{text}");
        }
        for (text, good) in [("ccn:425003", true), ("npi:1234567893", true), ("425003", false), ("ccn:1", false), ("", false)]
            .into_iter()
            .chain([
                ("fhir:harbor-health:Org-17.b", true),
                ("list:tx-assisted-living:000821", true),
                ("list:TX:1", false),
                ("fhir:harbor", false),
                ("fhir::17", false),
                ("fhir:harbor:", false),
                ("fhir:Harbor:17", false),
                ("fhir:harbor:a:b", false),
                ("fhir:harbor:a/b", false),
            ])
        {
            assert_eq!(text.parse::<ProviderId>().is_ok_and(|id| id.as_str() == text), good, "{text}");
        }
    }

    #[test]
    fn phones_read_in_every_spelling_of_the_files() {
        for (text, reads) in [
            ("8435765378", Some("843-576-5378")),
            ("(864) 560-3900", Some("864-560-3900")),
            ("1-803-649-2000", Some("803-649-2000")),
            ("(785) 555-0140 x0123", Some("785-555-0140 ext. 0123")),
            ("0000000000", None),
            ("-", None),
            ("call us", None),
        ] {
            let phone = text.parse::<Phone>().ok();
            assert_eq!(phone.map(|phone| phone.to_string()).as_deref(), reads, "{text}");
            assert_eq!(phone.and_then(|phone| Phone::unpack(phone.packed())), phone, "{text}");
        }
    }
}
