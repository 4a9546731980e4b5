//! What official sources publish about the safety of a provider, and the group of people a place is for.

use jiff::civil::Date;

use crate::text::count_text::thousands;
use crate::text::us_date::us_date;

/// One published fact about safety, or about standing with Medicare, that a case manager must see. Each is shown as a notice on every
/// surface; `PublishedFlags::ranks_last` says which move a place to the end of its tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SafetyFact {
    /// CMS lists it as a Special Focus Facility.
    SpecialFocus,
    /// CMS lists it as a candidate for the Special Focus Facility program.
    SpecialFocusCandidate,
    /// CMS shows the abuse icon: it was cited for abuse.
    AbuseIcon,
    /// Medicare or Medicaid denied payment for new admissions from the first to the last day.
    PaymentDenial {
        /// The first day.
        from: Date,
        /// The last day.
        until: Date,
    },
    /// How often payment for new admissions was denied in the last three years.
    PaymentDenials(u32),
    /// Fines of the last three years.
    Fines {
        /// How many.
        count: u32,
        /// Their sum in whole dollars.
        dollars: u32,
    },
    /// It changed owners in the last 12 months. A neutral fact.
    OwnershipChange,
    /// It did not report its staffing, or not credibly (CMS footnote 23).
    NoStaffingData,
    /// It reported days without a registered nurse (CMS footnote 24).
    NoRegisteredNurse,
    /// It is part of a continuing care retirement community. Moves nothing.
    RetirementCommunity,
    /// An older list of CMS has it and the newest does not, so its certification is not confirmed.
    NotInNewestList,
}

impl SafetyFact {
    /// Every code, in the order of the facts.
    pub const CODES: [&str; 11] = [
        "special_focus_facility",
        "special_focus_candidate",
        "abuse_icon",
        "payment_denial",
        "payment_denials",
        "fines",
        "ownership_change",
        "no_staffing_data",
        "no_registered_nurse",
        "retirement_community",
        "not_in_newest_list",
    ];

    /// The code the API uses.
    pub fn code(self) -> &'static str {
        match self {
            Self::SpecialFocus => "special_focus_facility",
            Self::SpecialFocusCandidate => "special_focus_candidate",
            Self::AbuseIcon => "abuse_icon",
            Self::PaymentDenial { .. } => "payment_denial",
            Self::PaymentDenials(_) => "payment_denials",
            Self::Fines { .. } => "fines",
            Self::OwnershipChange => "ownership_change",
            Self::NoStaffingData => "no_staffing_data",
            Self::NoRegisteredNurse => "no_registered_nurse",
            Self::RetirementCommunity => "retirement_community",
            Self::NotInNewestList => "not_in_newest_list",
        }
    }

    /// The fact as a sentence. The source and its day are said beside it.
    pub fn sentence(self) -> String {
        match self {
            Self::SpecialFocus => "Special Focus Facility: CMS found a pattern of serious quality problems.".to_owned(),
            Self::SpecialFocusCandidate => "Candidate for the Special Focus Facility program of CMS.".to_owned(),
            Self::AbuseIcon => "Cited for abuse: CMS shows its abuse icon.".to_owned(),
            Self::PaymentDenial { from, until } => {
                format!("Payment for new admissions was denied from {} to {}.", us_date(from), us_date(until))
            }
            Self::PaymentDenials(1) => "Payment for new admissions was denied once in three years.".to_owned(),
            Self::PaymentDenials(count) => {
                format!("Payment for new admissions was denied {count} times in three years.")
            }
            Self::Fines { count: 1, dollars } => format!("1 fine in three years: ${}.", thousands(dollars.into())),
            Self::Fines { count, dollars } => format!("{count} fines in three years: ${}.", thousands(dollars.into())),
            Self::OwnershipChange => "Changed ownership in the last 12 months.".to_owned(),
            Self::NoStaffingData => "It did not report reliable staffing data to CMS.".to_owned(),
            Self::NoRegisteredNurse => "It reported days without a registered nurse on duty.".to_owned(),
            Self::RetirementCommunity => {
                "Part of a retirement community: ask whether it takes people from outside.".to_owned()
            }
            Self::NotInNewestList => "Not in the newest list of CMS. Ask whether it is open and certified.".to_owned(),
        }
    }

    /// Whether payment for new admissions is denied on `day`.
    pub fn denies_payment_on(self, day: Date) -> bool {
        matches!(self, Self::PaymentDenial { from, until } if from <= day && day <= until)
    }
}

/// A group of people that a place is for, to the exclusion of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServedGroup {
    /// Children.
    Children,
    /// Veterans.
    Veterans,
    /// Members of a religious order.
    Religious,
    /// People who already live in the community it belongs to.
    Residents,
}

impl ServedGroup {
    /// Every group.
    pub const ALL: [Self; 4] = [Self::Children, Self::Veterans, Self::Religious, Self::Residents];

    /// The code the API uses; those of `patient.eligible` but for children, who are known by age.
    pub fn code(self) -> &'static str {
        match self {
            Self::Children => "children",
            Self::Veterans => "veterans",
            Self::Religious => "religious",
            Self::Residents => "residents",
        }
    }

    /// What people read after "is for".
    pub fn label(self) -> &'static str {
        match self {
            Self::Children => "children",
            Self::Veterans => "veterans",
            Self::Religious => "members of a religious order",
            Self::Residents => "residents of its own community",
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_payment_denial_is_in_force_from_its_first_to_its_last_day() {
        let denial = SafetyFact::PaymentDenial { from: date(2026, 11, 1), until: date(2026, 11, 30) };
        for (day, in_force) in
            [(date(2026, 10, 31), false), (date(2026, 11, 1), true), (date(2026, 11, 30), true), (date(2026, 12, 1), false)]
        {
            assert_eq!(denial.denies_payment_on(day), in_force, "{day}");
        }
    }

    #[test]
    fn every_fact_has_its_code() {
        let day = date(2026, 11, 1);
        let facts = [
            SafetyFact::SpecialFocus,
            SafetyFact::SpecialFocusCandidate,
            SafetyFact::AbuseIcon,
            SafetyFact::PaymentDenial { from: day, until: day },
            SafetyFact::PaymentDenials(1),
            SafetyFact::Fines { count: 1, dollars: 1 },
            SafetyFact::OwnershipChange,
            SafetyFact::NoStaffingData,
            SafetyFact::NoRegisteredNurse,
            SafetyFact::RetirementCommunity,
            SafetyFact::NotInNewestList,
        ];
        assert_eq!(facts.map(SafetyFact::code), SafetyFact::CODES);
        assert!(facts.is_sorted());
    }
}
