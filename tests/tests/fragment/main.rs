//! Fragments of pages: the macro, the bridges to template languages, keys and invalidation.

mod keys;
mod stage;

mod blocks;
mod failures;
mod flights;
mod invalidation;
mod waiting;

mod askama;
mod minijinja;
mod tera;
