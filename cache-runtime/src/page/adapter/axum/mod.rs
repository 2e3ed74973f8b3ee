//! What axum makes of the values that attributes let handlers return.

mod conditioned;
mod dressed;
