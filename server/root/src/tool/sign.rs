//! `lykta-root sign`.

use lykta_root::{Plan, Wishes, Words, staff_words, tell};
use lykta_trust::{Anchors, Roster, SignedRoster};

use super::{Told, ask, files, now, say};
use crate::Sign;

/// Decides, shows, asks, and only then opens the root and signs.
pub(crate) fn run(sign: Sign) -> Told<()> {
    files::must_be_free(&sign.out)?;
    let root = files::root(&sign.root)?;
    let own = Anchors::new(root.centre(), &[*root.public()], 0)
        .map_err(|error| format!("{}: {error}", sign.root.display()))?;
    let previous = previous(&sign, &own)?;
    let requests = sign.request.iter().map(|path| files::request(path)).collect::<Told<_>>()?;
    let wishes = Wishes {
        requests,
        remove: sign.remove,
        epoch: sign.epoch,
        raise_epoch: sign.raise_epoch,
        days: sign.days,
    };
    let now = now();
    let plan = Plan::make(&own, previous.as_ref(), &wishes, now).map_err(|error| error.to_string())?;
    say(&tell::plan(&plan, now))?;
    if sign.yes {
        words_given(&plan, &sign.words)?;
    } else {
        words_asked(&plan)?;
    }

    let passphrase = ask::passphrase(&sign.passphrase)?;
    let key = root.open(&passphrase).map_err(|error| error.to_string())?;
    let signed = plan.sign(&key).map_err(|error| error.to_string())?;
    drop(key);
    files::write_new(&sign.out, signed.as_bytes())?;
    say(&format!("\nSigned: {}\n", sign.out.display()))?;
    after(&plan, sign.raise_epoch)
}

fn previous(sign: &Sign, own: &Anchors) -> Told<Option<Roster>> {
    let Some(path) = &sign.previous else { return Ok(None) };
    let told = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let mut roots = own.roots().to_vec();
    roots.extend(sign.previous_root);
    let anchors = Anchors::new(own.centre(), &roots, 0).map_err(|error| told(&error))?;
    let signed = SignedRoster::from_bytes(files::bytes(path)?);
    signed.verify(&anchors).map(Some).map_err(|error| told(&error))
}

/// Asks for every person who must be met. One no is a no to the whole.
fn words_asked(plan: &Plan) -> Told<()> {
    for person in plan.people().iter().filter(|person| person.why.needs_meeting()) {
        say(&tell::to_compare(plan, person))?;
        let name = &person.name;
        let question = format!(
            "Visar {name} samma ord på sin egen skärm, ansikte mot ansikte? Skriv ja.\n\
             Does {name} show the same words on their own screen, face to face? Type yes: "
        );
        if !ask::yes(&question)? {
            return Err(format!("{name} was not confirmed; nothing was signed"));
        }
    }
    Ok(())
}

/// Every person who must be met has their words among those given, and none was given for nobody.
fn words_given(plan: &Plan, given: &[Words]) -> Told<()> {
    let mut left = given.to_vec();
    for person in plan.people().iter().filter(|person| person.why.needs_meeting()) {
        let words = staff_words(plan.centre(), &person.terms.staff_public);
        let Some(at) = left.iter().position(|given| *given == words) else {
            let name = &person.name;
            return Err(format!("the words of {name} are not among those given; nothing was signed"));
        };
        left.swap_remove(at);
        say(&tell::to_compare(plan, person))?;
    }
    match left.first() {
        Some(words) => Err(format!("the words {words} are nobody's here; nothing was signed")),
        None => Ok(()),
    }
}

/// What is left to do by hand.
fn after(plan: &Plan, raised: bool) -> Told<()> {
    if raised {
        let epoch = plan.epoch();
        say(&format!(
            "Next: install the roster, then set min_roster_epoch = {epoch} in centre.toml and publish the pages.\n\
             From then on no page believes an older certificate.\n"
        ))?;
    } else if !plan.removed().is_empty() {
        say(
            "Whoever was removed is refused by every honest relay that has this roster. Their certificate says \
             otherwise until its end: raise the epoch as well (--raise-epoch) to end it sooner.\n",
        )?;
    }
    Ok(())
}
