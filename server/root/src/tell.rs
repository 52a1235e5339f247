//! What is shown to the two people at the machine.

use jiff::Timestamp;
use lykta_trust::{CentreId, Roster, hex, role_word, root_words, staff_words};

use crate::plan::{Person, Plan, Why};

/// A moment in Unix seconds, in UTC.
#[must_use]
pub fn moment(seconds: u64) -> String {
    let known = i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    known.map_or_else(
        || "a moment too far away".to_owned(),
        |moment| moment.strftime("%Y-%m-%d %H:%M UTC").to_string(),
    )
}

/// The `[trust]` block of `centre.toml` and the root's words.
#[must_use]
pub fn root(centre: CentreId, public: &[u8; 32], min_roster_epoch: u16) -> String {
    format!(
        "[trust]\ncentre_id = \"{}\"\nroots = [\"{}\"]\nmin_roster_epoch = {min_roster_epoch}\n\
         # Where centre.toml has a higher number already, that one stays; a next root is named beside the current.\n\n\
         Words of this root (write them on paper and compare them with every copy):\n  {}\n",
        hex::write(&centre.0),
        hex::write(public),
        root_words(centre, public),
    )
}

/// The plan before it is signed.
#[must_use]
pub fn plan(plan: &Plan, now: u64) -> String {
    let mut text = format!(
        "By this machine's clock it is {}.\nRoster version {}, epoch {}.\n",
        moment(now),
        plan.version(),
        plan.epoch()
    );
    for entry in plan.removed() {
        let until = moment(u64::from(entry.staff.terms().not_after));
        text.push_str(&format!("  removed       {}, whose certificate says until {until}\n", entry.name));
    }
    for person in plan.people() {
        text.push_str(&format!(
            "  {} {}, {}, until {}\n",
            why(person.why),
            person.name,
            role_word(person.terms.role),
            moment(u64::from(person.terms.not_after))
        ));
    }
    text
}

/// One person whose words must be compared.
#[must_use]
pub fn to_compare(plan: &Plan, person: &Person) -> String {
    let mut text = format!(
        "\n{}\n  role     {}\n  passkey  {}\n",
        person.name,
        role_word(person.terms.role),
        if person.passkey.is_some() { "yes" } else { "none yet" }
    );
    if let Some(before) = &person.before {
        let role = role_word(before.role());
        text.push_str(&format!("  before   {}, {role}\n", before.name));
    }
    let because = match person.why {
        Why::Changed => "their own key asks, but for more than new dates",
        Why::RenewedLate => "their own key asks, but its certificate has ended",
        _ => "not in the previous roster",
    };
    let words = staff_words(plan.centre(), &person.terms.staff_public);
    text.push_str(&format!("  because  {because}\n  words    {words}\n"));
    text
}

/// A verified roster.
#[must_use]
pub fn roster(roster: &Roster, centre: CentreId, now: u64) -> String {
    let people = roster.entries().len();
    let mut text =
        format!("Roster version {}, epoch {}, people: {people}\n", roster.version(), roster.epoch());
    for entry in roster.entries() {
        let terms = entry.staff.terms();
        let ended = if u64::from(terms.not_after) < now { " (ended)" } else { "" };
        text.push_str(&format!(
            "\n{}\n  role     {}\n  from     {}\n  until    {}{ended}\n  epoch    {}\n  passkey  {}\n  words    {}\n",
            entry.name,
            role_word(terms.role),
            moment(u64::from(terms.not_before)),
            moment(u64::from(terms.not_after)),
            terms.roster_epoch,
            if entry.passkey.is_some() { "yes" } else { "none yet" },
            staff_words(centre, &terms.staff_public),
        ));
    }
    text
}

const fn why(why: Why) -> &'static str {
    match why {
        Why::Stays => "stays        ",
        Why::SignedAgain => "signed again ",
        Why::Renewed => "renewed      ",
        Why::RenewedLate => "renewed late ",
        Why::Changed => "changed      ",
        Why::New => "new          ",
    }
}
