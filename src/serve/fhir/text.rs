//! Many short texts in one, and the comparison of texts: without case, accents and doubled spaces.

use crate::text::fold_accents;

/// Texts by number, packed one after the other.
#[derive(Debug, Default)]
pub(crate) struct PackedStrings {
    text: String,
    ends: Vec<u32>,
}

impl PackedStrings {
    /// Adds a text; its number is the count before.
    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    /// The text with a number; empty if there is none.
    pub(crate) fn get(&self, number: usize) -> &str {
        let end = |number: usize| self.ends.get(number).map(|end| *end as usize);
        let start = number.checked_sub(1).and_then(end).unwrap_or_default();
        end(number).and_then(|end| self.text.get(start..end)).unwrap_or_default()
    }

    /// How many bytes of memory they take.
    pub(crate) fn bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<u32>()
    }

    /// Frees unused memory.
    pub(crate) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

/// A text and its form for comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SearchText<'a> {
    /// As written.
    pub text: &'a str,
    /// Its [`fold_accents`].
    pub folded: &'a str,
}

/// Texts with their forms for comparison.
#[derive(Debug, Default)]
pub(crate) struct FoldedStrings {
    texts: PackedStrings,
    folded: PackedStrings,
}

impl FoldedStrings {
    /// Adds a text; its number is the count before.
    pub(crate) fn push(&mut self, text: &str) {
        self.texts.push(text);
        self.folded.push(&fold_accents(text));
    }

    /// The text with a number; `None` if it is empty or there is none.
    pub(crate) fn get(&self, number: usize) -> Option<SearchText<'_>> {
        let text = self.texts.get(number);
        (!text.is_empty()).then(|| SearchText { text, folded: self.folded.get(number) })
    }

    /// How many bytes of memory they take.
    pub(crate) fn bytes(&self) -> usize {
        self.texts.bytes() + self.folded.bytes()
    }

    /// Frees unused memory.
    pub(crate) fn shrink(&mut self) {
        self.texts.shrink();
        self.folded.shrink();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_and_compare_without_case_and_accents() {
        let mut texts = FoldedStrings::default();
        for text in ["Casa San José", "", "ST.  MARY'S"] {
            texts.push(text);
        }
        assert_eq!(texts.get(0), Some(SearchText { text: "Casa San José", folded: "casa san jose" }));
        assert_eq!(texts.get(1), None);
        assert_eq!(texts.get(2), Some(SearchText { text: "ST.  MARY'S", folded: "st. mary's" }));
        assert_eq!(texts.get(3), None);
    }
}
