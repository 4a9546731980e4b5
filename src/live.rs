//! One generation of the directory with what was told since laid over it.
