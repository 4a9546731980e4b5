//! The rank of one provider and its reasons, or why the provider is excluded.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::discharge::Discharge;
use crate::matching::explain::Explanation;
use crate::provider::Provider;
use crate::serve::http::extract::StrictQuery;
use crate::serve::http::problem::Problem;
use crate::serve::pages::answer::line::{MatchRow, SignedText, network, signed};
use crate::serve::pages::ask;
use crate::serve::pages::ask::ResolvedForm;
use crate::serve::pages::ask::errors::{HiddenField, hidden};
use crate::serve::pages::ask::provider_lookup::{ProviderLookup, ProviderOption, find_provider};
use crate::serve::pages::form::SubmittedForm;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::layout::{PageFrame, SiteSection};
use crate::serve::pages::provider::facts::on_one_line;
use crate::serve::state::AppState;
use crate::{phrases, query};

/// One provider and the question.
#[derive(Debug, Template)]
#[template(path = "what_about.html", config = "src/serve/askama.toml")]
struct WhatAboutPage {
    frame: PageFrame,
    /// The name of the provider, empty if it is not known which.
    name: String,
    /// What the headline says of it.
    says: String,
    question: String,
    hidden: HiddenField,
    /// Notes on how the question was read.
    remarks: Vec<String>,
    /// The full name, if only part of it was typed.
    read_as: Option<String>,
    /// What was typed.
    provider: String,
    provider_wrong: bool,
    /// Whether the next answer opens in a new tab: no, because this page is in one already.
    beside: bool,
    /// What availability is called for the service.
    room_label: &'static str,
    told: ExplanationView,
}

/// What the page says of the provider.
#[derive(Debug)]
enum ExplanationView {
    /// It is on the list.
    Stands { line: Box<MatchRow>, of: u32 },
    /// It is not.
    KeptOut(Box<ExclusionView>),
    /// It offers something else.
    OtherService { id: String, name: String, offers: String },
    /// No provider has that name, or several do; with the nearest, each by its id.
    Unknown { detail: &'static str, offers: Vec<ProviderOption> },
}

/// A provider that is not on the list.
#[derive(Debug)]
struct ExclusionView {
    id: String,
    name: String,
    phone: String,
    miles: Option<String>,
    safety: Vec<String>,
    bars: Vec<String>,
    network: SignedText,
    needs: Vec<SignedText>,
}

/// Why one provider has its rank or is excluded
#[utoipa::path(post, path = "/what-about", operation_id = "page_what_about")]
pub(crate) async fn page(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    form: SubmittedForm,
) -> Result<Response, Problem> {
    let ResolvedForm { served, discharge, remarks, .. } = match ask::read(&app, &form) {
        Ok(read) => read,
        Err(refused) => return refused.page(&app, &form),
    };
    let typed = form.one("provider");
    let (told, read_as) = match find_provider(served.base(), &discharge, typed) {
        ProviderLookup::One { provider, read_as } => {
            (explained(&discharge, query::explain_provider(&served, &discharge, provider)), read_as)
        }
        ProviderLookup::Unsure { detail, offers } => (ExplanationView::Unknown { detail, offers }, None),
    };
    let provider_wrong = matches!(told, ExplanationView::Unknown { .. });
    let status = if provider_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let (name, says) = told.headline();
    let title = format!("{name} {says}").trim().to_owned();
    let page = WhatAboutPage {
        frame: PageFrame::new(&app, Some(served.base()), SiteSection::Ask, title),
        name,
        says,
        question: phrases::question(&discharge),
        hidden: hidden(&form.with("cursor", "")),
        remarks: remarks.into_iter().map(|remark| remark.text).collect(),
        read_as,
        provider: typed.to_owned(),
        provider_wrong,
        beside: false,
        room_label: phrases::room_label(discharge.service),
        told,
    };
    html(status, &page, Sensitivity::Question)
}

impl ExplanationView {
    /// The name of the provider, empty if it is not known which, and what the page says of it.
    fn headline(&self) -> (String, String) {
        match self {
            Self::Stands { line, of } => (on_one_line(&line.name), format!("is ranked {} of {of}", line.rank)),
            Self::KeptOut(kept) => (on_one_line(&kept.name), "is not on the list".to_owned()),
            Self::OtherService { name, .. } => (on_one_line(name), "does not offer this service".to_owned()),
            Self::Unknown { .. } => (String::new(), "Which provider?".to_owned()),
        }
    }
}

fn explained(discharge: &Discharge, explanation: Explanation) -> ExplanationView {
    match explanation {
        Explanation::Ranked { found, of } => ExplanationView::Stands { line: Box::new(MatchRow::of(&found, discharge)), of },
        Explanation::Excluded { provider, distance, bars, network: covered, acceptance } => {
            let needs = acceptance.answers.iter().map(|answer| {
                let (class, sign) = signed(answer.answer);
                let by = answer.evidence.as_ref().map(phrases::evidence);
                SignedText {
                    class,
                    sign,
                    word: answer.answer.code().to_owned(),
                    is_plain: false,
                    about: answer.asked.label().to_owned(),
                    by,
                }
            });
            ExplanationView::KeptOut(Box::new(ExclusionView {
                id: provider.id.to_string(),
                name: phrases::name_and_town(&provider),
                phone: phrases::phone(&provider),
                miles: distance.filter(|_| discharge.within.is_some()).map(|miles| miles.to_string()),
                safety: phrases::safety::safety_of(&provider, discharge).iter().map(phrases::safety::notice).collect(),
                bars: bars.iter().map(phrases::bar).collect(),
                network: network(&covered, discharge.asked_on),
                needs: needs.collect(),
            }))
        }
        Explanation::OtherService { provider } => other_service(&provider),
    }
}

fn other_service(provider: &Provider) -> ExplanationView {
    let offers: Vec<&str> = provider.lines.iter().map(|line| line.service.label()).collect();
    ExplanationView::OtherService {
        id: provider.id.to_string(),
        name: phrases::name_and_town(provider),
        offers: offers.join(", "),
    }
}
