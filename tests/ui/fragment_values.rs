//! Fragments whose values have types that they cannot have.

use std::num::ParseIntError;

use cache_runtime::fragment;

struct Session;

fn no_result(number: &str) -> String {
    fragment!(500, "name", { number.parse::<u64>()?.to_string() }).into()
}

fn option(number: &str) -> Option<String> {
    let text = fragment!(500, "name", { number.parse::<u64>().ok()?.to_string() });
    Some(text.into())
}

async fn waiting() {
    let _ = fragment!(500, "name", async { Session });
}

fn main() {
    let _ = fragment!(500, "name", vary = [1, Session], "text");
    let _ = fragment!(500, "name", { Session });
    let _ = fragment!(500, "name", { Ok::<_, ParseIntError>(Session) });
    let _ = fragment!(500, "name", force_refresh = 1, "text");
    let _ = fragment!(minutes(), "name", "text");
    for _ in 0..2 {
        let _ = fragment!(500, "name", { break });
    }
}

fn minutes() -> u64 {
    5
}
