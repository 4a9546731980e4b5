//! The answer as the page prints it.
