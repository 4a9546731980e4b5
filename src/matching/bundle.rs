//! Several services for one patient: a report each, and the one that will hold the patient up.

use crate::matching::report::Report;
use crate::service::Service;

/// The service with the fewest that meet the requirements, then the fewest in all, then the first asked; `None` without reports.
pub(crate) fn weakest(reports: &[Report]) -> Option<Service> {
    reports.iter().min_by_key(|report| (report.meeting(), report.matched())).map(|r| r.discharge.service)
}
