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
    /// The local folder.
    #[error(transparent)]
    Local(#[from] CatalogError),
}

impl BucketError {
    /// The storage failed. The text of `error` and of its causes is shortened: an address in it may carry a signature.
    pub(crate) fn unreachable(address: &BucketAddress, error: &object_store::Error) -> Self {
        let mut causes = vec![without_query(&error.to_string())];
        let mut cause = error.source();
        while let Some(error) = cause {
            let words = without_query(&error.to_string());
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
        assert_eq!(without_query(text), "error sending request for url (https://mercy.example/a/b), give up");
        assert_eq!(without_query("is it there?"), "is it there?");
    }
}
