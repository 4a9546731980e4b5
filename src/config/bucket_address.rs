//! The address of object storage: `s3://bucket/prefix`, `gs://bucket/prefix` or `az://container/prefix`.

use std::fmt;
use std::str::FromStr;

/// An address without credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketAddress {
    service: StorageService,
    bucket: String,
    prefix: String,
}

/// A service with the interface of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageService {
    /// Amazon S3, and others with its interface.
    S3,
    /// Google Cloud Storage.
    Google,
    /// Azure Blob Storage.
    Azure,
}

impl StorageService {
    const ALL: [(&'static str, Self); 3] = [("s3", Self::S3), ("gs", Self::Google), ("az", Self::Azure)];

    fn scheme(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Google => "gs",
            Self::Azure => "az",
        }
    }
}

/// The text is no address of object storage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the directories are in a folder, or at s3://bucket/prefix, gs://bucket/prefix or az://container/prefix, without user name, \
     query and spaces; credentials come from the environment"
)]
pub struct ParseBucketAddressError;

impl FromStr for BucketAddress {
    type Err = ParseBucketAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = text.split_once("://").ok_or(ParseBucketAddressError)?;
        let service = StorageService::ALL.iter().find(|(known, _)| *known == scheme).ok_or(ParseBucketAddressError)?.1;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_end_matches('/');
        let is_plain = |part: &str| part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        let parts_are_plain =
            prefix.is_empty() || prefix.split('/').all(|part| is_plain(part) && !part.trim_matches('.').is_empty());
        if bucket.is_empty() || !is_plain(bucket) || !parts_are_plain {
            return Err(ParseBucketAddressError);
        }
        Ok(Self { service, bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }
}

impl fmt::Display for BucketAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { service, bucket, prefix } = self;
        write!(f, "{}://{bucket}/{prefix}", service.scheme())
    }
}

impl BucketAddress {
    /// The bucket or container.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The prefix of every object; may be empty.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The service.
    pub fn service(&self) -> StorageService {
        self.service
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_bucket_and_holds_no_credentials() {
        for (text, shown) in [
            ("s3://mercy/placement", Some("s3://mercy/placement")),
            ("s3://mercy/a/b/", Some("s3://mercy/a/b")),
            ("gs://mercy", Some("gs://mercy/")),
            ("az://directories/placement", Some("az://directories/placement")),
            ("s3://key:secret@mercy/placement", None),
            ("s3://mercy/placement?sig=1", None),
            ("s3://mercy/../other", None),
            ("s3:///placement", None),
            ("ftp://mercy/placement", None),
            ("index", None),
        ] {
            let address = text.parse::<BucketAddress>().ok().map(|address| address.to_string());
            assert_eq!(address.as_deref(), shown, "{text}");
        }
    }
}
