//! Notes on refusals that may be unlawful, and on admissions the law makes wait.

use crate::service::{Need, Service};

/// The note on a "no" to a protected need.
pub(crate) const PROTECTED: &str = "Refusing a person for this may violate federal law (42 USC 12182; 28 CFR 36.303; \
     45 CFR 92.201 and 92.202). The \"no\" is shown and does not exclude.";

/// The note on mental illness or intellectual disability at a nursing facility.
pub(crate) const PASRR_NEEDED: &str = "PASRR needed: a nursing facility may not admit before the State's determination \
     (42 CFR 483.20(k); exemptions in (k)(2) and 483.106(b)(2)).";

/// Whether admission for `need` first asks for a preadmission screening and resident review (PASRR).
pub(crate) fn needs_pasrr(service: Service, need: Need) -> bool {
    const SCREENED: [Need; 2] = [Need::from_code("beh.psych").unwrap(), Need::from_code("pop.idd").unwrap()];
    service == Service::SkilledNursing && SCREENED.contains(&need)
}
