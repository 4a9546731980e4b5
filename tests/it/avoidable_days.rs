//! Avoidable days: the worked examples of docs/board.md, the API, the manager's page and its exports.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::http::StatusCode;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};
use placement::hospital_id::HospitalId;
use placement::provider::ProviderId;
use placement::service::Service;
use placement::statements::DeclineReason;
use placement::statements::referral_request::avoidable_days::{DelayClock, RequestDays, count_days};
use placement::statements::referral_request::change::{ReferralAction, ReferralChange, ReferralDetails, ReferralStep};
use placement::statements::referral_request::record::ReferralRequest;
use placement::statements::referral_request::{ReferralId, ReferralParty, ReferralState};
use serde_json::json;
use tempfile::TempDir;

use crate::api::Api;
use crate::pages::get;
use crate::referral_requests::{Desk, app, noon};

fn provider(number: u32) -> ProviderId {
    format!("ccn:{:06}", 265_000 + number).parse().unwrap()
}

/// A moment of November 2026 in Chicago, such as "23T10:00".
fn at(day: &str) -> Timestamp {
    let month = if day.starts_with("12-") { "2026-" } else { "2026-11-" };
    format!("{month}{day}:00[America/Chicago]").parse::<Zoned>().unwrap().timestamp()
}

/// What happens to a request: when, to which provider, its state.
type Event = (&'static str, u32, ReferralStep);

fn step(to: ReferralState) -> ReferralStep {
    ReferralStep::plain(to)
}

fn declined(why: DeclineReason) -> ReferralStep {
    ReferralStep { why: Some(why), ..step(ReferralState::Declined) }
}

fn need(code: &str) -> DeclineReason {
    DeclineReason::Need(code.parse().unwrap())
}

fn request(discharge_on: Date, events: &[Event]) -> ReferralRequest {
    let change = |number: u8, at: Timestamp, what: ReferralAction| ReferralChange {
        id: ReferralId([number; 16]),
        request: ReferralId([1; 16]),
        hospital: HospitalId::default(),
        principal: "key:7f3kq9m2".to_owned(),
        made_on: date(2026, 11, 20),
        at,
        what,
    };
    let details = ReferralDetails {
        unit: Some("4 West".to_owned()),
        label: None,
        service: Service::SkilledNursing,
        needs: Vec::new(),
        limits: Vec::new(),
        payer_class: None,
        coverage: None,
        discharge_on,
        region: None,
        has_substance_use_consent: false,
        weight: None,
        reply_due: at("20T16:00"),
        providers: vec![provider(1), provider(2)],
    };
    let mut request = ReferralRequest::made(&change(1, at("20T12:00"), ReferralAction::Made(details))).unwrap();
    for (number, (when, asked, step)) in (2..).zip(events) {
        let by = ReferralParty::Hospital;
        let what = match asked {
            0 => ReferralAction::Closed,
            asked => ReferralAction::Moved { provider: provider(*asked), step: *step, by, reply_due: None },
        };
        request.apply(&change(number, at(when), what));
    }
    request
}

fn clock(today: Date) -> DelayClock {
    DelayClock { zone: TimeZone::get("America/Chicago").unwrap(), today }
}

/// Checks the days, the reason and whether they go on, as of November 27.
fn assert_counted(name: &str, (discharge, events): (i8, &[Event]), (days, reason, is_running): (usize, &str, bool)) {
    let request = request(date(2026, 11, discharge), events);
    let counted = RequestDays::of(&request, &clock(date(2026, 11, 27)));
    let shown = (counted.days().count(), counted.reason.code(), counted.is_running);
    assert_eq!(shown, (days, reason.to_owned(), is_running), "{name}");
}

#[test]
fn the_worked_examples() {
    use ReferralState::{Accepted, Confirmed, NeedMore, NoReply};
    let no_room = || declined(DeclineReason::NoRoom);
    for (name, discharge, events, days, reason, is_running) in [
        ("nobody replied yet", 25, vec![], 2, "first_reply", true),
        ("discharge is today", 27, vec![], 0, "first_reply", true),
        ("discharge is ahead", 30, vec![("26T10:00", 1, no_room())], 0, "no_room", true),
        (
            "declined, then confirmed on the day of the acceptance",
            23,
            vec![("22T10:00", 1, no_room()), ("26T09:00", 2, step(Accepted)), ("26T10:00", 2, step(Confirmed))],
            3,
            "no_room",
            false,
        ),
        (
            "accepted, and confirmed on a later day",
            23,
            vec![("22T10:00", 1, no_room()), ("23T09:00", 2, step(Accepted)), ("25T10:00", 2, step(Confirmed))],
            2,
            "choice",
            false,
        ),
        (
            "confirmed late in the evening, which is the next day in UTC",
            23,
            vec![("23T22:00", 1, step(Accepted)), ("23T23:30", 1, step(Confirmed))],
            0,
            "first_reply",
            false,
        ),
        (
            "confirmed before the day of discharge",
            25,
            vec![("22T10:00", 1, step(Accepted)), ("23T10:00", 1, step(Confirmed))],
            0,
            "choice",
            false,
        ),
        (
            "of several, the last decline or wait counts",
            24,
            vec![("21T10:00", 1, no_room()), ("22T10:00", 2, step(NeedMore)), ("23T10:00", 2, step(NoReply))],
            3,
            "no_reply",
            true,
        ),
    ] {
        assert_counted(name, (discharge, &events), (days, reason, is_running));
    }
}

#[test]
fn the_worked_examples_of_an_end_and_of_reasons() {
    use ReferralState::{Accepted, Asked, Confirmed, NoReply, Withdrawn};
    let no_room = || declined(DeclineReason::NoRoom);
    for (name, discharge, events, days, reason, is_running) in [
        (
            "what is recorded as others are confirmed is no cause",
            23,
            vec![
                ("22T10:00", 1, declined(DeclineReason::Coverage)),
                ("24T10:00", 1, step(Asked)),
                ("24T11:00", 1, step(Accepted)),
                ("24T12:00", 2, step(NoReply)),
                ("24T12:00", 1, step(Confirmed)),
            ],
            1,
            "coverage",
            false,
        ),
        (
            "closed without a place",
            23,
            vec![("22T10:00", 1, no_room()), ("25T08:00", 0, step(Withdrawn))],
            2,
            "no_room",
            false,
        ),
        (
            "withdrawn from everybody",
            23,
            vec![("24T10:00", 1, step(Withdrawn)), ("25T10:00", 2, step(Withdrawn))],
            2,
            "first_reply",
            false,
        ),
        ("a need is named", 26, vec![("25T10:00", 1, declined(need("resp.vent")))], 1, "declines:resp.vent", true),
        ("substance use is not", 26, vec![("25T10:00", 1, declined(need("sud.methadone")))], 1, "declines", true),
    ] {
        assert_counted(name, (discharge, &events), (days, reason, is_running));
    }
}

#[test]
fn days_are_calendar_days_and_each_counts_in_its_month() {
    let confirmed = [("30T10:00", 1, step(ReferralState::Accepted)), ("12-02T10:00", 1, step(ReferralState::Confirmed))];
    let across = request(date(2026, 11, 29), &confirmed);
    let counts = count_days([&across], &clock(date(2026, 12, 5)));
    let months: Vec<(Date, u32, u32)> =
        counts.iter().map(|((_, month, _), count)| (*month, count.days, count.running)).collect();
    assert_eq!(months, [(date(2026, 11, 1), 2, 0), (date(2026, 12, 1), 1, 0)]);
    // The day on which the clocks change has 25 hours and is one day.
    let summer = request(
        date(2026, 10, 31),
        &[("02T10:00", 1, step(ReferralState::Accepted)), ("02T11:00", 1, step(ReferralState::Confirmed))],
    );
    assert_eq!(RequestDays::of(&summer, &clock(date(2026, 11, 5))).days().count(), 2);
}

/// Days that the clock of the test has moved on.
static DAYS: AtomicI64 = AtomicI64::new(0);

fn later() -> Zoned {
    noon().checked_add(Span::new().days(DAYS.load(Ordering::Relaxed))).unwrap()
}

#[tokio::test]
async fn the_api_the_page_and_the_files_show_the_same_days() {
    let folder = TempDir::new().unwrap();
    let app = Arc::new(app(&folder, later).await);
    let desk = Desk { api: Api::shared(Arc::clone(&app)), folder };
    let request = desk.made(json!({"discharge_on": "2026-11-22"})).await;
    desk.made(json!({"discharge_on": "2026-11-30", "unit": "ICU"})).await;
    assert_eq!(desk.api.get("/v1/avoidable-days").await.json()["rows"], json!([]));
    get(&desk.api, "/manager").await.says("No avoidable day is known");
    desk.step(&request, 0, json!({"state": "declined", "why": "no_room"})).await;
    DAYS.store(4, Ordering::Relaxed);
    app.live.turn_to((app.now)().date());
    let report = desk.api.get("/v1/avoidable-days").await;
    assert_eq!(report.header("cache-control"), "no-store");
    let row = json!({"unit": "4 West", "month": "2026-11", "reason": "no_room", "days": 3, "requests": 1, "running": 1});
    assert_eq!((&report.json()["rows"], &report.json()["time_zone"]), (&json!([row]), &json!("America/Chicago")));
    let page = get(&desk.api, "/manager").await;
    assert_eq!(page.status, StatusCode::OK);
    for says in ["November 2026", "4 West", "Declined: No bed or no staff"] {
        page.says(says);
    }
    let csv = desk.api.get("/manager/avoidable-days.csv").await;
    assert!(csv.text.contains("2026-11,4 West,Declined: No bed or no staff,no_room,3,1,1,2026-11-24\r\n"), "{}", csv.text);
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"avoidable-days.csv\"");
    let workbook = desk.api.get("/manager/avoidable-days.xlsx").await;
    assert_eq!(workbook.status, StatusCode::OK);
}
