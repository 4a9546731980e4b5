//! `services`, `needs`, `plans` and `networks`: the words that a question may use, all of them or those that fit some words.

use crate::cli::exit::{CommandFailure, ExitStatus};
use crate::cli::match_providers::OutputOptions;
use crate::cli::text_output::{FAINT, HEADING, TextOutput, pad_or_truncate, print_json};
use crate::config::Config;
use crate::coverage::names::{network_in_full, plan_with_payer, search};
use crate::coverage::{Network, Plan, PlanDirectory};
use crate::discharge::default_radius;
use crate::fuzzy::{did_you_mean, nearest};
use crate::matching::candidate::Directory;
use crate::need_words::typed_list::decide_words;
use crate::need_words::word_decision::{WordDecision, WordMeaning};
use crate::serve::json::report::AnswerContext;
use crate::serve::json::vocabulary::{NeedsJson, NetworksJson, PlansJson, ServicesJson};
use crate::service::{DeliveryMode, Limit, Need, Service};
use crate::text::count_text::counted;
use crate::text::fold_words;

/// Width of the column of codes.
const CODE_WIDTH: usize = 22;
/// Most alternatives offered where nothing fits.
const OFFERED: usize = 3;

/// `placement services`, `plans` and `networks`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DirectoryWordsArgs {
    /// Words to look for [default: list all]
    #[arg(value_name = "WORDS")]
    words: Vec<String>,
    #[command(flatten)]
    rendering: OutputOptions,
}

/// `placement needs`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct NeedWordsArgs {
    /// Words to look for, as in --need: "wound vac", iv, resp [default: list all]
    #[arg(value_name = "WORDS")]
    words: Vec<String>,
    /// Print as JSON, as the HTTP API returns it
    #[arg(long)]
    json: bool,
}

impl DirectoryWordsArgs {
    /// Prints the services.
    ///
    /// # Errors
    /// No service fits the words, or there is no directory.
    pub(crate) fn print_services(&self, config: &Config) -> Result<(), CommandFailure> {
        let typed = self.words.join(" ");
        let is_meant = |service: &Service| has_words(&[service.code(), service.label()], &typed);
        let found: Vec<Service> = Service::ALL.into_iter().filter(is_meant).collect();
        if found.is_empty() {
            let names = Service::ALL.into_iter().flat_map(|service| [service.code(), service.label()]);
            return Err(nothing("service", &typed, &nearest(&typed, names, OFFERED), "placement services"));
        }
        let served = self.rendering.directory(config)?;
        let manifest = served.base().manifest();
        if self.rendering.json {
            return print_json(&ServicesJson::of(&found, manifest));
        }
        let mut page = TextOutput::default();
        for service in found {
            let providers = manifest.lines.get(service.code()).copied().unwrap_or(0);
            let providers =
                if providers == 0 { "no providers loaded".to_owned() } else { counted(providers.into(), "provider") };
            page.add(&format!("{}{}", pad_or_truncate(service.code(), CODE_WIDTH), pad_or_truncate(service.label(), 26)));
            page.styled(FAINT, &format!("{}; {providers}", reach(service))).newline();
        }
        page.print()
    }

    /// Prints the plans.
    ///
    /// # Errors
    /// No plan fits the words, or there is no directory.
    pub(crate) fn print_plans(&self, config: &Config) -> Result<(), CommandFailure> {
        let typed = self.words.join(" ");
        let served = self.rendering.directory(config)?;
        let plans = served.base().plans();
        let places: Vec<usize> =
            if typed.is_empty() { (0..plans.plans.len()).collect() } else { search(&typed, plans, plans.plans.len()) };
        let found: Vec<&Plan> = places.into_iter().filter_map(|at| plans.plans.get(at)).collect();
        if found.is_empty() && !typed.is_empty() {
            return Err(nothing("plan", &typed, &[], "placement plans"));
        }
        if self.rendering.json {
            return print_json(&PlansJson::of(found, AnswerContext::from(&served)));
        }
        let mut page = TextOutput::default();
        for plan in found {
            page.line(&plan_with_payer(plan, plans));
            let networks: Vec<&str> =
                plan.networks.iter().filter_map(|key| plans.network(*key)).map(|network| network.name.as_str()).collect();
            let networks = if networks.is_empty() { "not stated".to_owned() } else { networks.join(", ") };
            page.wrapped("    networks: ", &networks);
        }
        print_or_say(&page, "The directory has no plans.")
    }

    /// Prints the networks.
    ///
    /// # Errors
    /// No network fits the words, or there is no directory.
    pub(crate) fn print_networks(&self, config: &Config) -> Result<(), CommandFailure> {
        let typed = self.words.join(" ");
        let served = self.rendering.directory(config)?;
        let plans = served.base().plans();
        let found = networks_named(&typed, plans);
        if found.is_empty() && !typed.is_empty() {
            let names = plans.networks.iter().map(|network| network.name.as_str());
            return Err(nothing("network", &typed, &nearest(&typed, names, OFFERED), "placement networks"));
        }
        if self.rendering.json {
            return print_json(&NetworksJson::of(found, AnswerContext::from(&served)));
        }
        let mut page = TextOutput::default();
        for network in found {
            page.line(&network_in_full(network, plans));
            let list = if network.whole { "complete list" } else { "list not known to be complete" };
            let day = network.evidence.as_of.map_or_else(|| "undated".to_owned(), |day| format!("as of {day}"));
            page.wrapped("    ", &format!("{list}, {day}"));
        }
        print_or_say(&page, "The directory has no networks.")
    }
}

impl NeedWordsArgs {
    /// Prints the needs; with words also what each of them means. Needs no directory.
    ///
    /// # Errors
    /// No need fits the words.
    pub(crate) fn run(&self) -> Result<(), CommandFailure> {
        let typed = self.words.join(" ");
        let needs = needs_named(&typed);
        let is_meant = |limit: &Limit| has_words(&[limit.code(), limit.entry().map_or("", |entry| &entry.label)], &typed);
        let limits: Vec<Limit> = Limit::ALL.into_iter().filter(is_meant).collect();
        if needs.is_empty() && limits.is_empty() {
            let names = Need::all().flat_map(|need| [need.code(), need.label()]);
            return Err(nothing("need", &typed, &nearest_of(&typed, nearest(&typed, names, OFFERED)), "placement needs"));
        }
        if self.json {
            return print_json(&NeedsJson::of(needs, limits));
        }
        let mut page = TextOutput::default();
        let mut group = "";
        for need in needs {
            let entry = need.entry();
            if typed.is_empty() && entry.group != group {
                page.heading(&entry.group);
                group = &entry.group;
            }
            page.add(&pad_or_truncate(need.code(), CODE_WIDTH)).styled(HEADING, need.label()).newline();
            if !typed.is_empty() {
                page.wrapped("    ", &entry.definition);
            }
        }
        for entry in limits.into_iter().filter(|_| !typed.is_empty()).filter_map(Limit::entry) {
            page.add(&pad_or_truncate(entry.code.code(), CODE_WIDTH)).styled(HEADING, &entry.label).newline();
            page.wrapped("    ", &format!("A limit of providers, in {}.", entry.unit));
        }
        page.print()
    }
}

/// "within 25 miles" or "comes to the patient".
fn reach(service: Service) -> String {
    match (service.geography(), default_radius(service)) {
        (DeliveryMode::PatientTravels, Some(miles)) => format!("patient travels, {miles} miles unless given"),
        (DeliveryMode::PatientTravels, None) => "patient travels".to_owned(),
        (DeliveryMode::ProviderComes, _) => "comes to the patient".to_owned(),
    }
}

/// The needs that the words mean, as in `--need`, then those with all the words in code, label, group or definition.
fn needs_named(typed: &str) -> Vec<Need> {
    if typed.is_empty() {
        return Need::all().collect();
    }
    let meant = |decision: WordDecision| match decision {
        WordDecision::Taken(need) => vec![need],
        WordDecision::Ambiguous(meanings) => meanings.into_iter().filter_map(need_of).collect(),
        WordDecision::Dose | WordDecision::SetsField(_) | WordDecision::Unknown { .. } => Vec::new(),
    };
    let mut found: Vec<Need> = decide_words(typed).into_iter().flat_map(|word| meant(word.decision)).collect();
    let told = |need: &Need| {
        let entry = need.entry();
        has_words(&[&entry.code, &entry.label, &entry.group, &entry.definition], typed)
    };
    for need in Need::all().filter(told) {
        if !found.contains(&need) {
            found.push(need);
        }
    }
    found
}

fn need_of(meaning: WordMeaning) -> Option<Need> {
    match meaning {
        WordMeaning::Need(need) => Some(need),
        WordMeaning::SpokenLanguage => None,
    }
}

/// The codes of the needs nearest to the words, or else `similar`.
fn nearest_of(typed: &str, similar: Vec<&'static str>) -> Vec<&'static str> {
    let offered = decide_words(typed).into_iter().flat_map(|word| match word.decision {
        WordDecision::Unknown { nearest } => nearest,
        _ => Vec::new(),
    });
    let offered: Vec<&str> = offered.map(Need::code).take(OFFERED).collect();
    if offered.is_empty() { similar } else { offered }
}

/// The networks with all the words in their name or their payer's; all for no words.
fn networks_named<'a>(typed: &str, plans: &'a PlanDirectory) -> Vec<&'a Network> {
    plans.networks.iter().filter(|network| has_words(&[&network_in_full(network, plans)], typed)).collect()
}

/// Whether the texts together have every typed word, or its beginning.
fn has_words(texts: &[&str], typed: &str) -> bool {
    let known = fold_words(&texts.join(" "));
    fold_words(typed).split(' ').all(|word| known.split(' ').any(|known| known.starts_with(word)))
}

fn nothing(what: &str, typed: &str, offered: &[&str], list: &str) -> CommandFailure {
    let hint = did_you_mean(offered).unwrap_or_else(|| format!("{list} without words lists all"));
    CommandFailure::new(ExitStatus::WrongData, format!("no {what} fits \"{typed}\"; {hint}"))
}

fn print_or_say(page: &TextOutput, if_empty: &str) -> Result<(), CommandFailure> {
    if !page.as_str().is_empty() {
        return page.print();
    }
    let mut said = TextOutput::default();
    said.line(if_empty);
    said.print()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_find_needs_by_what_they_mean_and_by_what_their_entries_say() {
        for (typed, first) in [("wound vac", "wound.npwt"), ("iv abx", "inf.abx"), ("resp.vent", "resp.vent")] {
            assert_eq!(needs_named(typed).first().map(|need| need.code()), Some(first), "{typed}");
        }
        assert!(needs_named("bipap, trach").len() > 2, "every meaning of an ambiguous word");
        assert_eq!(needs_named("").len(), Need::all().len());
        assert!(needs_named("zzz").is_empty());
        assert_eq!(nearest_of("wound vak", Vec::new()), Vec::<&str>::new());
    }

    #[test]
    fn all_words_must_be_there_or_begin_a_word() {
        assert!(has_words(&["skilled_nursing", "Skilled nursing facility"], "nurs fac"));
        assert!(!has_words(&["skilled_nursing", "Skilled nursing facility"], "nurs home"));
        assert!(has_words(&["anything"], ""));
    }
}
