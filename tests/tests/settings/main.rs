//! Settings: code, files, URLs and the environment; scopes; the start-up check.

mod annotations;
mod builder;
mod check;
mod environment;
mod install;
mod process;
mod reference;
mod scope;
mod toml;
mod url;
