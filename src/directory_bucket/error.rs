//! Why a directory could not be published to or pulled from object storage.

use std::error::Error as _;

use crate::catalog::manifest::CatalogError;
use crate::config::bucket_address::BucketAddress;

/// Why a directory could not be published or pulled.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// The settings of the environment are wrong.
    #[error("{address}: {what}")]
    Settings {
        /// The address.
        address: BucketAddress,
        /// What is wrong.
        what: String,
    },
    /// The storage could not be reached, or refused the request.
    #[error("{address}: {what}")]
    Unreachable {
        /// The address.
        address: BucketAddress,
        /// The answer, without addresses that may be signed.
        what: String,
    },
    /// An object does not exist.
    #[error("{address}: there is no {name}")]
    Missing {
        /// The address.
        address: BucketAddress,
        /// The object.
        name: String,
    },
    /// An object is not what it should be.
    #[error("{address}: {what}")]
    Wrong {
        /// The address.
        address: BucketAddress,
        /// What is wrong.
        what: String,
    },
    /// The object `current` does not name a generation.
    #[error("{0}: the object \"current\" does not name a directory")]
    Unnamed(BucketAddress),
    /// Another generation was made current meanwhile.
    #[error("the published directory changed from {before} to {now}; nothing was published")]
    Overtaken {
        /// The generation that was current.
        before: String,
        /// The one that is current now.
        now: String,
    },
    /// The failure of an earlier attempt, which nothing has changed since.
    #[error("{0}")]
    Repeated(String),
    /// The copying itself failed, which is logged where it happened.
    #[error("the directory was not copied: the program failed; see its log")]
    NotCopied,
    /// The local folder.
    #[error(transparent)]
    Local(#[from] CatalogError),
}

impl BucketError {
    /// The storage failed. The text of `error` and of its causes is made safe by [`plain_text`], and shortened.
    pub(crate) fn unreachable(address: &BucketAddress, error: &object_store::Error) -> Self {
        let mut causes = vec![plain_text(&error.to_string())];
        let mut cause = error.source();
        while let Some(error) = cause {
            let words = plain_text(&error.to_string());
            if !causes.iter().any(|known| known.contains(&words)) {
                causes.push(words);
            }
            cause = error.source();
        }
        let mut what: String = causes.join(": ").chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        if let Some((end, _)) = what.char_indices().nth(LONGEST) {
            what.truncate(end);
            what.push('…');
        }
        Self::Unreachable { address: address.clone(), what }
    }
}

/// Longest text of a foreign error, in characters.
const LONGEST: usize = 400;

/// `text` without what may be secret or differs from one attempt to the next: the signature in an address, the body of a refusal
/// (which quotes the key and what was signed) except its code, and how long the attempts took.
fn plain_text(text: &str) -> String {
    without_query(&without_times(&without_body(text)))
}

/// `text` up to the body of an answer, in XML or JSON, and the code in that body.
fn without_body(text: &str) -> String {
    let Some(at) = text.find(['<', '{']) else { return text.to_owned() };
    let (before, body) = text.split_at(at);
    let code = body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    let code = code.map(|(code, _)| code).filter(|code| code.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    format!("{}{}", before.trim_end_matches([' ', ':']), code.map(|code| format!(": {code}")).unwrap_or_default())
}

/// `text` without the time and the number of attempts that the library puts between an address and the cause.
fn without_times(text: &str) -> String {
    let cut = |(attempt, cause): (&str, &str)| {
        let (request, _times) = attempt.rsplit_once(" in ").filter(|(request, _)| request.contains("Error performing "))?;
        Some(format!("{request} - {cause}"))
    };
    text.split_once(" - ").and_then(cut).unwrap_or_else(|| text.to_owned())
}

/// `text` without the query of each address in it, where a signature would be.
fn without_query(text: &str) -> String {
    let words = text.split_inclusive(' ').map(|word| match word.split_once('?') {
        Some((before, rest)) if before.contains("://") => {
            let end: String = rest.chars().rev().take_while(|c| !c.is_alphanumeric()).collect();
            format!("{before}{}", end.chars().rev().collect::<String>())
        }
        _ => word.to_owned(),
    });
    words.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_in_an_address_is_not_shown() {
        let text = "error sending request for url (https://mercy.example/a/b?sig=s3cret&se=1), give up";
        assert_eq!(plain_text(text), "error sending request for url (https://mercy.example/a/b), give up");
        assert_eq!(plain_text("is it there?"), "is it there?");
    }

    /// The refusals of the three services quote the key, the signature and what was signed.
    #[test]
    fn of_a_refusal_only_the_code_is_shown() {
        let request = "Error performing GET https://mercy.example/a/current?X-Amz-Signature=s3cret in 1.2031s, after 2 retries, \
                       max_retries: 2, retry_timeout: 5s  - Server returned non-2xx status code: 403 Forbidden: ";
        let shown =
            "Error performing GET https://mercy.example/a/current - Server returned non-2xx status code: 403 Forbidden";
        for (body, code) in [
            (
                "<Error><Code>SignatureDoesNotMatch</Code><AWSAccessKeyId>s3cret</AWSAccessKeyId></Error>",
                ": SignatureDoesNotMatch",
            ),
            (
                "<?xml version=\"1.0\"?><Error><Code>AuthenticationFailed</Code><Message>'s3cret'</Message></Error>",
                ": AuthenticationFailed",
            ),
            ("<Error><Code>s3cret in it</Code></Error>", ""),
            ("{\"error\": \"invalid_grant\", \"assertion\": \"s3cret\"}", ""),
        ] {
            assert_eq!(plain_text(&format!("{request}{body}")), format!("{shown}{code}"));
        }
    }

    #[test]
    fn the_same_failure_has_the_same_words_each_time() {
        let after =
            |seconds: &str| plain_text(&format!("Error performing GET https://a.example/b in {seconds}s - HTTP error"));
        assert_eq!(after("0.5"), after("1.25"));
        assert_eq!(plain_text("closed in time - or not"), "closed in time - or not");
    }
}
