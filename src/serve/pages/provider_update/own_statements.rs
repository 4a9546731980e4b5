//! What a provider states of itself now, as its page and the reminders read it.

use std::sync::Arc;

use jiff::civil::Date;

use crate::api_keys::digest_of;
use crate::catalog::Catalog;
use crate::ledger::event::LedgerEvent;
use crate::ledger::rows::{AVAILABILITY, STATEMENTS, content_version};
use crate::ledger::write::ExpectedRecord;
use crate::overlay::LiveDirectory;
use crate::provider::{AvailabilityWindow, Provider, ProviderId};
use crate::service::Service;
use crate::statements::expiry::days_after;
use crate::statements::stated_details::{AdmissionsLine, ServiceDetails, StatedDetails};
use crate::statements::{Availability, LONGEST_STATEMENT_DAYS, RoomStatement, Statement, StatementValue, Statements};
use crate::text::count_text::counted;
use crate::text::us_date::us_date;

/// The statements of one provider.
#[derive(Debug, Clone)]
pub(crate) struct OwnStatements {
    /// The provider as the directory has it, without its statements.
    pub(crate) provider: Arc<Provider>,
    /// The directory, which knows the ZIP codes of a county.
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) availability: Availability,
    pub(crate) statements: Statements,
    /// The records that the next ones replace, as they were read: a write on condition of them overwrites nothing unseen, whichever
    /// server it comes from.
    pub(crate) replaced: ExpectedRecord,
}

/// What is stated of one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StandingRow {
    /// The subject: "Skilled nursing: needs".
    pub(crate) what: String,
    pub(crate) says: String,
    /// The last day.
    pub(crate) until: String,
    /// Whether that day is past.
    pub(crate) is_over: bool,
}

/// A record of the provider with the id `own` that the next one replaces. A provider that has another id now keeps what it stated under the
/// earlier one.
fn replaced(kind: &'static str, own: &ProviderId, before: Option<(ProviderId, LedgerEvent)>) -> ExpectedRecord {
    let subject = before.as_ref().map_or(own, |(subject, _)| subject).to_string();
    ExpectedRecord::Content { kind, subject, version: before.and_then(|(_, event)| content_version(&event)) }
}

impl OwnStatements {
    /// The statements of the provider with that id in the directory; `None` if it has left.
    pub(crate) fn of(served: &LiveDirectory, own: &ProviderId) -> Option<Self> {
        let provider = served.base().provider_of(own)?;
        let (id, said_on) = (provider.id.clone(), served.today());
        let availability = served.availability_of(&id).cloned();
        let statements = served.statements_of(&id).cloned();
        let replaced = ExpectedRecord::All(vec![
            replaced(
                AVAILABILITY,
                &id,
                availability.clone().map(|said| (said.provider.clone(), LedgerEvent::Availability(said))),
            ),
            replaced(STATEMENTS, &id, statements.clone().map(|said| (said.provider.clone(), LedgerEvent::Statements(said)))),
        ]);
        Some(Self {
            availability: Availability {
                provider: id.clone(),
                ..availability.unwrap_or(Availability { provider: id.clone(), said_on, rooms: Vec::new() })
            },
            statements: Statements {
                provider: id.clone(),
                ..statements.unwrap_or(Statements {
                    provider: id.clone(),
                    said_on,
                    statements: Vec::new(),
                    details: StatedDetails::default(),
                })
            },
            provider,
            catalog: Arc::clone(served.base()),
            replaced,
        })
    }

    /// Identifies what is stated, so that a page that shows something older does not overwrite it.
    pub(crate) fn version(&self) -> String {
        let (rooms, stated) = (&self.availability.rooms, &self.statements);
        digest_of(&[format!("{rooms:?}").as_bytes(), format!("{:?} {:?}", stated.statements, stated.details).as_bytes()])
    }

    /// Whether anything is stated that can be confirmed.
    pub(crate) fn is_empty(&self) -> bool {
        self.availability.rooms.is_empty() && self.statements.statements.is_empty() && self.statements.details.is_empty()
    }

    /// The same statements, stated `today` and for as long as may be. Room is not extended.
    pub(crate) fn renewed(&self, today: Date) -> Self {
        let expires_on = days_after(today, LONGEST_STATEMENT_DAYS);
        let rooms = self.availability.rooms.iter().filter(|room| today <= room.until);
        let stated = &self.statements;
        let services = stated.details.services.iter().map(|details| ServiceDetails { expires_on, ..details.clone() });
        let details = StatedDetails {
            services: services.collect(),
            admissions: stated.details.admissions.map(|line| AdmissionsLine { expires_on, ..line }),
        };
        let rooms = rooms.map(|room| RoomStatement { from: room.from.max(today), ..room.clone() });
        Self {
            provider: Arc::clone(&self.provider),
            catalog: Arc::clone(&self.catalog),
            availability: Availability { said_on: today, rooms: rooms.collect(), ..self.availability.clone() },
            statements: Statements {
                provider: stated.provider.clone(),
                said_on: today,
                statements: stated.statements.iter().map(|said| Statement { expires_on, ..said.clone() }).collect(),
                details,
            },
            replaced: self.replaced.clone(),
        }
    }

    /// Whether there is room for `service` on `day`, and how many beds.
    pub(crate) fn room_on(&self, service: Service, day: Date) -> Option<&RoomStatement> {
        self.availability.rooms.iter().find(|room| room.service == service && room.from <= day && day <= room.until)
    }

    /// What is stated, subject by subject.
    pub(crate) fn standing(&self, today: Date) -> Vec<StandingRow> {
        let mut rows = Vec::new();
        let mut add = |what: String, says: String, until: Date| {
            rows.push(StandingRow { what, says, until: us_date(until), is_over: until < today });
        };
        for service in Service::ALL {
            let label = service.label();
            for room in self.availability.rooms.iter().filter(|room| room.service == service && today <= room.until) {
                let days = AvailabilityWindow { from: room.from, until: room.until, beds: room.beds };
                let says = if room.room { format!("Room {days}") } else { format!("No room {days}") };
                add(format!("{label}: room"), says, room.until);
            }
            let said = || self.statements.statements.iter().filter(move |said| said.service == service);
            let needs = |wanted: bool| {
                said().filter(move |said| matches!(said.says, StatementValue::Need(_, takes) if takes == wanted)).count()
            };
            let is_need = |said: &&Statement| matches!(said.says, StatementValue::Need(..));
            if let Some(until) = said().filter(is_need).map(|said| said.expires_on).min() {
                let (yes, no) = (needs(true), needs(false));
                let says = format!("{} accepted, {no} not accepted", counted(yes as u64, "need"));
                add(format!("{label}: needs"), says, until);
            }
            for said in said() {
                if let StatementValue::Limit(limit, value) = said.says {
                    let unit = limit.entry().map_or("", |entry| entry.unit.as_str());
                    let name = limit.entry().map_or(limit.code(), |entry| entry.label.as_str());
                    add(format!("{label}: {}", name.to_lowercase()), format!("{value} {unit}"), said.expires_on);
                }
            }
            if let Some(details) = self.statements.details.of_service(service) {
                if !details.zips.is_empty() {
                    let says = counted(details.zips.len() as u64, "ZIP code");
                    add(format!("{label}: service area"), says, details.expires_on);
                }
                if !details.languages.is_empty() {
                    add(format!("{label}: languages"), language_names(&details.languages), details.expires_on);
                }
            }
        }
        if let Some(line) = self.statements.details.admissions {
            add("Admissions line".to_owned(), line.phone.to_string(), line.expires_on);
        }
        rows
    }
}

/// The names of languages, for a text field too: "Spanish, Vietnamese".
pub(crate) fn language_names(codes: &[String]) -> String {
    let name = |code: &String| crate::languages::name(code).unwrap_or(code).to_owned();
    codes.iter().map(name).collect::<Vec<_>>().join(", ")
}
