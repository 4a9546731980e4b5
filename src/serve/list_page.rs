//! One page of a list of records. The cursor of a page is the id of the last record of the page
//! before, so that no record is repeated or skipped when others are recorded meanwhile.

use std::str::FromStr;

use crate::serve::http::extract::field_error;
use crate::serve::http::problem::Problem;

/// How many records a page has at most. Our choice: a page of full referral requests stays below
/// 1 MB.
pub(crate) const MOST_LISTED: usize = 100;

/// One page.
#[derive(Debug)]
pub(crate) struct ListPage<T> {
    /// Its records.
    pub(crate) items: Vec<T>,
    /// The cursor of the next page; `None` if this is the last.
    pub(crate) next_cursor: Option<String>,
}

impl<T> ListPage<T> {
    /// The first page of `items`.
    pub(crate) fn first_of(items: impl Iterator<Item = T>, id_of: impl Fn(&T) -> String) -> Self {
        let mut items: Vec<T> = items.take(MOST_LISTED + 1).collect();
        let is_last = items.len() <= MOST_LISTED;
        items.truncate(MOST_LISTED);
        let next_cursor = items.last().map(id_of).filter(|_| !is_last);
        Self { items, next_cursor }
    }
}

/// The id in a cursor; `None` for the first page.
///
/// # Errors
/// It is none.
pub(crate) fn read_cursor<T: FromStr>(cursor: Option<&str>) -> Result<Option<T>, Problem> {
    cursor.map(|text| text.parse().map_err(|_| stale_cursor())).transpose()
}

/// The problem that a cursor belongs to no list, or to one that has changed.
pub(crate) fn stale_cursor() -> Problem {
    let hint = Some("begin with the first page, without a cursor".to_owned());
    Problem::Invalid(field_error("?cursor", "stale_cursor", "no record has this cursor", hint).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_not_the_last_names_its_last_record() {
        let page = |count: usize| ListPage::first_of(0..count, |number| format!("record {number}"));
        let cursors = [0, 1, MOST_LISTED, MOST_LISTED + 1].map(|count| (page(count).items.len(), page(count).next_cursor));
        let last = Some(format!("record {}", MOST_LISTED - 1));
        assert_eq!(cursors, [(0, None), (1, None), (MOST_LISTED, None), (MOST_LISTED, last)]);
    }
}
