//! When two names of payers, plans or networks are one.

/// The form in which names are compared: names that differ in case, spaces or punctuation only are
/// one name. A plus sign counts, because "Gold+" is another plan than "Gold", and so does a
/// separator between two digits, because "2500/30" is not "25/0030".
pub(crate) fn name_key(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    let mut is_separated = false;
    for c in name.chars() {
        if c.is_alphanumeric() || c == '+' {
            if std::mem::take(&mut is_separated) && c.is_numeric() && key.ends_with(char::is_numeric) {
                key.push('.');
            }
            key.extend(c.to_lowercase());
        } else {
            is_separated = true;
        }
    }
    if key.is_empty() { name.trim().to_owned() } else { key }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_whatever_their_case_spaces_and_punctuation() {
        for (a, b, same) in [
            ("Acme HMO", "ACME HMO", true),
            ("Acme HMO", "acme  hmo", true),
            ("Acme HMO", "Acme-HMO", true),
            ("Acme HMO", "Acme H.M.O.", true),
            ("Acme HMO/POS", "Acme HMO POS", true),
            ("St. Mary's", "ST MARYS", true),
            ("H1234-001", "H1234 001", true),
            ("H1234-001", "H1234001", false),
            ("Silver 2500/30", "Silver 25/0030", false),
            ("Gold+", "Gold", false),
            ("Acme HMO", "Acme HMO 2", false),
            ("Peña", "Pena", false),
            ("***", "---", false),
        ] {
            assert_eq!(name_key(a) == name_key(b), same, "{a} and {b}");
        }
    }
}
