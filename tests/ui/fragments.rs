//! Fragments that are incomplete, contradictory, or would not do what they say.

use cache_runtime::fragment;

fn words(number: &str) -> Result<String, std::num::ParseIntError> {
    let _ = fragment!();
    let _ = fragment!({ "text" });
    let _ = fragment!(500);
    let _ = fragment!(500, { "text" });
    let _ = fragment!(500, "name");
    let _ = fragment!(500, "", "text");
    let _ = fragment!(500, name, "text");
    let _ = fragment!(0, "name", "text");
    let _ = fragment!("0s", "name", "text");
    let _ = fragment!("5 parsecs", "name", "text");
    let _ = fragment!(|text| 5, "name", "text");
    let _ = fragment!(500, "name", vari = [1], "text");
    let _ = fragment!(500, "name", vary = [1], vary = [2], "text");
    let _ = fragment!(500, "name", vary = 1, cache = default, "text");
    let _ = fragment!(500, "name", cache = "", "text");
    let _ = fragment!(500, "name", "text", vary = [1]);
    let _ = fragment!(500, "name", "text", "text");
    let _ = fragment!(500, "name", vary, { "text" });
    let _ = fragment!(500 "name", vary = [1] cache = "default", "text");
    let _ = fragment!(0, "", vari = [1], { return Ok(String::new()) });
    Ok(number.to_owned())
}

async fn blocks(number: &str) -> Result<String, std::num::ParseIntError> {
    let _ = fragment!(500, "name", { return Ok("text".to_owned()) });
    let _ = fragment!(500, "name", { std::future::ready("text").await });
    let _ = fragment!(500, "name", async { return "text" });
    Ok(number.to_owned())
}

fn main() {}
