//! Cached pages through public doors: attributes, layers and middleware of each framework.

mod actix_attribute;
mod actix_bodies;
mod actix_clones;
mod actix_handler;
mod actix_headers;
mod actix_middleware;
mod actix_queries;
mod actix_stage;
mod answers;
mod axum_admin;
mod axum_attribute;
mod axum_cost;
mod axum_crowd;
mod axum_downstream;
mod axum_layer;

mod axum_log;
mod axum_nested;
mod axum_options;
mod axum_shapes;
mod axum_shared;
mod axum_varied;
mod golden;
mod key_hosts;
mod key_queries;
mod key_spaces;
mod key_variants;
mod key_visitors;
mod nested_layers;
mod renamed;
mod rows;
mod service;
mod stage;
mod storing;
mod ways;
