//! What middleware of actix does besides the rules of pages.
