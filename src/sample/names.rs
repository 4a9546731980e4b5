//! Invented names, each a compound of two old English words, so that none is the name of a company.

use crate::sample::rng::SampleRng;
use crate::service::Service;

const FIRST: [&str; 48] = [
    "Lark", "Fern", "Ash", "Elder", "Thistle", "Bramble", "Quill", "Wren", "Plover", "Teasel", "Marl", "Sorrel", "Yarrow",
    "Tansy", "Rook", "Hob", "Linnet", "Osier", "Pippin", "Rush", "Sedge", "Tamar", "Umber", "Vetch", "Wicker", "Bracken",
    "Clover", "Dapple", "Finch", "Gorse", "Heron", "Juniper", "Kestrel", "Lichen", "Medlar", "Nettle", "Otter", "Pewter",
    "Quince", "Ruddle", "Saffron", "Teal", "Barrow", "Burdock", "Cowslip", "Curlew", "Damson", "Dunlin",
];
const SECOND: [&str; 24] = [
    "water", "mere", "combe", "garth", "wick", "holt", "shaw", "beck", "thwaite", "fold", "howe", "lathe", "tarn", "loam",
    "spinney", "hythe", "leigh", "stead", "worth", "ing", "march", "gill", "dene", "hollow",
];
const STREETS: [&str; 20] = [
    "Teasel", "Old Mill", "Quarry", "Plover", "Orchard", "Kiln", "Ropewalk", "Ferry", "Weir", "Cooper", "Tannery", "Lantern",
    "Almanac", "Compass", "Harness", "Millrace", "Saddler", "Chandler", "Foundry", "Windlass",
];
const STREET_KINDS: [&str; 6] = ["Street", "Avenue", "Road", "Lane", "Drive", "Boulevard"];

/// An invented proper name, such as "Larkwater".
pub(crate) fn coin(chance: &mut SampleRng) -> String {
    format!("{}{}", chance.pick(&FIRST), chance.pick(&SECOND))
}

/// The invented name with that number. Names are unique until all pairs are used, then get a
/// numeral.
pub(crate) fn coined(number: usize) -> String {
    let all = FIRST.len() * SECOND.len();
    // 455 shares no factor with 48 x 24, so every pair is used once, and consecutive names differ
    // widely.
    let pair = number * 455 % all;
    let name = format!("{}{}", FIRST[pair % FIRST.len()], SECOND[pair / FIRST.len()]);
    match number / all {
        0 => name,
        again => format!("{name} {}", again + 1),
    }
}

/// A name for a provider of `service`, in capitals like CMS names.
pub(crate) fn provider(service: Service, chance: &mut SampleRng) -> String {
    let patterns: &[&str] = match service {
        Service::HomeHealth => &["@ HOME HEALTH", "@ HOME CARE", "@ VISITING NURSES", "@ HOME NURSING, LLC"],
        Service::SkilledNursing => &[
            "@ CARE CENTER",
            "@ NURSING AND REHABILITATION",
            "@ HEALTH CARE CENTER",
            "@ MANOR",
            "@ POST ACUTE",
            "THE @ HOUSE",
        ],
        Service::InpatientRehab => &["REHABILITATION HOSPITAL OF @", "@ HOSPITAL REHABILITATION UNIT", "@ REHABILITATION"],
        Service::LongTermAcute => &["@ LONG TERM ACUTE HOSPITAL", "@ EXTENDED CARE HOSPITAL"],
        Service::Dialysis => &["@ DIALYSIS", "@ KIDNEY CENTER", "@ RENAL CARE"],
        Service::Hospice | Service::HospiceInpatient => &["@ HOSPICE", "HOSPICE OF @", "@ HOSPICE AND PALLIATIVE CARE"],
        Service::HomeInfusion => &["@ INFUSION PHARMACY", "@ HOME INFUSION"],
        Service::MedicalEquipment => &["@ MEDICAL SUPPLY", "@ HOME MEDICAL EQUIPMENT"],
        Service::AssistedLiving => &["@ ASSISTED LIVING", "@ COMMONS", "@ TERRACE"],
    };
    let pattern: &str = chance.pick(patterns);
    pattern.replace('@', &coin(chance).to_uppercase())
}

/// An invented street and number, in capitals.
pub(crate) fn street(chance: &mut SampleRng) -> String {
    let number = chance.between(100, 9_899);
    format!("{number} {} {}", chance.pick(&STREETS), chance.pick(&STREET_KINDS)).to_uppercase()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn numbered_names_come_once() {
        let names: BTreeSet<String> = (0..3_000).map(coined).collect();
        assert_eq!(names.len(), 3_000);
    }
}
