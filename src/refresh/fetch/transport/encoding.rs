//! Bodies that a server compressed although nobody asked for it.

use std::fs::File;
use std::io;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use reqwest::Url;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};

use crate::refresh::fetch::error::{FetchError, FetchFault, at};

/// The first bytes of a gzip file.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Decompresses a body of at most `most` bytes. It is recognized by its first bytes, because servers also forget the header.
///
/// # Errors
/// It is damaged, longer, or compressed in another way; the message says which.
pub(crate) fn body(headers: &HeaderMap, body: Vec<u8>, most: u64) -> Result<Vec<u8>, String> {
    if !body.starts_with(&GZIP) {
        return match headers.get(CONTENT_ENCODING).map(|encoding| encoding.to_str().unwrap_or_default().trim()) {
            None | Some("" | "identity" | "gzip" | "x-gzip") => Ok(body),
            Some(other) => Err(format!("the answer is compressed as {other}, which was not requested")),
        };
    }
    let mut plain = Vec::new();
    let read = MultiGzDecoder::new(body.as_slice()).take(most.saturating_add(1)).read_to_end(&mut plain);
    match read {
        Ok(read) if read as u64 > most => Err(format!("the answer is longer than {most} bytes")),
        Ok(_) => Ok(plain),
        Err(error) => Err(format!("the compressed answer is damaged: {error}")),
    }
}

/// A saved file, decompressed while it is read.
///
/// # Errors
/// An I/O error.
pub(crate) fn unpacked(file: File) -> io::Result<Box<dyn Read>> {
    let mut file = BufReader::new(file);
    let packed = file.fill_buf()?.starts_with(&GZIP);
    Ok(if packed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) })
}

/// The error of reading such a file: the server's if its content is damaged, otherwise the disk's.
pub(crate) fn fault(url: &Url, path: &Path, error: io::Error) -> FetchError {
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
            FetchFault::lasting(url, format!("the compressed file is damaged: {error}")).into()
        }
        _ => at(path)(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_body_is_decompressed_within_its_bound_whatever_the_header_says() {
        let headers = |encoding: Option<&'static str>| {
            encoding.map(|encoding| (CONTENT_ENCODING, encoding.parse().unwrap())).into_iter().collect::<HeaderMap>()
        };
        for (encoding, bytes, expected) in [
            (None, b"{}".to_vec(), Ok("{}")),
            (Some("gzip"), packed(b"{}"), Ok("{}")),
            (None, packed(b"{}"), Ok("{}")),
            (Some("gzip"), b"{}".to_vec(), Ok("{}")),
            (Some("br"), b"x".to_vec(), Err("compressed as br")),
            (None, packed(&[b'x'; 100]), Err("longer than 10 bytes")),
            (None, packed(b"{}")[..12].to_vec(), Err("damaged")),
        ] {
            let got = body(&headers(encoding), bytes, 10);
            match expected {
                Ok(text) => assert_eq!(got.as_deref(), Ok(text.as_bytes())),
                Err(words) => assert!(got.as_ref().is_err_and(|told| told.contains(words)), "{got:?}"),
            }
        }
    }
}
