//! Reads a question from flags, a file or standard input, and reports its errors by flag or by JSON
//! pointer.

use std::fmt::Write as _;
use std::io::{IsTerminal, Read};
use std::path::PathBuf;

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use crate::catalog::Catalog;
use crate::cli::exit::{CommandFailure, CommandFault, ExitStatus};
use crate::cli::known_values::{GROUPS, LANGUAGES, NEEDS, PROFILES, SERVICES, SEXES, STATES};
use crate::cli::screens::ScreenFlags;
use crate::cli::typed_words::{FlagWords, read_coverage};
use crate::coverage::payer_words::unlisted_plan;
use crate::discharge::{Notice, Question};
use crate::fuzzy::did_you_mean;
use crate::input::errors::{FieldError, FieldErrors};
use crate::matching::candidate::Directory;
use crate::need_words::phone_questions::PhoneQuestions;
use crate::place::typed_place::{PlaceError, read_place};
use crate::place::{Zip, ZipTable};
use crate::query;
use crate::serve::http::strict_json;

/// What the list of errors begins with.
const WRONG_QUESTION: &str = "the question has errors";

/// The question arguments of the command line.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct QuestionArgs {
    /// Read the question as JSON from FILE; - is standard input, which is also read if no question
    /// flag is given
    #[arg(long, value_name = "FILE")]
    question: Option<PathBuf>,
    #[command(flatten)]
    flags: QuestionFlags,
}

/// The question as flags, one for each field of the JSON.
#[derive(Debug, Clone, PartialEq, Default, clap::Args)]
pub(crate) struct QuestionFlags {
    /// Level of care; may be repeated to ask for several services together
    #[arg(long, value_name = "SERVICE", help_heading = "Question", value_parser = SERVICES)]
    service: Vec<String>,
    /// Where care should be: a ZIP code, a city and its state, or an address
    #[arg(long, value_name = "PLACE", help_heading = "Question", conflicts_with_all = ["zip", "at"])]
    near: Option<String>,
    /// ZIP code to search around
    #[arg(long, value_name = "ZIP", help_heading = "Question", conflicts_with = "at")]
    zip: Option<String>,
    /// Point to search around, as latitude and longitude such as 32.78,-79.94
    #[arg(long, value_name = "LAT,LON", help_heading = "Question", allow_hyphen_values = true)]
    at: Option<LatLon>,
    /// Search radius in straight-line miles
    #[arg(long, value_name = "MILES", help_heading = "Question")]
    within_miles: Option<f64>,
    #[command(flatten)]
    coverage: Option<CoverageFlags>,
    /// Required need, by code or in words ("wound vac, iv abx"); may be repeated; placement needs lists them
    #[arg(long, value_name = "NEED", help_heading = "Question", value_parser = NEEDS, hide_possible_values = true)]
    need: Vec<String>,
    /// Preferred need, which raises the score of a match; may be repeated
    #[arg(long, value_name = "NEED", help_heading = "Question", value_parser = NEEDS, hide_possible_values = true)]
    prefer: Vec<String>,
    /// Something else to ask by phone, for the call sheet; may be repeated
    #[arg(long, value_name = "TEXT", help_heading = "Question")]
    ask: Vec<String>,
    /// Patient's age; 90 means 90 or older
    #[arg(long, value_name = "YEARS", help_heading = "Question")]
    age: Option<u32>,
    /// Patient's weight in pounds
    #[arg(long, value_name = "POUNDS", help_heading = "Question")]
    weight_lb: Option<u32>,
    /// IV doses per day
    #[arg(long, value_name = "DOSES", help_heading = "Question")]
    doses_a_day: Option<u32>,
    /// Hours from the referral within which care must start
    #[arg(long, value_name = "HOURS", help_heading = "Question")]
    start_within_hours: Option<u32>,
    /// Cost of the patient's medications per day, in whole dollars
    #[arg(long, value_name = "DOLLARS", help_heading = "Question")]
    drug_cost_a_day: Option<u32>,
    /// Group the patient belongs to; may be repeated
    #[arg(long, value_name = "GROUP", help_heading = "Question", value_parser = GROUPS)]
    eligible: Vec<String>,
    /// Patient's sex
    #[arg(long, value_name = "SEX", help_heading = "Question", value_parser = SEXES)]
    sex: Option<String>,
    /// Language the patient speaks, as a two-letter code such as es; may be repeated
    #[arg(long, value_name = "LANGUAGE", help_heading = "Question", value_parser = LANGUAGES, hide_possible_values = true)]
    language: Vec<String>,
    /// Discharge date, such as 2026-11-30 [default: today]
    #[arg(long, value_name = "DATE", help_heading = "Question")]
    on: Option<String>,
    /// Ranking profile
    #[arg(long, value_name = "NAME", help_heading = "Question", value_parser = PROFILES)]
    profile: Option<String>,
    /// Number of matches to show [default: 20]
    #[arg(long, value_name = "COUNT", help_heading = "Question")]
    limit: Option<u32>,
    /// Start of the next page, as the previous page prints it
    #[arg(long, value_name = "CURSOR", help_heading = "Question")]
    cursor: Option<String>,
    /// List the excluded providers, each with its reason
    #[arg(long, help_heading = "Question")]
    left_out: bool,
    #[command(flatten)]
    screens: ScreenFlags,
}

/// Coverage flags; at most one may be given.
#[derive(Debug, Clone, PartialEq, Eq, Default, clap::Args)]
#[group(multiple = false)]
struct CoverageFlags {
    /// Patient's plan, by the name on the card; placement plans lists them
    #[arg(long, value_name = "NAME", help_heading = "Coverage (Choose One)")]
    plan: Option<String>,
    /// Plan that the directory does not have; coverage is to be verified
    #[arg(long, value_name = "NAME", help_heading = "Coverage (Choose One)")]
    plan_name: Option<String>,
    /// Network, by name
    #[arg(long, value_name = "NAME", help_heading = "Coverage (Choose One)")]
    network: Option<String>,
    /// Payer, by name: any of its networks
    #[arg(long, value_name = "NAME", help_heading = "Coverage (Choose One)")]
    payer: Option<String>,
    /// Original Medicare
    #[arg(long, help_heading = "Coverage (Choose One)")]
    medicare: bool,
    /// Medicaid program of a state
    #[arg(long, value_name = "STATE", help_heading = "Coverage (Choose One)", value_parser = STATES, hide_possible_values = true)]
    medicaid: Option<String>,
    /// Self-pay
    #[arg(long, help_heading = "Coverage (Choose One)")]
    self_pay: bool,
}

/// Latitude and longitude in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
struct LatLon(f64, f64);

impl std::str::FromStr for LatLon {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let halves = text.split_once(',').map(|(north, east)| (north.trim().parse(), east.trim().parse()));
        match halves {
            Some((Ok(north), Ok(east))) => Ok(Self(north, east)),
            _ => Err("expected latitude and longitude in degrees, such as 32.78,-79.94"),
        }
    }
}

/// A question that was read.
#[derive(Debug)]
pub(crate) struct QuestionInput {
    /// The fields.
    raw: Value,
    /// Notes on how the place was read.
    remarks: Vec<Notice>,
    /// How it was asked by flags; `None` if the question came as JSON.
    flags: Option<InputSource>,
    /// The meaning of the words in the flags.
    words: FlagWords,
}

/// What faults need to know to name the flag that was typed.
#[derive(Debug, Clone)]
struct InputSource {
    /// Number of needs from `--need`; later ones are from `--prefer`.
    required: usize,
    /// The flag that gave the place.
    near: &'static str,
    /// Why the place of `--near` is none.
    place: Option<PlaceError>,
}

impl QuestionArgs {
    /// Whether a question was given by flag or file.
    pub(crate) fn asks(&self) -> bool {
        self.question.is_some() || self.flags != QuestionFlags::default()
    }

    /// Reads the question from flags, a file or standard input.
    ///
    /// # Errors
    /// No question was given, or the input is not JSON.
    pub(crate) fn asked(&self) -> Result<QuestionInput, CommandFailure> {
        let by_flags = self.flags != QuestionFlags::default();
        match &self.question {
            Some(_) if by_flags => {
                Err(CommandFailure::new(ExitStatus::Usage, "give the question by flags or with --question, not both"))
            }
            None if by_flags => Ok(self.flags.asked()),
            Some(path) if path.as_os_str() != "-" => {
                let name = path.display().to_string();
                let text = std::fs::read(path).map_err(|error| CommandFailure::from_io(&name, &error))?;
                from_json(&text, &name)
            }
            None if std::io::stdin().is_terminal() => {
                let words = "no question was given; use flags such as --service skilled_nursing --zip 29401 --medicare, \
                             or pass the question as JSON on standard input";
                Err(CommandFailure::new(ExitStatus::Usage, words))
            }
            Some(_) | None => {
                let mut text = Vec::new();
                let read = std::io::stdin().lock().read_to_end(&mut text);
                read.map_err(|error| CommandFailure::from_io("standard input", &error))?;
                from_json(&text, "standard input")
            }
        }
    }
}

fn from_json(text: &[u8], name: &str) -> Result<QuestionInput, CommandFailure> {
    let (raw, repeated) = strict_json::read(text)
        .map_err(|error| CommandFailure::new(ExitStatus::WrongData, format!("{name} is not JSON: {error}")))?;
    let asked = QuestionInput { raw, remarks: Vec::new(), flags: None, words: FlagWords::default() };
    if repeated.is_empty() { Ok(asked) } else { Err(asked.wrong(&repeated)) }
}

impl QuestionFlags {
    fn asked(&self) -> QuestionInput {
        let read = self.near.as_deref().map(|typed| read_place(typed, ZipTable::curated())).transpose();
        let (place, error) = read.map_or_else(|error| (None, Some(error)), |place| (place, None));
        let near = match (&self.near, self.at) {
            (Some(_), _) => "--near",
            (None, Some(_)) => "--at",
            (None, None) => "--zip",
        };
        let mut words = FlagWords::read(&self.need, &self.prefer, &self.ask);
        let raw = self.raw(place.as_ref().map(|place| place.zip), &mut words);
        let remark = place.and_then(|place| place.remark).map(|(code, text)| Notice { code, text });
        let flags = Some(InputSource { required: words.required.len(), near, place: error });
        QuestionInput { raw, remarks: remark.into_iter().collect(), flags, words }
    }

    /// The fields; `place` is the ZIP of `--near`, and `words` are those of the flags.
    fn raw(&self, place: Option<Zip>, words: &mut FlagWords) -> Value {
        let mut fields = Map::new();
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                fields.insert(name.to_owned(), value);
            }
        };
        match &self.service[..] {
            [] => {}
            [one] => set("service", Some(json!(one))),
            several => set("services", Some(json!(several))),
        }
        set("near", self.near(place));
        set("within_miles", self.within_miles.map(Value::from));
        set("coverage", self.coverage.as_ref().map(CoverageFlags::raw));
        set("needs", some_list(words.needs()));
        set("patient", self.patient(words));
        set("discharge_on", self.on.as_ref().map(|day| json!(day)));
        set("profile", self.profile.as_ref().map(|name| json!(name)));
        set("limit", self.limit.map(Value::from));
        set("cursor", self.cursor.as_ref().map(|cursor| json!(cursor)));
        set("include", self.left_out.then(|| json!(["left_out"])));
        set("screens", self.screens.raw(&mut words.faults));
        fields.into()
    }

    fn near(&self, place: Option<Zip>) -> Option<Value> {
        let point = |LatLon(north, east): LatLon| json!({"latitude": north, "longitude": east});
        let zip = place.map(|zip| zip.to_string()).or_else(|| self.zip.clone());
        self.at.map(point).or_else(|| zip.map(|zip| json!({"zip": zip})))
    }

    fn patient(&self, words: &mut FlagWords) -> Option<Value> {
        let facts = [
            ("age", self.age.map(Value::from)),
            ("weight_lb", self.weight_lb.map(Value::from)),
            ("doses_a_day", self.doses_a_day.map(Value::from)),
            ("start_within_hours", self.start_within_hours.map(Value::from)),
            ("drug_cost_a_day", self.drug_cost_a_day.map(Value::from)),
            ("eligible", some_list(self.eligible.iter().map(|group| json!(group)).collect())),
            ("sex", self.sex.as_ref().map(|sex| json!(sex))),
            ("languages", some_list(self.language.iter().map(|language| json!(language)).collect())),
        ];
        let mut facts: Map<String, Value> =
            facts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        words.fill(&mut facts);
        (!facts.is_empty()).then(|| facts.into())
    }
}

impl CoverageFlags {
    fn raw(&self) -> Value {
        if let Some(name) = &self.plan_name {
            return unlisted_plan(name);
        }
        let named = [("plan", &self.plan), ("network", &self.network), ("payer", &self.payer)];
        if let Some((by, Some(name))) = named.into_iter().find(|(_, name)| name.is_some()) {
            return json!({by: name});
        }
        match (&self.medicaid, self.medicare) {
            (Some(state), _) => json!({"program": "medicaid", "state": state}),
            (None, true) => json!({"program": "medicare"}),
            (None, false) => json!({"program": "self_pay"}),
        }
    }
}

fn some_list(items: Vec<Value>) -> Option<Value> {
    (!items.is_empty()).then(|| items.into())
}

impl QuestionInput {
    /// The question, checked against `catalog`, and notes on how it was read.
    ///
    /// # Errors
    /// Every wrong field and every wrong flag.
    pub(crate) fn read(&self, catalog: &Catalog, today: Date) -> Result<(Question, Vec<Notice>), CommandFailure> {
        let (raw, mut remarks) = self.resolved(catalog);
        let (question, of_fields) = match query::read(catalog, &raw, today) {
            Ok(read) if self.words.faults.is_empty() => read,
            Ok(_) => return Err(self.wrong(&self.words.faults)),
            Err(mut errors) => {
                errors.append(self.words.faults.clone());
                return Err(self.wrong(&errors));
            }
        };
        remarks.extend(of_fields);
        Ok((question, remarks))
    }

    /// The fields with the payer as `catalog` names it, and notes on how the flags were read.
    pub(crate) fn resolved(&self, catalog: &Catalog) -> (Value, Vec<Notice>) {
        let (mut raw, mut remarks) = (self.raw.clone(), self.remarks.clone());
        remarks.extend(self.words.remarks.iter().cloned());
        let coverage = raw.get("coverage").filter(|_| self.flags.is_some());
        if let Some((coverage, need, remark)) = coverage.and_then(|coverage| read_coverage(coverage, catalog.plans())) {
            raw["coverage"] = coverage;
            remarks.push(remark);
            if let Some(need) = need.filter(|need| !self.words.required.contains(need)) {
                let mut words = self.words.clone();
                words.required.push(need);
                raw["needs"] = words.needs().into();
            }
        }
        (raw, remarks)
    }

    /// The errors in the words of the flags.
    pub(crate) fn word_faults(&self) -> FieldErrors {
        self.words.faults.clone()
    }

    /// Needs that are not in the vocabulary, to be asked about by phone.
    pub(crate) fn by_phone(&self) -> &PhoneQuestions {
        &self.words.by_phone
    }

    /// Reports every error at its flag, or at its JSON pointer if the question came as JSON.
    pub(crate) fn wrong(&self, errors: &FieldErrors) -> CommandFailure {
        let faults: Vec<CommandFault> = errors.iter().map(|error| self.fault(error)).collect();
        let mut message = WRONG_QUESTION.to_owned();
        for CommandFault { at, detail, hint, .. } in &faults {
            let hint = hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
            let colon = if at.is_empty() { "" } else { ": " };
            // Writing to a String cannot fail.
            let _ = write!(message, "\n  {at}{colon}{detail}{hint}");
        }
        if errors.more() > 0 {
            let _ = write!(message, "\n  and {} more", errors.more());
        }
        CommandFailure { faults, more: errors.more(), ..CommandFailure::new(ExitStatus::WrongData, message) }
    }

    /// One error at its flag, or at its JSON pointer if the question came as JSON.
    fn fault(&self, error: &FieldError) -> CommandFault {
        let no_place = self.flags.as_ref().and_then(|by| by.place.as_ref());
        let (at, detail, hint) = match (&self.flags, no_place) {
            (Some(by), Some(no_place)) if (error.pointer.as_str(), error.code) == ("/near", "missing") => {
                let offers: Vec<&str> = no_place.offers.iter().map(String::as_str).collect();
                (by.near.to_owned(), &no_place.detail, did_you_mean(&offers).or_else(|| no_place.hint.clone()))
            }
            (Some(by), _) => (flag(&error.pointer, by), &error.detail, hint_for_flags(error)),
            (None, _) => (error.pointer.clone(), &error.detail, error.hint.clone()),
        };
        CommandFault { at, code: error.code, detail: detail.clone(), hint }
    }
}

/// The flag that stands for the field at `pointer`.
fn flag(pointer: &str, by: &InputSource) -> String {
    let mut steps = pointer.trim_start_matches('/').split('/');
    let (first, second) = (steps.next().unwrap_or_default(), steps.next());
    let flag = match (first, second) {
        ("service" | "services", _) => "--service",
        ("near", _) => by.near,
        ("within_miles", _) => "--within-miles",
        ("coverage", Some("plan_name" | "known")) => "--plan-name",
        ("coverage", Some("network")) => "--network",
        ("coverage", Some("payer")) => "--payer",
        ("coverage", Some("state" | "program")) => "--medicaid",
        ("coverage", _) => "--plan",
        ("needs", Some(at)) if at.parse().is_ok_and(|at: usize| at >= by.required) => "--prefer",
        ("needs", _) => "--need",
        ("patient", Some("age")) => "--age",
        ("patient", Some("weight_lb")) => "--weight-lb",
        ("patient", Some("doses_a_day")) => "--doses-a-day",
        ("patient", Some("start_within_hours")) => "--start-within-hours",
        ("patient", Some("drug_cost_a_day")) => "--drug-cost-a-day",
        ("patient", Some("eligible")) => "--eligible",
        ("patient", Some("sex")) => "--sex",
        ("patient", _) => "--language",
        ("discharge_on", _) => "--on",
        ("profile", _) => "--profile",
        ("limit", _) => "--limit",
        ("cursor", _) => "--cursor",
        ("include", _) => "--left-out",
        ("screens", Some(name)) => return format!("--screen {name}"),
        ("screens", None) => "--screen",
        ("provider", _) => "--provider",
        _ => pointer,
    };
    flag.to_owned()
}

/// The hint of `error`, with flags in place of JSON fields.
fn hint_for_flags(error: &FieldError) -> Option<String> {
    let hint = match (error.pointer.as_str(), error.code) {
        ("/near", "missing") => "give --zip 29401, --near \"Charleston, SC\" or --at 32.78,-79.94",
        ("/within_miles", "does_not_apply") => "leave --within-miles out",
        ("/services", "does_not_apply") => "give --service once",
        ("/coverage/plan", _) => {
            const ANYWAY: &str = "--plan-name searches anyway, with coverage to be verified";
            return Some(error.hint.as_ref().map_or_else(|| ANYWAY.to_owned(), |hint| format!("{hint}; {ANYWAY}")));
        }
        _ => return error.hint.clone(),
    };
    Some(hint.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::input::place::FieldPlace;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        question: QuestionArgs,
    }

    fn asked(line: &str) -> QuestionInput {
        Line::parse_from(std::iter::once("x").chain(line.split(' '))).question.asked().unwrap()
    }

    #[test]
    fn flags_say_what_json_says() {
        for (line, raw) in [
            (
                "--service skilled_nursing --zip 29401 --medicare --need inf.abx --prefer wound.npwt",
                json!({"service": "skilled_nursing", "near": {"zip": "29401"}, "coverage": {"program": "medicare"},
                       "needs": ["inf.abx", {"need": "wound.npwt", "importance": "preferred"}]}),
            ),
            (
                "--service hospice --service home_health --at -32.5,-79.94 --medicaid SC --left-out",
                json!({"services": ["hospice", "home_health"], "near": {"latitude": -32.5, "longitude": -79.94},
                       "coverage": {"program": "medicaid", "state": "SC"}, "include": ["left_out"]}),
            ),
            (
                "--age 80 --weight-lb 410 --sex female --language es --doses-a-day 3 --on 2026-11-30 --limit 5",
                json!({"patient": {"age": 80, "weight_lb": 410, "sex": "female", "languages": ["es"], "doses_a_day": 3},
                       "discharge_on": "2026-11-30", "limit": 5}),
            ),
            (
                "--start-within-hours 24 --drug-cost-a-day 350 --eligible veterans --eligible residents",
                json!({"patient": {"start_within_hours": 24, "drug_cost_a_day": 350, "eligible": ["veterans", "residents"]}}),
            ),
            ("--self-pay", json!({"coverage": {"program": "self_pay"}})),
            ("--plan-name Acme", json!({"coverage": {"plan_name": "Acme", "known": false}})),
            (
                "--need picc,480lb --prefer deaf,mrsa",
                json!({"needs": ["inf.central", {"need": "iso.contact", "importance": "preferred"}], "patient": {"weight_lb": 480}}),
            ),
            (
                "--screen icu_days=3 --screen observation_only=no --screen therapies=physical,speech --screen discharged_on=2026-11-21",
                json!({"screens": {"icu_days": 3, "observation_only": false, "therapies": ["physical", "speech"],
                       "discharged_on": "2026-11-21"}}),
            ),
            ("--screens", json!({"screens": {}})),
            ("--payer Acme --within-miles 12.5", json!({"coverage": {"payer": "Acme"}, "within_miles": 12.5})),
        ] {
            assert_eq!(asked(line).raw, raw, "{line}");
        }
    }

    fn near(place: &str) -> QuestionInput {
        Line::try_parse_from(["x", "--service", "hospice", "--near", place]).unwrap().question.asked().unwrap()
    }

    #[test]
    fn a_place_is_read_as_on_the_page() {
        let read = near("Lee's Summit, Mo.");
        assert_eq!(read.raw["near"]["zip"], "64063");
        assert_eq!(read.remarks[0].code, "zip_of_city");
        for (place, told) in [
            ("Pittsburg PA", "--near: PA has no city with that name; did you mean Pittsburgh, PA"),
            ("09012", "--near: ZIP 09012 is in use for military post (APO/FPO/DPO) and has no place; enter the ZIP of where"),
        ] {
            let mut missing = FieldErrors::default();
            missing.add(FieldPlace::ROOT.field("near"), "missing", "give a place", None);
            let message = near(place).wrong(&missing).message;
            assert!(message.contains(told), "{message}");
        }
    }

    #[test]
    fn two_ways_to_pay_are_a_usage_error() {
        assert!(Line::try_parse_from(["x", "--medicare", "--self-pay"]).is_err());
        let both = Line::try_parse_from(["x", "--question", "-", "--zip", "29401"]).unwrap();
        assert_eq!(both.question.asked().unwrap_err().exit, ExitStatus::Usage);
    }

    #[test]
    fn every_field_has_its_flag() {
        for (pointer, name) in [
            ("/near/zip", "--zip"),
            ("/needs/0", "--need"),
            ("/needs/1/need", "--prefer"),
            ("/services/1", "--service"),
            ("/coverage/plan", "--plan"),
            ("/patient/languages/0", "--language"),
            ("/patient/eligible/0", "--eligible"),
            ("/screens/icu_days", "--screen icu_days"),
            ("/unheard_of", "/unheard_of"),
        ] {
            let by = InputSource { required: 1, near: "--zip", place: None };
            assert_eq!(flag(pointer, &by), name, "{pointer}");
        }
    }
}
