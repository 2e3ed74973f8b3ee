//! Cached pages through public doors: attributes, layers and middleware of each framework.

mod axum_admin;
mod axum_conditions;
mod axum_crowd;
mod axum_layer;
mod axum_stale;
mod axum_store;
mod service;
mod stage;
