//! The mistake that the tour shows is one, and the message that it quotes is the compiler's.

#[test]
fn quoted_message_is_what_the_compiler_says() {
    let cases = trybuild::TestCases::new();

    cases.compile_fail("../examples/tour/typo.rs");
}
