//! The id of a choice list, printed on the list and not stored in the ledger.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

/// The id printed on a choice list: 128 bits as 26 characters. It is also the encryption key of the
/// stored list.
///
/// Anyone who has it can open the list, so it is never logged, and [`fmt::Debug`] hides it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ListId(pub(crate) [u8; 16]);

/// The 32 characters of Crockford's base 32. Without I, L, O and U, ids can be read aloud and
/// copied by hand without mistakes.
pub const CHARACTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Number of characters: 26 characters of five bits hold 128 bits, with two bits left.
pub const LENGTH: usize = 26;

/// Lengths of the printed groups.
pub const GROUPS: [usize; 5] = [5, 5, 5, 5, 6];

impl ListId {
    /// Creates an id from a digest of the list's inputs and of the random bytes `chance`. Without
    /// the random bytes, anyone who guesses the question could open the list.
    pub fn draw(made_from: &[&str], chance: [u8; 16]) -> Self {
        let mut hasher = Sha256::new_with_prefix(b"placement: id of a choice list\0");
        for part in made_from {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        hasher.update(chance);
        let mut id = [0; 16];
        for (byte, drawn) in id.iter_mut().zip(hasher.finalize()) {
            *byte = drawn;
        }
        Self(id)
    }
}

/// Writes five groups of characters: `7F3KQ-M8XPA-3ZRTN-09VWB-4HCDEF`.
impl fmt::Display for ListId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = u128::from_be_bytes(self.0);
        let mut place = LENGTH;
        for (at, length) in GROUPS.into_iter().enumerate() {
            if at > 0 {
                f.write_str("-")?;
            }
            for _ in 0..length {
                place -= 1;
                let five = usize::try_from(number >> (5 * place) & 31).map_err(|_| fmt::Error)?;
                write!(f, "{}", char::from(CHARACTERS[five]))?;
            }
        }
        Ok(())
    }
}

impl FromStr for ListId {
    type Err = ParseListIdError;

    /// Accepts any case, hyphens and spaces anywhere, O for 0, and I and L for 1.
    fn from_str(text: &str) -> Result<Self, ParseListIdError> {
        let typed = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}'));
        let (mut number, mut count) = (0_u128, 0);
        for c in typed {
            let plain = match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let five = (0_u128..).zip(CHARACTERS).find(|(_, known)| char::from(**known) == plain);
            let (five, _) = five.ok_or(ParseListIdError)?;
            // The two unused bits are the highest ones and must be zero.
            if number >> 123 != 0 {
                return Err(ParseListIdError);
            }
            number = number << 5 | five;
            count += 1;
        }
        if count == LENGTH { Ok(Self(number.to_be_bytes())) } else { Err(ParseListIdError) }
    }
}

/// Hides the id.
impl fmt::Debug for ListId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ListId(…)")
    }
}

/// The text is not a list id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a list id has 26 letters and digits, printed in five groups")]
pub struct ParseListIdError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_as_it_is_printed_and_as_people_type_it() {
        let id = ListId::draw(&["what it is made from"], [7; 16]);
        let printed = id.to_string();
        assert_eq!(printed.len(), 30);
        for typed in [
            printed.clone(),
            printed.to_lowercase(),
            printed.replace('-', ""),
            printed.replace('-', " – "),
            format!("  {} ", printed.replace('0', "o").replace('1', "l")),
            printed.replace('1', "I"),
        ] {
            assert_eq!(typed.parse(), Ok(id), "{typed}");
        }
        for wrong in ["", "7F3KQ", &format!("{printed}0"), &printed.replace(&printed[..1], "8"), &"Z".repeat(26), "é"] {
            assert_eq!(wrong.parse::<ListId>(), Err(ParseListIdError), "{wrong}");
        }
        assert!(!format!("{id:?}").contains(&printed[..5]));
    }

    #[test]
    fn every_bit_of_an_id_is_printed() {
        for bit in 0..128 {
            let id = ListId((1_u128 << bit).to_be_bytes());
            assert_eq!(id.to_string().parse(), Ok(id), "bit {bit}");
        }
        assert_eq!(ListId([0xff; 16]).to_string(), "7ZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZZ");
    }

    #[test]
    fn an_id_changes_with_each_part_and_with_chance() {
        let ids = [
            ListId::draw(&["a", "bc"], [0; 16]),
            ListId::draw(&["ab", "c"], [0; 16]),
            ListId::draw(&["a", "bc"], [1; 16]),
            ListId::draw(&["a", "bc", ""], [0; 16]),
        ];
        assert!((0..4).all(|at| (0..at).all(|other| ids[at] != ids[other])));
    }
}
