//! ① Tokens → syntax: the function, its arguments, templates and expressions.

pub(crate) mod argument;
pub(crate) mod expression;
pub(crate) mod function;
pub(crate) mod pattern;
pub(crate) mod spelling;
pub(crate) mod template;
