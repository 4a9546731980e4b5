//! How far a publisher is trusted.

/// How far a publisher is trusted; earlier is further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum TrustTier {
    /// A dataset as CMS publishes it.
    Cms,
    /// Columns somebody cut from a CMS dataset.
    CmsCut,
    /// What homes wrote on form CMS-671 at their last survey.
    Form671,
    /// The NPI registry, where organisations write down themselves what they are.
    Registry,
    /// What a provider says of itself in a profile.
    Stated,
    /// A payer's directory.
    Payer,
    /// The Synthea project's copy of CMS lists of 2017 and 2018, with a point for each city.
    Synthea,
}
