//! The handlers of `/v1` and of the health of the server: each converts, calls one function and converts back.

pub(crate) mod batch;
pub(crate) mod lookup;
pub(crate) mod matches;
pub(crate) mod outcomes;
pub(crate) mod ready;
pub(crate) mod statements;
