//! Files damaged on their way, in each of the kinds of damage that are usual: a file is read as the undamaged one, or what is lost is
//! reported with file and line. Nothing is lost in silence, and nothing is read as something else.

use std::collections::{BTreeMap, BTreeSet};

use placement::provider::{OperatingStatus, Provider, ServiceArea, ServiceLine};
use placement::refresh::error::RefreshError;
use placement::run_report::rejects::RejectedRow;

use crate::damaged_files::{DamagedFile, Outcome, TableFile, Workbench, tables, text_of};
use crate::folder::{Read, try_read};

/// What a directory says, by provider and kind of fact.
type Facts = BTreeMap<(String, String), String>;

fn facts(read: &Read) -> Facts {
    let mut facts = Facts::new();
    for provider in &read.night.providers {
        let mut add = |kind: String, value: String| drop(facts.insert((provider.id.to_string(), kind), value));
        of_provider(provider, &mut add);
        for line in &provider.lines {
            of_line(line, &mut add);
            for key in read.night.listed.of(&provider.id, line.service) {
                let terms = read.night.plans.terms(*key).unwrap();
                let network = &read.night.plans.network(terms.network).unwrap().name;
                let plans = read.night.plans.plans.iter().filter(|plan| plan.networks.contains(&terms.network));
                for plan in plans {
                    let of = format!("{} in {network} of {}", line.service, plan.name);
                    add(of.clone(), String::new());
                    terms.tier.iter().for_each(|tier| add(format!("{of}: tier"), tier.clone()));
                    terms.begin.iter().for_each(|day| add(format!("{of}: begin"), day.to_string()));
                    terms.end.iter().for_each(|day| add(format!("{of}: end"), day.to_string()));
                }
            }
        }
    }
    facts
}

fn of_provider(provider: &Provider, add: &mut impl FnMut(String, String)) {
    add("name".to_owned(), provider.name.value.clone());
    for npi in &provider.npis {
        add(format!("npi {npi}"), String::new());
    }
    if let Some(address) = provider.address.as_ref().map(|fact| &fact.value) {
        let parts = [
            ("street", address.street.clone()),
            ("city", address.city.clone()),
            ("state", address.state.map(|state| state.to_string()).unwrap_or_default()),
            ("zip", address.zip.map(|zip| zip.to_string()).unwrap_or_default()),
        ];
        parts.into_iter().filter(|(_, value)| !value.is_empty()).for_each(|(kind, value)| add(kind.to_owned(), value));
    }
    if let Some(position) = provider.position.as_ref().map(|fact| &fact.value) {
        add(format!("position {:?}", position.precision), format!("{:?}", position.point));
    }
    let told = [
        ("phone", provider.phone.as_ref().map(|fact| fact.value.to_string())),
        ("ownership", provider.ownership.as_ref().map(|fact| fact.value.clone())),
    ];
    for (kind, value) in told {
        if let Some(value) = value {
            add(kind.to_owned(), value);
        }
    }
    for suspected in &provider.suspected_exclusions {
        add(format!("suspected {}", suspected.value), String::new());
    }
}

fn of_line(line: &ServiceLine, add: &mut impl FnMut(String, String)) {
    let of = line.service.code();
    add(format!("{of} offered"), String::new());
    if line.standing != OperatingStatus::Open {
        add(format!("{of} standing"), format!("{:?}", line.standing));
    }
    if let Some(by) = &line.standing_by {
        add(format!("{of} standing by"), by.source.to_string());
    }
    let mut fact = |kind: &str, value: Option<String>| value.into_iter().for_each(|value| add(format!("{of} {kind}"), value));
    fact("medicare", line.medicare.as_ref().map(|fact| fact.value.to_string()));
    fact("medicaid", line.medicaid.as_ref().map(|fact| fact.value.to_string()));
    if let ServiceArea::Zips(zips) = &line.area {
        fact("area", Some(format!("{:?}", zips.value)));
    }
    for (need, answer) in &line.answers {
        fact(need.code(), Some(answer.value.to_string()));
    }
    for (limit, value) in &line.limits {
        fact(limit.code(), Some(value.value.to_string()));
    }
    fact("languages", line.languages.as_ref().map(|fact| format!("{:?}", fact.value)));
    fact("rating", line.rating.as_ref().map(|fact| fact.value.to_string()));
    fact("rating gap", line.rating_gap.as_ref().map(|fact| fact.value.code().to_owned()));
    fact("beds", line.beds.as_ref().map(|fact| fact.value.to_string()));
    for (measure, value) in &line.measures {
        fact(measure.code(), Some(value.value.to_string()));
    }
    for safety in &line.safety {
        fact(safety.value.code(), Some(format!("{:?}", safety.value)));
    }
}

/// Reads a table, or other bytes in its place, beside what belongs to it.
fn read_with(file: &TableFile, name: &str, bytes: &[u8]) -> Result<Read, RefreshError> {
    let mut all: Vec<(&str, &[u8])> = file.beside.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    all.push((name, bytes));
    try_read(&all)
}

/// What a damaged file has to answer for.
struct Judge<'a> {
    file: &'a TableFile,
    damaged: &'a DamagedFile,
    read: &'a Read,
    /// The NPIs of each provider.
    npis: &'a BTreeMap<String, Vec<String>>,
}

impl Judge<'_> {
    /// Whether a report says that something of this provider, or of the whole file, was lost.
    fn is_reported(&self, provider: &str) -> bool {
        let number = provider.rsplit(':').next().unwrap_or_default();
        let is_its = |key: &String| key == number || self.npis.get(provider).is_some_and(|npis| npis.contains(key));
        let rows = self.file.rows.iter().enumerate().filter(|(_, row)| is_its(&row[self.file.key]));
        let lines: BTreeSet<u64> =
            rows.flat_map(|(at, _)| self.damaged.lines.get(at).into_iter().flatten().copied()).collect();
        let report = &self.read.report;
        let of_file = || report.rejects.listed.iter().filter(|reject| reject.file == self.damaged.name);
        let swallowed = |line: u64| self.damaged.swallows && lines.iter().any(|of_row| *of_row >= line);
        // A fault of the header is one of the whole file.
        let first = self.damaged.lines.iter().flatten().min().copied().unwrap_or(u64::MAX);
        let of_header = |reject: &RejectedRow| reject.line < first && !reject.doubt && !reject.field.is_empty();
        let of_row = |line: u64| lines.contains(&line) || swallowed(line);
        of_file().any(|reject| !reject.reason.is_empty() && (of_row(reject.line) || of_header(reject)))
            || report.unread.iter().any(|unread| unread.file == self.damaged.name && unread.reason.len() > 10)
            || report
                .remarks
                .iter()
                .any(|remark| remark.starts_with(&self.damaged.name) && Self::names_a_part(remark, number))
            || report.files.iter().any(|of| of.status.file == self.damaged.name && of.status.rows == 0)
    }

    /// Whether a remark names a column of the table, or the provider.
    fn names_a_part(remark: &str, number: &str) -> bool {
        remark.contains(number) || remark.contains('"')
    }

    /// Whether the gate refuses the file, it is not used, or all of it is said to be wrong.
    fn is_refused(&self) -> bool {
        let report = &self.read.report;
        let of_file = report.files.iter().find(|of| of.status.file == self.damaged.name);
        of_file.is_none_or(|of| of.unidentified > 0 || of.status.rows == 0)
            || report.remarks.iter().any(|remark| remark.starts_with(&self.damaged.name) && remark.contains('"'))
    }

    /// What is lost without a report, and what is wrong.
    fn faults(&self, expected: &Facts) -> Vec<String> {
        let found = facts(self.read);
        let mut faults = Vec::new();
        for ((provider, kind), value) in expected {
            let is = found.get(&(provider.clone(), kind.clone()));
            let is_text = kind == "name" || kind.contains(" of ") || kind.starts_with("suspected");
            match is {
                Some(is) if is == value => {}
                // An exclusion that is lost must also stop the refresh.
                None if self.is_reported(provider) && (!kind.ends_with("standing") || self.is_refused()) => {}
                Some(_) if self.damaged.text_differs && is_text && self.is_reported(provider) => {}
                None => faults.push(format!("{provider} {kind} is lost in silence: {value}")),
                Some(is) => faults.push(format!("{provider} {kind} is {is}, not {value}")),
            }
        }
        for ((provider, kind), value) in &found {
            let is_new = !expected.contains_key(&(provider.clone(), kind.clone()));
            let lost = |of: &str| !found.contains_key(&(provider.clone(), kind.replace(of, "rating")));
            let follows = (kind.ends_with("rating gap") && lost("rating gap")) || kind.starts_with("position ");
            let is_text = kind.contains(" of ") || kind.starts_with("suspected");
            let differs = self.damaged.text_differs && is_text && self.is_reported(provider);
            if is_new && !follows && !differs {
                faults.push(format!("{provider} {kind} is new: {value}"));
            }
        }
        faults
    }
}

/// What is wrong with how a damaged file was read; empty where nothing is. Says also whether it was read as if it were whole.
fn judged(
    file: &TableFile,
    damaged: &DamagedFile,
    expected: &Facts,
    npis: &BTreeMap<String, Vec<String>>,
) -> (Vec<String>, bool) {
    match read_with(file, &damaged.name, &damaged.bytes) {
        Err(error) => {
            let words = error.to_string();
            let named = words.contains(&damaged.name) && words.len() > damaged.name.len() + 20;
            let faults = (!named).then(|| format!("refused without its name: {words}"));
            (faults.into_iter().collect(), false)
        }
        Ok(read) => {
            let faults = Judge { file, damaged, read: &read, npis }.faults(expected);
            let same = facts(&read) == *expected;
            (faults, same)
        }
    }
}

fn check(name: &str) {
    let all = tables();
    let file = all.iter().find(|file| file.name.starts_with(name)).unwrap();
    let whole = read_with(file, file.name, text_of(file).as_bytes()).unwrap();
    let rejects: Vec<String> = whole.rejects().into_iter().filter(|told| told.starts_with(file.name)).collect();
    assert_eq!(rejects, Vec::<String>::new(), "the undamaged file is clean");
    let expected = facts(&whole);
    let numbers = |provider: &Provider| provider.npis.iter().map(ToString::to_string).collect();
    let npis = whole.night.providers.iter().map(|provider| (provider.id.to_string(), numbers(provider))).collect();
    let without = file.beside.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect::<Vec<_>>();
    let beside = if without.is_empty() { Facts::new() } else { facts(&try_read(&without).unwrap()) };
    assert!(expected != beside, "the file adds facts");
    let mut bench = Workbench::of(file);
    bench.written_otherwise();
    bench.arranged_otherwise();
    bench.cells_rewritten();
    bench.torn();
    bench.replaced();
    let mut failed = Vec::new();
    for damaged in &bench.made {
        let (faults, same) = judged(file, damaged, &expected, &npis);
        if !faults.is_empty() || (damaged.expected == Outcome::Read && !same) {
            let told = faults.iter().take(3).map(|fault| format!("\n      {fault}")).collect::<Vec<_>>().concat();
            failed.push(format!("{} [{}]{told}", damaged.damage, if same { "same" } else { "differs" }));
        }
    }
    assert!(
        failed.is_empty(),
        "{} of {} damaged forms of {}:\n  {}",
        failed.len(),
        bench.made.len(),
        file.name,
        failed.join("\n  ")
    );
}

macro_rules! damaged {
    ($($test:ident: $name:literal;)+) => {
        $(#[test]
        fn $test() {
            check($name);
        })+
    };
}

damaged! {
    nursing_homes_lose_nothing_in_silence: "homes";
    home_health_agencies_lose_nothing_in_silence: "agencies";
    service_zips_lose_nothing_in_silence: "zips";
    hospices_lose_nothing_in_silence: "hospices";
    conditions_of_rehabilitation_lose_nothing_in_silence: "conditions";
    measures_of_long_term_hospitals_lose_nothing_in_silence: "measures";
    dialysis_facilities_lose_nothing_in_silence: "dialysis";
    rosters_lose_nothing_in_silence: "acme";
    exclusions_lose_nothing_in_silence: "leie";
    the_registry_loses_nothing_in_silence: "npi";
}
