//! The address of a provider.

use std::fmt;

use crate::place::{State, Zip};

/// A postal and street address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    /// Street and number; empty if the source has none.
    pub street: String,
    /// City or town; empty if the source has none.
    pub city: String,
    /// State or territory, if the source has one that can be read.
    pub state: Option<State>,
    /// ZIP code, if the source has one that can be read.
    pub zip: Option<Zip>,
}

impl Address {
    /// The address, unless every part of it is missing.
    pub(crate) fn unless_empty(self) -> Option<Self> {
        let says = !self.street.is_empty() || !self.city.is_empty() || self.state.is_some() || self.zip.is_some();
        says.then_some(self)
    }
}

/// "1200 MAIN ST, KANSAS CITY, MO 64108", without the parts that are missing.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (state, zip) = (self.state.map(|state| state.to_string()), self.zip.map(|zip| zip.to_string()));
        let end: Vec<String> = state.into_iter().chain(zip).collect();
        let parts = [self.street.clone(), self.city.clone(), end.join(" ")];
        f.write_str(&parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", "))
    }
}
