//! The page of a one-use answer link: a provider answers a referral request without an account.
//!
//! Reading the page changes nothing, because mail scanners open links. Every link that cannot be
//! used gets the same answer, whether it was used, revoked, has ended or never existed.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;

use crate::api_keys::Principal;
use crate::coverage::payer_class::PayerClass;
use crate::provider::ProviderId;
use crate::serve::http::extract::{CurrentPrincipal, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::http::write_conditions::WriteConditions;
use crate::serve::pages::coded_form::{CodedForm, LinkForm};
use crate::serve::pages::link_page::{LinkToken, PIN_TURN, count_unusable_link, link_page};
use crate::serve::referral_records::{ReferralRecorder, link_principal, record_link, record_step};
use crate::serve::state::AppState;
use crate::service::{Limit, Need};
use crate::statements::DeclineReason;
use crate::statements::referral_request::answer_link::{AnswerLink, AnswerToken, LinkPin};
use crate::statements::referral_request::change::{ReferralAction, ReferralDetails, ReferralStep};
use crate::statements::referral_request::parse::RequestedStep;
use crate::statements::referral_request::record::ReferralRequest;
use crate::statements::referral_request::{MissingInfo, ReferralParty, ReferralState, tells_of_substance_use};
use crate::text::us_date::{us_date, us_time};

/// How often an answer is tried again when the desk changed the request meanwhile.
const TRIES: usize = 5;
/// The fields of the forms of the page.
const FIELDS: [&str; 4] = ["pin", "answer", "why", "missing"];

/// The page.
#[derive(Debug, Template)]
#[template(path = "answer_link.html", config = "src/serve/askama.toml")]
struct AnswerLinkPage {
    hospital: String,
    shows: LinkPageContent,
}

/// What the page shows.
#[derive(Debug)]
enum LinkPageContent {
    /// The form for the PIN, and what was wrong with the last one.
    Pin { fault: Option<&'static str> },
    /// The request and the buttons.
    Request(Box<ShownRequest>),
    /// The answer that was recorded.
    Answered { says: &'static str },
    /// The link cannot be used.
    Closed,
}

/// A request as a provider reads it.
#[derive(Debug)]
struct ShownRequest {
    provider: String,
    service: &'static str,
    needs: Vec<&'static str>,
    limits: Vec<String>,
    payer: Vec<String>,
    region: Option<String>,
    discharge_on: String,
    reply_due: String,
    is_seen: bool,
    /// 42 CFR 2.32: such needs are shown.
    has_notice: bool,
    /// Codes and labels.
    reasons: Vec<(String, String)>,
    missing: Vec<(&'static str, &'static str)>,
    fault: Option<&'static str>,
    /// The PIN that opened the page, to be sent again with the answer.
    pin: String,
}

/// A link that may be used, and its request.
struct UsableLink {
    token: AnswerToken,
    link: AnswerLink,
    request: Arc<ReferralRequest>,
    provider: ProviderId,
}

impl UsableLink {
    fn find(app: &AppState, token: Option<AnswerToken>) -> Option<Self> {
        let (told, now, token) = (app.ledger_state(), (app.now)().timestamp(), token?);
        let digest = token.digest();
        let (request, provider) = told.referrals.by_link(&digest)?;
        let link = request.asked(provider)?.open_link(now).filter(|link| link.digest == digest)?;
        request.check(provider, ReferralState::Accepted, ReferralParty::Provider, now).ok()?;
        Some(Self { token, link: *link, request: Arc::clone(request), provider: provider.clone() })
    }

    fn is_unlocked(&self, typed: &str) -> bool {
        self.link.pin.is_none_or(|pin| typed.parse::<LinkPin>().is_ok_and(|typed| pin.matches(&self.token, &typed)))
    }

    /// Whether the request is as it was when the link was found.
    fn is_current(&self, app: &AppState) -> bool {
        app.ledger_state().referrals.get(self.request.id).is_some_and(|now| now.version == self.request.version)
    }

    fn state(&self) -> Option<ReferralState> {
        self.request.asked(&self.provider).map(|asked| asked.step.to)
    }
}

/// Read a referral request by an answer link
///
/// Nothing changes. A link that cannot be used says so in one way, whatever the cause.
#[utoipa::path(
    get,
    path = "/r/{token}",
    operation_id = "page_answer_link",
    params(("token" = String, Path, description = "The token of the link.")),
    responses((status = 404, description = "The link cannot be used.", content((String = "text/html")))),
)]
pub(crate) async fn open(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    LinkToken(token): LinkToken,
) -> Result<Response, Problem> {
    let Some(usable) = UsableLink::find(&app, token) else { return closed(&app, &caller) };
    if usable.link.pin.is_some() {
        return page(&app, StatusCode::OK, LinkPageContent::Pin { fault: None });
    }
    page(&app, StatusCode::OK, shown(&app, &usable, "", None))
}

/// The fields of the forms of an answer link.
#[derive(Debug, utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the fields; the form is read by name")]
pub(crate) struct LinkAnswerForm {
    /// The PIN, if the link requires one.
    pin: Option<String>,
    /// `open` with a PIN, `seen`, `accept`, `decline` or `more`.
    answer: String,
    /// Why it declines: a code.
    why: Option<String>,
    /// What it needs to know: a code.
    missing: Option<String>,
}

/// Answer a referral request by an answer link
#[utoipa::path(
    post,
    path = "/r/{token}",
    operation_id = "page_answer_referral",
    params(("token" = String, Path, description = "The token of the link.")),
    request_body(content = LinkAnswerForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 404, description = "The link cannot be used.", content((String = "text/html"))),
        (status = 422, description = "The PIN or the reason is wrong.", content((String = "text/html"))),
    ),
)]
pub(crate) async fn answer(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    LinkToken(token): LinkToken,
    LinkForm(form): LinkForm,
) -> Result<Response, Problem> {
    form.check(&FIELDS)?;
    let has_pin = UsableLink::find(&app, token).is_some_and(|usable| usable.link.pin.is_some());
    let _turn = if has_pin { Some(PIN_TURN.lock().await) } else { None };
    for _ in 0..TRIES {
        let Some(usable) = UsableLink::find(&app, token) else { return closed(&app, &caller) };
        if !usable.is_unlocked(form.one("pin")) {
            return missed(&app, &caller, &usable).await;
        }
        let Some(step) = read_answer(&usable.request, &form) else {
            let content = shown(&app, &usable, form.one("pin"), Some("Choose a reason, then send again."));
            return page(&app, StatusCode::UNPROCESSABLE_ENTITY, content);
        };
        // Seen again, or after asking for more, changes nothing.
        if step.to == ReferralState::Seen && usable.state() != Some(ReferralState::Asked) {
            return page(&app, StatusCode::OK, shown(&app, &usable, form.one("pin"), None));
        }
        match record(&app, &usable, step).await {
            Ok(()) if step.to == ReferralState::Seen => {
                let Some(usable) = UsableLink::find(&app, token) else { return closed(&app, &caller) };
                return page(&app, StatusCode::OK, shown(&app, &usable, form.one("pin"), None));
            }
            Ok(()) => return page(&app, StatusCode::OK, LinkPageContent::Answered { says: thanks(step.to) }),
            Err(Problem::StepRefused { .. }) if usable.is_current(&app) => {
                let content = shown(&app, &usable, form.one("pin"), Some("This was recorded before. Choose another answer."));
                return page(&app, StatusCode::UNPROCESSABLE_ENTITY, content);
            }
            // Somebody was faster: look again whether the link may still be used.
            Err(Problem::Changed(_) | Problem::StepRefused { .. } | Problem::NoSuchReferral) => {}
            Err(other) => return Err(other),
        }
    }
    Err(Problem::Busy)
}

async fn record(app: &AppState, usable: &UsableLink, step: ReferralStep) -> Result<(), Problem> {
    let principal = link_principal();
    let who = ReferralRecorder { principal: &principal, party: ReferralParty::Provider };
    // The version proves that the link was neither used nor revoked in between.
    let conditions = WriteConditions::after(usable.request.version.to_string());
    let requested = RequestedStep { step, reply_due: None };
    record_step(app, who, (usable.request.id, &usable.provider), requested, &conditions, None).await.map(drop)
}

/// Counts a wrong PIN. Enough of them end the link.
async fn missed(app: &AppState, caller: &Principal, usable: &UsableLink) -> Result<Response, Problem> {
    let principal = link_principal();
    let who = ReferralRecorder { principal: &principal, party: ReferralParty::Provider };
    let digest = usable.link.digest;
    let conditions = WriteConditions::default();
    let counted = record_link(app, who, usable.request.id, (&conditions, None), |request, now| {
        let asked = request.asked(&usable.provider).and_then(|asked| asked.open_link(now));
        asked.filter(|link| link.digest == digest).ok_or(Problem::NoSuchReferral)?;
        Ok(ReferralAction::PinMissed { provider: usable.provider.clone() })
    });
    match counted.await {
        Ok(_) | Err(Problem::NoSuchReferral) => {}
        Err(other) => return Err(other),
    }
    if UsableLink::find(app, Some(usable.token)).is_none() {
        return closed(app, caller);
    }
    page(app, StatusCode::UNPROCESSABLE_ENTITY, LinkPageContent::Pin { fault: Some("This PIN is not right.") })
}

/// The step that the form asks for; `None` if its reason is missing or not one of the request.
fn read_answer(request: &ReferralRequest, form: &CodedForm) -> Option<ReferralStep> {
    match form.one("answer") {
        "accept" => Some(ReferralStep::plain(ReferralState::Accepted)),
        "decline" => {
            let why = reasons(request).into_iter().find(|why| why.code() == form.one("why"))?;
            Some(ReferralStep { why: Some(why), ..ReferralStep::plain(ReferralState::Declined) })
        }
        "more" => {
            let missing = MissingInfo::ALL.into_iter().find(|missing| missing.code() == form.one("missing"))?;
            Some(ReferralStep { missing: Some(missing), ..ReferralStep::plain(ReferralState::NeedMore) })
        }
        // A PIN was typed, or the provider answers later.
        _ => Some(ReferralStep::plain(ReferralState::Seen)),
    }
}

/// The reasons that a provider may give, from what it sees of the request.
fn reasons(request: &ReferralRequest) -> Vec<DeclineReason> {
    let needs = request.shown_needs().map(DeclineReason::Need);
    let limits = request.details.limits.iter().copied().map(DeclineReason::Limit);
    let first = [DeclineReason::NoRoom].into_iter().chain(needs).chain(limits);
    first.chain([DeclineReason::Coverage, DeclineReason::OutsideServiceArea, DeclineReason::Other]).collect()
}

/// A reason as people read it.
pub(crate) fn reason_label(why: DeclineReason) -> String {
    match why {
        DeclineReason::NoRoom => "No bed or no staff".to_owned(),
        DeclineReason::Need(need) => format!("Cannot provide: {}", need.label()),
        DeclineReason::Limit(limit) => format!("Limit: {}", limit_label(limit)),
        DeclineReason::Coverage => "Coverage not accepted".to_owned(),
        DeclineReason::OutsideServiceArea => "Outside our service area".to_owned(),
        DeclineReason::Other => "Another reason".to_owned(),
        DeclineReason::NotSaid => "No reason given".to_owned(),
    }
}

/// The limits of a request as people read them, with what a provider must know to decide.
pub(crate) fn limits_in_words(details: &ReferralDetails) -> Vec<String> {
    let says = |limit: &Limit| match (limit, details.weight) {
        (Limit::MaxWeight, Some(band)) => format!("{} (patient: {band})", limit_label(*limit)),
        _ => limit_label(*limit),
    };
    details.limits.iter().map(says).collect()
}

/// A limit as people read it.
pub(crate) fn limit_label(limit: Limit) -> String {
    limit.entry().map_or_else(|| limit.code().to_owned(), |entry| entry.label.clone())
}

fn thanks(to: ReferralState) -> &'static str {
    match to {
        ReferralState::Accepted => "You accepted. The hospital will call you once the patient has chosen.",
        ReferralState::Declined => {
            "You declined. The hospital will not ask again about this patient unless something changes."
        }
        _ => "You asked for more information. The hospital will get back to you with a new link.",
    }
}

fn shown(app: &AppState, usable: &UsableLink, pin: &str, fault: Option<&'static str>) -> LinkPageContent {
    let (request, now) = (&usable.request, (app.now)());
    let details = &request.details;
    let catalog = app.live.catalog();
    let provider = catalog.and_then(|catalog| catalog.provider_of(&usable.provider));
    let coverage = details.coverage.as_ref().map(|(_, name)| name.clone());
    let due = |at: Timestamp| us_time(at, &now);
    LinkPageContent::Request(Box::new(ShownRequest {
        provider: provider.map(|provider| crate::phrases::name(&provider)).unwrap_or_default(),
        service: details.service.label(),
        needs: request.shown_needs().map(Need::label).collect(),
        limits: limits_in_words(details),
        payer: details.payer_class.map(|class| PayerClass::label(class).to_owned()).into_iter().chain(coverage).collect(),
        region: details.region.map(|region| region.to_string()),
        discharge_on: us_date(details.discharge_on),
        reply_due: request.asked(&usable.provider).map(|asked| due(asked.reply_due)).unwrap_or_default(),
        is_seen: usable.state() != Some(ReferralState::Asked),
        has_notice: request.shown_needs().any(tells_of_substance_use),
        reasons: reasons(request).into_iter().map(|why| (why.code(), reason_label(why))).collect(),
        missing: MissingInfo::ALL.map(|missing| (missing.code(), missing.label())).to_vec(),
        fault,
        pin: pin.to_owned(),
    }))
}

/// The answer for every link that cannot be used.
fn closed(app: &AppState, caller: &Principal) -> Result<Response, Problem> {
    count_unusable_link(app, caller)?;
    page(app, StatusCode::NOT_FOUND, LinkPageContent::Closed)
}

fn page(app: &AppState, status: StatusCode, shows: LinkPageContent) -> Result<Response, Problem> {
    let hospital = app.hospital.name.clone().unwrap_or_else(|| "The hospital".to_owned());
    link_page(status, &AnswerLinkPage { hospital, shows })
}
