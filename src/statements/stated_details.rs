//! What a provider states of itself besides room, needs and limits: the ZIP codes it serves, the
//! languages it speaks, and its telephone number for admissions.

use jiff::civil::Date;

use crate::place::Zip;
use crate::provider::Phone;
use crate::service::Service;

/// The details that a provider states.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatedDetails {
    /// The details of its services, each service once.
    pub services: Vec<ServiceDetails>,
    /// Its telephone number for admissions.
    pub admissions: Option<AdmissionsLine>,
}

/// The details of one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceDetails {
    /// The service.
    pub service: Service,
    /// The ZIP codes it serves, in order; empty if it states none.
    pub zips: Vec<Zip>,
    /// The languages it speaks, as lower-case ISO 639-1 codes in order; empty if it states none.
    pub languages: Vec<String>,
    /// The last day of validity.
    pub expires_on: Date,
}

/// A telephone number for admissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdmissionsLine {
    /// The number.
    pub phone: Phone,
    /// The last day of validity.
    pub expires_on: Date,
}

impl StatedDetails {
    /// Whether nothing is stated.
    pub fn is_empty(&self) -> bool {
        self.services.is_empty() && self.admissions.is_none()
    }

    /// The details of one service.
    pub fn of_service(&self, service: Service) -> Option<&ServiceDetails> {
        self.services.iter().find(|details| details.service == service)
    }
}
