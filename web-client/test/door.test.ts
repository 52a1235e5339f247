import { describe, expect, test } from 'vitest'
import { closesIn, silenceClocks } from '../shared/clocks.ts'
import { Reader, Writer, hex, unhex } from '../shared/door/bytes.ts'
import { chat, seat, visit } from '../shared/door/commands.ts'
import { Door, DoorFailed } from '../shared/door/door.ts'
import { deskRecord } from '../shared/door/desk-door.ts'
import { decode } from '../shared/door/records.ts'
import { FakeDoor, record, said, u16, u32, u64, utf8, view } from './fake-door.js'

const bytes = (list: number[]) => Uint8Array.from(list)

/** The fields of a command, as the machine would read them. */
function fields(command: { write?: (to: Writer) => void }): number[] {
  const box = new Uint8Array(65_536)
  const writer = new Writer(box)
  command.write?.(writer)
  return [...box.subarray(0, writer.length)]
}

const trust = {
  centreId: new Uint8Array(16).fill(1),
  roots: [new Uint8Array(32).fill(2), new Uint8Array(32).fill(3)],
  minRosterEpoch: 0x0405,
  buildDate: 0x06070809,
}

const desk = (all: Uint8Array) => decode(all, deskRecord)

describe('commands', () => {
  test('START carries the trust block and whether typing may be told', () => {
    expect(fields(visit.start(trust, true))).toEqual([
      ...Array(16).fill(1), 4, 5, 6, 7, 8, 9, 2, ...Array(32).fill(2), ...Array(32).fill(3), 1,
    ])
  })

  test('SILENCE carries three clocks in seconds, as the page was served with them', () => {
    expect(fields(visit.silence([300, 600, 900]))).toEqual([1, 44, 2, 88, 3, 132])
    expect(silenceClocks('{"silence_ask":60,"silence_warn":120,"silence_close":240}')).toEqual([60, 120, 240])
    expect(silenceClocks(undefined)).toEqual([300, 600, 900])
    expect(closesIn([60, 120, 210])).toBe(2)
  })

  test('JOIN pads each language to eight bytes', () => {
    expect(fields(visit.join(1, 2, ['en', 'sv']))).toEqual([
      1, 2, 2, ...utf8('en'), 0, 0, 0, 0, 0, 0, ...utf8('sv'), 0, 0, 0, 0, 0, 0,
    ])
  })

  test('TAKE without a ticket is all zeros', () => {
    expect(fields(seat.take())).toEqual(Array(32).fill(0))
    expect(fields(seat.take(new Uint8Array(32).fill(9)))).toEqual(Array(32).fill(9))
  })

  test('SIGNIN ends with the origin and its length, and the capacity', () => {
    const written = fields(
      seat.signIn({
        staffSeed: new Uint8Array(32).fill(7),
        certificate: new Uint8Array(109).fill(8),
        trust,
        origin: 'https://å.example',
        capacity: 3,
      }),
    )
    const origin = utf8('https://å.example')
    expect(written.slice(0, 32)).toEqual(Array(32).fill(7))
    expect(written.slice(32, 141)).toEqual(Array(109).fill(8))
    expect(written.slice(-(origin.length + 3))).toEqual([...u16(origin.length), ...origin, 3])
  })

  test('BEGIN carries bundle, chat, alias and hello in that order', () => {
    const ref = { ticket: new Uint8Array(32).fill(5), claim: 6 }
    expect(fields(chat.begin(bytes([1, 2]), ref, 'Sara', new Uint8Array(2072).fill(4), bytes([])))).toEqual([
      0, 2, 1, 2, ...Array(32).fill(5), ...u32(6), 4, ...utf8('Sara'), ...Array(2072).fill(4),
    ])
  })

  test('return words are behind the fields of JOIN, in front of whether they stay, and behind a ticket', () => {
    const words = new Uint8Array(48).fill(7)
    const ticket = new Uint8Array(32).fill(5)
    expect(fields(visit.comeBack(1, 2, [], words))).toEqual([1, 2, 0, ...words])
    expect(fields(visit.keepReturn(words, true))).toEqual([...words, 1])
    expect(fields(seat.keepReturn(ticket, bytes([...words, 1])))).toEqual([...ticket, ...words, 1])
    expect(fields(seat.forgetReturn(ticket, true))).toEqual([...ticket, 1])
    expect(fields(seat.cameBack(ticket))).toEqual([...ticket])
  })

  test('HOLD names every chat with its claim', () => {
    const one = { ticket: new Uint8Array(32).fill(1), claim: 2 }
    expect(fields(seat.hold([one]))).toEqual([1, ...Array(32).fill(1), 0, 0, 0, 2])
    expect(fields(seat.hold([]))).toEqual([0])
  })
})

describe('records', () => {
  test('a view is read field by field', () => {
    const given = {
      phase: 5, link: 1, place: 70_000, openState: 2, closingSoon: 1, peer: 3, peerSince: 1_795_000_000_123,
      peerTyping: 1, peerCovered: 1, silence: 2, held: 1, unsent: 300, ending: 4, refusal: 128, about: 2, alias: 'Åsa', role: 1,
      returning: 3, wait: 6, compare: 2, numbers: [1000, 4711, 9191],
    }
    const room = [2, 1, 1, 3, ...utf8('Åk'), 1, 2, 2, 3, 2, ...utf8('Bo')]
    const read = {
      ...given, closingSoon: true, peerTyping: true, peerCovered: true, held: true,
      offer: { kind: 2, called: true, role: 1, name: 'Åk' },
      room: [{ member: 2, role: 2, here: true, typing: true, name: 'Bo' }],
    }
    expect(decode(bytes(view({ ...given, room })))).toEqual([{ kind: 'view', view: read }])
  })

  test('a message keeps its letters, whatever they are', () => {
    expect(decode(bytes(said(7, 1, 'نعم, ja 🌱', 99)))).toEqual([
      { kind: 'said', message: { id: 7, from: 1, at: 99, text: 'نعم, ja 🌱' } },
    ])
  })

  test('the line lists who waits', () => {
    const entry = [...Array(32).fill(4), 2, 0, ...u32(61), 2, ...utf8('ckb'), 0, 0, 0, 0, 0, ...utf8('sv'), 0, 0, 0, 0, 0, 0]
    expect(desk(bytes(record(12, [1, ...u32(9), 1, ...entry])))).toEqual([
      {
        kind: 'line',
        state: 1,
        total: 9,
        entries: [
          { ticket: new Uint8Array(32).fill(4), lane: 2, present: false, waitedSeconds: 61, languages: ['ckb', 'sv'] },
        ],
      },
    ])
  })

  test('a taken ticket brings its greeting', () => {
    const payload = [...Array(32).fill(1), ...u32(2), 1, 0, ...Array(2072).fill(3)]
    expect(desk(bytes(record(13, payload)))).toEqual([
      {
        kind: 'taken',
        taken: { ticket: new Uint8Array(32).fill(1), claim: 2, lane: 1, languages: [], hello: new Uint8Array(2072).fill(3), key: new Uint8Array() },
      },
    ])
  })

  test('a visitor who came back brings what to answer under, and a chat its visitor’s return words', () => {
    const payload = [...Array(32).fill(1), ...u32(2), 1, 0, ...Array(2072).fill(3), ...Array(32).fill(9)]
    const [taken] = desk(bytes(record(13, payload)))
    expect(taken?.kind === 'taken' && taken.taken.key).toEqual(new Uint8Array(32).fill(9))
    expect(desk(bytes([...record(20, [1, 2, 3]), ...record(21), ...record(22, Array(32).fill(7))]))).toEqual([
      { kind: 'keep', words: bytes([1, 2, 3]) },
      { kind: 'forget' },
      { kind: 'kept', ticket: new Uint8Array(32).fill(7) },
    ])
  })

  test('several records come in order and unknown kinds are skipped', () => {
    const all = [...record(1), ...record(200, [1, 2, 3]), ...record(4, u64(5)), ...record(16, u64(6)), ...record(14, [8])]
    expect(desk(bytes(all)).map((one) => one.kind)).toEqual(['open', 'wake', 'retry', 'notTaken'])
  })

  test('a record that is cut short is refused', () => {
    expect(() => decode(bytes([6, 0, 0, 0, 9, 1]))).toThrow(RangeError)
    expect(() => decode(bytes(record(7, [1, 2])))).toThrow(RangeError)
  })

  test('what is read out does not change with the mailbox', () => {
    const box = bytes(record(3, [1, 2, 3]))
    const [frame] = decode(box)
    box.fill(9)
    expect(frame).toEqual({ kind: 'send', frame: bytes([1, 2, 3]) })
  })
})

describe('the door', () => {
  const seeded = (fake: FakeDoor) => new Door(fake, () => 0x0102030405, (seed) => void seed.fill(0xaa))

  test('a command is op, time, fresh seed and fields', () => {
    const fake = new FakeDoor(() => [])
    seeded(fake).step(visit.say('hej'))
    expect(fake.commands).toEqual([{ op: 7, fields: bytes(utf8('hej')), seed: new Uint8Array(128).fill(0xaa) }])
  })

  test('neither seed nor words nor answers stay in the mailbox', () => {
    const fake = new FakeDoor(() => said(1, 0, 'hemligt'))
    seeded(fake).step(visit.say('hemligt'))
    expect(new Uint8Array(fake.memory.buffer).every((byte) => byte === 0)).toBe(true)
  })

  test('more than one mailbox is drained in order', () => {
    const parts = [[...said(1, 0, 'a'), ...record(255)], [...said(2, 0, 'b'), ...record(255)], said(3, 0, 'c')]
    const fake = new FakeDoor(() => parts.shift() ?? [])
    const records = seeded(fake).step(visit.tick)
    expect(records.map((one) => one.kind === 'said' && one.message.text)).toEqual(['a', 'b', 'c'])
    expect(fake.commands.map((one) => one.op)).toEqual([6, 0, 0])
  })

  test('a failed step, a trap and nonsense are all the same failure', () => {
    const trap = (): number[] => {
      throw new Error('unreachable')
    }
    for (const answer of [() => 0xffff_ffff, () => -1, trap, () => [5, 0, 0, 0, 1, 1]]) {
      expect(() => seeded(new FakeDoor(answer)).step(visit.tick)).toThrow(DoorFailed)
    }
  })

  test('a wipe overwrites the whole memory and nothing happens afterwards', () => {
    const fake = new FakeDoor(() => record(1))
    const door = seeded(fake)
    new Uint8Array(fake.memory.buffer).fill(7)
    door.wipe()
    expect(new Uint8Array(fake.memory.buffer).every((byte) => byte === 0)).toBe(true)
    expect(door.step(visit.tick)).toEqual([])
    expect(fake.commands).toEqual([])
  })
})

test('numbers are big-endian and do not run over the end', () => {
  const box = new Uint8Array(15)
  new Writer(box).u8(1).u16(2).u32(3).u64(2 ** 40)
  const reader = new Reader(box)
  expect([reader.u8(), reader.u16(), reader.u32(), reader.u64(), reader.left]).toEqual([1, 2, 3, 2 ** 40, 0])
  expect(() => reader.u8()).toThrow(RangeError)
  expect(() => new Writer(new Uint8Array(1)).u16(1)).toThrow(RangeError)
})

test('hexadecimal of the wrong length or letters is refused', () => {
  expect(hex(unhex('00ffA1', 3))).toBe('00ffa1')
  expect(() => unhex('00ff', 3)).toThrow(RangeError)
  expect(() => unhex('zz', 1)).toThrow(RangeError)
})
