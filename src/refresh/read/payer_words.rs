//! What the words and codes for a service in a payer's file mean: one of our services, another service, or nothing that
//! is understood. What is not understood never makes anybody out of network: the provider is listed for a service that is
//! not stated, and the words are counted in the report.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::Tristate;
use crate::service::Service;
use crate::text::count_text::{counted, thousands};
use crate::text::{fold_words, printable};

/// The meaning of one word or code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PayerWordMeaning {
    /// A service of the directory.
    Service(Service),
    /// A service that the directory does not have, such as a pharmacy.
    Others,
    /// A hospital of any kind: a rehabilitation or long-term hospital is one too.
    Hospital,
    /// Not understood, or too broad to tell.
    Unknown,
}

/// What a provider is listed for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ListedServices {
    /// The services stated.
    pub services: BTreeSet<Service>,
    /// Services that only tell who it may be.
    pub perhaps: BTreeSet<Service>,
    /// Another service is stated.
    pub others: bool,
    /// Something is stated that is not understood.
    pub unknown: bool,
}

impl ListedServices {
    /// Whether it is listed for other services only.
    pub(crate) fn is_for_others(&self) -> bool {
        self.others && self.services.is_empty() && self.perhaps.is_empty() && !self.unknown
    }

    /// Whether it is listed for a service that is not stated, perhaps beside stated ones.
    pub(crate) fn is_open(&self) -> bool {
        self.unknown || (self.services.is_empty() && !self.others) || !self.perhaps.is_empty()
    }

    /// The services of its memberships; `None` for one that is not stated. Empty if it is for other services only.
    pub(crate) fn memberships(&self) -> Vec<Option<Service>> {
        let open = self.is_open().then_some(None);
        self.services.iter().copied().map(Some).chain(open).collect()
    }

    fn take(&mut self, meaning: PayerWordMeaning) {
        match meaning {
            PayerWordMeaning::Service(service) => drop(self.services.insert(service)),
            PayerWordMeaning::Others => self.others = true,
            PayerWordMeaning::Hospital => self.perhaps.extend([Service::InpatientRehab, Service::LongTermAcute]),
            PayerWordMeaning::Unknown => self.unknown = true,
        }
    }

    /// Adds one word or NUCC code; counts one that is not understood.
    pub(crate) fn take_word(&mut self, word: &str, unknown: &mut UnknownWords) {
        for meaning in meanings_of_word(word) {
            self.take(meaning);
            if meaning == PayerWordMeaning::Unknown {
                unknown.count(word);
            }
        }
    }

    /// Adds a code if it is one of ours.
    pub(crate) fn take_own_code(&mut self, code: &str) {
        let meaning = meaning_of_code(None, code);
        if matches!(meaning, PayerWordMeaning::Service(_)) {
            self.take(meaning);
        }
    }

    /// Whether nothing is stated.
    pub(crate) fn is_silent(&self) -> bool {
        *self == Self::default()
    }

    /// Adds one concept by its codes, of which each has a system if it states one. One understood code is enough, because
    /// the others say the same in other systems. Returns whether none is understood.
    pub(crate) fn take_codes<'a>(&mut self, codes: impl Iterator<Item = (Option<&'a str>, &'a str)>) -> bool {
        let meanings: Vec<PayerWordMeaning> = codes.map(|(system, code)| meaning_of_code(system, code)).collect();
        let understood: Vec<PayerWordMeaning> =
            meanings.into_iter().filter(|meaning| *meaning != PayerWordMeaning::Unknown).collect();
        for meaning in &understood {
            self.take(*meaning);
        }
        self.unknown |= understood.is_empty();
        understood.is_empty()
    }
}

/// Whether new patients are accepted, by a code of FHIR or a word of Medicare Advantage files; unknown if it is not understood.
pub(crate) fn accepts_new(code: &str) -> Tristate {
    match code.trim().to_ascii_lowercase().as_str() {
        "newpt" | "accepting" => Tristate::Yes,
        "nopt" | "not" | "not accepting" | "existptonly" | "existptfam" => Tristate::No,
        _ => Tristate::Unknown,
    }
}

/// Words that identify a service; abbreviations must be separate words.
const KINDS: [(&str, Service); 21] = [
    ("home health", Service::HomeHealth),
    ("skilled nursing", Service::SkilledNursing),
    ("nursing facility", Service::SkilledNursing),
    ("nursing home", Service::SkilledNursing),
    (" snf ", Service::SkilledNursing),
    ("inpatient rehab", Service::InpatientRehab),
    ("acute rehab", Service::InpatientRehab),
    ("rehabilitation hospital", Service::InpatientRehab),
    (" irf ", Service::InpatientRehab),
    ("long term care hospital", Service::LongTermAcute),
    ("long term acute", Service::LongTermAcute),
    (" ltch ", Service::LongTermAcute),
    (" ltach ", Service::LongTermAcute),
    ("hospice", Service::Hospice),
    ("home infusion", Service::HomeInfusion),
    ("medical equipment", Service::MedicalEquipment),
    (" dme ", Service::MedicalEquipment),
    ("dialysis", Service::Dialysis),
    ("renal disease", Service::Dialysis),
    (" esrd ", Service::Dialysis),
    ("assisted living", Service::AssistedLiving),
];

/// Words too broad to identify a service; the facility may still offer one. Our choice.
const VAGUE: [&str; 11] = [
    "rehab",
    "nursing",
    "long term",
    "home care",
    "infusion",
    "equipment",
    "post acute",
    "ancillary",
    " other ",
    "extended care",
    "specialty hospital",
];

/// Words for services that the directory does not have. A word that is in neither list is not understood. Our choice.
const OTHERS: [&str; 32] = [
    "acute care hospital",
    "general hospital",
    "childrens hospital",
    "critical access hospital",
    "psychiatric",
    "behavioral health",
    "mental health",
    "substance",
    "pharmacy",
    "pharmacies",
    "urgent care",
    "emergency",
    "surgery",
    "surgical",
    "surgicenter",
    "laboratory",
    "laboratories",
    " lab ",
    "imaging",
    "radiology",
    "diagnostic",
    "physician",
    "primary care",
    " dental ",
    " dentist",
    " optometr",
    " optical ",
    " vision ",
    "ambulance",
    " birth",
    "federally qualified health",
    "rural health clinic",
];

fn meanings_of_word(word: &str) -> Vec<PayerWordMeaning> {
    if nucc_shaped(word.trim()) {
        return vec![meaning_of_code(None, word)];
    }
    let plain = format!(" {} ", fold_words(word));
    let is = |known: &str| plain.contains(known);
    let services: Vec<PayerWordMeaning> =
        KINDS.iter().filter(|(known, _)| is(known)).map(|(_, service)| PayerWordMeaning::Service(*service)).collect();
    if !services.is_empty() {
        return services;
    }
    if VAGUE.iter().any(|known| is(known)) {
        return vec![PayerWordMeaning::Unknown];
    }
    if OTHERS.iter().any(|known| is(known)) {
        return vec![PayerWordMeaning::Others];
    }
    vec![if is(" hospital ") || is(" hospitals ") { PayerWordMeaning::Hospital } else { PayerWordMeaning::Unknown }]
}

/// NUCC codes that say too little: groups, agencies and facilities of any kind, and neighbors of our services.
const BROAD: [&str; 12] = [
    "193200000X", // multi-specialty group
    "193400000X", // single specialty group
    "251J00000X", // nursing care
    "253Z00000X", // in home supportive care
    "261Q00000X", // clinic or center
    "275N00000X", // swing bed unit
    "281P00000X", // chronic disease hospital
    "284300000X", // special hospital
    "311500000X", // Alzheimer center
    "311Z00000X", // custodial care facility
    "313M00000X", // nursing facility or intermediate care facility
    "332900000X", // dispensing site other than a pharmacy
];

/// The meaning of a code in a code system. A code of ours counts in any system; another one only as NUCC, because what a
/// payer's own code means is not known.
fn meaning_of_code(system: Option<&str>, code: &str) -> PayerWordMeaning {
    let code = code.trim().to_ascii_uppercase();
    if let Some(service) = Service::ALL.into_iter().find(|service| covers(*service, &code)) {
        return PayerWordMeaning::Service(service);
    }
    let known = nucc_shaped(&code) && system.is_none_or(is_nucc) && !BROAD.contains(&code.as_str());
    if known { PayerWordMeaning::Others } else { PayerWordMeaning::Unknown }
}

/// Whether the code is one of the service's or a specialization of one: pediatric skilled nursing (`3140N1450X`) is skilled
/// nursing (`314000000X`). The first four characters are the classification, which a code without specialization stands for.
fn covers(service: Service, code: &str) -> bool {
    let of = |own: &str| own == code || (own.ends_with("00000X") && nucc_shaped(code) && own.get(..4) == code.get(..4));
    service.taxonomy().iter().any(|own| of(own))
}

/// Ten characters of which the first two are a group of the NUCC table and the last is an X.
fn nucc_shaped(code: &str) -> bool {
    let group = code.get(..2).and_then(|group| group.parse::<u8>().ok()).is_some_and(|group| (10..=40).contains(&group));
    group && code.len() == 10 && code.ends_with(['X', 'x']) && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether a code system is that of NUCC, as a URL or an OID.
pub(crate) fn is_nucc(system: &str) -> bool {
    let system = system.trim().to_ascii_lowercase();
    system.contains("nucc.org") || system.ends_with("2.16.840.1.113883.6.101") || system.ends_with("provider-taxonomy")
}

/// Words that are not understood, with how often each occurs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct UnknownWords {
    counts: BTreeMap<String, u64>,
    /// Occurrences of words beyond the [`Self::MOST`] that are kept.
    further: u64,
}

impl UnknownWords {
    /// The most different words kept; a payer's file has few dozens. Our choice.
    const MOST: usize = 1_000;

    /// The longest word kept, in characters.
    const LONGEST: usize = 60;

    /// How many words are shown.
    const SHOWN: usize = 5;

    /// Counts a word.
    pub(crate) fn count(&mut self, word: &str) {
        let word: String = printable(word).chars().take(Self::LONGEST).collect();
        if self.counts.len() < Self::MOST || self.counts.contains_key(&word) {
            *self.counts.entry(word).or_default() += 1;
        } else {
            self.further += 1;
        }
    }

    /// Adds the words of another list.
    pub(crate) fn add(&mut self, other: &Self) {
        for (word, count) in &other.counts {
            if self.counts.len() < Self::MOST || self.counts.contains_key(word) {
                *self.counts.entry(word.clone()).or_default() += count;
            } else {
                self.further += count;
            }
        }
        self.further += other.further;
    }

    /// How often a word was not understood.
    pub(crate) fn total(&self) -> u64 {
        self.counts.values().sum::<u64>() + self.further
    }

    /// The remark about them; `None` if there are none.
    pub(crate) fn remark(&self) -> Option<String> {
        let total = self.total();
        let mut often: Vec<(&String, &u64)> = self.counts.iter().collect();
        often.sort_by_key(|(word, count)| (std::cmp::Reverse(**count), *word));
        let shown: Vec<String> =
            often.iter().take(Self::SHOWN).map(|(word, count)| format!("\"{word}\" ({})", thousands(**count))).collect();
        let more = often.len().saturating_sub(Self::SHOWN);
        let more = if more > 0 { format!(" and {}", counted(more as u64, "other word")) } else { String::new() };
        let words = counted(total, "word");
        (total > 0).then(|| {
            let meaning = "so these facilities are listed for a service that is not stated";
            format!("{words} for a service not understood, {meaning}: {}{more}", shown.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(all: &[&str]) -> (ListedServices, UnknownWords) {
        let (mut listed, mut unknown) = (ListedServices::default(), UnknownWords::default());
        for word in all {
            listed.take_word(word, &mut unknown);
        }
        (listed, unknown)
    }

    #[test]
    fn a_word_means_a_service_another_service_or_nothing_that_is_understood() {
        let some = |service| vec![Some(service)];
        for (all, memberships, unknown) in [
            (vec!["Home Health Agency"], some(Service::HomeHealth), 0),
            (vec!["HOME-HEALTH"], some(Service::HomeHealth), 0),
            (vec!["251E00000X"], some(Service::HomeHealth), 0),
            (vec!["3140n1450x"], some(Service::SkilledNursing), 0),
            (vec!["HHA"], vec![None], 1),
            (vec!["Visiting Nurse Association"], vec![None], 1),
            (vec!["Facility", "N/A"], vec![None], 2),
            (vec!["Home Health Agency", "HSP"], vec![Some(Service::HomeHealth), None], 1),
            (vec!["General Acute Care Hospital"], vec![], 0),
            (vec!["General Acute Care Hospital", "HHA"], vec![None], 1),
            (vec!["Pharmacy", "Urgent Care"], vec![], 0),
            (vec!["207Q00000X"], vec![], 0),
            (vec!["193200000X"], vec![None], 1),
            (vec!["999X00000X"], vec![None], 1),
            (vec!["Hospital"], vec![None], 0),
            (vec![], vec![None], 0),
        ] {
            let (listed, counts) = words(&all);
            assert_eq!((listed.memberships(), counts.total()), (memberships.clone(), unknown), "{all:?}");
            assert_eq!(listed.is_for_others(), memberships.is_empty(), "{all:?}");
        }
        assert_eq!(words(&["Hospital"]).0.perhaps.len(), 2, "it may be a rehabilitation or a long-term hospital");
    }

    #[test]
    fn a_code_counts_in_its_system_and_one_understood_code_of_a_concept_is_enough() {
        const NUCC: Option<&str> = Some("http://nucc.org/provider-taxonomy");
        const OWN: Option<&str> = Some("http://acme.example/specialty");
        for (codes, memberships) in [
            (vec![(NUCC, "251E00000X")], vec![Some(Service::HomeHealth)]),
            (vec![(OWN, "251E00000X")], vec![Some(Service::HomeHealth)]),
            (vec![(Some("urn:oid:2.16.840.1.113883.6.101"), "207Q00000X")], vec![]),
            (vec![(None, "207Q00000X")], vec![]),
            (vec![(OWN, "207Q00000X")], vec![None]),
            (vec![(OWN, "HHA")], vec![None]),
            (vec![(NUCC, "HHA")], vec![None]),
            (vec![(NUCC, "207Q00000X"), (OWN, "FAM")], vec![]),
            (vec![], vec![None]),
        ] {
            let mut listed = ListedServices::default();
            listed.take_codes(codes.iter().copied());
            assert_eq!(listed.memberships(), memberships, "{codes:?}");
        }
    }

    #[test]
    fn a_code_says_whether_new_patients_are_accepted() {
        for (code, taken) in [
            ("newpt", Tristate::Yes),
            ("Accepting", Tristate::Yes),
            ("nopt", Tristate::No),
            ("existptonly", Tristate::No),
            ("existptfam", Tristate::No),
            ("Not accepting", Tristate::No),
            ("perhaps", Tristate::Unknown),
            ("", Tristate::Unknown),
        ] {
            assert_eq!(accepts_new(code), taken, "{code}");
        }
    }

    #[test]
    fn the_remark_names_the_most_frequent_words_and_counts_all() {
        let (_, mut unknown) = words(&["HHA", "HHA", "b", "c", "d", "e", "f\u{202e}"]);
        let told = unknown.remark().unwrap();
        assert!(told.starts_with("7 words for a service not understood") && told.contains("\"HHA\" (2)"), "{told}");
        assert!(told.ends_with(" and 1 other word") && !told.contains('\u{202e}'), "{told}");
        (0..2_000).for_each(|word| unknown.count(&word.to_string()));
        assert_eq!((unknown.total(), UnknownWords::default().remark()), (2_007, None));
    }
}
