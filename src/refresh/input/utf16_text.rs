//! UTF-16 text, as spreadsheets save "Unicode text", read as UTF-8.

use std::io;

use encoding_rs::{Decoder, UTF_16BE, UTF_16LE};

/// How many bytes at the beginning show the encoding of a text without a mark.
const LOOKED_AT: usize = 512;

/// So many letters at least show it.
const FEWEST_PAIRS: usize = 4;

/// Decodes a text piece by piece.
pub(crate) struct Utf16Text {
    decoder: Decoder,
    text: String,
    /// How much of `text` has been passed on.
    passed: usize,
    ended: bool,
}

impl Utf16Text {
    /// The decoder of a text that begins like this; `None` if it is not UTF-16.
    pub(crate) fn of(beginning: &[u8]) -> Option<Self> {
        let little = beginning.starts_with(&[0xff, 0xfe]);
        let big = beginning.starts_with(&[0xfe, 0xff]);
        let encoding = match (little, big) {
            (true, _) => UTF_16LE,
            (_, true) => UTF_16BE,
            _ => by_zeros(beginning)?,
        };
        Some(Self { decoder: encoding.new_decoder_with_bom_removal(), text: String::new(), passed: 0, ended: false })
    }

    /// Reads decoded text into `buffer`; `raw` gives the next bytes of the file, none at its end.
    ///
    /// # Errors
    /// That of `raw`.
    pub(crate) fn read(
        &mut self,
        buffer: &mut [u8],
        mut raw: impl FnMut(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        while self.passed == self.text.len() && !self.ended {
            let mut bytes = [0; 16 << 10];
            let read = raw(&mut bytes)?;
            self.decode(&bytes[..read]);
        }
        let rest = &self.text.as_bytes()[self.passed..];
        let passed = rest.len().min(buffer.len());
        buffer[..passed].copy_from_slice(&rest[..passed]);
        self.passed += passed;
        Ok(passed)
    }

    /// Decodes the bytes that were read ahead.
    pub(crate) fn beginning(&mut self, bytes: &[u8]) -> Vec<u8> {
        if !bytes.is_empty() {
            self.decode(bytes);
        }
        self.passed = self.text.len();
        self.text.as_bytes().to_vec()
    }

    /// Decodes the next bytes; none are the end.
    fn decode(&mut self, bytes: &[u8]) {
        self.ended = bytes.is_empty();
        self.text.clear();
        self.passed = 0;
        let most = self.decoder.max_utf8_buffer_length(bytes.len()).unwrap_or_default();
        self.text.reserve(most);
        // The buffer is long enough, so all of it is read.
        let _ = self.decoder.decode_to_string(bytes, &mut self.text, self.ended);
    }
}

/// The byte order of a text in which nearly every other byte is zero.
fn by_zeros(beginning: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let looked_at = &beginning[..beginning.len().min(LOOKED_AT)];
    let (pairs, _) = looked_at.as_chunks::<2>();
    if pairs.len() < FEWEST_PAIRS {
        return None;
    }
    let zeros = |at: usize| pairs.iter().filter(|pair| pair[at] == 0).count();
    let most = |count: usize| count > 0 && count * 10 >= pairs.len() * 8;
    match (zeros(0), zeros(1)) {
        (0, low) if most(low) => Some(UTF_16LE),
        (high, 0) if most(high) => Some(UTF_16BE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_the_same_in_either_order_and_with_or_without_a_mark() {
        let text = "ccn,name\r\n425003,Peña \u{1f3e5}\r\n";
        let units: Vec<u16> = text.encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        for bytes in [
            [&[0xff, 0xfe], little.as_slice()].concat(),
            [&[0xfe, 0xff], big.as_slice()].concat(),
            little.clone(),
            big.clone(),
        ] {
            let mut decoder = Utf16Text::of(&bytes).unwrap();
            let (first, mut rest) = bytes.split_at(7);
            let mut read = decoder.beginning(first);
            let mut buffer = [0; 3];
            loop {
                let count = decoder
                    .read(&mut buffer, |into| {
                        let taken = rest.len().min(into.len()).min(5);
                        into[..taken].copy_from_slice(&rest[..taken]);
                        rest = &rest[taken..];
                        Ok(taken)
                    })
                    .unwrap();
                if count == 0 {
                    break;
                }
                read.extend_from_slice(&buffer[..count]);
            }
            assert_eq!(String::from_utf8(read).unwrap(), text, "{bytes:?}");
        }
        for bytes in [&b"ccn,name\n"[..], b"", b"\0\0\0\0", b"a\0b\xff\0\0"] {
            assert!(Utf16Text::of(bytes).is_none(), "{bytes:?}");
        }
    }
}
