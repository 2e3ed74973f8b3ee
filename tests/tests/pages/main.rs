//! Cached pages through public doors: attributes, layers and middleware of each framework.

mod axum_admin;
mod axum_attribute;
mod axum_crowd;
mod axum_layer;
mod axum_options;
mod axum_shapes;
mod axum_store;
mod stage;
