//! The questions of answer pages, sealed for fifteen minutes: in the ledger if there is one, so that
//! every server can show the page, otherwise in a bounded part of memory.
//!
//! The address of a page holds only a random token. The question is readable with the token alone,
//! and only for the principal that asked.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use crate::api_keys::Principal;
use crate::ledger::page_token::PageToken;
use crate::ledger::sealed_page::SealedPage;
use crate::serve::http::problem::Problem;
use crate::serve::random_bytes::random;
use crate::serve::state::AppState;

/// Paths that end in the token of a page. They open only for the session that asked.
const KEPT: [&str; 6] = ["/answer/", "/compare/", "/call-sheet/", "/look-up/", "/batch/", "/service-plan/"];

/// Whether `path` is the address of a kept page.
pub(crate) fn is_kept(path: &str) -> bool {
    KEPT.iter().any(|kept| path.starts_with(kept))
}

/// How long a page can be opened again. Our choice: a telephone call or two.
pub(crate) const PAGE_MINUTES: i64 = 15;

/// How long the ledger may take, before the question is kept in memory instead: nobody waits for an
/// answer longer than that. Our choice.
const PATIENCE: Duration = Duration::from_secs(2);

/// Seals `content` for `owner` and keeps it. Returns the token that opens it.
pub(crate) async fn keep_page(app: &AppState, owner: &Principal, content: &[u8]) -> Result<PageToken, Problem> {
    let token = PageToken::new(random()?);
    let now = (app.now)().timestamp().as_second();
    let page = SealedPage::seal(token, &owner.name, now + PAGE_MINUTES * 60, content).map_err(|_| Problem::Internal)?;
    let is_kept = match app.ledger.as_ref().filter(|ledger| ledger.is_open()) {
        Some(ledger) => matches!(timeout(PATIENCE, ledger.keep_page(&page, now)).await, Ok(Ok(()))),
        None => false,
    };
    if !is_kept {
        app.pages.keep(page, now);
    }
    Ok(token)
}

/// The content kept under `token` for `owner`; `None` if it has ended, or if it is not theirs.
///
/// # Errors
/// The ledger does not answer now.
pub(crate) async fn open_page(app: &AppState, owner: &Principal, token: PageToken) -> Result<Option<Vec<u8>>, Problem> {
    let row = SealedPage::row(token, &owner.name);
    let page = match (app.pages.find(&row), app.ledger.as_ref().filter(|ledger| ledger.is_open())) {
        (Some(page), _) => Some(page),
        (None, Some(ledger)) => match timeout(PATIENCE, ledger.page(row)).await {
            Ok(Ok(found)) => found.map(Arc::new),
            Ok(Err(_)) | Err(_) => return Err(Problem::Busy),
        },
        (None, None) => None,
    };
    let now = (app.now)().timestamp().as_second();
    Ok(page.filter(|page| page.ends_at > now).and_then(|page| page.open(token, &owner.name)))
}
