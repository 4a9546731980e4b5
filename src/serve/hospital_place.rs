//! Which hospital a state is of, on a server with one or several.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::hospital::recognition::HospitalLookup;
use crate::hospital_id::HospitalId;

/// Which hospital a state `A` is of.
#[derive(Debug, Clone)]
pub enum HospitalPlace<A> {
    /// The only one of the server.
    Only,
    /// One of several.
    OneOf(Arc<HospitalLookup>),
    /// None of several: the hospital of the request is not known.
    Unknown(Arc<HospitalSites<A>>),
}

/// The states of several hospitals.
#[derive(Debug)]
pub struct HospitalSites<A> {
    pub(crate) lookup: Arc<HospitalLookup>,
    pub(crate) sites: BTreeMap<HospitalId, Arc<A>>,
}
