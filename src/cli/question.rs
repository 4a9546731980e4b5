//! Reads a question from flags, a file or standard input, and reports its errors by flag or by JSON
//! pointer.

use std::fmt::Write as _;
use std::io::{IsTerminal, Read};
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::cli::exit::{CommandFailure, ExitStatus};
use crate::input::errors::{FieldError, FieldErrors};
use crate::serve::http::strict_json;

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
    /// Level of care, such as skilled_nursing; may be repeated to ask for several services together
    #[arg(long, value_name = "SERVICE", help_heading = "Question")]
    service: Vec<String>,
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
    /// Required need, such as inf.abx; may be repeated
    #[arg(long, value_name = "CODE", help_heading = "Question")]
    need: Vec<String>,
    /// Preferred need, which raises the score of a match; may be repeated
    #[arg(long, value_name = "CODE", help_heading = "Question")]
    prefer: Vec<String>,
    /// Patient's age; 90 means 90 or older
    #[arg(long, value_name = "YEARS", help_heading = "Question")]
    age: Option<u32>,
    /// Patient's weight in pounds
    #[arg(long, value_name = "POUNDS", help_heading = "Question")]
    weight_lb: Option<u32>,
    /// IV doses per day
    #[arg(long, value_name = "DOSES", help_heading = "Question")]
    doses_a_day: Option<u32>,
    /// Patient's sex: female or male
    #[arg(long, value_name = "SEX", help_heading = "Question")]
    sex: Option<String>,
    /// Language the patient speaks, as a two-letter code such as es; may be repeated
    #[arg(long, value_name = "LANGUAGE", help_heading = "Question")]
    language: Vec<String>,
    /// Discharge date, such as 2026-11-30 [default: today]
    #[arg(long, value_name = "DATE", help_heading = "Question")]
    on: Option<String>,
    /// Ranking profile: default or track_record
    #[arg(long, value_name = "NAME", help_heading = "Question")]
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
}

/// Coverage flags; at most one may be given.
#[derive(Debug, Clone, PartialEq, Eq, Default, clap::Args)]
#[group(multiple = false)]
struct CoverageFlags {
    /// Patient's plan, by the name on the card
    #[arg(long, value_name = "NAME", help_heading = "Coverage (Choose One)")]
    plan: Option<String>,
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
    #[arg(long, value_name = "STATE", help_heading = "Coverage (Choose One)")]
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
    pub raw: Value,
    /// How flags map to fields; `None` if the question came as JSON.
    flags: Option<InputSource>,
}

/// What is needed to name the flag behind a field in an error message.
#[derive(Debug, Clone, Copy)]
struct InputSource {
    /// Number of needs from `--need`; later ones are from `--prefer`.
    required: usize,
    /// The location was given by `--at`.
    at: bool,
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
            None if by_flags => {
                let by = InputSource { required: self.flags.need.len(), at: self.flags.at.is_some() };
                Ok(QuestionInput { raw: self.flags.raw(), flags: Some(by) })
            }
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
    let asked = QuestionInput { raw, flags: None };
    if repeated.is_empty() { Ok(asked) } else { Err(asked.wrong(&repeated)) }
}

impl QuestionFlags {
    fn raw(&self) -> Value {
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
        set("near", self.near());
        set("within_miles", self.within_miles.map(Value::from));
        set("coverage", self.coverage.as_ref().map(CoverageFlags::raw));
        let required = self.need.iter().map(|need| json!(need));
        let preferred = self.prefer.iter().map(|need| json!({"need": need, "importance": "preferred"}));
        set("needs", some_list(required.chain(preferred).collect()));
        set("patient", self.patient());
        set("discharge_on", self.on.as_ref().map(|day| json!(day)));
        set("profile", self.profile.as_ref().map(|name| json!(name)));
        set("limit", self.limit.map(Value::from));
        set("cursor", self.cursor.as_ref().map(|cursor| json!(cursor)));
        set("include", self.left_out.then(|| json!(["left_out"])));
        fields.into()
    }

    fn near(&self) -> Option<Value> {
        let point = |LatLon(north, east): LatLon| json!({"latitude": north, "longitude": east});
        self.at.map(point).or_else(|| self.zip.as_ref().map(|zip| json!({"zip": zip})))
    }

    fn patient(&self) -> Option<Value> {
        let facts = [
            ("age", self.age.map(Value::from)),
            ("weight_lb", self.weight_lb.map(Value::from)),
            ("doses_a_day", self.doses_a_day.map(Value::from)),
            ("sex", self.sex.as_ref().map(|sex| json!(sex))),
            ("languages", some_list(self.language.iter().map(|language| json!(language)).collect())),
        ];
        let facts: Map<String, Value> =
            facts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        (!facts.is_empty()).then(|| facts.into())
    }
}

impl CoverageFlags {
    fn raw(&self) -> Value {
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
    /// Reports every error at its flag, or at its JSON pointer if the question came as JSON.
    pub(crate) fn wrong(&self, errors: &FieldErrors) -> CommandFailure {
        let mut message = "the question has errors".to_owned();
        for error in errors {
            let (place, hint) = self.flags.map_or_else(
                || (error.pointer.clone(), error.hint.clone()),
                |by| (flag(&error.pointer, by), hint_for_flags(error)),
            );
            let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
            let colon = if place.is_empty() { "" } else { ": " };
            // Writing to a String cannot fail.
            let _ = write!(message, "\n  {place}{colon}{}{hint}", error.detail);
        }
        if errors.more() > 0 {
            let _ = write!(message, "\n  and {} more", errors.more());
        }
        CommandFailure::new(ExitStatus::WrongData, message)
    }
}

/// The flag for the field at `pointer`.
fn flag(pointer: &str, by: InputSource) -> String {
    let mut steps = pointer.trim_start_matches('/').split('/');
    let (first, second) = (steps.next().unwrap_or_default(), steps.next());
    let flag = match (first, second) {
        ("service" | "services", _) => "--service",
        ("near", _) if by.at => "--at",
        ("near", _) => "--zip",
        ("within_miles", _) => "--within-miles",
        ("coverage", Some("network")) => "--network",
        ("coverage", Some("payer")) => "--payer",
        ("coverage", Some("state" | "program")) => "--medicaid",
        ("coverage", _) => "--plan",
        ("needs", Some(at)) if at.parse().is_ok_and(|at: usize| at >= by.required) => "--prefer",
        ("needs", _) => "--need",
        ("patient", Some("age")) => "--age",
        ("patient", Some("weight_lb")) => "--weight-lb",
        ("patient", Some("doses_a_day")) => "--doses-a-day",
        ("patient", Some("sex")) => "--sex",
        ("patient", _) => "--language",
        ("discharge_on", _) => "--on",
        ("profile", _) => "--profile",
        ("limit", _) => "--limit",
        ("cursor", _) => "--cursor",
        ("include", _) => "--left-out",
        ("provider", _) => "--provider",
        _ => pointer,
    };
    flag.to_owned()
}

/// The hint of `error`, with flags in place of JSON fields.
fn hint_for_flags(error: &FieldError) -> Option<String> {
    let hint = match (error.pointer.as_str(), error.code) {
        ("/near", "missing") => "use --zip 29401 or --at 32.78,-79.94",
        ("/within_miles", "does_not_apply") => "remove --within-miles",
        ("/services", "does_not_apply") => "use --service once",
        _ => return error.hint.clone(),
    };
    Some(hint.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

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
                "--service skilled_nursing --zip 29401 --medicare --need inf.abx --prefer wound.vac",
                json!({"service": "skilled_nursing", "near": {"zip": "29401"}, "coverage": {"program": "medicare"},
                       "needs": ["inf.abx", {"need": "wound.vac", "importance": "preferred"}]}),
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
            ("--self-pay", json!({"coverage": {"program": "self_pay"}})),
            ("--payer Acme --within-miles 12.5", json!({"coverage": {"payer": "Acme"}, "within_miles": 12.5})),
        ] {
            assert_eq!(asked(line).raw, raw, "{line}");
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
            ("/unheard_of", "/unheard_of"),
        ] {
            assert_eq!(flag(pointer, InputSource { required: 1, at: false }), name, "{pointer}");
        }
    }
}
