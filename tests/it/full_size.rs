//! Tests that try something many times: a part in `tests/run`, everything in `tests/full`, which sets `PLACEMENT_FULL`.

/// Number of tries: of a part, or of everything.
pub(crate) fn times(part: usize, full: usize) -> usize {
    if in_full() { full } else { part }
}

pub(crate) fn in_full() -> bool {
    std::env::var_os("PLACEMENT_FULL").is_some()
}
