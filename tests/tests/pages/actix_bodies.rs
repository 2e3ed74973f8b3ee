//! Bodies of actix: what is read, what passes through, and what of a response survives.
