//! What the macros write, and what they know: their sources, used as a library.

#[path = "../../../cache-macros/src/cached.rs"]
mod cached;
#[path = "../../../cache-macros/src/diagnostics.rs"]
mod diagnostics;
#[path = "../../../cache-macros/src/expand/mod.rs"]
mod expand;
#[path = "../../../cache-macros/src/fragment/mod.rs"]
mod fragment;
#[path = "../../../cache-macros/src/headers/mod.rs"]
mod headers;
#[path = "../../../cache-macros/src/key_part.rs"]
mod key_part;
#[path = "../../../cache-macros/src/option/mod.rs"]
mod option;
#[path = "../../../cache-macros/src/page/mod.rs"]
mod page;
#[path = "../../../cache-macros/src/parse/mod.rs"]
mod parse;
#[path = "../../../cache-macros/src/plan/mod.rs"]
mod plan;
#[path = "../../../cache-macros/src/settings/mod.rs"]
mod settings;
#[path = "../../../cache-macros/src/shared_input.rs"]
mod shared_input;

mod docs;
mod file;
mod header_attributes;
mod messages;
mod pages;
mod snapshots;
mod stage;
mod table;
mod templates;
mod vocabulary;
