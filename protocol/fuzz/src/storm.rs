//! A visitor, a counsellor and a relay as in the stories of the machines, in virtual time; the bytes are the
//! weather. Afterwards the network heals, and everything that was said has been read once and in order.

use lykta_client::{ChatInput, Phase, VisitInput};

use crate::input::Input;
use crate::reach::saw;
use crate::world::{Faults, World};

/// So much time at most passes in the storm, ms: a chat that nobody could write in for long ends by itself.
const LONGEST_MS: u64 = 150_000;

/// The first byte is the seed of everything else that happens by chance; the second says whether sockets keep
/// what TCP promises, and the relay passes on nothing twice, or whether anything may get lost on the way.
pub fn target(data: &[u8]) {
    let mut input = Input::new(data);
    let mut world = World::talking(u64::from(input.byte()));
    world.relay.strict = input.flag();
    let start = world.now;
    let mut said = [0usize; 2];
    while let Some(choice) = input.next() {
        if world.now - start > LONGEST_MS {
            break;
        }
        act(&mut world, choice, &mut input, &mut said);
        let (visit, chat) = (world.view(0), world.chat_view(0));
        saw(
            "storm",
            (choice % 15, world.relay.strict, visit.link as u8, chat.peer as u8, visit.unsent.min(8) / 4),
        );
        assert_eq!((visit.phase, chat.phase), (Phase::Talking, Phase::Talking), "weather ends no chat");
    }
    heal(&mut world, said);
}

fn act(world: &mut World, choice: u8, input: &mut Input<'_>, said: &mut [usize; 2]) {
    match choice % 15 {
        // A relay that passes on nothing twice relies on its sockets.
        6 | 12 if world.relay.strict => {}
        0 | 1 => {
            world.visit(0, VisitInput::Say(&format!("v{}", said[0])));
            said[0] += 1;
        }
        2 | 3 => {
            world.chat(0, ChatInput::Say(&format!("c{}", said[1])));
            said[1] += 1;
        }
        4 | 5 => world.run(u64::from(input.byte()) * 20),
        6 => {
            let percent = |byte: u8| u64::from(byte) % 41;
            world.faults = Faults {
                lose: percent(input.byte()),
                repeat: percent(input.byte()),
                disorder: percent(input.byte()),
                lie: u64::from(input.byte()) % 5,
            };
        }
        7 => world.cut(true, 0, 1006),
        8 => world.cut(false, 0, 1006),
        9 => world.freeze(true, 0),
        10 => world.relay.forget_everything(),
        11 => world.relay.forget_quietly(),
        12 => {
            // One kind of envelope, beat or confirmation is lost until the next choice like this.
            const MORTAL: [u8; 9] = [0, 0x03, 0x44, 0x84, 0xC6, 0x05, 0x46, 0x85, 0xC7];
            world.swallow = vec![MORTAL[input.below(9)]];
        }
        13 => world.visit(0, VisitInput::Typing(input.flag())),
        _ => world.visit(0, VisitInput::Visible(input.flag())),
    }
}

fn heal(world: &mut World, said: [usize; 2]) {
    world.faults = Faults::default();
    world.swallow.clear();
    world.visit(0, VisitInput::Visible(true));
    let drained = |world: &World| world.view(0).unsent == 0 && world.chat_view(0).unsent == 0;
    for _ in 0..300 {
        if drained(world) {
            break;
        }
        world.run(1_000);
    }
    assert!(
        drained(world),
        "after the storm both outboxes are empty: {:?} {:?}",
        world.view(0),
        world.chat_view(0)
    );
    let wanted = |letter: &str, count| (0..count).map(|n| format!("{letter}{n}")).collect::<Vec<_>>();
    let heard = |log: &[(u8, String)], from: u8| {
        log.iter().filter(|(by, _)| *by == from).map(|(_, text)| text.clone()).collect::<Vec<_>>()
    };
    assert_eq!(heard(&world.chat_log(0), 0), wanted("v", said[0]));
    assert_eq!(heard(&world.visitors[0].log, 1), wanted("c", said[1]));
}
