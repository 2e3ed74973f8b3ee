//! What `#[derive(SharedInput)]` cannot say.

use axum::extract::State;
use cache_runtime::SharedInput;

#[derive(SharedInput)]
union Neither {
    a: u8,
}

#[derive(SharedInput)]
#[shared_input(ignore)]
struct Unknown {
    #[shared_input(crate = a)]
    state: State<u8>,
}

fn main() {}
