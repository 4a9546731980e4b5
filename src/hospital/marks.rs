//! What recognizes a hospital on a server with several, in its `hospital.toml`.

use toml::Spanned;

use crate::toml_reader::{TomlLocation, TomlReader};

/// What recognizes one hospital.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HospitalMarks {
    /// The host names under which it is reached, in lower case.
    pub hosts: Vec<String>,
    /// The value of the claim in tokens of its people and programs.
    pub claim: Option<String>,
    /// The issuers of tokens that are its own alone.
    pub issuers: Vec<String>,
}

/// Reads `hosts`: names without a scheme, a path or a port.
pub(crate) fn hosts(reader: &mut TomlReader<'_>, place: &TomlLocation, typed: Vec<Spanned<String>>) -> Vec<String> {
    let mut hosts: Vec<String> = Vec::new();
    for name in typed {
        let place = place.item(name.span().start);
        let name = name.get_ref().trim().to_ascii_lowercase();
        let is_part = |part: &str| {
            let is_plain = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            !part.is_empty() && part.len() <= 63 && is_plain
        };
        if name.len() > 253 || !name.split('.').all(is_part) {
            reader
                .fault(&place, "is not a host name such as \"mercy.placement.example\", without https:// and without a port");
        } else if hosts.contains(&name) {
            reader.fault(&place, &format!("{name} is given twice"));
        } else {
            hosts.push(name);
        }
    }
    hosts
}
