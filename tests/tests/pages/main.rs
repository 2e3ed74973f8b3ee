//! Cached pages through public doors: attributes, layers and middleware of each framework.

mod axum_attribute;
mod axum_layer;
mod stage;
