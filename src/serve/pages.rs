//! The pages: what a case manager sees in a browser. Every page works with scripts off, and none asks another host for anything.
//!
//! A question is the body of a POST, so it stands in no URL; pages that hold one are never stored. Links to pages without a question
//! are plain. A page is a struct of ready-to-print fields with one template; nothing is decided in a template.

pub(crate) mod answer;
pub(crate) mod ask;
pub(crate) mod assets;
pub(crate) mod choice_list;
pub(crate) mod compare;
pub(crate) mod directory;
pub(crate) mod export;
pub(crate) mod form;
pub(crate) mod form_parsing;
pub(crate) mod html;
pub(crate) mod layout;
pub mod map;
pub(crate) mod problem;
pub(crate) mod provider;
pub(crate) mod session;

pub(crate) use crate::serve::pages::layout::in_session;
pub(crate) use crate::serve::pages::problem::page as problem_page;
pub(crate) use crate::serve::pages::session::is_session;
pub(crate) use crate::serve::pages::session::to_sign_in;
