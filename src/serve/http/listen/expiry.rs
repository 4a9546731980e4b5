//! Reads the day a certificate expires (RFC 5280, 4.1); the program needs nothing else of it.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The DER tags that are read.
const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xA0;

/// When the certificate `der` expires; `None` if it cannot be parsed.
pub(crate) fn of(der: &[u8]) -> Option<Timestamp> {
    let (certificate, _) = element(der, SEQUENCE)?;
    let (signed, _) = element(certificate, SEQUENCE)?;
    let rest = element(signed, VERSION).map_or(signed, |(_, rest)| rest);
    let (_, rest) = element(rest, INTEGER)?;
    let (_, rest) = element(rest, SEQUENCE)?;
    let (_, rest) = element(rest, SEQUENCE)?;
    let (validity, _) = element(rest, SEQUENCE)?;
    let (_, rest) = time(validity)?;
    time(rest).and_then(|(end, _)| end)
}

/// The content of the element at the start of `der` and what follows it, if its tag is `tag`.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&[found, first], rest) = der.split_first_chunk::<2>()?;
    let (length, rest) = match first {
        0..=0x7F => (usize::from(first), rest),
        0x81 => rest.split_first().map(|(length, rest)| (usize::from(*length), rest))?,
        0x82 => rest.split_first_chunk().map(|(length, rest)| (usize::from(u16::from_be_bytes(*length)), rest))?,
        _ => return None,
    };
    (found == tag).then_some(())?;
    rest.split_at_checked(length)
}

/// The time at the start of `der`, if the clock can represent it, and what follows it.
fn time(der: &[u8]) -> Option<(Option<Timestamp>, &[u8])> {
    if let Some((short, rest)) = element(der, UTC_TIME) {
        // Two-digit years are 1950 to 2049.
        let century = if short.first()? < &b'5' { "20" } else { "19" };
        return Some((moment(&format!("{century}{}", std::str::from_utf8(short).ok()?)), rest));
    }
    let (long, rest) = element(der, GENERALIZED_TIME)?;
    Some((moment(std::str::from_utf8(long).ok()?), rest))
}

/// Parses `20261121143000Z`.
fn moment(text: &str) -> Option<Timestamp> {
    let moment = DateTime::strptime("%Y%m%d%H%M%S", text.strip_suffix('Z')?).ok()?;
    moment.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_write_a_time_are_read() {
        for (tag, text, reads) in [
            (UTC_TIME, "261121143000Z", Some("2026-11-21T14:30:00Z")),
            (UTC_TIME, "500101000000Z", Some("1950-01-01T00:00:00Z")),
            (UTC_TIME, "491231235959Z", Some("2049-12-31T23:59:59Z")),
            (GENERALIZED_TIME, "20510101000000Z", Some("2051-01-01T00:00:00Z")),
            (GENERALIZED_TIME, "99991231235959Z", None),
            (UTC_TIME, "2611211430Z", None),
        ] {
            let der: Vec<u8> = [tag, u8::try_from(text.len()).unwrap()].into_iter().chain(text.bytes()).collect();
            let end = time(&der).unwrap().0.map(|end| end.to_string());
            assert_eq!(end.as_deref(), reads, "{text}");
        }
    }

    #[test]
    fn the_end_of_a_certificate_is_found() {
        let mut parameters = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        parameters.not_after = rcgen::date_time_ymd(2031, 2, 3);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        assert_eq!(of(certificate.der()).unwrap().to_string(), "2031-02-03T00:00:00Z");
    }

    #[test]
    fn what_is_no_certificate_has_no_end() {
        for der in [&b""[..], b"\x30", b"\x30\x03\x30\x01", b"\x30\x84\xff\xff\xff\xff", b"\x02\x01\x00"] {
            assert_eq!(of(der), None, "{der:?}");
        }
    }
}
