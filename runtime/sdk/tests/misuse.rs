//! What the attributes say when they are used wrongly: each case of `tests/ui`, word for word.

#[test]
fn misuse_is_told_at_the_users_line() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
}
