//! Formats counts.

/// "1 row", "14,421 rows".
pub(crate) fn counted(count: u64, one: &str) -> String {
    format!("{} {one}{}", thousands(count), if count == 1 { "" } else { "s" })
}

/// A count with thousands separators.
pub(crate) fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_read_well() {
        for (count, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (14_421, "14,421"), (1_656_528, "1,656,528")] {
            assert_eq!(thousands(count), text);
        }
    }
}
