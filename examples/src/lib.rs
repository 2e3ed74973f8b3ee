//! What the tour stands on: real cities in `SQLite`, and output that a person can read.

mod db;
mod sphere;

mod progress;
mod table;
mod text;

pub use db::{City, Db};
pub use progress::Progress;
pub use sphere::{Direction, Point};
pub use table::{Align, Table};
pub use text::{Paint, WIDTH, count, distance, duration, shortened, speed_up, wrapped};
