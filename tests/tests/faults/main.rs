//! Stores that fail, as callers of a cache meet them: left alone, tried again, and told what they have missed.

mod chains;
mod circuit;
mod fallback;
mod old_release;
mod pending;
mod refreshing;
mod releases;
mod servers;
mod stage;
mod words;
