//! The examples of the user's guide, compiled and run as doctests.

#[doc = include_str!("../../README.md")]
pub struct Readme;
