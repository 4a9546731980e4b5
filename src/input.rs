//! Request bodies. Each is declared once with the macros of [`declare`], which generate its parser
//! and its schema.
//!
//! A body is parsed in two stages. The first stage checks the JSON alone and reports every field
//! that is unknown, missing, of a wrong type or out of range; it returns [`field::Field`]s that are
//! absent, wrong or given. The second stage is in the module of the request. It looks up the given
//! values in the directory and compares dates with today, even if other fields are wrong, so that
//! one answer reports the errors of both stages: the first [`errors::MOST_TOLD`] and a count of the
//! rest.

pub(crate) mod codes;
pub(crate) mod declare;
pub mod errors;
pub(crate) mod field;
pub(crate) mod place;
pub(crate) mod schema;
pub mod values;
