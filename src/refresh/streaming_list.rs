//! Reads a JSON list one element at a time, so that a file of gigabytes needs memory only for its
//! longest element.

use std::io::BufRead;
use std::{fmt, io};

use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::refresh::input::read_budget::{LONGEST_ELEMENT, ReadBudget};
use crate::refresh::json_element::JsonElement;
use crate::refresh::read::stats::ReadStats;
use crate::run_report::rejects::{RejectedRow, RejectedRows};

/// What happened to an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ElementOutcome {
    /// It was used.
    Used,
    /// It repeats an earlier element of the file.
    Again,
    /// It is about something outside the directory.
    PassedOver,
    /// It was rejected, with the reason.
    Rejected(String),
}

/// Passes every element to `take`. If the list is cut off or invalid, earlier elements are kept and
/// the fault is a reject.
///
/// # Errors
/// An I/O error, or an element is longer than [`LONGEST_ELEMENT`].
pub(crate) fn each(
    document: &mut dyn BufRead,
    within: &ReadBudget,
    file: &str,
    rejects: &mut RejectedRows,
    mut take: impl FnMut(JsonElement<'_>, &mut RejectedRows) -> ElementOutcome,
) -> io::Result<ReadStats> {
    let mut counts = ReadStats::default();
    let each = |text: &str| {
        let element = JsonElement { text, at: counts.rows };
        counts.rows += 1;
        within.renew(LONGEST_ELEMENT);
        match take(element, rejects) {
            ElementOutcome::Used => {}
            ElementOutcome::Again => counts.duplicates += 1,
            ElementOutcome::PassedOver => counts.passed_over += 1,
            ElementOutcome::Rejected(reason) => {
                counts.rejected += 1;
                rejects.push(RejectedRow::within(file, element, "", "", &reason, false));
            }
        }
    };
    let mut reader = serde_json::Deserializer::from_reader(document);
    let read = StreamingList(each).deserialize(&mut reader).and_then(|()| reader.end());
    match read {
        Err(error) if error.is_io() => Err(error.into()),
        Err(error) => {
            counts.rejected += 1;
            counts.broken = true;
            let broken = JsonElement { text: "", at: counts.rows };
            rejects.push(RejectedRow::within(file, broken, "", "", &format!("the list is broken here: {error}"), false));
            Ok(counts)
        }
        Ok(()) => Ok(counts),
    }
}

/// Passes on the elements of a list.
struct StreamingList<F>(F);

impl<'de, F: FnMut(&str)> DeserializeSeed<'de> for StreamingList<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(&str)> Visitor<'de> for StreamingList<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        while let Some(element) = list.next_element::<Box<RawValue>>()? {
            (self.0)(element.get());
        }
        Ok(())
    }
}
