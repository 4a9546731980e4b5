//! Location of a value in a request body, as a JSON pointer (RFC 6901).

use std::fmt;

/// Maximum number of steps; no field of a request is nested deeper.
const DEEPEST: usize = 6;

/// The location of a field, as the steps that lead to it. Formatted as a pointer only when an error
/// is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FieldPlace {
    steps: [PlaceStep; DEEPEST],
    depth: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PlaceStep {
    Field(&'static str),
    Item(usize),
}

impl FieldPlace {
    /// The whole body.
    pub(crate) const ROOT: Self = Self { steps: [PlaceStep::Item(0); DEEPEST], depth: 0 };

    /// The field with that name in the object at this location.
    pub(crate) fn field(self, name: &'static str) -> Self {
        self.step(PlaceStep::Field(name))
    }

    /// The item with index `at` of the list at this location.
    pub(crate) fn item(self, at: usize) -> Self {
        self.step(PlaceStep::Item(at))
    }

    fn step(mut self, step: PlaceStep) -> Self {
        if let Some(free) = self.steps.get_mut(self.depth) {
            *free = step;
            self.depth += 1;
        }
        self
    }
}

impl fmt::Display for FieldPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.steps.iter().take(self.depth).try_for_each(|step| match step {
            PlaceStep::Field(name) => write!(f, "/{name}"),
            PlaceStep::Item(at) => write!(f, "/{at}"),
        })
    }
}

/// Escapes a name as one step of a JSON pointer.
pub(crate) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_as_a_pointer() {
        assert_eq!(FieldPlace::ROOT.to_string(), "");
        assert_eq!(FieldPlace::ROOT.field("needs").item(2).field("services").to_string(), "/needs/2/services");
        assert_eq!(escape("a/b~c"), "a~1b~0c");
    }
}
