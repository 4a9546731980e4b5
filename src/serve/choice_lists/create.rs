//! Creates a list from a discharge in every format and records it before it is returned.

use std::sync::Arc;

use uuid::Uuid;

use crate::api_keys::Principal;
use crate::catalog::Catalog;
use crate::choice_list::disclosures::HospitalDisclosures;
use crate::choice_list::document::{DocumentMetadata, ListDocument};
use crate::choice_list::{ChoiceList, EligibleProviders, ListOptions, MOST_PLACES, TooLong};
use crate::discharge::Discharge;
use crate::discharge::request::MatchRequest;
use crate::input::errors::FieldErrors;
use crate::ledger::error::LedgerError;
use crate::ledger::list_id::ListId;
use crate::ledger::recorded_list::{ListRendition, RecordedList};
use crate::matching::everybody;
use crate::overlay::LiveDirectory;
use crate::provider::ProviderId;
use crate::query;
use crate::serve::choice_lists::find_list::recorded;
use crate::serve::choice_lists::format::ListFormat;
#[cfg(feature = "pdf")]
use crate::serve::choice_lists::pdf;
use crate::serve::choice_lists::{html, list_json};
use crate::serve::counted_write;
use crate::serve::http::problem::Problem;
use crate::serve::http::write_conditions::SecretRequest;
use crate::serve::state::AppState;
use crate::text::printable;

/// A recorded list.
#[derive(Debug)]
pub(crate) struct CreatedList {
    /// The list ID.
    pub id: ListId,
    /// The list in every format.
    pub list: RecordedList,
}

/// Finds further errors in a request that is already known to be invalid. May take as long as
/// creating the list.
pub(crate) fn faults(app: &AppState, served: &LiveDirectory, discharges: &[Discharge], wish: &ListOptions) -> FieldErrors {
    let (wish, told) = (known(served.base(), wish), told(app, served.base()));
    // A list that is too long is reported only after the fields are valid.
    let (fitting, wish) = match all_fitting(served, discharges, &told, &wish) {
        Ok(fitting) => (fitting, wish),
        Err(_) => (vec![EligibleProviders::default(); discharges.len()], ListOptions { picks: Vec::new(), ..wish }),
    };
    ChoiceList::new(discharges, &fitting, &told, &wish).err().unwrap_or_default()
}

/// The discharges of a list, one per service.
pub(crate) fn discharges(served: &LiveDirectory, asked: &MatchRequest, faults: &mut FieldErrors) -> Option<Vec<Discharge>> {
    let (question, _) = query::understood(served.base(), asked, served.today(), faults)?;
    Some(question.discharges)
}

/// Creates and records a list for `discharges`, one per service, with the options `wish`.
///
/// # Errors
/// `wish` is invalid, the list would be too long, `caller` has used up its daily limit, or the
/// ledger is missing or failed.
pub(crate) async fn record(
    app: &Arc<AppState>,
    served: &Arc<LiveDirectory>,
    caller: &Principal,
    discharges: Vec<Discharge>,
    wish: ListOptions,
) -> Result<CreatedList, Problem> {
    record_as(app, served, caller, discharges, wish, None).await
}

/// The same, or finds the list that the same request made before. The list has a number that is made
/// of the key of the request, because the ledger knows no number that it could repeat.
///
/// # Errors
/// As [`record`], or the key was used for another request.
pub(crate) async fn record_once(
    app: &Arc<AppState>,
    served: &Arc<LiveDirectory>,
    caller: &Principal,
    discharges: Vec<Discharge>,
    wish: ListOptions,
    SecretRequest { secret, repeat }: SecretRequest,
) -> Result<CreatedList, Problem> {
    let id = repeat.is_some().then(|| ListId::draw(&["request with a key"], secret));
    let find = async {
        let id = id.ok_or(Problem::Internal)?;
        recorded(app, id).await.map(|list| CreatedList { id, list })
    };
    counted_write::record_once(app, repeat, find, record_as(app, served, caller, discharges, wish, id)).await
}

async fn record_as(
    app: &Arc<AppState>,
    served: &Arc<LiveDirectory>,
    caller: &Principal,
    discharges: Vec<Discharge>,
    wish: ListOptions,
    id: Option<ListId>,
) -> Result<CreatedList, Problem> {
    let (writing, of_served) = (Arc::clone(app), Arc::clone(served));
    let make = move || write(&writing, &of_served, &discharges, &wish, id);
    match record_new(app, caller, make, |made| (made.id, &made.list)).await? {
        NewRecord::Recorded(made) => Ok(made),
        // The same request was sent at the same time, or was interrupted after it had recorded the list.
        NewRecord::Exists(id) => recorded(app, id).await.map(|list| CreatedList { id, list }),
    }
}

/// What became of a document.
pub(crate) enum NewRecord<T> {
    /// It is recorded.
    Recorded(T),
    /// One is recorded under this id already.
    Exists(ListId),
}

/// Makes a document in the pool for long work and records it, within the daily limit of `caller`. `sealed` is the id under
/// which it is sealed, and the document in every format.
///
/// # Errors
/// It cannot be made, `caller` has used up its daily limit, or the ledger is missing or failed.
pub(crate) async fn record_new<T: Send + 'static>(
    app: &AppState,
    caller: &Principal,
    make: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    sealed: impl Fn(&T) -> (ListId, &RecordedList),
) -> Result<NewRecord<T>, Problem> {
    let ledger = app.ledger.as_ref().ok_or(Problem::NoLedger)?;
    let now = (app.now)();
    app.daily.may_record(caller, &now)?;
    let made = app.heavy.run(caller, make).await??;
    let _slot = app.limits.ledger_slot()?;
    let (id, document) = sealed(&made);
    match ledger.record(id, document).await {
        Err(LedgerError::Recorded) => return Ok(NewRecord::Exists(id)),
        other => other.map_err(not_recorded)?,
    }
    app.daily.recorded(caller, &now, document.kept_bytes());
    Ok(NewRecord::Recorded(made))
}

fn write(
    app: &AppState,
    served: &LiveDirectory,
    discharges: &[Discharge],
    wish: &ListOptions,
    id: Option<ListId>,
) -> Result<CreatedList, Problem> {
    let catalog = served.base();
    let (wish, told) = (known(catalog, wish), told(app, catalog));
    warn(&told);
    let fitting = all_fitting(served, discharges, &told, &wish).map_err(|too_long| {
        // Invalid options are reported first, because they do not require a different list.
        let nobody = vec![EligibleProviders::default(); discharges.len()];
        match ChoiceList::new(discharges, &nobody, &told, &ListOptions { picks: Vec::new(), ..wish.clone() }) {
            Ok(_) => Problem::ListTooLong(too_long),
            Err(faults) => Problem::Invalid(faults),
        }
    })?;
    let choices = ChoiceList::new(discharges, &fitting, &told, &wish).map_err(Problem::Invalid)?;
    let id = id.unwrap_or_else(|| draw(served, &choices));
    let list = written(app, served, &choices, id)?;
    Ok(CreatedList { id, list })
}

/// The hospital's disclosures, with every provider by its ID in `catalog`.
fn told(app: &AppState, catalog: &Catalog) -> HospitalDisclosures {
    let known = |id: &ProviderId| catalog.provider_of(id).map(|provider| provider.id.clone());
    HospitalDisclosures::new(&app.hospital, (app.now)().date(), known)
}

/// Logs the providers of `hospital.toml` that the directory does not have: a typo there would
/// affect every list.
fn warn(told: &HospitalDisclosures) {
    let ids = |ids: &[ProviderId]| ids.iter().map(ProviderId::to_string).collect::<Vec<_>>().join(" ");
    for (key, unknown) in [
        ("interest", &told.interests_elsewhere),
        ("asked_to_be_listed", &told.asked_elsewhere),
        ("sharing", &told.sharing_elsewhere),
    ] {
        if !unknown.is_empty() {
            tracing::warn!(key, ids = ids(unknown), "hospital.toml names providers that the directory does not have");
        }
    }
}

/// `wish` with each selected provider by its ID in `catalog`. Unknown IDs are kept for the error
/// message.
fn known(catalog: &Catalog, wish: &ListOptions) -> ListOptions {
    let own = |id: &ProviderId| catalog.provider_of(id).map_or_else(|| id.clone(), |provider| provider.id.clone());
    ListOptions { picks: wish.picks.iter().map(|pick| pick.as_ref().map(own)).collect(), ..wish.clone() }
}

/// The providers that fit each discharge.
fn all_fitting(
    served: &LiveDirectory,
    discharges: &[Discharge],
    told: &HospitalDisclosures,
    wish: &ListOptions,
) -> Result<Vec<EligibleProviders>, TooLong> {
    if wish.picks.len() > MOST_PLACES {
        let (places, services) = (wish.picks.len(), discharges.len());
        return Err(TooLong { places, services, picked: true, within_miles: None });
    }
    let fitting = |discharge| everybody_fitting(served, discharge, told, wish);
    let fitting = discharges.iter().map(fitting).collect::<Result<Vec<_>, TooLong>>();
    let fitting = fitting.map_err(|long| TooLong { services: discharges.len(), ..long })?;
    let places = fitting.iter().map(EligibleProviders::count).sum();
    if places > MOST_PLACES {
        return Err(TooLong { places, services: discharges.len(), picked: false, within_miles: None });
    }
    Ok(fitting)
}

/// Every match of `discharge`, regardless of paging, and the counts of excluded providers. If there
/// are too many and some were selected, only these and those that asked to be listed are held.
fn everybody_fitting(
    served: &LiveDirectory,
    discharge: &Discharge,
    told: &HospitalDisclosures,
    wish: &ListOptions,
) -> Result<EligibleProviders, TooLong> {
    let directory = served.as_of(discharge.on);
    let too_long = match everybody(discharge, &directory, None, MOST_PLACES) {
        Ok(all) => return Ok(all.into()),
        Err(many) => TooLong::of_all(discharge, &many.distances),
    };
    if wish.picks.is_empty() {
        return Err(too_long);
    }
    let asked = told.hospital.asked_to_be_listed.iter().flatten();
    let held = wish.picks.iter().flatten().chain(asked);
    let only = held.filter_map(|id| served.base().line_id(id, discharge.service)).collect();
    everybody(discharge, &directory, Some(&only), MOST_PLACES).map(EligibleProviders::from).map_err(|_| too_long)
}

/// Draws an unguessable ID from the inputs of the list and the 122 random bits of a UUID (RFC 9562,
/// 5.4).
fn draw(served: &LiveDirectory, choices: &ChoiceList<'_>) -> ListId {
    let mut made_from = vec![
        served.base().manifest().generation.clone(),
        served.sequence().map(|told| told.to_string()).unwrap_or_default(),
        env!("CARGO_PKG_VERSION").to_owned(),
        choices.language.code().to_owned(),
    ];
    for service in &choices.services {
        let listed: Vec<&str> = service.listed.iter().map(|listed| listed.found.provider.id.as_str()).collect();
        made_from.extend([service.discharge.canonical_line(), service.order.code().to_owned(), listed.join(",")]);
    }
    let made_from: Vec<&str> = made_from.iter().map(String::as_str).collect();
    ListId::draw(&made_from, Uuid::new_v4().into_bytes())
}

/// Renders the list in every format.
fn written(app: &AppState, served: &LiveDirectory, choices: &ChoiceList<'_>, id: ListId) -> Result<RecordedList, Problem> {
    let (catalog, now) = (served.base(), (app.now)());
    let manifest = catalog.manifest();
    let name_of = |id: &ProviderId| {
        let name = catalog.provider_of(id).map(|provider| printable(&provider.name.value));
        name.filter(|name| !name.is_empty())
    };
    let imprint = DocumentMetadata {
        id,
        made_on: now.date(),
        directory_on: manifest.built_at.to_zoned(now.time_zone().clone()).date(),
        synthetic: manifest.synthetic,
        name_of: &name_of,
    };
    let paper = ListDocument::of(choices, &imprint);
    in_formats(app, &paper, ListFormat::ALL, |format, pages| match format {
        ListFormat::Json => list_json::written(choices, &paper, &imprint, pages, served),
        // A list has no table.
        ListFormat::Html | ListFormat::Pdf | ListFormat::Csv => Err(Problem::Internal),
    })
}

/// The printed document `paper` in each of `formats`, made today. `written` writes those that are not the document itself; it gets the number
/// of pages of the PDF, `None` if this build makes none.
pub(crate) fn in_formats(
    app: &AppState,
    paper: &ListDocument,
    formats: &[ListFormat],
    written: impl Fn(ListFormat, Option<usize>) -> Result<Vec<u8>, Problem>,
) -> Result<RecordedList, Problem> {
    let made_on = (app.now)().date();
    #[cfg(feature = "pdf")]
    let layout = pdf::laid_out(paper)?;
    #[cfg(feature = "pdf")]
    let picture = app.hospital.logo.as_ref().and_then(|logo| app.letterhead.picture(logo).ok());
    #[cfg(feature = "pdf")]
    let pages = Some(layout.pages.len());
    #[cfg(not(feature = "pdf"))]
    let pages = None;
    let rendition = |format: ListFormat| -> Result<ListRendition, Problem> {
        let bytes = match format {
            ListFormat::Html => html::written(paper)?,
            #[cfg(feature = "pdf")]
            ListFormat::Pdf => pdf::written(paper, &layout, picture, made_on)?,
            #[cfg(not(feature = "pdf"))]
            ListFormat::Pdf => return Err(Problem::Internal),
            ListFormat::Json | ListFormat::Csv => written(format, pages)?,
        };
        Ok(ListRendition { media_type: format.media_type().to_owned(), bytes })
    };
    let documents = formats.iter().copied().map(rendition).collect::<Result<_, Problem>>()?;
    Ok(RecordedList { made_on, hospital: Some(app.hospital.id.clone()), documents })
}

/// The problem returned if a list could not be recorded. The log gets the cause, never the list ID.
#[expect(clippy::needless_pass_by_value, reason = "stands where an error is mapped")]
pub(crate) fn not_recorded(error: LedgerError) -> Problem {
    tracing::error!(%error, "a list could not be recorded");
    Problem::from(&error)
}
