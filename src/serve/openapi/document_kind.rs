//! The two documents.

/// Which operations a document has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DocumentKind {
    /// Those for programs.
    Api,
    /// The pages for people. They are apart, so that generated clients have no forms.
    Pages,
}
