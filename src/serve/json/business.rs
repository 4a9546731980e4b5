//! The business behind a provider as JSON.

use serde::Serialize;
use utoipa::ToSchema;

use crate::evidence::Fact;
use crate::provider::business::BusinessFact;
use crate::serve::json::fact::FactJson;
use crate::serve::openapi::{enums, facts};

/// One published fact about the business behind it: a name, its chain, an owner. None is part of a score.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BusinessFact)]
pub(crate) struct BusinessFactJson<'a> {
    /// What it is.
    #[schema(value_type = enums::BusinessCode)]
    code: &'static str,
    /// Its words for people.
    label: &'static str,
    #[serde(flatten)]
    #[schema(value_type = facts::TextFact)]
    fact: FactJson<'a, String>,
}

impl<'a> From<&'a Fact<BusinessFact>> for BusinessFactJson<'a> {
    fn from(fact: &'a Fact<BusinessFact>) -> Self {
        Self { code: fact.value.code(), label: fact.value.label(), fact: FactJson::new(fact, BusinessFact::to_string) }
    }
}
