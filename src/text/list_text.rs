//! Writes lists.

use std::fmt::Display;

/// The first `most` items with commas between them, and "..." if there are more.
pub(crate) fn first_few<T: Display>(items: impl ExactSizeIterator<Item = T>, most: usize) -> String {
    let all = items.len();
    let mut shown: Vec<String> = items.take(most).map(|item| item.to_string()).collect();
    if all > most {
        shown.push("...".to_owned());
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_cut_and_says_so() {
        for (count, text) in [(0, ""), (2, "0, 1"), (3, "0, 1, 2"), (4, "0, 1, 2, ...")] {
            assert_eq!(first_few(0..count, 3), text);
        }
    }
}
