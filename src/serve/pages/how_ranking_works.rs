//! How ranking works, for case managers. Every number is read from the profile and from the published rates, so that it is in one place.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::matching::chance::{PublishedRate, published_rates, usual_room};
use crate::matching::report::FitTier;
use crate::phrases::likelihood::{percent, percent_of};
use crate::profile::{Fraction, Profile, ScoreComponent};
use crate::serve::http::extract::StrictQuery;
use crate::serve::http::problem::Problem;
use crate::serve::pages::answer::line::component_name;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::layout::{PageFrame, SiteSection};
use crate::serve::state::AppState;
use crate::service::{DeliveryMode, Limit, Need, Service};

#[derive(Debug, Template)]
#[template(path = "how_ranking_works.html", config = "src/serve/askama.toml")]
struct RankingPage {
    frame: PageFrame,
    /// The tiers: class of the colors, name, and who is in it.
    tiers: Vec<(&'static str, &'static str, &'static str)>,
    /// The profile with its version.
    profile: String,
    weights: Vec<WeightRow>,
    /// The miles at which closeness is one half, by level of care.
    half_miles: Vec<(&'static str, f64)>,
    numbers: ProfileNumbers,
    rates: Vec<RateRow>,
}

/// One part of a score.
#[derive(Debug)]
struct WeightRow {
    name: &'static str,
    /// Its weight where the patient travels, and where the provider comes.
    weights: [String; 2],
    about: &'static str,
}

/// Numbers of the profile, ready to print.
#[derive(Debug)]
struct ProfileNumbers {
    withheld: String,
    abuse: String,
    worse: String,
    unexplained: String,
    neutral: String,
    likely: String,
    usual_room: String,
    fresh_days: u32,
    stale_days: u32,
    directory_days: u32,
    assumed_miles: f64,
}

/// How often providers say yes to one question.
#[derive(Debug)]
struct RateRow {
    asked: String,
    service: &'static str,
    yes: String,
    source: String,
}

/// How ranking works
#[utoipa::path(get, path = "/how-ranking-works", operation_id = "page_how_ranking_works")]
pub(crate) async fn page(State(app): State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    let frame = PageFrame::new(&app, app.live.catalog().as_deref(), SiteSection::Ranking, "How ranking works");
    html(StatusCode::OK, &RankingPage::new(frame, Profile::standard()), Sensitivity::Nothing)
}

impl RankingPage {
    fn new(frame: PageFrame, profile: &Profile) -> Self {
        let half_miles = profile.half_closeness_miles.iter().map(|(service, miles)| (service.label(), *miles));
        Self {
            frame,
            tiers: FitTier::ALL.map(|fit| (fit.code(), fit.label(), who(fit))).into(),
            profile: profile.to_string(),
            weights: ScoreComponent::ALL.into_iter().filter_map(|part| WeightRow::new(part, profile)).collect(),
            half_miles: half_miles.collect(),
            numbers: ProfileNumbers::new(profile),
            rates: published_rates().iter().map(RateRow::new).collect(),
        }
    }
}

fn who(fit: FitTier) -> &'static str {
    match fit {
        FitTier::Ready => {
            "In network (or certified, self-pay, or insurance not specified), says yes to everything required, and says that it has \
             room on the date."
        }
        FitTier::Meets => "The same, but nobody has said whether it has room.",
        FitTier::AskProvider => "Covered as above, but something required is not known. Call the provider.",
        FitTier::AskPlan => "The network or the certification is not confirmed. Verify coverage.",
        FitTier::NoRoom => "Says that it has no room on the date. The day that room begins is shown.",
        FitTier::OutOfNetwork => "The plan's directory does not list it. With Medicare or Medicaid: not certified.",
    }
}

impl WeightRow {
    /// `None` for a part without a weight.
    fn new(part: ScoreComponent, profile: &Profile) -> Option<Self> {
        let weight = |mode| profile.weights(mode).iter().find(|(known, _)| *known == part).map(|(_, weight)| weight);
        let weights = [DeliveryMode::PatientTravels, DeliveryMode::ProviderComes].map(weight);
        weights.iter().any(Option::is_some).then(|| Self {
            name: component_name(part),
            weights: weights.map(|weight| weight.map_or_else(|| "not used".to_owned(), percent)),
            about: about(part),
        })
    }
}

fn about(part: ScoreComponent) -> &'static str {
    match part {
        ScoreComponent::Closeness => "Straight-line miles. Only if the patient travels to the provider.",
        ScoreComponent::Quality => "The CMS rating of that level of care.",
        ScoreComponent::PreferredNeeds => "How many of the preferred needs it meets.",
        ScoreComponent::Availability => "Whether it says that it has room on the date.",
        ScoreComponent::Freshness => "How recent the answers are. An old answer never counts less than no answer.",
        ScoreComponent::Outcomes => "How many recent referrals it accepted.",
    }
}

impl ProfileNumbers {
    fn new(profile: &Profile) -> Self {
        let points = |share: Fraction| format!("{:.0} of 100", share.value() * 100.0);
        Self {
            withheld: points(profile.quality.withheld),
            abuse: points(profile.quality.most_with_abuse_icon),
            worse: points(profile.quality.most_with_worse_outcome),
            unexplained: points(profile.quality.unexplained_gap),
            neutral: points(profile.neutral),
            likely: percent(profile.likely_enough),
            usual_room: percent(usual_room(None).share),
            fresh_days: profile.fresh_days,
            stale_days: profile.stale_days,
            directory_days: profile.directory_days,
            assumed_miles: profile.assumed_radius,
        }
    }
}

impl RateRow {
    fn new(rate: &PublishedRate) -> Self {
        let service = rate.service.parse::<Service>().map_or("Any level of care", Service::label);
        Self {
            asked: asked(&rate.asked),
            service,
            yes: percent_of(rate.yes),
            source: rate.source.clone().unwrap_or_else(|| "Our choice; no rate is published".to_owned()),
        }
    }
}

/// A question of the file of rates in words.
fn asked(code: &str) -> String {
    let limit = || Limit::ALL.into_iter().find(|limit| limit.code() == code).and_then(Limit::entry);
    match (code, code.parse::<Need>()) {
        ("serves", _) => "Takes a patient outside the group it is for".to_owned(),
        ("is_open", _) => "Is open, though it is not in the newest CMS list".to_owned(),
        (_, Ok(need)) => need.label().to_owned(),
        (_, Err(_)) => limit().map_or_else(|| code.to_owned(), |entry| entry.label.clone()),
    }
}
