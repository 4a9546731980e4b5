//! What to do next: single changes with their gain, excluded providers, and the counted evidence of a network gap.

use crate::discharge::{Discharge, MOST_SHOWN};
use crate::matching::report::{ExcludedProvider, FitTier, Report, SuggestedChange, Suggestion};
use crate::matching::requirement::Requirement;
use crate::need_words::typed_list::decide_words;
use crate::need_words::word_decision::WordDecision;
use crate::phrases;
use crate::place::{Miles, Precision};
use crate::provider::{Provider, ProviderId};
use crate::serve::pages::ask::errors::{HiddenField, hidden};
use crate::serve::pages::form::SubmittedForm;
use crate::service::DeliveryMode;
use crate::text::count_text::counted;
use crate::text::printable;

/// How many excluded providers the page lists.
const LISTED: usize = 100;

/// A change that one button makes.
#[derive(Debug)]
pub(crate) struct SuggestionButton {
    /// The change and what it gains.
    pub says: String,
    /// The path it is sent to.
    pub action: &'static str,
    /// Whether it opens in a new tab.
    pub beside: bool,
    /// The changed question.
    pub hidden: HiddenField,
}

/// The buttons for the suggestions of `report`; `form` is the question.
pub(crate) fn steps(form: &SubmittedForm, report: &Report) -> Vec<SuggestionButton> {
    let asks_again = |field: &str, value: String, says: &str| SuggestionButton {
        says: says.to_owned(),
        action: "/",
        beside: false,
        hidden: hidden(&form.with(field, &value)),
    };
    let step = |suggestion: &Suggestion| match suggestion.change {
        SuggestedChange::WithinMiles(miles) => asks_again("within", miles.to_string(), &suggestion.text),
        SuggestedChange::DischargeOn(day) => asks_again("on", day.to_string(), &suggestion.text),
        SuggestedChange::Confirm(asked) => SuggestionButton {
            says: suggestion.text.clone(),
            action: "/call-sheet",
            beside: true,
            hidden: to_confirm(form, asked, &suggestion.providers),
        },
    };
    report.suggestions.iter().map(step).collect()
}

/// For each typed word that is not in the list of needs, the nearest needs, to search for one in its place.
pub(crate) fn meant_needs(form: &SubmittedForm) -> Vec<SuggestionButton> {
    let words = decide_words(form.one("need_words"));
    let mut buttons = Vec::new();
    for unknown in &words {
        let WordDecision::Unknown { nearest } = &unknown.decision else { continue };
        for need in nearest {
            let mut entries: Vec<&str> = Vec::new();
            for word in &words {
                let entry: &str = if word.typed == unknown.typed { need.label() } else { &word.typed };
                if !entries.contains(&entry) {
                    entries.push(entry);
                }
            }
            buttons.push(SuggestionButton {
                says: format!("\u{201c}{}\u{201d} means {}", printable(&unknown.typed), need.label()),
                action: "/",
                beside: false,
                hidden: hidden(&form.with("need_words", &entries.join(", "))),
            });
        }
    }
    buttons
}

/// The question, what to confirm, and exactly the providers to call.
fn to_confirm(form: &SubmittedForm, asked: Requirement, providers: &[ProviderId]) -> HiddenField {
    let calls = providers.iter().map(|provider| ("call".to_owned(), provider.to_string()));
    hidden(form).into_iter().chain([("confirm".to_owned(), asked.code().to_owned())]).chain(calls).collect()
}

/// The excluded providers and the reasons.
#[derive(Debug)]
pub(crate) struct LeftOut {
    /// How many.
    pub count: u32,
    /// "6 decline Ventilator, long-term".
    pub reasons: Vec<String>,
    /// The nearest of them.
    pub listed: Vec<LeftOutLine>,
    /// The note when the page does not list all of them.
    pub more: Option<String>,
}

/// One excluded provider.
#[derive(Debug)]
pub(crate) struct LeftOutLine {
    /// Its id.
    pub id: String,
    /// Name and town.
    pub name: String,
    /// Miles, where they are known.
    pub miles: Option<String>,
    /// Why, with the source.
    pub why: String,
}

impl LeftOut {
    /// The excluded providers of `report`.
    pub(crate) fn of(report: &Report) -> Self {
        let count = report.left_out.values().sum();
        let all = report.left_out_list.as_deref().unwrap_or_default();
        let line = |left: &ExcludedProvider| LeftOutLine {
            id: left.provider.id.to_string(),
            name: phrases::name_and_town(&left.provider),
            miles: left.distance.map(|miles| miles.to_string()),
            why: phrases::bar(&left.bar),
        };
        let listed: Vec<LeftOutLine> = all.iter().take(LISTED).map(line).collect();
        let unlisted = (count as usize).saturating_sub(listed.len());
        let more = (unlisted > 0).then(|| {
            format!(
                "These are the {LISTED} nearest; {unlisted} more are not listed. To check one, search for it by name below."
            )
        });
        Self {
            count,
            reasons: report.left_out.iter().map(|(reason, n)| phrases::reason(*reason, *n)).collect(),
            listed,
            more,
        }
    }
}

/// Nothing in network meets the requirements: the counted evidence for a network-gap exception.
#[derive(Debug)]
pub(crate) struct NetworkGapView {
    /// How many in network have not said whether they take everything required: they are called before the plan is asked.
    pub to_call: u32,
    /// How many were checked.
    pub checked: String,
    /// The reasons with counts that add up to `checked`.
    pub failing: Vec<String>,
    /// The label of `nearest`.
    pub whose: &'static str,
    /// Id, name with distance, and phone of an out-of-network provider that can take the patient.
    pub nearest: Option<(String, String, String)>,
}

impl NetworkGapView {
    /// The gap that `report` found.
    pub(crate) fn of(report: &Report) -> Option<Self> {
        let gap = report.network_gap.as_ref()?;
        let fits = FitTier::ALL.into_iter().map(|fit| (fit, report.count(fit))).filter(|(_, count)| *count > 0);
        let fits = fits.map(|(fit, count)| format!("{count} {}", fails(fit)));
        let reasons = report.left_out.iter().map(|(reason, count)| phrases::reason(*reason, *count));
        let nearest = gap.nearest_capable.as_ref().map(|(provider, miles)| {
            let away = miles.map(|miles| away(&report.discharge, provider, miles)).unwrap_or_default();
            (provider.id.to_string(), format!("{}{away}", phrases::name_and_town(provider)), phrases::phone(provider))
        });
        Some(Self {
            to_call: report.count(FitTier::AskProvider),
            checked: counted(u64::from(gap.checked), "provider"),
            failing: fits.chain(reasons).collect(),
            whose: match report.discharge.geography() {
                DeliveryMode::PatientTravels => "The nearest out of network that accepts everything required:",
                DeliveryMode::ProviderComes => "Out of network, and accepts everything required:",
            },
            nearest,
        })
    }
}

/// The distance of `provider` and the points it is measured between; empty if the provider travels to the patient.
fn away(discharge: &Discharge, provider: &Provider, miles: Miles) -> String {
    if discharge.geography() == DeliveryMode::ProviderComes {
        return String::new();
    }
    let to = match provider.position.as_ref().map(|fact| fact.value.precision) {
        Some(Precision::Zip) => " to the center of its own ZIP",
        Some(Precision::City) => " to the center of its city",
        Some(Precision::Address | Precision::Approximate) | None => "",
    };
    format!(", {miles} miles from the center of ZIP {}{to}", discharge.near.zip)
}

fn fails(fit: FitTier) -> &'static str {
    match fit {
        FitTier::Ready => "ready",
        FitTier::Meets => "that meet the requirements",
        FitTier::AskProvider => "in network that have not said whether they take everything required",
        FitTier::AskPlan => "whose network the plan must confirm",
        FitTier::NoRoom => "with no room on that date",
        FitTier::OutOfNetwork => "out of network",
    }
}

/// The note when a sheet or an export does not hold the whole result.
pub(crate) fn cut(matched: u32) -> Option<String> {
    (matched > MOST_SHOWN).then(|| format!("Only the first {MOST_SHOWN} of {matched} providers are included."))
}
