//! What kind of provider a CMS Certification Number belongs to, by its last four characters (CMS
//! State Operations Manual, section 2779A1).

use crate::service::Service;

/// The kind of provider of a CCN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CcnKind {
    /// It offers one of our services.
    Of(Service),
    /// It is something else: "hospital".
    Other(&'static str),
}

impl CcnKind {
    /// The kind of a CCN; `None` if the text is none or its range is not known.
    pub(crate) fn of(ccn: &str) -> Option<Self> {
        let last_four = ccn.trim().get(2..6).filter(|_| ccn.trim().len() == 6)?;
        match last_four.as_bytes().first()?.to_ascii_uppercase() {
            // Units of hospitals.
            b'R' | b'T' => return Some(Self::Of(Service::InpatientRehab)),
            b'M' | b'S' => return Some(Self::Other("psychiatric unit")),
            b'U' | b'W' | b'Y' | b'Z' => return Some(Self::Other("hospital with swing beds")),
            // Nursing homes that only Medicaid certifies.
            b'A' | b'B' | b'E' | b'F' => return Some(Self::Of(Service::SkilledNursing)),
            _ => {}
        }
        Some(match last_four.parse::<u32>().ok()? {
            1..=899 => Self::Other("hospital"),
            1300..=1399 => Self::Other("critical access hospital"),
            1500..=1799 => Self::Of(Service::Hospice),
            1800..=1989 => Self::Other("health center"),
            2000..=2299 => Self::Of(Service::LongTermAcute),
            2300..=2999 | 3500..=3799 => Self::Of(Service::Dialysis),
            3025..=3099 => Self::Of(Service::InpatientRehab),
            3100..=3199 | 7000..=8499 | 9000..=9799 => Self::Of(Service::HomeHealth),
            3300..=3399 => Self::Other("children's hospital"),
            3400..=3499 | 3800..=3999 | 8500..=8999 => Self::Other("rural health clinic"),
            4000..=4499 => Self::Other("psychiatric hospital"),
            5000..=6499 => Self::Of(Service::SkilledNursing),
            6500..=6989 => Self::Other("outpatient therapy provider"),
            9800..=9899 => Self::Other("transplant center"),
            _ => return None,
        })
    }

    /// Whether a list of the providers of `service` may hold it.
    pub(crate) fn offers(self, service: Service) -> bool {
        self == Self::Of(service)
    }

    /// What it is called, for one.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Other(noun) => noun,
            Self::Of(service) => noun(service),
        }
    }
}

/// What a provider of the service is called, for one.
pub(crate) fn noun(service: Service) -> &'static str {
    match service {
        Service::HomeHealth => "home health agency",
        Service::SkilledNursing => "nursing home",
        Service::InpatientRehab => "inpatient rehabilitation facility",
        Service::LongTermAcute => "long-term care hospital",
        Service::Hospice | Service::HospiceInpatient => "hospice",
        Service::HomeInfusion => "home infusion provider",
        Service::MedicalEquipment => "equipment supplier",
        Service::Dialysis => "dialysis facility",
        Service::AssistedLiving => "assisted living facility",
    }
}

/// The same for several.
pub(crate) fn plural(noun: &str) -> String {
    match noun.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if noun == "hospital with swing beds" => "hospitals with swing beds".to_owned(),
        None => format!("{noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_tells_the_kind_of_provider() {
        for (ccn, kind) in [
            ("427001", Some("home health agency")),
            ("423100", Some("home health agency")),
            ("429799", Some("home health agency")),
            ("425003", Some("nursing home")),
            ("04E262", Some("nursing home")),
            ("01A193", Some("nursing home")),
            ("36T180", Some("inpatient rehabilitation facility")),
            ("36r180", Some("inpatient rehabilitation facility")),
            ("423025", Some("inpatient rehabilitation facility")),
            ("422005", Some("long-term care hospital")),
            ("421501", Some("hospice")),
            ("971501", Some("hospice")),
            ("422501", Some("dialysis facility")),
            ("423501", Some("dialysis facility")),
            ("010036", Some("hospital")),
            ("011300", Some("critical access hospital")),
            ("01U036", Some("hospital with swing beds")),
            ("014000", Some("psychiatric hospital")),
            ("019901", None),
            ("42500", None),
            ("", None),
        ] {
            assert_eq!(CcnKind::of(ccn).map(CcnKind::noun), kind, "{ccn}");
        }
        assert_eq!(
            ["hospital", "hospital with swing beds", "dialysis facility"].map(plural),
            ["hospitals", "hospitals with swing beds", "dialysis facilities"]
        );
    }
}
