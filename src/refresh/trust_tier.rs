//! Levels of trust in publishers.

/// How far a publisher is trusted; earlier means more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum TrustTier {
    /// A dataset as CMS publishes it.
    Cms,
    /// An extract of columns from a CMS dataset.
    CmsCut,
    /// What nursing homes entered on form CMS-671 at their last survey.
    Form671,
    /// A list of licensed providers of a state, as an administrator declares it.
    StateList,
    /// The NPI registry, in which organizations describe themselves.
    Registry,
    /// A provider's own profile.
    Stated,
    /// A payer's directory.
    Payer,
    /// The Synthea project's copy of CMS lists of 2017 and 2018, with one position per city.
    Synthea,
}
