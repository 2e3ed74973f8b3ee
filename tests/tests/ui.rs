//! What the compiler says of a mistake: every refusal, word for word.

#[test]
fn every_mistake_is_explained() {
    let cases = trybuild::TestCases::new();

    cases.compile_fail("ui/*.rs");
}
