//! Why one provider stands where it stands, or why it is not on the list.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::Read;
use super::errors::{Hidden, hidden};
use super::meant::{Meant, Offer, meant};
use crate::discharge::Discharge;
use crate::evidence::Evidence;
use crate::matching::explain::Explanation;
use crate::provider::Provider;
use crate::serve::App;
use crate::serve::answer;
use crate::serve::extract::Query;
use crate::serve::pages::answer::line::{Line, Said, network, signed};
use crate::serve::pages::form::Form;
use crate::serve::pages::frame::{Frame, Section};
use crate::serve::pages::provider::said::on_one_line;
use crate::serve::pages::{Holds, html};
use crate::serve::problem::Problem;
use crate::words;

/// One provider and the question.
#[derive(Debug, Template)]
#[template(path = "what_about.html", config = "src/serve/askama.toml")]
struct WhatAboutPage {
    frame: Frame,
    question: String,
    hidden: Hidden,
    /// What the asker should know of how the question was read.
    remarks: Vec<String>,
    /// Whose name was read into what was typed, where that was not all of it.
    read_as: Option<String>,
    /// What was typed.
    provider: String,
    provider_wrong: bool,
    /// Whether the next answer opens in a tab of its own: this one is in one already.
    beside: bool,
    told: Told,
}

/// What is said of the provider.
#[derive(Debug)]
enum Told {
    /// It is on the list.
    Stands { line: Box<Line>, of: u32 },
    /// It is not.
    KeptOut(KeptOut),
    /// It offers something else.
    OtherService { id: String, name: String, offers: String },
    /// Nobody is called that, or several are; with the nearest, each by its id.
    Unknown { detail: &'static str, offers: Vec<Offer> },
}

/// A provider that is not on the list.
#[derive(Debug)]
struct KeptOut {
    id: String,
    name: String,
    phone: String,
    miles: Option<String>,
    bars: Vec<String>,
    network: Said,
    needs: Vec<Said>,
}

/// The page.
pub(in crate::serve::pages) async fn page(
    State(app): State<Arc<App>>,
    _: Query<()>,
    form: Form,
) -> Result<Response, Problem> {
    let Read { served, discharge, remarks } = match super::read(&app, &form) {
        Ok(read) => read,
        Err(refused) => return refused.page(&app, &form),
    };
    let typed = form.one("provider");
    let (told, read_as) = match meant(served.base(), &discharge, typed) {
        Meant::One { provider, read_as } => {
            (explained(&discharge, answer::of_provider(&served, &discharge, provider)), read_as)
        }
        Meant::Unsure { detail, offers } => (Told::Unknown { detail, offers }, None),
    };
    let provider_wrong = matches!(told, Told::Unknown { .. });
    let status = if provider_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = WhatAboutPage {
        frame: Frame::new(&app, Some(served.base()), Section::Ask, title(&told)),
        question: words::question(&discharge),
        hidden: hidden(&form.with("cursor", "")),
        remarks: remarks.into_iter().map(|remark| remark.text).collect(),
        read_as,
        provider: typed.to_owned(),
        provider_wrong,
        beside: false,
        told,
    };
    html(status, &page, Holds::Question)
}

fn title(told: &Told) -> String {
    match told {
        Told::Stands { line, of } => format!("{} is number {} of {of}", on_one_line(&line.name), line.rank),
        Told::KeptOut(kept) => format!("{} is not on the list", on_one_line(&kept.name)),
        Told::OtherService { name, .. } => format!("{} does not offer this service", on_one_line(name)),
        Told::Unknown { .. } => "Which provider?".to_owned(),
    }
}

fn explained(discharge: &Discharge, explanation: Explanation) -> Told {
    match explanation {
        Explanation::Stands { found, of } => Told::Stands { line: Box::new(Line::of(&found, discharge)), of },
        Explanation::KeptOut { provider, distance, bars, network: covered, acceptance } => {
            let needs = acceptance.answers.iter().map(|answer| {
                let (class, sign) = signed(answer.answer);
                let by = answer.evidence.as_ref().map(Evidence::to_string);
                Said { class, sign, word: answer.answer.code(), about: answer.asked.label().to_owned(), by }
            });
            Told::KeptOut(KeptOut {
                id: provider.id.to_string(),
                name: words::name_and_town(&provider),
                phone: words::phone(&provider),
                miles: distance.filter(|_| discharge.within.is_some()).map(|miles| miles.to_string()),
                bars: bars.iter().map(words::bar).collect(),
                network: network(&covered),
                needs: needs.collect(),
            })
        }
        Explanation::OtherService { provider } => other_service(&provider),
    }
}

fn other_service(provider: &Provider) -> Told {
    let offers: Vec<&str> = provider.lines.iter().map(|line| line.service.label()).collect();
    Told::OtherService { id: provider.id.to_string(), name: words::name_and_town(provider), offers: offers.join(", ") }
}
