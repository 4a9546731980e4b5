//! The words that hospitals type for needs: each is taken, asked about, a fact with its own field, or kept as a question. None is lost.

use placement::need_words::phone_questions::PhoneQuestions;
use placement::need_words::typed_list::decide_words;
use placement::need_words::word_decision::{TypedWord, WordDecision, WordMeaning};
use placement::service::Need;

use crate::need_words::Kind::{Asked, Field, Kept, Taken};

/// The result for a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Taken as the needs with these codes.
    Taken,
    /// Asked about; the need with the code is among those offered.
    Asked,
    /// Sets the field with that name.
    Field,
    /// Kept as a question of the call sheet.
    Kept,
}

/// What admissions desks and case managers write, with the needs they ask about first.
const FIRST: [(&str, Kind, &str); 70] = [
    ("trach collar", Taken, "resp.trach"),
    ("hfnc", Taken, "resp.o2-high"),
    ("home oxygen", Taken, "resp.o2"),
    ("cpap machine", Taken, "resp.niv"),
    ("bipap", Taken, "resp.niv"),
    ("pressure ulcer", Asked, "wound.complex"),
    ("bedsore", Asked, "wound.complex"),
    ("stage 4", Asked, "wound.complex"),
    ("specialty bed", Taken, "wound.surface"),
    ("wound care", Asked, "wound.complex"),
    ("jp drain", Taken, "wound.drain"),
    ("nephrostomy", Asked, "wound.drain"),
    ("pleurx", Asked, "wound.drain"),
    ("thickened liquids", Taken, "nut.dysphagia"),
    ("dysphagia", Taken, "nut.dysphagia"),
    ("cva", Taken, "rehab.stroke"),
    ("quad", Asked, "rehab.sci"),
    ("prosthesis", Asked, "rehab.amputee"),
    ("pt/ot", Taken, "rehab.pt rehab.ot"),
    ("speech", Taken, "rehab.slp"),
    ("cre", Taken, "iso.contact"),
    ("candida auris", Taken, "iso.contact"),
    ("covid", Asked, "iso.airborne"),
    ("c diff", Taken, "iso.contact"),
    ("mrsa", Taken, "iso.contact"),
    ("tb", Taken, "iso.airborne"),
    ("elopement", Asked, "cog.secured"),
    ("sitter", Taken, "beh.sitter"),
    ("behaviors", Asked, "beh.aggression"),
    ("mat", Asked, "sud.methadone"),
    ("alcohol", Asked, "sud.recovery"),
    ("detox", Asked, "sud.recovery"),
    ("oud", Asked, "sud.buprenorphine"),
    ("hospital bed", Taken, "dme.general"),
    ("walker", Taken, "dme.general"),
    ("commode", Taken, "dme.general"),
    ("power wheelchair", Taken, "dme.custom"),
    ("deaf", Asked, "lang.interpreter"),
    ("interpreter", Asked, "lang.interpreter"),
    ("comfort care", Asked, "eol.palliative"),
    ("weekend admission", Taken, "log.weekend"),
    ("opioids", Asked, "sud.methadone"),
    ("picc", Taken, "inf.central"),
    ("midline", Taken, "inf.peripheral"),
    ("iv abx", Asked, "inf.abx"),
    ("iv antibiotics", Taken, "inf.abx"),
    ("tpn", Taken, "nut.tpn"),
    ("g-tube", Taken, "nut.g-tube"),
    ("peg", Taken, "nut.g-tube"),
    ("wound vac", Taken, "wound.npwt"),
    ("dialysis", Asked, "renal.hd-onsite"),
    ("hd", Asked, "renal.hd-onsite"),
    ("pd", Asked, "renal.pd"),
    ("bariatric", Taken, "size.bariatric"),
    ("spanish", Field, "languages"),
    ("480 lb", Field, "weight_lb"),
    ("indwelling catheter", Taken, "uro.catheter"),
    ("suprapubic catheter", Taken, "uro.catheter"),
    ("insulin", Taken, "endo.insulin"),
    ("glucose monitoring", Taken, "endo.insulin"),
    ("LifeVest", Taken, "card.lifevest"),
    ("LVAD", Taken, "card.lvad"),
    ("recent transplant", Taken, "med.transplant"),
    ("chest tube", Taken, "resp.chest-tube"),
    ("airborne isolation", Taken, "iso.airborne"),
    ("smoking", Taken, "soc.smoking"),
    ("registered sex offender", Taken, "soc.sex-offender"),
    ("no fixed address", Taken, "soc.no-address"),
    ("post-op orthopedic", Taken, "rehab.ortho"),
    ("hiv", Taken, "pop.hiv"),
];

/// Two hundred terms from public sources, named in the comments.
const PUBLISHED: [(&str, Kind, &str); 200] = [
    // MDS 3.0 section O, special treatments, procedures and programs (CMS).
    ("Chemotherapy", Taken, "onc.chemo"),
    ("Radiation", Asked, "onc.radiation-transport"),
    ("Oxygen therapy", Asked, "resp.o2"),
    ("High-concentration oxygen", Taken, "resp.o2-high"),
    ("Suctioning", Taken, "resp.suction"),
    ("Tracheostomy care", Taken, "resp.trach"),
    ("Invasive mechanical ventilator", Asked, "resp.vent"),
    ("Non-invasive mechanical ventilator", Taken, "resp.niv"),
    ("IV medications", Asked, "inf.abx"),
    ("Vasoactive medications", Taken, "inf.vasoactive"),
    ("Antibiotics", Asked, "inf.abx"),
    ("Anticoagulation", Kept, ""),
    ("Transfusions", Taken, "inf.transfusion"),
    ("Hemodialysis", Asked, "renal.hd-onsite"),
    ("Peritoneal dialysis", Taken, "renal.pd"),
    ("Hospice care", Asked, "eol.home"),
    ("IV access", Asked, "inf.central"),
    ("Peripheral IV", Taken, "inf.peripheral"),
    ("Speech-language pathology", Taken, "rehab.slp"),
    ("Occupational therapy", Taken, "rehab.ot"),
    ("Physical therapy", Taken, "rehab.pt"),
    ("Respiratory therapy", Asked, "resp.rt"),
    ("Psychological therapy", Kept, ""),
    // MDS 3.0 sections H, I, J and K (CMS).
    ("External catheter", Asked, "uro.catheter"),
    ("Ostomy", Taken, "ost.ostomy"),
    ("Intermittent catheterization", Asked, "uro.catheter"),
    ("Bowel incontinence", Kept, ""),
    ("Parenteral/IV feeding", Taken, "nut.tpn"),
    ("Feeding tube", Asked, "nut.g-tube"),
    ("Mechanically altered diet", Taken, "nut.dysphagia"),
    ("Therapeutic diet", Kept, ""),
    ("Current tobacco use", Taken, "soc.smoking"),
    ("Pain management", Asked, "inf.pca"),
    ("Hip fracture", Taken, "rehab.ortho"),
    ("Hip replacement", Taken, "rehab.ortho"),
    ("Knee replacement", Taken, "rehab.ortho"),
    ("Spinal fusion", Taken, "rehab.ortho"),
    ("Quadriplegia", Taken, "rehab.sci"),
    ("Paraplegia", Taken, "rehab.sci"),
    ("Hemiplegia", Taken, "rehab.stroke"),
    ("Traumatic brain injury", Taken, "rehab.tbi"),
    ("Alzheimer's disease", Asked, "cog.dementia"),
    ("Schizophrenia", Taken, "beh.psych"),
    ("Bipolar disorder", Taken, "beh.psych"),
    ("Psychotic disorder", Taken, "beh.psych"),
    ("Depression", Asked, "beh.psych"),
    ("Tuberculosis", Taken, "iso.airborne"),
    ("Swallowing disorder", Taken, "nut.dysphagia"),
    // MDS 3.0 sections A, B, D, E, G, N and P (CMS).
    ("Hallucinations", Asked, "beh.psych"),
    ("Delusions", Asked, "beh.psych"),
    ("Physical behavioral symptoms", Taken, "beh.aggression"),
    ("Verbal behavioral symptoms", Asked, "beh.aggression"),
    ("Rejection of care", Asked, "beh.aggression"),
    ("Wandering", Asked, "cog.secured"),
    ("Hearing aid", Kept, ""),
    ("Insulin injections", Taken, "endo.insulin"),
    ("Trunk restraint", Kept, ""),
    ("Wander guard", Taken, "cog.secured"),
    ("Limb prosthesis", Asked, "rehab.amputee"),
    ("Crutch", Taken, "dme.general"),
    ("Wheelchair", Asked, "dme.general"),
    ("PASRR", Asked, "beh.psych"),
    ("Down syndrome", Taken, "pop.idd"),
    ("Autism", Asked, "pop.idd"),
    ("Needs interpreter", Asked, "lang.interpreter"),
    // MDS 3.0 section M and NPIAP (formerly NPUAP) staging.
    ("Stage 1 pressure injury", Asked, "wound.surface"),
    ("Stage 2 pressure injury", Asked, "wound.surface"),
    ("Stage 3 pressure injury", Taken, "wound.complex"),
    ("Stage 4 pressure injury", Taken, "wound.complex"),
    ("Unstageable pressure injury", Taken, "wound.complex"),
    ("Deep tissue pressure injury", Asked, "wound.complex"),
    ("Medical device related pressure injury", Asked, "wound.complex"),
    ("Mucosal membrane pressure injury", Kept, ""),
    ("Venous ulcer", Taken, "wound.complex"),
    ("Arterial ulcer", Taken, "wound.complex"),
    ("Diabetic foot ulcer", Taken, "wound.complex"),
    ("Surgical wound", Taken, "wound.complex"),
    ("Skin tear", Asked, "wound.complex"),
    ("Burn", Asked, "wound.complex"),
    ("Pressure reducing device for bed", Taken, "wound.surface"),
    ("Surgical wound care", Taken, "wound.complex"),
    // OASIS-E (CMS).
    ("Stasis ulcer", Taken, "wound.complex"),
    ("Enteral nutrition", Asked, "nut.g-tube"),
    ("Parenteral nutrition", Taken, "nut.tpn"),
    ("Intermittent oxygen", Taken, "resp.o2"),
    ("Continuous oxygen", Taken, "resp.o2"),
    ("Urinary catheter", Taken, "uro.catheter"),
    ("Medical social services", Taken, "hh.msw"),
    ("Home health aide", Taken, "hh.aide"),
    ("Personal care", Taken, "hh.aide"),
    ("Bed bath", Kept, ""),
    // CMS-671, dedicated special care units, and CMS-672.
    ("AIDS", Asked, "pop.hiv"),
    ("Head trauma", Taken, "rehab.tbi"),
    ("Huntington's disease", Asked, "cog.dementia"),
    ("Ventilator", Asked, "resp.vent"),
    ("Indwelling catheters", Taken, "uro.catheter"),
    ("Tube feeding", Asked, "nut.g-tube"),
    // AARC clinical practice guidelines and respiratory care terms.
    ("Nasal cannula", Taken, "resp.o2"),
    ("Venturi mask", Asked, "resp.o2"),
    ("Non-rebreather mask", Taken, "resp.o2-high"),
    ("Heated humidified high flow", Taken, "resp.o2-high"),
    ("Oxygen concentrator", Taken, "resp.o2"),
    ("Liquid oxygen", Asked, "resp.o2"),
    ("Nasotracheal suctioning", Asked, "resp.suction"),
    ("Endotracheal suctioning", Taken, "resp.suction"),
    ("Airway clearance", Asked, "resp.suction"),
    ("Cough assist", Asked, "resp.suction"),
    ("Mechanical insufflation-exsufflation", Asked, "resp.suction"),
    ("Speaking valve", Asked, "resp.trach"),
    ("Decannulation", Asked, "resp.trach"),
    ("Home mechanical ventilation", Taken, "resp.vent"),
    ("Noninvasive ventilation", Taken, "resp.niv"),
    ("AVAPS", Taken, "resp.niv"),
    ("Ventilator liberation", Taken, "resp.vent-wean"),
    ("Chest physiotherapy", Asked, "resp.rt"),
    ("Incentive spirometry", Kept, ""),
    ("Pulse oximetry", Kept, ""),
    // CDC transmission-based precautions and enhanced barrier precautions.
    ("Contact precautions", Taken, "iso.contact"),
    ("Droplet precautions", Asked, "iso.contact"),
    ("Airborne precautions", Taken, "iso.airborne"),
    ("Enhanced barrier precautions", Taken, "iso.contact"),
    ("MDRO", Taken, "iso.contact"),
    ("VRE", Taken, "iso.contact"),
    ("ESBL", Taken, "iso.contact"),
    ("KPC", Taken, "iso.contact"),
    ("Clostridioides difficile", Taken, "iso.contact"),
    ("Norovirus", Taken, "iso.contact"),
    ("Scabies", Taken, "iso.contact"),
    ("Measles", Taken, "iso.airborne"),
    ("Varicella", Taken, "iso.airborne"),
    ("Influenza", Asked, "iso.contact"),
    ("Negative pressure room", Taken, "iso.airborne"),
    ("Private room", Asked, "iso.contact"),
    // ANA safe patient handling and mobility.
    ("Ceiling lift", Taken, "mob.lift"),
    ("Sit-to-stand lift", Taken, "mob.lift"),
    ("Mechanical lift", Taken, "mob.lift"),
    ("Safe patient handling", Asked, "mob.lift"),
    ("Transfer board", Taken, "dme.general"),
    ("Trapeze", Taken, "dme.general"),
    ("Two-person assist", Asked, "mob.lift"),
    ("Bariatric equipment", Taken, "size.bariatric"),
    // SAMHSA, medications for opioid use disorder.
    ("MOUD", Asked, "sud.methadone"),
    ("Opioid use disorder", Asked, "sud.buprenorphine"),
    ("Opioid treatment program", Taken, "sud.methadone"),
    ("Methadone", Asked, "sud.methadone"),
    ("Suboxone", Taken, "sud.buprenorphine"),
    ("Sublocade", Taken, "sud.buprenorphine"),
    ("Naltrexone", Asked, "sud.recovery"),
    ("Substance use disorder", Taken, "sud.recovery"),
    ("Alcohol use disorder", Asked, "sud.recovery"),
    ("Withdrawal", Asked, "sud.recovery"),
    // National Kidney Foundation and ESRD network terms.
    ("ESRD", Asked, "renal.hd-onsite"),
    ("CAPD", Taken, "renal.pd"),
    ("CCPD", Taken, "renal.pd"),
    ("AV fistula", Asked, "renal.hd-onsite"),
    ("Outpatient dialysis", Taken, "renal.hd-transport"),
    // Joint Commission, official "Do Not Use" list: never read as anything.
    ("U", Kept, ""),
    ("IU", Kept, ""),
    ("QD", Kept, ""),
    ("QOD", Kept, ""),
    ("MS", Kept, ""),
    ("MSO4", Kept, ""),
    ("MgSO4", Kept, ""),
    // discharge-planning worksheets and referral forms of hospitals.
    ("82 yo", Field, "age"),
    ("218 kg", Field, "weight_lb"),
    ("Vietnamese", Field, "languages"),
    ("female", Field, "sex"),
    ("3 doses a day", Field, "doses_a_day"),
    ("PICC line", Taken, "inf.central"),
    ("Port-a-cath", Taken, "inf.central"),
    ("Hickman", Taken, "inf.central"),
    ("Wound nurse", Taken, "wound.complex"),
    ("Colostomy", Taken, "ost.ostomy"),
    ("NPO", Asked, "nut.tpn"),
    ("Dobhoff", Taken, "nut.ng"),
    ("Foley", Taken, "uro.catheter"),
    ("Sliding scale", Taken, "endo.insulin"),
    ("Kidney transplant", Asked, "med.transplant"),
    ("Homeless", Taken, "soc.no-address"),
    ("Sex offender", Taken, "soc.sex-offender"),
    ("Non weight bearing", Asked, "rehab.ortho"),
    ("Milrinone", Taken, "inf.vasoactive"),
    ("PCA pump", Taken, "inf.pca"),
    ("LTC", Kept, ""),
    ("Amputee", Taken, "rehab.amputee"),
    ("Combative", Taken, "beh.aggression"),
    ("1:1 sitter", Taken, "beh.sitter"),
    ("Memory care", Taken, "cog.secured"),
    ("Hoyer", Taken, "mob.lift"),
    ("Wheelchair van", Taken, "log.transport"),
    ("Medicaid pending", Taken, "log.pending"),
    ("GIP", Taken, "eol.inpatient"),
    ("Respite care", Asked, "eol.inpatient"),
    ("RN visits", Taken, "hh.nursing"),
    ("Social worker", Taken, "hh.msw"),
    ("Blind", Kept, ""),
    ("Fall risk", Kept, ""),
    ("Service dog", Kept, ""),
    ("Hyperbaric oxygen", Kept, ""),
    ("Bed alarm", Kept, ""),
];

/// The result for a word, in the form of [`FIRST`].
fn became(typed: &str) -> (Kind, Vec<&'static str>) {
    let decided = decide_words(typed);
    let codes = |word: &TypedWord| match &word.decision {
        WordDecision::Taken(need) => vec![need.code()],
        WordDecision::SetsField(fact) => vec![fact.field()],
        WordDecision::Ambiguous(meanings) => meanings.iter().map(|meaning| meaning.code()).collect(),
        WordDecision::Dose | WordDecision::Unknown { .. } => Vec::new(),
    };
    let kind = match decided.first().map(|word| &word.decision) {
        Some(WordDecision::Taken(_)) => Taken,
        Some(WordDecision::SetsField(_)) => Field,
        Some(WordDecision::Ambiguous(_)) => Asked,
        Some(WordDecision::Dose | WordDecision::Unknown { .. }) => Kept,
        None => panic!("{typed} was lost"),
    };
    (kind, decided.iter().flat_map(codes).collect())
}

/// The wrong decisions among `words`.
fn faults(words: &[(&str, Kind, &str)]) -> Vec<String> {
    let is_right = |(typed, kind, expected): &&(&str, Kind, &str)| {
        let (became, codes) = became(typed);
        let expected: Vec<&str> = expected.split_whitespace().collect();
        became != *kind || if *kind == Asked { !expected.iter().all(|code| codes.contains(code)) } else { codes != expected }
    };
    words.iter().filter(is_right).map(|word| format!("{word:?} became {:?}", became(word.0))).collect()
}

#[test]
fn the_first_questions_of_an_admissions_desk_are_understood() {
    assert_eq!(faults(&FIRST), Vec::<String>::new());
    assert!(FIRST.iter().all(|(_, kind, _)| *kind != Kept), "none of them is left to a phone call");
}

#[test]
fn no_term_of_public_sources_is_lost_and_most_are_understood() {
    assert_eq!(faults(&PUBLISHED), Vec::<String>::new());
    let understood = PUBLISHED.iter().filter(|(_, kind, _)| *kind != Kept).count();
    assert!(understood * 100 >= 85 * PUBLISHED.len(), "{understood} of {}", PUBLISHED.len());
    for (typed, ..) in PUBLISHED {
        assert_eq!(PhoneQuestions::default().keep(typed), Ok(()), "{typed} can be kept as a question");
    }
}

#[test]
fn a_word_has_the_same_decision_alone_and_in_any_list() {
    for (typed, ..) in FIRST.iter().chain(&PUBLISHED) {
        let alone = decide_words(typed);
        let listed = decide_words(&format!("telemetry, {typed}; zzz"));
        assert_eq!(listed[1..=alone.len()], alone, "{typed}");
    }
}

#[test]
fn a_question_about_a_word_offers_each_need_once() {
    for (typed, ..) in FIRST.iter().chain(&PUBLISHED).filter(|(_, kind, _)| *kind == Asked) {
        let Some(TypedWord { decision: WordDecision::Ambiguous(meanings), .. }) = decide_words(typed).into_iter().next()
        else {
            panic!("{typed} is not asked about")
        };
        let needs: Vec<Need> = meanings
            .iter()
            .filter_map(|meaning| match meaning {
                WordMeaning::Need(need) => Some(*need),
                WordMeaning::SpokenLanguage => None,
            })
            .collect();
        assert!(!needs.is_empty() && needs.iter().enumerate().all(|(at, need)| !needs[..at].contains(need)), "{typed}");
    }
}
