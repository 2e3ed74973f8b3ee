//! The pages, one file each: above each handler stands what is cached of it.

pub(crate) mod home;

pub(crate) mod country;
pub(crate) mod search;

pub(crate) mod city;
pub(crate) mod me;

pub(crate) mod stats;

pub(crate) mod assets;
