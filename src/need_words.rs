//! The meaning of the words that people type for needs. The form, the command line and CDS Hooks all decide by this module.
//!
//! Each word is decided by itself, whatever else was typed. A need is taken only if the word is its code, its label, a word of
//! [`ward_list`], or the beginnings of the first words of one label ("vent l"). Everything else is asked about or kept as a question for
//! the phone call, so that no word is lost and none is guessed. A list starts at [`typed_list`], a single word at [`decide`].

pub(crate) mod candidates;
pub mod decide;
pub(crate) mod dose;
pub mod patient_fact;
pub mod phone_questions;
pub mod typed_list;
pub(crate) mod ward_list;
pub mod word_decision;
pub(crate) mod word_parts;
