//! A JSON list read one element at a time, so that a file of gigabytes costs the memory of its longest element.

use std::fmt;
use std::io::{self, BufRead};

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::refresh::input::bounds::{Allowance, LONGEST_ELEMENT};
use crate::refresh::read::Counts;
use crate::refresh::report::{Reject, Rejects};

/// One element and its place in the list, counted from 0.
#[derive(Debug, Clone, Copy)]
pub struct Element<'a> {
    text: &'a str,
    /// Its place.
    pub at: u64,
}

impl<'a> Element<'a> {
    /// The element as a `T`.
    ///
    /// # Errors
    /// Why it is none, in words.
    pub fn parse<T: Deserialize<'a>>(self) -> Result<T, String> {
        serde_json::from_str(self.text).map_err(|error| error.to_string())
    }
}

/// What became of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It said something.
    Used,
    /// The same file had said it before.
    Again,
    /// It is about nothing the directory holds.
    PassedOver,
    /// It gives nothing, and why.
    Rejected(String),
}

/// Shows every element to `take`. Where the list breaks off, what came before is kept and the break is a reject.
///
/// # Errors
/// The disk failed, or an element does not end within [`LONGEST_ELEMENT`].
pub fn each(
    document: &mut dyn BufRead,
    within: &Allowance,
    file: &str,
    rejects: &mut Rejects,
    mut take: impl FnMut(Element<'_>, &mut Rejects) -> Outcome,
) -> io::Result<Counts> {
    let mut counts = Counts::default();
    let each = |text: &str| {
        let element = Element { text, at: counts.rows };
        counts.rows += 1;
        within.renew(LONGEST_ELEMENT);
        match take(element, rejects) {
            Outcome::Used => {}
            Outcome::Again => counts.duplicates += 1,
            Outcome::PassedOver => counts.passed_over += 1,
            Outcome::Rejected(reason) => {
                counts.rejected += 1;
                rejects.push(Reject::within(file, element, "", "", &reason, false));
            }
        }
    };
    let mut reader = serde_json::Deserializer::from_reader(document);
    let read = List(each).deserialize(&mut reader).and_then(|()| reader.end());
    match read {
        Err(error) if error.is_io() => Err(error.into()),
        Err(error) => {
            counts.rejected += 1;
            let broken = Element { text: "", at: counts.rows };
            rejects.push(Reject::within(file, broken, "", "", &format!("the list breaks off here: {error}"), false));
            Ok(counts)
        }
        Ok(()) => Ok(counts),
    }
}

/// Shows the elements of the list it is given.
struct List<F>(F);

impl<'de, F: FnMut(&str)> DeserializeSeed<'de> for List<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(&str)> Visitor<'de> for List<F> {
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
