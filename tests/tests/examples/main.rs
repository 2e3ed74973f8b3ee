//! Every example is run, and what it prints is looked at.

mod run;

mod small;
mod tour;
mod typo;
