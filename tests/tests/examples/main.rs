//! Every example is run, and what it prints is looked at.

mod run;

mod browser;
mod site;

mod small;
mod tour;
mod typo;
