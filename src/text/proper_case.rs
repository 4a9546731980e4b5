//! Title case for names that a source writes in capitals: the CMS files do so with most names, streets and cities.
//!
//! For people only. Machine formats, searches and comparisons use the text as the source wrote it.

/// Words with a vowel that stay in capitals: Roman numerals, directions, and abbreviations of the trade. Words without a vowel stay too
/// ("LLC", "SNF", "NW"), unless they are among [`SHORTENED`].
const CAPITALS: [&str; 34] = [
    "AFB", "ALF", "BMA", "CCRC", "DBA", "DCI", "DME", "EMS", "ESRD", "HCA", "HHA", "ICF", "IID", "IRF", "LTAC", "LTACH",
    "NE", "OSF", "PA", "PO", "SE", "UPMC", "US", "USA", "USRC", "VA", "VNA", "II", "III", "IV", "VI", "VII", "VIII", "IX",
];

/// Shortened words without a vowel, which are written in title case.
const SHORTENED: [&str; 30] = [
    "BLDG", "BLVD", "CNTR", "CT", "CTR", "DR", "FL", "FT", "GRP", "HLTH", "HTS", "JCT", "JR", "LN", "LTD", "MGMT", "MR",
    "MRS", "MS", "MT", "MTN", "NRSG", "PL", "PLZ", "RD", "SPGS", "SQ", "ST", "SVC", "SVCS",
];

/// Words that are written in lower case, unless they begin a name.
const SMALL: [&str; 8] = ["AND", "AT", "BY", "FOR", "IN", "OF", "ON", "THE"];

/// `text` in title case if all its letters are capitals, otherwise unchanged: "ST. LUKE'S HOME OF THE PLAINS, LLC" is
/// "St. Luke's Home of the Plains, LLC".
pub fn proper_case(text: &str) -> String {
    if !is_all_capitals(text) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_of_word) {
        let (gap, from_word) = rest.split_at(start);
        shown.push_str(gap);
        let end = from_word.find(|c| !is_of_word(c)).unwrap_or(from_word.len());
        let (word, after) = from_word.split_at(end);
        shown.push_str(&cased(word, shown.trim_end(), after));
        rest = after;
    }
    shown + rest
}

fn is_all_capitals(text: &str) -> bool {
    text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase)
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || is_apostrophe(c)
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’')
}

/// `word` as it is written between `before` and `after`.
fn cased(word: &str, before: &str, after: &str) -> String {
    let begins = before.is_empty() || before.ends_with([':', '(', '/', '–', '—']) || before.ends_with(" -");
    let is_state = is_state(word, before, after);
    if SMALL.contains(&word) && !begins && !is_state {
        return word.to_lowercase();
    }
    if word.contains(|c: char| c.is_ascii_digit()) {
        return if is_ordinal(word) { word.to_lowercase() } else { word.to_owned() };
    }
    if CAPITALS.contains(&word) || is_acronym(word) || is_state {
        return word.to_owned();
    }
    capitalized(word)
}

/// "1ST", "22ND".
fn is_ordinal(word: &str) -> bool {
    let suffix = word.trim_start_matches(|c: char| c.is_ascii_digit());
    suffix.len() < word.len() && ["ST", "ND", "RD", "TH"].contains(&suffix)
}

/// Whether the word has no vowel and is not a shortened word.
fn is_acronym(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_uppercase() && !"AEIOUY".contains(c)) && !SHORTENED.contains(&word)
}

/// Whether the word is the code of a state: two letters after a comma, at the end or before a ZIP.
fn is_state(word: &str, before: &str, after: &str) -> bool {
    let next = after.trim_start().chars().next();
    word.len() == 2 && before.ends_with(',') && next.is_none_or(|c| c.is_ascii_digit() || matches!(c, ',' | ')'))
}

/// The first letter stays a capital, as do the third of "McDonald" and the one after the apostrophe of "O'Brien".
fn capitalized(word: &str) -> String {
    let letters: Vec<char> = word.chars().collect();
    let first = letters.iter().position(|c| !is_apostrophe(*c)).unwrap_or_default();
    let length = letters.len() - first;
    let third = match letters[first..] {
        ['M', 'C', ..] => length >= 4,
        [_, mark, ..] => is_apostrophe(mark) && length >= 4,
        _ => false,
    };
    let mut shown = String::with_capacity(word.len());
    for (at, letter) in letters.into_iter().enumerate() {
        if at == first || third && at == first + 2 {
            shown.push(letter);
        } else {
            shown.extend(letter.to_lowercase());
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_capitals_become_title_case() {
        for (written, shown) in [
            ("COWSLIPBECK MANOR", "Cowslipbeck Manor"),
            ("ST. LUKE'S HOSPITAL", "St. Luke's Hospital"),
            ("ST LUKE’S NRSG & REHAB CTR", "St Luke’s Nrsg & Rehab Ctr"),
            ("THE VILLAGE AT THE OAKS", "The Village at the Oaks"),
            ("HOSPICE OF THE PLAINS, LLC", "Hospice of the Plains, LLC"),
            ("KINDRED - THE BIRCHES (THE OLD WING)", "Kindred - The Birches (The Old Wing)"),
            ("HOME-AT-LAST CARE BY OAK", "Home-at-Last Care by Oak"),
            ("MCDONALD AND O'BRIEN SNF", "McDonald and O'Brien SNF"),
            ("MACON HEALTH LP", "Macon Health LP"),
            ("VA MEDICAL CENTER", "VA Medical Center"),
            ("OAK LTC II OF THE USA", "Oak LTC II of the USA"),
            ("ELM CARE IV, PA", "Elm Care IV, PA"),
            ("HOME CARE, IN YOUR HOME", "Home Care, in Your Home"),
            ("4TH STREET HOUSE NO. 3A", "4th Street House No. 3A"),
            ("D'YOUVILLE 'BIRCH' HOUSE", "D'Youville 'Birch' House"),
            ("PEÑA MÉDICA", "Peña Médica"),
            ("J.W. SMITH JR. L.L.C.", "J.W. Smith Jr. L.L.C."),
            ("CHILDREN'S HOME 24/7", "Children's Home 24/7"),
            ("BMA OF KANSAS CITY", "BMA of Kansas City"),
        ] {
            assert_eq!(proper_case(written), shown);
        }
    }

    #[test]
    fn streets_and_cities_become_title_case() {
        for (written, shown) in [
            ("1200 NW 1ST ST STE 200", "1200 NW 1st St Ste 200"),
            ("P.O. BOX 12", "P.O. Box 12"),
            ("PO BOX 12", "PO Box 12"),
            ("500 N US HWY 17", "500 N US Hwy 17"),
            ("22ND & ELM BLVD SE", "22nd & Elm Blvd SE"),
            ("ST. LOUIS", "St. Louis"),
            ("O'FALLON", "O'Fallon"),
            ("MCALLEN", "McAllen"),
            ("WINSTON-SALEM", "Winston-Salem"),
            ("FORT WAYNE, IN 46802", "Fort Wayne, IN 46802"),
            ("PORTLAND, OR", "Portland, OR"),
        ] {
            assert_eq!(proper_case(written), shown);
        }
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for text in ["Harbor View of IOWA", "McKINLEY CENTER", "de Paul", "ccn:425003", "123", "", "北京", "\u{1b}[31mRed"]
        {
            assert_eq!(proper_case(text), text);
        }
    }
}
