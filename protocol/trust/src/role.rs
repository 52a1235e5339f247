//! The words for roles in requests and on the screen.

use crate::ids::Role;

const WORDS: [(Role, &str); 4] = [
    (Role::Counsellor, "counsellor"),
    (Role::Interpreter, "interpreter"),
    (Role::Expert, "expert"),
    (Role::Coordinator, "coordinator"),
];

/// The word of a role.
#[must_use]
pub const fn role_word(role: Role) -> &'static str {
    match role {
        Role::Counsellor => "counsellor",
        Role::Interpreter => "interpreter",
        Role::Expert => "expert",
        Role::Coordinator => "coordinator",
    }
}

/// The role of a word; `None` for any other word.
#[must_use]
pub fn role_from_word(word: &str) -> Option<Role> {
    WORDS.iter().find(|(_, known)| *known == word).map(|(role, _)| *role)
}

#[test]
fn every_role_has_one_word_and_every_word_its_role() {
    for code in 1..=4 {
        let role = Role::from_code(code).unwrap();
        assert_eq!(role_from_word(role_word(role)), Some(role));
    }
    assert_eq!(role_from_word("Counsellor"), None);
}
