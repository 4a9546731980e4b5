//! Search for providers by name: ignores case and punctuation, and tolerates typos in longer words.

use tantivy::query::FuzzyTermQuery;
use tantivy::{DocSet, TERMINATED, Term};

use crate::catalog::index_fields::words;
use crate::catalog::line_index::LineIndex;
use crate::service::Service;

/// The distance of a provider's name from the typed text.
#[derive(Debug, Clone, Copy, Default)]
struct NameDistance {
    /// The last typed word that it has, counted from 1.
    last: u8,
    /// The number of typed words that it has.
    words: u8,
    /// The total cost of the differences.
    cost: u8,
}

/// Maximum number of words considered; no name is distinguished by a thirteenth.
const MOST_WORDS: usize = 12;

/// Maximum length of a word considered; no name has a longer one, and the cost of fuzzy search grows with the length.
const LONGEST_WORD: usize = 64;

impl LineIndex {
    /// The records of up to `limit` providers whose name has the words of `typed`, best first.
    ///
    /// The last word may be a prefix. If no name has all the words, names that lack one are returned. Names with fewer typos
    /// come first, then shorter names, then alphabetical order.
    ///
    /// # Errors
    /// The index cannot be read, which does not happen with verified bytes.
    pub(crate) fn named(&self, typed: &str, limit: usize) -> tantivy::Result<Vec<u32>> {
        let mut typed = words(typed);
        typed.truncate(MOST_WORDS);
        let mut tallies = vec![NameDistance::default(); self.total() as usize];
        for (number, word) in (1..).zip(&typed).filter(|(_, word)| word.len() <= LONGEST_WORD) {
            self.score_names(word, number, usize::from(number) == typed.len(), &mut tallies)?;
        }
        let most = tallies.iter().map(|tally| tally.words).max().unwrap_or(0);
        if most == 0 || usize::from(most) + 1 < typed.len() {
            return Ok(Vec::new());
        }
        let best = (0..).zip(&tallies).filter(|(_, tally)| tally.words == most);
        let mut best: Vec<(u8, u32)> = best.filter_map(|(line, tally)| Some((tally.cost, self.record(line)?))).collect();
        // Each provider occurs once for each of its lines.
        let enough = limit.saturating_mul(Service::ALL.len());
        if best.len() > enough {
            best.select_nth_unstable(enough);
            best.truncate(enough);
        }
        best.sort_unstable();
        best.dedup();
        Ok(best.into_iter().take(limit).map(|(_, record)| record).collect())
    }

    /// Counts the typed word for each name that has it or a similar word, the best match once.
    fn score_names(&self, typed: &str, number: u8, is_last: bool, tallies: &mut [NameDistance]) -> tantivy::Result<()> {
        let term = Term::from_field_text(self.words.field, typed);
        let slips = max_edit_distance(typed);
        let query =
            if is_last { FuzzyTermQuery::new_prefix(term, slips, true) } else { FuzzyTermQuery::new(term, slips, true) };
        let mut alike = Vec::new();
        let mut stream = self.words.reader.terms().search(query.automaton()?).into_stream()?;
        while stream.advance() {
            let cost = cost(typed, &String::from_utf8_lossy(stream.key()));
            alike.push((cost, stream.value().clone()));
        }
        alike.sort_by_key(|(cost, _)| *cost);
        for (cost, info) in alike {
            let mut lines = self.words.lines_at(&info);
            while lines.doc() != TERMINATED {
                let tally = &mut tallies[lines.doc() as usize];
                if tally.last != number {
                    *tally = NameDistance { last: number, words: tally.words + 1, cost: tally.cost + cost };
                }
                lines.advance();
            }
        }
        Ok(())
    }
}

/// Maximum number of typos in a word: none in a short one, where a typo makes another word.
fn max_edit_distance(word: &str) -> u8 {
    match word.chars().count() {
        0..4 => 0,
        4..8 => 1,
        _ => 2,
    }
}

/// The cost of the difference between a typed word and a word of a name.
fn cost(typed: &str, word: &str) -> u8 {
    if typed == word {
        0
    } else if word.starts_with(typed) {
        1
    } else {
        match strsim::osa_distance(typed, word) {
            0 | 1 => 2,
            2 => 4,
            // A prefix of a longer word, with a typo.
            _ => 5,
        }
    }
}
