//! Signed tokens of others: of an identity provider for people and programs, and of an EHR that asks for a card.
