//! What is kept of a list, sealed under its id.
