import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { DeskDoor } from '../shared/door/desk-door.ts'
import { decode, type View } from '../shared/door/records.ts'
import { About, Ending, Peer, Phase, Returning } from '../shared/door/words.ts'
import type { ChatDriver } from '../staff/chat.ts'
import { Desk, saidGoodbye, ticketOf } from '../staff/desk.ts'
import { idleState } from '../staff/idle.ts'
import { aboutWords, clock, contactWords, knownWords, mayTake, newcomers, overWords, seatRefusedWords, waitedWords } from '../staff/model.ts'
import { readSession } from '../staff/session.ts'
import { FakeDoor, record, said, u32, u64, utf8, view } from './fake-door.js'
import { fakeSocket } from './fake-socket.ts'

function viewOf(given: Record<string, number | string>): View {
  const [one] = decode(Uint8Array.from(view(given)))
  if (one?.kind !== 'view') throw new Error('no view')
  return one.view
}

describe('the truth about contact', () => {
  const talking = (given: Record<string, number>) => contactWords(viewOf({ phase: Phase.Talking, ...given }))

  test('nothing is claimed before the visitor has confirmed the keys', () => {
    expect(contactWords(null)).toEqual({ key: 'chat.connecting' })
    expect(contactWords(viewOf({ phase: Phase.Greeting, peer: Peer.Here }))).toEqual({ key: 'chat.connecting' })
  })

  test('each state has its word, and gone says since when', () => {
    const at = new Date(2026, 10, 22, 10, 42).getTime()
    expect(talking({ peer: Peer.Here })).toEqual({ key: 'chat.here' })
    expect(talking({ peer: Peer.Unsure })).toEqual({ key: 'chat.unsure' })
    expect(talking({ peer: Peer.Gone, peerSince: at })).toEqual({ key: 'chat.gone', values: { time: '10.42' } })
    expect(talking({ peer: Peer.Here, link: 0 })).toEqual({ key: 'chat.link' })
    expect(clock(at)).toBe('10.42')
  })

  test('"left fast" needs the visitor’s own goodbye; the relay’s word is lost contact', () => {
    expect(overWords(viewOf({ phase: Phase.Over, ending: Ending.LeftFast, peer: Peer.LeftFast }), false)).toBe('over.3')
    expect(overWords(viewOf({ phase: Phase.Over, ending: Ending.LeftFast }), false)).toBe('over.4')
    expect(overWords(viewOf({ phase: Phase.Over, ending: Ending.LostContact }), false)).toBe('over.4')
    expect(overWords(viewOf({ phase: Phase.Over }), true)).toBe('over.back')
  })
})

test('for whom the visitor writes is told while the chat lasts, and "for myself" needs no words', () => {
  const about = (given: Record<string, number>) => aboutWords(viewOf({ phase: Phase.Talking, ...given }))
  expect(about({ about: About.Other })).toBe('about.2')
  expect(about({ about: About.Work })).toBe('about.3')
  expect(about({ about: About.Self })).toBe(null)
  expect(about({})).toBe(null)
  expect(about({ about: 9 })).toBe(null)
  expect(about({ phase: Phase.Over, about: About.Other })).toBe(null)
  expect(aboutWords(null)).toBe(null)
})

test('a visitor is new unless return words say otherwise, whatever the visitor says', () => {
  const known = (returning: number, phase: number = Phase.Talking) => knownWords(viewOf({ phase, returning }))
  expect(known(Returning.None)).toBe('known.0')
  expect(known(Returning.Kept)).toBe('known.2')
  expect(known(Returning.CameBack)).toBe('known.3')
  expect(known(Returning.CameBack, Phase.Greeting)).toBe(null)
  expect(knownWords(null)).toBe(null)
})

test('a chat that was lost or broke leaves the return words; a goodbye takes them', () => {
  const over = (ending: number) => saidGoodbye(viewOf({ phase: Phase.Over, ending }))
  expect([Ending.Helped, Ending.LeftFast, Ending.EndedByCounsellor].map(over)).toEqual([true, true, true])
  expect([Ending.LostContact, Ending.Failed].map(over)).toEqual([false, false])
  expect(saidGoodbye(null)).toBe(false)
})

test('waiting is told in whole minutes', () => {
  expect(waitedWords(59)).toEqual({ key: 'line.justnow' })
  expect(waitedWords(179)).toEqual({ key: 'line.minutes', values: { n: 2 } })
})

test('nobody can be taken while resting, full, out of contact or while all are away', () => {
  const entry = { ticket: new Uint8Array(32), lane: 1, present: true, waitedSeconds: 1, languages: [] }
  const seat = { link: 2, admitted: true, ready: true, state: 1, refusal: 0 }
  expect(mayTake(seat, true, [entry])).toBe(true)
  expect(mayTake({ ...seat, ready: false }, true, [entry])).toBe(false)
  expect(mayTake({ ...seat, admitted: false }, true, [entry])).toBe(false)
  expect(mayTake(seat, false, [entry])).toBe(false)
  expect(mayTake(seat, true, [{ ...entry, present: false }])).toBe(false)
  expect(mayTake(null, true, [entry])).toBe(false)
})

test('a seat that is not let in is told why, and a busy relay is no reason to sign in again', () => {
  expect([0, 9, 13, 14, 128, 129, 130].map(seatRefusedWords)).toEqual([
    null, null, null, 'refused.admission', 'refused.clock', 'refused.trust', 'refused.trust',
  ])
})

test('the bell rings for newcomers only', () => {
  expect(newcomers(new Set(['a']), ['a', 'b'])).toEqual(['b'])
})

test('a desk without a hand is asked, then rests; a resting one is left alone', () => {
  const clocks = { askAfter: 100, askFor: 10 }
  expect([99, 100, 109, 110].map((now) => idleState(clocks, true, 0, now))).toEqual(['here', 'ask', 'ask', 'rest'])
  expect(idleState(clocks, false, 0, 1_000)).toBe('here')
})

test('a session that is not whole starts nothing', () => {
  const good = { name: 'Alva', staff_seed: '01'.repeat(32), staff_certificate: '02'.repeat(109), capacity: 3 }
  expect(readSession(good)).toMatchObject({ name: 'Alva', capacity: 3 })
  for (const bad of [null, {}, { ...good, staff_seed: '01' }, { ...good, capacity: 0 }, { ...good, name: 1 }]) {
    expect(() => readSession(bad)).toThrow(RangeError)
  }
})

test('frames of a chat are known by their kind and carry its ticket', () => {
  const frame = (kind: number) => Uint8Array.from([kind, ...Array(32).fill(0xab), 0, 0, 0, 1])
  expect([0xc5, 0xc6, 0xcb, 0xcc].map((kind) => ticketOf(frame(kind)))).toEqual([
    null, 'ab'.repeat(32), 'ab'.repeat(32), null,
  ])
  expect(ticketOf(Uint8Array.from([0xc6, 1]))).toBeNull()
})

describe('the desk', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }))
  afterEach(() => void vi.useRealTimers())

  const ticket = Array(32).fill(0xab) as number[]
  const taken = record(13, [...ticket, ...u32(4), 1, 0, ...Array(2072).fill(3)])

  function setUp(chatAnswer: (op: number) => number[] | number, pairAnswer: (op: number) => number[] | number = () => []) {
    const seatDoor = new FakeDoor((op, fields) => {
      if (op === 101) return record(1)
      if (op === 103) return record(15, [2, 1, 1, 1, 0])
      if (op === 104) return record(15, [0, 0, 1, 1, 0])
      if (op === 109) return taken
      if (op === 110) return record(11, [9, 9, 9])
      if (op === 115) return record(1)
      if (op === 105 && fields[0] === 0xd9) return record(22, ticket)
      return []
    })
    const chatDoors: FakeDoor[] = []
    const pairDoors: FakeDoor[] = []
    const makes = (answer: (op: number) => number[] | number, doors: FakeDoor[]) => () => {
      const fake = new FakeDoor(answer)
      doors.push(fake)
      return Promise.resolve(fake)
    }
    const fresh = { chat: makes(chatAnswer, chatDoors), pair: makes(pairAnswer, pairDoors) }
    const drivers: (() => ChatDriver | undefined)[] = []
    const { socket, made } = fakeSocket()
    const heard: string[] = []
    const desk = new Desk(new DeskDoor(seatDoor, Date.now, (seed) => void seed.fill(1)), fresh, socket, {
      seat: (one) => heard.push(`seat ${one.admitted}`),
      line: () => heard.push('line'),
      notTaken: (refusal) => heard.push(`not taken ${refusal}`),
      chat: (_, driver) => {
        drivers.push(driver)
        return {
          view: (one) => heard.push(`view ${one.phase}`),
          said: (one) => heard.push(`said ${one.text}`),
          delivered: () => undefined,
          emptied: () => heard.push('emptied'),
          over: (_one, putBack) => heard.push(`over ${putBack}`),
          wiped: () => heard.push('wiped'),
        }
      },
      colleagues: () => 0,
      asked: () => heard.push('asked'),
      askedNoMore: () => heard.push('asked no more'),
      summary: () => 0,
      heard: () => 0,
      told: () => 0,
      opened: () => 0,
      failed: () => heard.push('failed'),
    })
    const seed = new Uint8Array(32).fill(5)
    desk.signIn({
      staffSeed: seed,
      certificate: new Uint8Array(109),
      trust: { centreId: new Uint8Array(16), roots: [new Uint8Array(32)], minRosterEpoch: 1, buildDate: 1 },
      origin: 'https://relay.example',
      capacity: 1,
      alias: 'Sara',
      silence: [300, 600, 900],
    })
    made[0]?.opens()
    const ops = (fake: FakeDoor | undefined) => fake?.commands.map((one) => one.op)
    return { desk, seed, seatDoor, chatDoors, pairDoors, made, heard, ops, chat: () => drivers[0]?.() }
  }

  async function withChat(chatAnswer: (op: number) => number[] | number, pairAnswer?: (op: number) => number[] | number) {
    const t = setUp(chatAnswer, pairAnswer)
    t.desk.take()
    await vi.advanceTimersByTimeAsync(0)
    return t
  }

  test('the staff seed is overwritten once the machine has it', () => {
    const t = setUp(() => [])
    expect(t.seatDoor.commands[0]?.fields.slice(0, 32)).toEqual(new Uint8Array(32).fill(5))
    expect(t.seed.every((byte) => byte === 0)).toBe(true)
  })

  test('a taken ticket gets an instance of its own, begun with the seat’s bundle', async () => {
    const t = await withChat(() => [])
    expect(t.ops(t.seatDoor)).toEqual([101, 103, 109, 110, 111, 110])
    expect([...(t.chatDoors[0]?.commands[0]?.fields.slice(0, 5) ?? [])]).toEqual([0, 3, 9, 9, 9])
    expect(t.desk.hasRoom).toBe(false)
  })

  test('frames go to the chat they name and all others to the seat', async () => {
    const t = await withChat((op) => (op === 205 ? said(1, 0, 'hej') : []))
    t.made[0]?.hears([0xc6, ...ticket, 0, 0, 0, 4, 0, 1])
    t.made[0]?.hears([0xc6, ...Array(32).fill(1), 0, 0, 0, 4, 0, 1])
    t.made[0]?.hears([0xc3, 1, 0, 0, 0, 0, 0])
    expect(t.heard).toContain('said hej')
    expect(t.ops(t.chatDoors[0])).toEqual([201, 213, 205])
    expect(t.ops(t.seatDoor)?.slice(-2)).toEqual([105, 105])
  })

  const order = record(30, [1, ...ticket, 0, 0, 0, 4, 7, 7])
  const report = record(31, [2, ...ticket, 0, 0, 0, 4, 8, 8])
  const frame = [0xc6, ...ticket, 0, 0, 0, 4, 0, 1]
  /** Talks; the first frame brings the order that says who is in the room. */
  const inRoom = () => {
    let ordered = false
    return (op: number) => {
      if (op !== 205 || ordered) return view({ ofSeat: 1, phase: Phase.Talking })
      ordered = true
      return [...order, ...view({ ofSeat: 1, phase: Phase.Talking, peer: Peer.Here })]
    }
  }

  test('frames about the other seats go to the staff channel, which has a memory of its own', async () => {
    const t = await withChat(() => [])
    expect(t.ops(t.pairDoors[0])).toEqual([141, 143])
    expect([...(t.pairDoors[0]?.commands[0]?.fields ?? [])].slice(0, 9)).toEqual([0, 3, 9, 9, 9, 0, 0, 0, 1])
    t.made[0]?.hears([0xce, 0])
    expect(t.ops(t.pairDoors[0])?.at(-1)).toBe(145)
    expect(t.ops(t.seatDoor)).not.toContain(105)
    t.made[0]?.drops(1006)
    expect(t.ops(t.pairDoors[0])?.at(-1)).toBe(144)
  })

  test('the first order of a chat gets its other seats a memory of their own, and orders and reports go between the two', async () => {
    const t = await withChat(inRoom(), (op) => (op === 250 ? [...record(3, [0x43]), ...report, ...record(4, u64(0))] : []))
    t.made[0]?.hears(frame)
    await vi.advanceTimersByTimeAsync(0)
    const [, pairs] = t.pairDoors
    // Begun with the seat's bundle for this chat; then what waited for it.
    expect(t.ops(pairs)).toEqual([241, 250, 245])
    expect([...(pairs?.commands[0]?.fields ?? [])]).toEqual([0, 3, 9, 9, 9, ...ticket, 0, 0, 0, 4, ...utf8('Sara')])
    expect([...(pairs?.commands[1]?.fields ?? [])]).toEqual(order.slice(5))
    const told = t.chatDoors[0]?.commands.at(-1)
    expect([told?.op, ...(told?.fields ?? [])]).toEqual([235, ...report.slice(5)])
    expect(t.made[0]?.sent).toContainEqual([0x43])
    t.made[0]?.drops(1006)
    expect(t.ops(pairs)?.at(-1)).toBe(244)
  })

  test('what a step orders is carried out when the step is over, so that the newest view is the last', async () => {
    const talks = inRoom()
    const t = await withChat((op) => (op === 235 ? view({ ofSeat: 1, phase: Phase.Talking, peer: Peer.Gone }) : talks(op)), (op) => (op === 250 ? report : []))
    t.made[0]?.hears(frame)
    await vi.advanceTimersByTimeAsync(0)
    t.chat()?.tick()
    expect(t.ops(t.chatDoors[0])).toEqual([201, 213, 205, 235, 206])
  })

  test('the memory of the other seats is wiped with the chat, and its failure is the chat’s', async () => {
    const wiped = (fake: FakeDoor | undefined) => new Uint8Array(fake?.memory.buffer ?? new ArrayBuffer(1)).every((byte) => byte === 0)
    const t = await withChat(inRoom())
    t.made[0]?.hears(frame)
    await vi.advanceTimersByTimeAsync(0)
    new Uint8Array(t.pairDoors[1]?.memory.buffer ?? new ArrayBuffer(0)).fill(7)
    t.chat()?.wipe()
    expect(wiped(t.pairDoors[1])).toBe(true)
    expect(wiped(t.chatDoors[0])).toBe(true)

    const broken = await withChat(inRoom(), (op) => (op === 250 ? 0xffff_ffff : []))
    broken.made[0]?.hears(frame)
    await vi.advanceTimersByTimeAsync(0)
    expect(broken.heard).toContain('wiped')
    expect(broken.heard).not.toContain('failed')
    expect(broken.made.flatMap(({ sent }) => sent)).toContainEqual([0x47, ...ticket, 0, 0, 0, 4])
  })

  test('return words go from the chat to the seat, and the seat’s word that they are kept back to the chat', async () => {
    const words = [...Array(48).fill(7), 1]
    const t = await withChat((op) => {
      if (op === 205) return [...record(20, words), ...view({ ofSeat: 1, phase: Phase.Talking, returning: Returning.Kept })]
      if (op === 210) return view({ ofSeat: 1, phase: Phase.Over, ending: Ending.Helped })
      return view({ ofSeat: 1, phase: Phase.Talking })
    })
    t.made[0]?.hears([0xc6, ...ticket, 0, 0, 0, 4, 0, 1])
    const keep = t.seatDoor.commands.at(-1)
    expect([keep?.op, ...(keep?.fields ?? [])]).toEqual([121, ...ticket, ...words])
    t.made[0]?.hears([0xd9, 1])
    expect(t.ops(t.chatDoors[0])?.at(-1)).toBe(221)
    t.chat()?.end()
    const forget = t.seatDoor.commands.at(-1)
    expect([forget?.op, ...(forget?.fields ?? [])]).toEqual([122, ...ticket, 1])
  })

  test('words taken back, and a visitor who came back with some, are told to the seat', async () => {
    const t = await withChat((op) =>
      op === 205 ? record(21) : view({ ofSeat: 1, phase: Phase.Talking, returning: Returning.CameBack }),
    )
    expect(t.ops(t.seatDoor)?.at(-1)).toBe(123)
    t.made[0]?.hears([0xc6, ...ticket, 0, 0, 0, 4, 0, 1])
    const forget = t.seatDoor.commands.at(-1)
    expect([forget?.op, ...(forget?.fields ?? [])]).toEqual([122, ...ticket, 0])
  })

  /** Into a chat that the colleague had with the visitor before, by its claim number. */
  const asksIn = record(26, [...Array(16).fill(7), 1, 2, ...ticket, ...u32(3), 2, ...Array(64).fill(9)])
  const asked = () => (op: number) => (op === 145 ? asksIn : [])
  const ticketName = 'ab'.repeat(32)
  const isAsked = async (t: ReturnType<typeof setUp>) => {
    await vi.advanceTimersByTimeAsync(0)
    t.made[0]?.hears([0xce, 0])
  }

  test('a yes to an old invitation does not touch the chat that this seat has taken since', async () => {
    const t = setUp(() => view({ ofSeat: 1, phase: Phase.Talking }), asked())
    await isAsked(t)
    expect(t.heard.at(-1)).toBe('asked')
    t.desk.take()
    await vi.advanceTimersByTimeAsync(0)
    expect(t.heard).toContain('asked no more')
    const chat = t.chat()
    await t.desk.post.answer(ticketName, true)
    expect(t.chatDoors.length).toBe(1)
    expect(chat?.over).toBe(false)
    expect(t.heard).not.toContain('wiped')
  })

  test('nor does a yes that was said in the moment in which the visitor was taken', async () => {
    const t = setUp(() => view({ ofSeat: 1, phase: Phase.Talking }), asked())
    await isAsked(t)
    t.desk.take()
    const yes = t.desk.post.answer(ticketName, true)
    await vi.advanceTimersByTimeAsync(0)
    await yes
    expect(t.chat()?.member).toBe(1)
    expect(t.chat()?.over).toBe(false)
    expect(t.heard).not.toContain('wiped')
    // The colleague is told no.
    const replies = t.pairDoors[0]?.commands.filter(({ op }) => op === 156).map(({ fields }) => fields[16])
    expect(replies).toEqual([3])
  })

  test('a visitor who is taken while a colleague’s chat with them was being entered is in one chat, which is the taken one', async () => {
    const t = setUp(() => view({ ofSeat: 1, phase: Phase.Talking }), asked())
    await isAsked(t)
    const yes = t.desk.post.answer(ticketName, true)
    t.desk.take()
    await vi.advanceTimersByTimeAsync(0)
    await yes
    expect(t.heard.filter((words) => words === 'wiped').length).toBe(1)
    const [older, newer] = t.chatDoors
    expect(new Uint8Array(older?.memory.buffer ?? new ArrayBuffer(1)).every((byte) => byte === 0)).toBe(true)
    t.made[0]?.hears([0xc6, ...ticket, 0, 0, 0, 4, 0, 1])
    expect(t.ops(newer)?.at(-1)).toBe(205)
  })

  test('losing the relay is told to each chat once', async () => {
    const t = await withChat(() => [])
    t.made[0]?.drops(1006)
    expect(t.ops(t.chatDoors[0])).toEqual([201, 213, 204])
  })

  test('an ended chat is emptied at once and wiped when the relay has heard of it', async () => {
    const t = await withChat((op) => {
      if (op === 210) return [...view({ ofSeat: 1, phase: Phase.Over, ending: Ending.Helped }), ...record(4, u64(1_002_000))]
      if (op === 206) return [...record(3, [0x48]), ...record(4, u64(0))]
      return view({ ofSeat: 1, phase: Phase.Talking })
    })
    const fake = t.chatDoors[0]
    t.chat()?.end()
    expect(t.heard.slice(-2)).toEqual(['emptied', 'over false'])
    expect(t.desk.hasRoom).toBe(true)
    new Uint8Array(fake?.memory.buffer ?? new ArrayBuffer(0)).fill(7, 0, 100)
    vi.advanceTimersByTime(2_000)
    expect(t.heard.at(-1)).toBe('wiped')
    expect(t.made[0]?.sent.at(-1)).toEqual([0x48])
    expect(new Uint8Array(fake?.memory.buffer ?? new ArrayBuffer(1)).every((byte) => byte === 0)).toBe(true)
  })

  test('an ended chat whose relay never comes back is wiped all the same', async () => {
    const t = await withChat((op) =>
      op === 210 ? view({ ofSeat: 1, phase: Phase.Over, ending: Ending.Helped }) : op === 201 ? view({ ofSeat: 1, phase: Phase.Talking }) : [],
    )
    t.made[0]?.drops(1006)
    t.chat()?.end()
    expect(t.heard).not.toContain('wiped')
    vi.advanceTimersByTime(60_000)
    expect(t.heard.at(-1)).toBe('wiped')
  })

  test('one chat’s failure ends that chat and not the desk', async () => {
    const t = await withChat((op) => (op === 205 ? 0xffff_ffff : view({ ofSeat: 1, phase: Phase.Talking })))
    t.made[0]?.hears([0xc6, ...ticket, 0, 0, 0, 4, 0, 1])
    expect(t.heard).toContain('over false')
    expect(t.heard).toContain('wiped')
    expect(t.heard).not.toContain('failed')
    t.desk.alive()
    expect(t.ops(t.seatDoor)?.at(-1)).toBe(108)
  })

  test('the visitor of a chat that broke is put back in the line, again on every admission', async () => {
    const t = await withChat((op) => (op === 205 ? 0xffff_ffff : view({ ofSeat: 1, phase: Phase.Talking })))
    const putBack = [0x47, ...ticket, 0, 0, 0, 4]
    const told = () => t.made.flatMap(({ sent }) => sent).filter((frame) => frame[0] === 0x47)
    expect(told()).toEqual([])
    t.made[0]?.hears([0xc6, ...ticket, 0, 0, 0, 4, 0, 1])
    expect(told()).toEqual([putBack])
    t.made[0]?.drops(1006)
    t.desk.wake()
    expect(told()).toEqual([putBack])
    t.made[1]?.opens()
    expect(told()).toEqual([putBack, putBack])
  })

  test('signing out wipes every chat and the seat, and closes the socket', async () => {
    const t = await withChat(() => view({ ofSeat: 1, phase: Phase.Talking }))
    t.desk.signOut()
    expect(t.heard.slice(-2)).toEqual(['emptied', 'wiped'])
    for (const fake of [t.seatDoor, ...t.chatDoors, ...t.pairDoors]) {
      expect(new Uint8Array(fake.memory.buffer).every((byte) => byte === 0)).toBe(true)
    }
    expect(t.made[0]?.closed).toBe(true)
  })
})
