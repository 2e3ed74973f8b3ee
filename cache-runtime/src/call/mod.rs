//! ① One cached call: key → lookup → flight → lease → compute → store.
