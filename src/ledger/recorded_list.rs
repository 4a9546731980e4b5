//! A choice list as it was given to a patient.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::hospital_id::HospitalId;

/// One rendition of a list as it was handed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListRendition {
    /// Media type, such as `application/pdf`.
    pub media_type: String,
    /// The content.
    pub bytes: Vec<u8>,
}

/// A choice list in all its renditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedList {
    /// The day it was made.
    pub made_on: Date,
    /// The hospital that made it; `None` for a list of an earlier version.
    pub hospital: Option<HospitalId>,
    /// The renditions.
    pub documents: Vec<ListRendition>,
}

impl RecordedList {
    /// The rendition with that media type.
    pub fn document(&self, media_type: &str) -> Option<&ListRendition> {
        self.documents.iter().find(|document| document.media_type == media_type)
    }
}

/// The choice lists of one hospital and day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListCount {
    /// The day.
    pub made_on: Date,
    /// The hospital; `None` for lists of an earlier version.
    pub hospital: Option<HospitalId>,
    /// How many were made.
    pub lists: u64,
}
