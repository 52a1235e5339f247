import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Door } from '../shared/door/door.ts'
import { decode, type View } from '../shared/door/records.ts'
import { Compare, Ending, Peer, Phase, Refusal, Returning, Silence, Trouble } from '../shared/door/words.ts'
import { numbersWords } from '../shared/numbers.ts'
import { VisitDriver } from '../visitor/driver.ts'
import {
  banners,
  hiddenTooLong,
  isRefusedAtDoor,
  markWords,
  notBackWords,
  offeredLanguages,
  overWords,
  readDoor,
  screenOf,
  statusWords,
  waitWords,
} from '../visitor/model.ts'
import { TripleShift } from '../visitor/shift.ts'
import { FakeDoor, record, said, u64, view } from './fake-door.js'
import { fakeSocket } from './fake-socket.ts'

function viewOf(given: Record<string, number | string | number[]>): View {
  const [one] = decode(Uint8Array.from(view(given)))
  if (one?.kind !== 'view') throw new Error('no view')
  return one.view
}

describe('what is shown', () => {
  test('each phase has its screen', () => {
    expect(screenOf('safety', null, null)).toBe('safety')
    expect(screenOf('who', viewOf({ phase: Phase.Arriving }), null)).toBe('who')
    for (const phase of [Phase.Joining, Phase.Waiting, Phase.Greeting, Phase.Talking]) {
      expect(screenOf('who', viewOf({ phase }), null)).toBe('talk')
    }
    expect(screenOf('who', viewOf({ phase: Phase.Over, ending: Ending.Helped }), null)).toBe('over')
  })

  test('a language is offered when the centre has it and a person has read it, or the centre says so', () => {
    const built = [{ tag: 'ar', read: false }, { tag: 'en', read: true }, { tag: 'so', read: false }, { tag: 'tr', read: true }]
    const tags = (page: Record<string, string>) => offeredLanguages(built, page).map((language) => language.tag)
    expect(tags({ languages: 'sv en ar so', offerUnread: '', demo: '' })).toEqual(['en'])
    expect(tags({ languages: 'sv en ar so', offerUnread: 'so', demo: '' })).toEqual(['en', 'so'])
    expect(tags({ languages: 'sv en ar so', offerUnread: '', demo: 'demo' })).toEqual(['ar', 'en', 'so'])
    expect(tags({})).toEqual([])
  })

  test('refused at the door, the visitor stays where the chat is started', () => {
    const refused = viewOf({ phase: Phase.Over, ending: Ending.TurnedAway, refusal: Refusal.Full })
    expect(isRefusedAtDoor(refused)).toBe(true)
    expect(screenOf('who', refused, null)).toBe('who')
  })

  test('turned away after waiting is an ending of its own', () => {
    const turned = viewOf({ phase: Phase.Over, ending: Ending.TurnedAway })
    expect(screenOf('who', turned, null)).toBe('over')
    expect(overWords(turned, null)).toBe('over.turned')
  })

  test('an ended chat leaves the screen before the machine is done', () => {
    expect(screenOf('who', viewOf({ phase: Phase.Talking }), 'ended')).toBe('over')
  })

  test('the place in line is told, and being next has words of its own', () => {
    expect(statusWords(viewOf({ phase: Phase.Waiting, place: 3 }))).toEqual({ key: 'line.place', values: { n: 3 } })
    expect(statusWords(viewOf({ phase: Phase.Waiting, place: 1 }))).toEqual({ key: 'line.next' })
    expect(statusWords(viewOf({ phase: Phase.Waiting, place: 0 }))).toEqual({ key: 'line.title' })
    expect(statusWords(viewOf({ phase: Phase.Waiting, place: 2, openState: 3 }))).toEqual({ key: 'line.away', values: { n: 2 } })
    expect(statusWords(viewOf({ phase: Phase.Joining, refusal: Refusal.TooMany }))).toEqual({ key: 'refused.toomany' })
  })

  test('in a crowd it is said that the device works, and then that the turn will come', () => {
    const joining = (refusal: number) => statusWords(viewOf({ phase: Phase.Joining, refusal }))
    expect(joining(Trouble.Working)).toEqual({ key: 'line.work' })
    expect(joining(Trouble.Crowded)).toEqual({ key: 'line.crowd' })
  })

  test('how long it may take is said only as far as the relay knows, and only in the line', () => {
    const words = (wait: number, given = {}) => waitWords(viewOf({ phase: Phase.Waiting, place: 2, wait, ...given }))
    expect(words(0)).toEqual({ key: 'line.asap' })
    expect(words(0, { place: 1 }), 'who is next is told so').toBeNull()
    expect(words(1)).toEqual({ key: 'line.free' })
    expect(words(3)).toEqual({ key: 'line.within', values: { to: 30 } })
    expect(words(6)).toEqual({ key: 'line.between', values: { from: 15, to: 60 } })
    expect(words(9)).toEqual({ key: 'line.over' })
    expect(words(10), 'a word of a later relay').toEqual({ key: 'line.asap' })
    expect(words(3, { place: 0 })).toBeNull()
    expect(words(3, { openState: 3 }), 'nobody is on duty').toBeNull()
    expect(words(3, { phase: Phase.Talking })).toBeNull()
    // Who is next and for whom nobody is free yet is not told that it is soon.
    expect(statusWords(viewOf({ phase: Phase.Waiting, place: 1, wait: 1 }))).toEqual({ key: 'line.place', values: { n: 1 } })
  })

  test('on the way back with words nobody is told of a line, and a refusal says what became of the words', () => {
    for (const phase of [Phase.Joining, Phase.Waiting, Phase.Greeting]) {
      expect(statusWords(viewOf({ phase, returning: Returning.CameBack, refusal: Refusal.None }))).toEqual({ key: 'return.joining' })
    }
    const many = viewOf({ phase: Phase.Joining, returning: Returning.CameBack, refusal: Refusal.TooMany })
    expect(statusWords(many)).toEqual({ key: 'refused.toomany' })
    expect(statusWords(viewOf({ phase: Phase.Talking, returning: Returning.Kept }))).toEqual({ key: 'talk.here' })
    expect(notBackWords(Refusal.Gone)).toBe('return.gone')
    expect(notBackWords(Refusal.Away)).toBe('return.away')
    expect(notBackWords(Refusal.TooMany)).toBe('refused.toomany')
    expect(isRefusedAtDoor(viewOf({ phase: Phase.Over, ending: Ending.TurnedAway, refusal: Refusal.Gone }))).toBe(true)
  })

  test('words to compare are three numbers, and nothing before both sides have given their half', () => {
    expect(numbersWords(viewOf({ phase: Phase.Talking, compare: Compare.UnderWay }))).toBe(null)
    expect(numbersWords(viewOf({ phase: Phase.Talking, numbers: [1000, 4711, 9191] }))).toBe('1000  4711  9191')
  })

  test('one banner about contact at a time, ours before theirs', () => {
    const shown = banners(viewOf({ phase: Phase.Talking, link: 0, peer: Peer.Lost, silence: Silence.Warn }), false)
    expect(shown).toEqual({ link: true, choice: false, peer: false, silence: null, closing: false })
  })

  test('who is not in the line yet hears of a lost network once a try has failed, not before', () => {
    const joining = viewOf({ phase: Phase.Joining, link: 1 })
    expect(banners(joining, false)).toMatchObject({ link: false })
    expect(banners(joining, false, true)).toMatchObject({ link: true })
    expect(banners(viewOf({ phase: Phase.Joining, link: 2 }), false, true)).toMatchObject({ link: false })
  })

  test('a counsellor lost past the grace brings a choice, and waiting is one', () => {
    const lost = viewOf({ phase: Phase.Talking, peer: Peer.Lost })
    expect(banners(lost, false)).toMatchObject({ choice: true, peer: false })
    expect(banners(lost, true)).toMatchObject({ choice: false, peer: true })
  })

  test('a wrong clock is not called insecure', () => {
    const failed = { phase: Phase.Over, ending: Ending.Failed }
    expect(overWords(viewOf({ ...failed, refusal: Trouble.ClockWrong }), null)).toBe('over.clock')
    expect(overWords(viewOf({ ...failed, refusal: Trouble.NotTrusted }), null)).toBe('over.failed')
  })

  test('delivered is what the counsellor confirmed, nothing less', () => {
    const up = viewOf({ phase: Phase.Talking })
    expect(markWords(true, up)).toBe('talk.delivered')
    expect(markWords(false, up)).toBe('talk.sending')
    expect(markWords(false, viewOf({ phase: Phase.Waiting }))).toBe('talk.kept')
  })

  test('hidden for fifteen minutes by the wall clock is too long', () => {
    expect(hiddenTooLong(0, 899_999, 900_000)).toBe(false)
    expect(hiddenTooLong(0, 900_000, 900_000)).toBe(true)
  })
})

describe('the door of the centre', () => {
  test('reads the state with the centre’s own sentences', () => {
    const line = { name: 'Bris', number: '116 111', href: 'tel:116111', note: 'under 18' }
    const now = readDoor({ state: 'closed', staffed: ['sv', 1], on_duty: [1, 3, 99, '1'], sv: { sentence: 'Stängt.', help_lines: [line], closed_lines: [line] } }, 'sv')
    expect(now).toEqual({ state: 'closed', sentence: 'Stängt.', opening: null, staffed: ['sv'], onDuty: [1, 3], lines: [line], closed: [line] })
  })

  test('a language the relay does not have leaves only the state', () => {
    expect(readDoor({ state: 'open', sv: {} }, 'en')).toEqual({
      state: 'open', sentence: null, opening: null, staffed: [], onDuty: [], lines: [], closed: [],
    })
  })

  test('what is not a state is no answer', () => {
    for (const answer of [null, 'open', {}, { state: 'ajar' }, [], { state: 1 }]) expect(readDoor(answer, 'sv')).toBeNull()
  })

  test('a help line that leads anywhere but to a telephone is left out', () => {
    const lines = [{ name: 'x', number: '1', href: 'https://elsewhere.example' }, { name: 'y' }, null]
    expect(readDoor({ state: 'open', sv: { help_lines: lines } }, 'sv')?.lines).toEqual([])
  })
})

describe('shift three times', () => {
  const press = { key: 'Shift', code: 'ShiftLeft', repeat: false, inField: false }

  test('leaves at the third press within five seconds', () => {
    let now = 0
    const shift = new TripleShift(() => now)
    expect([shift.key(press), shift.key(press)]).toEqual([false, false])
    now = 4_999
    expect(shift.key(press)).toBe(true)
  })

  test('slow presses, other keys, a held key and the text field do not count', () => {
    let now = 0
    const shift = new TripleShift(() => now)
    const three = (between: () => void) => {
      const results = [0, 1, 2].map(() => {
        between()
        return shift.key(press)
      })
      return results.includes(true)
    }
    expect(three(() => (now += 2_501))).toBe(false)
    expect(three(() => shift.key({ ...press, key: 'A', code: 'KeyA' }))).toBe(false)
    expect([1, 2, 3].some(() => shift.key({ ...press, repeat: true }))).toBe(false)
    expect([1, 2, 3].some(() => shift.key({ ...press, inField: true }))).toBe(false)
    expect([1, 2, 3].some(() => shift.key({ ...press, code: '' }))).toBe(false)
  })
})

describe('the visitor’s driver', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }))
  afterEach(() => void vi.useRealTimers())

  function setUp(answer: (op: number) => number[] | number) {
    const fake = new FakeDoor(answer)
    const { socket, made } = fakeSocket()
    const heard: string[] = []
    const driver = new VisitDriver(new Door(fake, Date.now, (seed) => void seed.fill(1)), socket, {
      view: (one) => heard.push(`view ${one.phase}`),
      said: (one) => heard.push(`said ${one.text}`),
      delivered: (upTo) => heard.push(`delivered ${upTo}`),
      emptied: () => heard.push('emptied'),
      left: (body) => heard.push(`left ${[...body]}`),
      failed: () => heard.push('failed'),
    })
    return { fake, made, heard, driver, ops: () => fake.commands.map((one) => one.op) }
  }

  test('opens the socket when asked and passes frames both ways', () => {
    const t = setUp((op) => (op === 2 ? record(1) : op === 3 ? record(3, [0x07]) : op === 5 ? view({ phase: 3 }) : []))
    t.driver.join(1, 1, ['sv'])
    const ws = t.made[0]
    expect([ws?.url, ws?.protocol, ws?.binaryType]).toEqual(['wss://relay.example/ws/visit', 'lykta.1', 'arraybuffer'])
    ws?.opens()
    ws?.hears([0x8a])
    ws?.drops(1006)
    expect(ws?.sent).toEqual([[7]])
    expect(t.heard).toEqual(['view 3'])
    expect(t.ops()).toEqual([2, 3, 5, 4])
    expect([...(t.fake.commands[3]?.fields ?? [])]).toEqual([1006 >> 8, 1006 & 255])
  })

  test('wakes the machine when it wished, once, and the last wish counts', () => {
    const t = setUp((op) => (op === 2 ? [...record(4, u64(1_000_100)), ...record(4, u64(1_000_500))] : []))
    t.driver.join(1, 1, [])
    vi.advanceTimersByTime(499)
    expect(t.ops()).toEqual([2])
    vi.advanceTimersByTime(1)
    expect(t.ops()).toEqual([2, 6])
    vi.advanceTimersByTime(60_000)
    expect(t.ops()).toEqual([2, 6])
  })

  test('a draft that is not accepted comes back with its reason', () => {
    const t = setUp((op) => (op === 7 ? record(9, [2]) : []))
    expect(t.driver.say('x')).toBe(2)
  })

  test('leaving by itself goes out as a beacon too', () => {
    const t = setUp((op) => (op === 10 ? [...record(8, [4, 5]), ...view({ phase: 6 })] : []))
    t.driver.end()
    expect(t.heard).toEqual(['left 4,5', 'view 6'])
  })

  test('the goodbye shows nothing and sends nothing by itself', () => {
    const t = setUp((op) => (op === 2 ? record(1) : op === 11 ? [...record(3, [6, 1]), ...record(8, [1]), ...record(10)] : []))
    t.driver.join(1, 1, [])
    t.made[0]?.opens()
    expect([...(t.driver.goodbye() ?? [])]).toEqual([1])
    expect(t.made[0]?.sent).toEqual([])
    expect(t.heard).toEqual([])
    t.driver.typing(true)
    expect(t.ops()).toEqual([2, 3, 11])
  })

  test('after a wipe neither frames nor timers reach anybody', () => {
    const t = setUp((op) => (op === 2 ? [...record(1), ...record(4, u64(1_000_100))] : said(1, 1, 'sent')))
    t.driver.join(1, 1, [])
    t.driver.wipe()
    t.made[0]?.hears([0x84])
    vi.advanceTimersByTime(1_000)
    expect(t.heard).toEqual([])
    expect(new Uint8Array(t.fake.memory.buffer).every((byte) => byte === 0)).toBe(true)
  })

  test('a machine that fails is wiped and its socket closed before anyone is told', () => {
    const t = setUp((op) => (op === 2 ? record(1) : 0xffff_ffff))
    t.driver.join(1, 1, [])
    t.made[0]?.opens()
    expect(t.heard).toEqual(['failed'])
    expect(t.made[0]?.closed).toBe(true)
    expect(new Uint8Array(t.fake.memory.buffer).every((byte) => byte === 0)).toBe(true)
  })

  test('an old socket’s last words are not heard by the new one', () => {
    const t = setUp((op) => (op === 2 || op === 15 ? record(1) : op === 5 ? said(1, 1, 'old') : []))
    t.driver.join(1, 1, [])
    t.driver.wake()
    t.made[0]?.hears([1])
    t.made[0]?.drops(1000)
    expect(t.heard).toEqual([])
    expect(t.ops()).toEqual([2, 15])
  })
})
