//! The grammar of key templates, and the proof that rendered keys keep values apart.

use cache_runtime::key::KeyBuf;
use proptest::prelude::*;

use crate::parse::template::{Fault, Piece, parse, unseparated};

fn text(text: &str) -> Piece {
    Piece::Text(text.to_owned())
}

fn placeholder(text: &str) -> Piece {
    Piece::Placeholder(text.to_owned())
}

#[test]
fn a_template_is_text_and_placeholders() {
    assert_eq!(
        parse("user:{id}/{ page }!"),
        Ok(vec![text("user:"), placeholder("id"), text("/"), placeholder("page"), text("!")])
    );
}

#[test]
fn doubled_braces_are_text() {
    assert_eq!(parse("{{a}}:{b}"), Ok(vec![text("{a}:"), placeholder("b")]));
}

#[test]
fn braces_in_an_expression_are_balanced_or_quoted() {
    for expression in
        ["match a { _ => 1 }", r#"f("}", '}')"#, r#"f("\"}")"#, "f('{', '\"', '}')", "g::<'a>(x)"]
    {
        assert_eq!(parse(&format!("{{{expression}}}")), Ok(vec![placeholder(expression)]));
    }
}

#[test]
fn faults_are_told_apart() {
    for (template, fault) in [
        ("", Fault::Empty),
        ("a{b", Fault::Unclosed),
        ("a{\"}", Fault::Unclosed),
        ("a}b", Fault::Stray),
        ("a{ }", Fault::NoExpression),
    ] {
        assert_eq!(parse(template), Err(fault), "{template}");
    }
}

#[test]
fn a_separator_begins_with_what_no_value_contains() {
    for (template, is_safe) in [
        ("{a}:{b}", true),
        ("{a}/x{b}", true),
        ("{a}|{b}@{c},{d} {e}→{f}", true),
        ("{a}{b}", false),
        ("{a}-{b}", false),
        ("{a}x:{b}", false),
        ("{a}é{b}", false),
        ("{a}%{b}", false),
        ("{a}+{b}", false),
        ("{a}({b})", false),
    ] {
        assert_eq!(unseparated(&parse(template).unwrap()).is_empty(), is_safe, "{template}");
    }
}

/// Values of a type whose text is as awkward as can be.
type Awkward = (String, Option<String>, Vec<String>);

fn awkward() -> impl Strategy<Value = Awkward> {
    let text = || "[ab:/,!+%(){}\\[\\]é→ -]{0,3}";
    (text(), prop::option::of(text()), prop::collection::vec(text(), 0..3))
}

fn render(pieces: &[Piece], values: &[Awkward; 2]) -> Vec<u8> {
    let mut key = KeyBuf::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => key.text(text),
            Piece::Placeholder(name) => match name.as_str() {
                "a" => key.part(&values[0].0),
                "b" => key.part(&values[0].1),
                "c" => key.part(&values[0].2),
                _ => key.part(&values[1]),
            },
        }
    }
    key.as_bytes().to_vec()
}

proptest! {
    #[test]
    fn any_text_is_a_template_or_a_fault(template in ".{0,40}") {
        if let Ok(pieces) = parse(&template) {
            prop_assert!(!pieces.is_empty());
        }
    }

    #[test]
    fn different_values_never_give_one_key(
        separators in prop::array::uniform3("[:/|@, →][a:.é-]{0,2}"),
        order in Just(["a", "b", "c", "d"]).prop_shuffle(),
        left in prop::array::uniform2(awkward()),
        right in prop::array::uniform2(awkward()),
        from_left in any::<bool>(),
    ) {
        let [x, y, z] = &separators;
        let [a, b, c, d] = order;
        let pieces = parse(&format!("k:{{{a}}}{x}{{{b}}}{y}{{{c}}}{z}{{{d}}}")).unwrap();
        prop_assert!(unseparated(&pieces).is_empty());
        // Often alike in all but one value, so that a collision is likely where one is possible.
        let right = if from_left { [left[0].clone(), right[1].clone()] } else { right };

        prop_assert_eq!(left == right, render(&pieces, &left) == render(&pieces, &right));
    }
}
