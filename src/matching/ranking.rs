//! Where does it stand? The key and the score.
