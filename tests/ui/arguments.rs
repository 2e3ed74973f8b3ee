//! Arguments that the key does not tell apart.

use cache_runtime::cached;

struct Db;

#[cached(key = "user:{id}")]
fn in_neither(db: &Db, id: u64) -> String {
    id.to_string()
}

#[cached(key = "point:{x}")]
fn part_of_a_pattern((x, y): (u8, u8)) -> u8 {
    x + y
}

impl Db {
    #[cached(key = "user:{id}")]
    fn self_in_neither(&self, id: u64) -> String {
        id.to_string()
    }
}

#[cached(key = "user:{id}", ignore(idd, db, id, db))]
fn ignored_wrongly(db: &Db, id: u64) -> String {
    id.to_string()
}

#[cached(key = "sorted:{a}", ignore(b))]
fn attribute(#[cfg(unix)] a: u8, b: u8) -> u8 {
    a
}

#[cached(key = "written:{total}")]
fn written(total: &mut u64) -> u64 {
    *total += 1;
    *total
}

fn main() {}
