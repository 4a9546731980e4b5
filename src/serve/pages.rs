//! The pages that a case manager uses in a browser. Every page works with scripts off and loads nothing from another host.
//!
//! A question is the body of a POST, so no URL contains it; pages with a question are never stored. A page is a struct of fields that
//! are ready to print, with one template; templates make no decisions.

pub(crate) mod answer;
pub(crate) mod answer_link;
pub(crate) mod ask;
pub(crate) mod assets;
#[cfg(feature = "xlsx")]
pub(crate) mod batch_upload;
pub(crate) mod board;
pub(crate) mod card_link;
pub(crate) mod choice_list;
pub(crate) mod coded_form;
pub(crate) mod compare;
pub(crate) mod directory;
pub(crate) mod ehr_codes;
pub(crate) mod export;
pub(crate) mod form;
pub(crate) mod form_change;
pub(crate) mod form_parsing;
pub(crate) mod gap_packet;
pub(crate) mod how_ranking_works;
pub(crate) mod html;
pub(crate) mod kept_form;
pub(crate) mod launch;
pub(crate) mod layout;
pub(crate) mod link_page;
pub(crate) mod logo;
pub(crate) mod look_up;
pub(crate) mod manager;
pub mod map;
pub(crate) mod payer_update;
pub(crate) mod prior_authorization;
pub(crate) mod problem;
pub(crate) mod provider;
pub(crate) mod provider_invite_form;
pub(crate) mod provider_reminders;
pub(crate) mod provider_update;
pub(crate) mod referral_form;
pub(crate) mod referral_page;
pub(crate) mod saved_answer;
pub(crate) mod service_plan;
pub(crate) mod session;
pub(crate) mod sign_in_provider;
pub(crate) mod teaching_sheet;
pub(crate) mod upload;

pub(crate) use crate::serve::pages::layout::in_session;
pub(crate) use crate::serve::pages::problem::page as problem_page;
pub(crate) use crate::serve::pages::session::is_session;
pub(crate) use crate::serve::pages::session::to_sign_in;
