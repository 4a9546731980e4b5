//! A suggestion of a card: a draft task that the EHR creates if the user takes it.
//!
//! The task names no patient: the EHR adds the one in whose chart the card is shown.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::service::Service;

/// A suggestion (CDS Hooks 2.0, "Suggestion").
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CardSuggestion {
    /// The text of its button.
    label: String,
    /// Its id, which feedback refers to.
    #[schema(value_type = String, format = "uuid")]
    uuid: Uuid,
    /// What happens when it is taken.
    actions: Vec<SuggestedAction>,
}

/// What the EHR does (CDS Hooks 2.0, "Action").
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SuggestedAction {
    /// Always `create`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// What is created.
    description: String,
    /// What to create.
    resource: DraftTask,
}

/// A draft `Task` (FHIR R4).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DraftTask {
    /// Always `Task`.
    resource_type: &'static str,
    /// Always `draft`.
    status: &'static str,
    /// Always `proposal`.
    intent: &'static str,
    /// What is to be done.
    description: String,
}

impl CardSuggestion {
    /// The task of arranging `service`.
    pub(crate) fn task(service: Service, uuid: Uuid) -> Self {
        let what = service.label().to_lowercase();
        let description =
            format!("Arrange {what} with the providers that placement ranks, and give the patient the choice list");
        let task = DraftTask { resource_type: "Task", status: "draft", intent: "proposal", description };
        let action = SuggestedAction { kind: "create", description: format!("A draft task: arrange {what}"), resource: task };
        Self { label: format!("Add a task: arrange {what}"), uuid, actions: vec![action] }
    }
}
