//! The bodies of requests. Each is declared once, by the macro of [`declare`]: its reader and its schema come from the same lines.
//!
//! A body is read in two stages. The first looks at the JSON alone and tells every field that is unknown, missing, of a wrong type or out of
//! its bounds; it gives [`field::Field`]s that are absent, wrong or given. The second stands in the module of the request. It looks what is given
//! up in the vocabulary of the directory and compares it with today, whatever is wrong with the other fields, so that one answer tells the
//! faults of both stages: the first [`errors::MOST_TOLD`] and a count of the rest.

pub(crate) mod codes;
pub(crate) mod declare;
pub mod errors;
pub(crate) mod field;
pub(crate) mod place;
pub(crate) mod schema;
pub mod values;
