//! Links that lead from a card of the EHR to the ranked answer: the question is sealed under a random
//! token for five minutes and can be opened once, on any server of the ledger, by anyone who is signed in
//! to the pages.
//!
//! The token is in the fragment of the address, which browsers do not send, and arrives by POST. It is
//! neither logged nor stored, and the address holds nothing of the question.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use crate::ledger::page_token::PageToken;
use crate::ledger::sealed_page::SealedPage;
use crate::serve::http::problem::Problem;
use crate::serve::random_bytes::random;
use crate::serve::state::AppState;

/// How long a link can be opened. Our choice: the user looks at the card.
pub(crate) const LINK_MINUTES: i64 = 5;

/// Whose page it is until somebody of the hospital opens it. No principal has this name.
fn owner(app: &AppState) -> String {
    app.one_of_several().map_or_else(|| "card link".to_owned(), |hospital| format!("card link@{hospital}"))
}

/// How long the ledger may take to keep a question, before it is kept in memory instead: an EHR waits
/// half a second for a card. Our choice.
const PATIENCE: Duration = Duration::from_millis(300);
/// How long the ledger may take to find it. Our choice: a person waits.
const FINDING: Duration = Duration::from_secs(2);

/// What a link leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OpenedLink {
    /// The question.
    Question(Vec<u8>),
    /// It was opened before.
    Used,
    /// It has ended, or there never was one.
    Gone,
}

/// Seals the form `content`, and returns the token that opens it.
///
/// # Errors
/// There are no random bytes.
pub(crate) async fn seal(app: &AppState, content: &[u8]) -> Result<PageToken, Problem> {
    let token = PageToken::new(random()?);
    let now = (app.now)().timestamp().as_second();
    let page = SealedPage::seal(token, &owner(app), now + LINK_MINUTES * 60, content).map_err(|_| Problem::Internal)?;
    let is_kept = match app.ledger.as_ref().filter(|ledger| ledger.is_open()) {
        Some(ledger) => matches!(timeout(PATIENCE, ledger.keep_page(&page, now)).await, Ok(Ok(()))),
        None => false,
    };
    if !is_kept {
        app.pages.keep(page, now);
    }
    Ok(token)
}

/// Opens what is sealed under `token`. Nobody opens it again.
///
/// # Errors
/// The ledger does not answer now.
pub(crate) async fn open(app: &AppState, token: PageToken) -> Result<OpenedLink, Problem> {
    let row = SealedPage::row(token, &owner(app));
    let now = (app.now)().timestamp().as_second();
    let page = match app.pages.take(&row) {
        Some(page) => page,
        None => match of_ledger(app, row).await? {
            Some((_, false)) => return Ok(OpenedLink::Used),
            Some((page, true)) => Arc::new(page),
            None => return Ok(OpenedLink::Gone),
        },
    };
    Ok(if page.ends_at <= now {
        OpenedLink::Gone
    } else if page.is_used() {
        OpenedLink::Used
    } else {
        page.open(token, &owner(app)).map_or(OpenedLink::Gone, OpenedLink::Question)
    })
}

/// The page of the ledger, and whether this caller is the first to use it.
async fn of_ledger(app: &AppState, row: [u8; 32]) -> Result<Option<(SealedPage, bool)>, Problem> {
    let Some(ledger) = app.ledger.as_ref().filter(|ledger| ledger.is_open()) else { return Ok(None) };
    let using = async {
        let Some(page) = ledger.page(row).await? else { return Ok(None) };
        let is_first = !page.is_used() && ledger.use_page(row).await?;
        Ok(Some((page, is_first)))
    };
    match timeout(FINDING, using).await {
        Ok(Ok(found)) => Ok(found),
        Ok(Err::<_, crate::ledger::error::LedgerError>(_)) | Err(_) => Err(Problem::Busy),
    }
}
