//! The words for roles in requests and on the screen.

use crate::ids::Role;
use crate::verify::ROLES_ALL;

/// The word of a role.
#[must_use]
pub const fn role_word(role: Role) -> &'static str {
    match role {
        Role::Counsellor => "counsellor",
        Role::Interpreter => "interpreter",
        Role::Expert => "expert",
        Role::Coordinator => "coordinator",
        Role::Police => "police",
        Role::SocialServices => "social-services",
        Role::HealthCare => "health-care",
        Role::Prosecutor => "prosecutor",
        Role::School => "school",
        Role::CaseCoordinator => "case-coordinator",
    }
}

/// The role of a word; `None` for any other word.
#[must_use]
pub fn role_from_word(word: &str) -> Option<Role> {
    ROLES_ALL.iter().copied().find(|role| role_word(*role) == word)
}

#[test]
fn every_role_has_one_word_and_every_word_its_role() {
    for code in 1..=10 {
        let role = Role::from_code(code).unwrap();
        assert_eq!(role_from_word(role_word(role)), Some(role));
    }
    assert_eq!(role_from_word("Counsellor"), None);
}
