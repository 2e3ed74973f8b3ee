//! Text of any kind is a template or a fault: no panic, and what was taken apart can be put together again.

#![no_main]

use libfuzzer_sys::fuzz_target;

// The grammar of the macros knows text only, so that it can be driven alone.
#[path = "../../cache-macros/src/parse/template.rs"]
mod template;

use template::{Piece, parse, unseparated};

fuzz_target!(|text: &str| {
    let pieces = match parse(text) {
        Ok(pieces) => pieces,
        Err(fault) => return assert!(!fault.to_string().is_empty(), "a fault says something"),
    };
    let placeholders = pieces.iter().filter(|piece| matches!(piece, Piece::Placeholder(_))).count();
    let found = unseparated(&pieces);
    assert!(found.len() < placeholders.max(1), "at most one complaint between two placeholders");
    assert!(found.iter().all(|pair| text.contains(pair.before) && text.contains(pair.after)));
    assert_eq!(parse(&written(&pieces)).as_ref(), Ok(&pieces), "what was taken apart is put together");
});

fn written(pieces: &[Piece]) -> String {
    pieces.iter().fold(String::new(), |text, piece| match piece {
        Piece::Text(literal) => text + &literal.replace('{', "{{").replace('}', "}}"),
        // Spaces, for an expression may begin with a brace, and two braces are one of the text.
        Piece::Placeholder(expression) => text + "{ " + expression + " }",
    })
}
