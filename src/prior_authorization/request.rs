//! The request for the times of a prior authorization.

use jiff::civil::Date;

use crate::input::declare::input;
use crate::input::values::ListOf;
use crate::prior_authorization::moment::TypedMoment;
use crate::prior_authorization::time_zone::NamedZone;
use crate::prior_authorization::values::{AppealPath, AuthorizationPayer, RequestSpeed, RequestedItem};

input! {
    /// When a payer must decide, and what to do next. There is no field for a patient, and nothing is stored. A time without an offset
    /// is a time of day in `time_zone`.
    pub(crate) struct DeadlinesRequest as "PriorAuthorizationQuestion" {
        /// Who decides the request.
        payer_class: AuthorizationPayer,
            required("who decides the request?", || Some("send unknown if it is not known".to_owned()));
        /// The IANA name of the time zone in which days are counted: where the payer received the request.
        time_zone: NamedZone, required("in which time zone?", || Some("such as America/Chicago".to_owned()));
        /// How fast the request must be decided. Required with `received_at`.
        request: RequestSpeed;
        /// What is requested; `service` if left out.
        item: RequestedItem;
        /// When the payer received the request.
        received_at: TypedMoment;
        /// The first day of the rating period of the contract with the state, for Medicaid and CHIP managed care.
        rating_period_began_on: Date;
        /// Whether the payer has given notice that it extends the time.
        extended: bool;
        /// The last day of an approval.
        valid_through: Date;
        /// The day of the next review.
        next_review_on: Date;
        /// What happened, for which the next steps are listed. If left out, what the facts below are about; without any, `denial`.
        paths: ListOf<AppealPath, { AppealPath::ALL.len() }>, distinct(),
            filled("missing", "the list of paths is empty", || Some("leave it out, or name a path".to_owned()));
        /// When the notice of the denial was received.
        denied_at: TypedMoment;
        /// When the payer received the appeal of the denial.
        appealed_at: TypedMoment;
        /// The day of the inpatient admission.
        admitted_on: Date;
        /// The planned day of the hospital discharge.
        discharge_on: Date;
        /// When the patient received the notice that the services end.
        notice_given_at: TypedMoment;
        /// The last day of the services that is covered, as the notice says.
        services_end_on: Date;
        /// When the Quality Improvement Organization (QIO) said that the patient asked for a review.
        qio_asked_at: TypedMoment;
        /// When the patient was informed of the decision of the QIO.
        qio_decided_at: TypedMoment;
    }
}
