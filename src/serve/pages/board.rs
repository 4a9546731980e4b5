//! The board of a unit: who waits for what, and how long.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use jiff::{Timestamp, Zoned};

use crate::overlay::LiveDirectory;
use crate::serve::board::{Board, BoardUnit, PlaceUse, check_unit};
use crate::serve::http::extract::{CurrentPrincipal, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::pages::answer::selection::named;
use crate::serve::pages::answer_link::reason_label;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::layout::{PageFrame, SiteSection, age};
use crate::serve::pages::referral_page::asked_row::NOT_SENT;
use crate::serve::referral_streams;
use crate::serve::state::AppState;
use crate::statements::referral_request::ReferralState;
use crate::statements::referral_request::next_step::NextStep;
use crate::statements::referral_request::record::{AskedProvider, ReferralRequest};
use crate::text::count_text::counted;
use crate::text::us_date::{us_date, us_time};

/// How many digits of an id name a request without a label.
const SHORT_ID: usize = 6;

/// The page.
#[derive(Debug, Template)]
#[template(path = "board.html", config = "src/serve/askama.toml")]
struct BoardPage {
    frame: PageFrame,
    version: String,
    /// `?unit=…` of the page, or nothing.
    query: String,
    unit: Option<String>,
    units: Vec<(String, bool)>,
    as_of: String,
    requests: Vec<BoardRow>,
    uses: Vec<UseRow>,
}

/// One open request.
#[derive(Debug)]
struct BoardRow {
    id: String,
    /// Its label, or when it was made and the first digits of its id.
    name: String,
    unit: Option<String>,
    service: &'static str,
    discharge: String,
    waits: Vec<WaitRow>,
    /// "2 declined, 1 no reply".
    others: String,
    next: &'static str,
    is_urgent: bool,
}

/// One provider that is waited for.
#[derive(Debug)]
struct WaitRow {
    provider: String,
    state: String,
    clock: String,
    is_urgent: bool,
}

/// The use of places.
#[derive(Debug)]
struct UseRow {
    days: i32,
    share: String,
    places: Vec<String>,
}

/// The board of a unit
///
/// Its open referral requests.
#[utoipa::path(
    get,
    path = "/board",
    operation_id = "page_board",
    params(("unit" = Option<String>, Query, description = "A unit from the list in `hospital.toml`; all units if left out.")),
)]
pub(crate) async fn page(
    State(app): State<Arc<AppState>>,
    StrictQuery(BoardUnit(unit)): StrictQuery<BoardUnit>,
) -> Result<Response, Problem> {
    // The form of the page sends an empty unit for all.
    let unit = unit.filter(|unit| !unit.is_empty());
    check_unit(&app, unit.as_ref())?;
    let (served, now) = (app.served()?, (app.now)());
    let board = Board::new(&served, unit.as_deref(), now.timestamp());
    let query = unit.as_deref().map(|unit| {
        let pairs = form_urlencoded::Serializer::new(String::new()).append_pair("unit", unit).finish();
        format!("?{pairs}")
    });
    let page = BoardPage {
        frame: PageFrame::new(&app, Some(served.base()), SiteSection::Board, "Board"),
        query: query.unwrap_or_default(),
        units: app.hospital.units.iter().map(|known| (known.clone(), Some(known) == unit.as_ref())).collect(),
        unit,
        as_of: us_time(now.timestamp(), &now),
        requests: board.requests.iter().map(|request| BoardRow::new(&served, request, &now)).collect(),
        uses: board.uses.iter().map(|used| UseRow::new(&served, used)).collect(),
        version: board.version,
    };
    html(StatusCode::OK, &page, Sensitivity::Question)
}

/// Follow a board from its page
///
/// Server-sent events: the event `board` with the version of the board, at once and after each change.
/// Without `Accept: text/event-stream` only the first.
#[utoipa::path(
    get,
    path = "/board/events",
    operation_id = "page_follow_board",
    tag = "pages",
    params(("unit" = Option<String>, Query, description = "A unit from the list in `hospital.toml`; all units if left out.")),
    responses((status = 200, description = "The events", body = String, content_type = "text/event-stream")),
)]
pub(crate) async fn events(
    State(app): State<Arc<AppState>>,
    StrictQuery(BoardUnit(unit)): StrictQuery<BoardUnit>,
    CurrentPrincipal(caller): CurrentPrincipal,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    check_unit(&app, unit.as_ref())?;
    referral_streams::board_events(app, &caller, unit, &headers)
}

/// The label of a request; without one when it was made, and the first digits of its id, which distinguish two of the same minute.
pub(crate) fn name_of(request: &ReferralRequest, now: &Zoned) -> String {
    let unlabeled = || format!("Made {} ({})", us_time(request.made_at, now), &request.id.to_string()[..SHORT_ID]);
    request.details.label.as_ref().map_or_else(unlabeled, ToString::to_string)
}

impl BoardRow {
    fn new(served: &LiveDirectory, request: &ReferralRequest, now: &Zoned) -> Self {
        let next = NextStep::of(request, now.timestamp());
        let (open, closed): (Vec<_>, Vec<_>) = request.providers.iter().partition(|asked| asked.step.to.is_open());
        let count = |state: ReferralState| {
            let count = closed.iter().filter(|asked| asked.step.to == state).count();
            (count > 0).then(|| format!("{count} {}", state.label().to_lowercase()))
        };
        Self {
            id: request.id.to_string(),
            name: name_of(request, now),
            unit: request.details.unit.clone(),
            service: request.details.service.label(),
            discharge: discharge(request, now),
            waits: open.iter().map(|asked| WaitRow::new(served, asked, now)).collect(),
            others: ReferralState::ALL.into_iter().filter_map(count).collect::<Vec<_>>().join(", "),
            next: next.label(),
            is_urgent: next != NextStep::Wait,
        }
    }
}

/// "Nov 23, 2026 (in 2 days)".
fn discharge(request: &ReferralRequest, now: &Zoned) -> String {
    let day = request.details.discharge_on;
    let days = (now.date() - day).get_days();
    let distance = counted(days.unsigned_abs().into(), "day");
    let relative = match days {
        0 => "today".to_owned(),
        1.. => format!("{distance} ago"),
        _ => format!("in {distance}"),
    };
    format!("{} ({relative})", us_date(day))
}

impl WaitRow {
    fn new(served: &LiveDirectory, asked: &AskedProvider, now: &Zoned) -> Self {
        let at = now.timestamp();
        let (is_sent, is_overdue) = (asked.is_sent(), asked.is_overdue(at));
        let waited = |since: Timestamp| age(at.duration_since(since).as_hours().max(0));
        let reply = if is_overdue { "reply was due" } else { "reply due" };
        let clock = match asked.step.to {
            ReferralState::Asked if !is_sent => {
                format!("no link was made, and no call is recorded; on the request for {}", waited(asked.asked_at))
            }
            ReferralState::Asked | ReferralState::Seen => format!(
                "asked {}, {} ago; {reply} {}",
                us_time(asked.asked_at, now),
                waited(asked.asked_at),
                us_time(asked.reply_due, now)
            ),
            _ => format!("since {}, {}", us_time(asked.changed_at, now), waited(asked.changed_at)),
        };
        let reason =
            asked.step.why.map(reason_label).or_else(|| asked.step.missing.map(|missing| missing.label().to_owned()));
        let state = if is_sent { asked.step.to.label() } else { NOT_SENT };
        Self {
            provider: named(served.base(), asked.provider.as_str()),
            state: reason.map_or_else(|| state.to_owned(), |reason| format!("{state}: {reason}")),
            clock,
            is_urgent: is_overdue || !is_sent,
        }
    }
}

impl UseRow {
    fn new(served: &LiveDirectory, used: &PlaceUse) -> Self {
        let share = match used.percent() {
            None => "no referral was accepted".to_owned(),
            Some(percent) => {
                format!("{percent}% of {}", counted(used.accepted.into(), "accepted referral"))
            }
        };
        let place = |(id, accepted): &(_, u32)| {
            format!("{} ({accepted})", named(served.base(), crate::provider::ProviderId::as_str(id)))
        };
        Self { days: used.days, share, places: used.places.iter().map(place).collect() }
    }
}
