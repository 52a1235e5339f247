// The visitor's page. Wires the machine to the views; keeps nothing outside memory, and nothing of it after leaving.

import './page.css'
import { clockMs, closesIn, silenceClocks } from '../shared/clocks.ts'
import { byId, say, show } from '../shared/dom.ts'
import { Door } from '../shared/door/door.ts'
import { hasWebAssembly, loadModule, type Fresh } from '../shared/door/load.ts'
import type { View } from '../shared/door/records.ts'
import { NotSaid, Phase, openState } from '../shared/door/words.ts'
import { Socket, relayUrl, socketUrl } from '../shared/socket.ts'
import { readTrust } from '../shared/trust.ts'
import { PageWords, fetchTexts } from '../shared/words.ts'
import { VisitDriver } from './driver.ts'
import { leave } from './leave.ts'
import {
  hiddenTooLong,
  isRefusedAtDoor,
  notBackWords,
  offeredLanguages,
  overWords,
  readDoor,
  refusalWords,
  screenOf,
  type OwnEnding,
  type Screen,
  type Step,
} from './model.ts'
import { TripleShift } from './shift.ts'
import { BeforeView, languageButtons, type Choice } from './views/before.ts'
import { Cover } from './views/cover.ts'
import { DoorwayView } from './views/doorway.ts'
import { MoreView } from './views/more.ts'
import { RoomView } from './views/room.ts'
import { TalkView } from './views/talk.ts'

/** How often the page asks whether the door is open, before a chat and while it is shown: milliseconds. */
const POLL = 30_000

/** What has not come within this long after it was wanted has not come: milliseconds. The module is 45 KiB. */
const FETCH_WITHIN = 30_000

// The browser ends the parsing of the document, with all that hangs on it, in the task that began this module: on a slow
// phone the two together would keep a finger waiting.
await new Promise((next) => setTimeout(next))

/** Named once: the build writes all of it wherever the name stands. */
const built = __BUILT__
const root = document.documentElement
const relay = root.dataset.relay ?? ''
const silence = silenceClocks(root.dataset.clocks)
const wipeAfter = clockMs(root.dataset.clocks, 'hidden_wipe', 15)
const screens: Screen[] = ['safety', 'who', 'talk', 'over']

let step: Step = 'safety'
let view: View | null = null
let own: OwnEnding = null
let driver: VisitDriver | null = null
let module: Promise<Fresh> | null = null
let broken: string | null = null
let hiddenAt = 0
let hiddenTimer: ReturnType<typeof setTimeout> | undefined
let left = false
/** Every step of leaving was taken. */
let gone = false
/** Whether the last start was with return words. */
let returning = false
/** Covered by the visitor's own hand: the counsellor is told, until it is lifted. */
let someoneCame = false
/** Polls left out during a conversation. */
let skipped = 0

const words = new PageWords()
const spoken = [{ tag: 'sv', name: 'Svenska' }, ...built.languages]
const doorway = new DoorwayView(words, spoken)
const cover = new Cover(() => {
  if (someoneCame) driver?.covered(false)
  someoneCame = false
})
const before = new BeforeView(words, {
  toWho: () => {
    step = 'who'
    fetchModule()
    render()
  },
  toSafety: () => {
    step = 'safety'
    before.refused(null)
    render()
  },
  start: (choice) => void start(choice),
  practise: (done) => cover.practise(done),
})
const talk = new TalkView(words, closesIn(silence), {
  say: (text) => driver?.say(text) ?? NotSaid.NotNow,
  typing: (on) => driver?.typing(on),
  here: () => driver?.here(),
  front: () => driver?.front(),
  end: endByHand,
  someoneCame: () => {
    someoneCame = true
    driver?.covered(true)
    cover.put()
    cover.focus()
  },
})

const room = new RoomView(words, (yes) => driver?.consent(yes))

const more = new MoreView(words, {
  compare: (on) => driver?.compare(on),
  keepWords,
  forgetWords: () => driver?.forgetReturn(),
})

// --- leaving ------------------------------------------------------------------------------------------------

const exit = byId<HTMLAnchorElement>('exit')
const exitTo = exit.href

function leaveNow(go: boolean): void {
  if (gone && !go) return
  left = true
  const leaving = driver
  leave({
    blank: () => {
      document.body.replaceChildren()
      // The taken-out elements live until the browser tidies up: they must hold no words either.
      talk.forget()
      more.empty()
      before.forget()
    },
    goodbye: () => leaving?.goodbye() ?? null,
    wipe: () => {
      leaving?.wipe()
      driver = null
      view = null
    },
    ...outward(leaving),
    ...(go ? { go: () => location.replace(exitTo) } : {}),
  })
  gone = true
}

function outward(leaving: VisitDriver | null) {
  return {
    beacon: (body: Uint8Array<ArrayBuffer>) =>
      void navigator.sendBeacon(relayUrl(relay, '/leave', location.href), body),
    frame: (bytes: Uint8Array<ArrayBuffer>) => leaving?.sendFrame(bytes),
    close: () => leaving?.close(),
  }
}

exit.addEventListener('click', (event) => {
  event.preventDefault()
  leaveNow(true)
})
exit.addEventListener('keydown', (event) => {
  // A link does nothing on Space, a button does.
  if (event.key !== ' ') return
  event.preventDefault()
  leaveNow(true)
})

const shift = new TripleShift()
addEventListener('keydown', (event) => {
  const inField = event.target instanceof HTMLTextAreaElement
  if (shift.key({ key: event.key, code: event.code, repeat: event.repeat, inField })) leaveNow(true)
})

addEventListener('pagehide', () => leaveNow(false))
addEventListener('pageshow', (event) => {
  // Brought back from the browser's memory: nothing is left here, so begin at the empty start.
  if (event.persisted) location.replace(location.href)
})

// --- hidden and shown ---------------------------------------------------------------------------------------

document.addEventListener('visibilitychange', () => {
  // Firefox may stop a script in the middle of pagehide when it closes a tab; this comes after, and takes what is left.
  if (left) return leaveNow(false)
  if (document.visibilityState === 'hidden') hide()
  else unhide()
})

function hide(): void {
  cover.makeReal()
  cover.put()
  hiddenAt = Date.now()
  clearTimeout(hiddenTimer)
  hiddenTimer = setTimeout(expire, wipeAfter)
  driver?.visible(false)
}

function unhide(): void {
  clearTimeout(hiddenTimer)
  // Timers stand still on a sleeping phone: the wall clock decides, before anything is painted.
  if (hiddenAt !== 0 && hiddenTooLong(hiddenAt, Date.now(), wipeAfter)) expire()
  hiddenAt = 0
  driver?.visible(true)
  driver?.wake()
  cover.focus()
  void poll()
}

function expire(): void {
  const leaving = driver
  if (!leaving) {
    if (!own) begin()
    return
  }
  const ended = own
  leave({
    blank: () => talk.empty(),
    goodbye: () => leaving.goodbye(),
    wipe: () => {
      leaving.wipe()
      driver = null
      view = null
    },
    ...outward(leaving),
  })
  own = ended ?? 'hidden'
  render()
}

addEventListener('online', () => driver?.wake())
// From wifi to mobile without a moment offline, where the browser tells of it; elsewhere silence tells, 35 s later.
const { connection } = navigator as { connection?: EventTarget }
connection?.addEventListener('change', () => driver?.wake())

// --- the chat -----------------------------------------------------------------------------------------------

function fetchModule(): Promise<Fresh> {
  const { wasm, fallback } = built
  module ??= wasm && fallback ? loadModule(wasm, fallback) : Promise.reject(new Error('not built'))
  module.catch(() => {
    // Said when the visitor starts the chat; another try may work.
    module = null
  })
  return module
}

/** Fails when it takes too long, so that nobody looks at "Startar …" for ever; another try fetches anew. */
async function inTime<T>(coming: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => {
      module = null
      fail(new Error('late'))
    }, FETCH_WITHIN)
  })
  return Promise.race([coming, late]).finally(() => clearTimeout(timer))
}

async function start(choice: Choice): Promise<void> {
  before.refused(null)
  before.starting(true)
  setBroken(null)
  try {
    const trust = readTrust(root.dataset, built.date)
    returning = choice.words !== undefined
    const back = choice.words === undefined ? null : await inTime(typedWords(choice.words, trust.centreId))
    if (returning && !back) return
    const exports = await (await inTime(fetchModule()))()
    if (left || driver) return
    const socket = new Socket(socketUrl(relay, '/ws/visit', location.href))
    view = null
    own = null
    driver = new VisitDriver(new Door(exports), socket, {
      view: viewChanged,
      said: (message) => {
        if (!own) talk.add(message)
      },
      delivered: (upTo) => talk.delivered(upTo),
      emptied: () => {
        talk.empty()
        more.empty()
      },
      left: (body) => void navigator.sendBeacon(relayUrl(relay, '/leave', location.href), body),
      failed: () => {
        driver = null
        finish('failed')
      },
    })
    talk.reset()
    driver.start(trust, choice.typingBeats, silence)
    const languages = words.tag === 'sv' ? ['sv'] : [words.tag, 'sv']
    if (back) {
      driver?.comeBack(choice.lane, choice.about, languages, back)
      back.fill(0)
      before.forget()
    } else driver?.join(choice.lane, choice.about, languages)
    // The page may have been put away while the module came.
    if (document.visibilityState === 'hidden') driver?.visible(false)
  } catch {
    setBroken('broken.load')
  } finally {
    before.starting(false)
  }
}

/** What the typed words become; null when they cannot be any of ours, and the visitor has read why. */
async function typedWords(typed: string, centreId: Uint8Array): Promise<Uint8Array<ArrayBuffer> | null> {
  before.notWords('')
  const { dateOf, derive, understand, list } = await returnWords()
  const understood = understand(typed, list)
  if ('words' in understood) return derive(understood.words, centreId, dateOf(new Date()))
  before.notWords(
    'unknown' in understood
      ? words.get('return.unknown', { word: understood.unknown })
      : words.get('return.count'),
  )
  return null
}

/** The words, and what is done with them: fetched when somebody wants them, and by nobody else. */
async function returnWords() {
  if (!built.returnWords) throw new Error('not built')
  const does = await import('./return-words.ts')
  return { ...does, list: await does.fetchList(built.returnWords) }
}

/** Fresh return words for the running chat, instead of earlier ones. */
async function keepWords(stays: boolean): Promise<string[] | null> {
  const chat = driver
  try {
    const { dateOf, derive, draw, list } = await returnWords()
    const fresh = draw(list)
    const derived = await derive(fresh, readTrust(root.dataset, built.date).centreId, dateOf(new Date()))
    const running = chat !== null && chat === driver && !left
    if (running) {
      chat.forgetReturn()
      chat.keepReturn(derived, stays)
    }
    derived.fill(0)
    return running ? fresh : null
  } catch {
    return null
  }
}

function viewChanged(next: View): void {
  const begins = next.phase === Phase.Talking && view?.phase !== Phase.Talking
  view = next
  // Covered while waiting: the counsellor who comes now hears of it, and expects nothing.
  if (begins && someoneCame) queueMicrotask(() => driver?.covered(someoneCame))
  const state = openState(next.openState)
  if (state) doorway.setState(state)
  // After this step's other records: a last frame may stand behind the view.
  if (next.phase === Phase.Over) queueMicrotask(() => finish(null))
  else render()
}

/** Gone from the screen at once; the machine stays a moment, until the counsellor has the goodbye. */
function endByHand(): void {
  if (!driver) return
  own = 'ended'
  talk.empty()
  render()
  driver.end()
}

/** The chat is over: the log first, then the memory, then the words about it. */
function finish(ending: OwnEnding): void {
  if (left) return
  talk.empty()
  driver?.wipe()
  driver?.close()
  driver = null
  // A machine that breaks on its last words takes nothing back: what ended by hand has ended.
  own ??= ending
  if (view && isRefusedAtDoor(view)) {
    before.refused(returning ? notBackWords(view.refusal) : refusalWords(view.refusal))
    step = 'who'
  }
  render()
  void poll()
}

function begin(): void {
  // A goodbye still on its way goes out as a leave instead: there is one chat at a time.
  if (driver) expire()
  step = 'safety'
  view = null
  own = null
  talk.reset()
  before.reset()
  render()
  void poll()
}

byId('again').onclick = () => begin()

// --- what is shown ------------------------------------------------------------------------------------------

function render(): void {
  if (left) return
  const screen = screenOf(step, view, own)
  if (screen === 'talk' && view) {
    talk.update(view)
    more.update(view)
    room.update(view)
  } else more.empty()
  if (screen === 'over') say(byId('over-words'), words.get(overWords(view, own)))
  before.render()
  if (root.dataset.screen === screen) return
  const first = root.dataset.screen === undefined
  root.dataset.screen = screen
  for (const one of screens) show(byId(one), one === screen)
  if (screen === 'talk') fit()
  const help = byId<HTMLDetailsElement>('help')
  help.open = screen === 'over' || (screen !== 'talk' && root.dataset.state !== 'open') || broken !== null
  if (first) return
  scrollTo(0, 0)
  const heading = screen === 'talk' ? byId('status') : byId(screen).querySelector('h1')
  heading?.focus({ preventScroll: true })
}

function setBroken(key: string | null): void {
  broken = key
  const note = byId('broken')
  note.replaceChildren(...(key ? words.nodes(key) : []))
  show(note, key !== null)
  if (!key) return
  byId<HTMLDetailsElement>('help').open = true
  scrollTo(0, 0)
}

// --- the door and the language ------------------------------------------------------------------------------

/** Asked anew before a chat and in the line; in a conversation, where it only keeps the help lines true, seldom. */
async function poll(path = '/state'): Promise<void> {
  if (left || document.visibilityState === 'hidden') return
  if (view?.phase === Phase.Talking && ++skipped % 10 !== 0) return
  try {
    const answer = await fetch(relayUrl(relay, path, location.href), { credentials: 'omit', cache: 'no-store' })
    const now = readDoor(answer.ok ? await answer.json() : null, words.tag)
    if (now && !left) doorway.set(now)
  } catch {
    // No network: what the server rendered stays, and "Starta chatten" will say so itself.
  }
  if (!left) before.render()
}

setInterval(() => void poll(), POLL)

const offered = [
  { tag: 'sv', name: 'Svenska' },
  ...offeredLanguages(built.languages, root.dataset),
]

async function chooseLanguage(tag: string): Promise<void> {
  const file = built.languages.find((language) => language.tag === tag)
  try {
    words.use(tag, file ? await fetchTexts(file) : null)
  } catch {
    return
  }
  doorway.fallBack()
  press(tag)
  languages.find((button) => button.lang === tag)?.focus()
  if (view) {
    talk.render()
    more.render()
    room.render()
  }
  setBroken(broken)
  render()
  void poll()
}

const languages = languageButtons(offered, (tag) => void chooseLanguage(tag))

function press(tag: string): void {
  for (const button of languages) button.setAttribute('aria-pressed', String(button.lang === tag))
}

/** Larger letters, here and in the chat, until the page goes: nothing is remembered. */
function offerLarger(): void {
  const larger = document.querySelectorAll<HTMLElement>('.larger')
  for (const one of larger) {
    show(one, true)
    one.onclick = () => {
      const on = one.getAttribute('aria-pressed') !== 'true'
      root.style.fontSize = on ? '140%' : ''
      for (const each of larger) each.setAttribute('aria-pressed', String(on))
    }
  }
}

// --- the keyboard of a phone --------------------------------------------------------------------------------

function fit(): void {
  const visible = window.visualViewport
  if (!visible) return
  root.style.setProperty('--height', `${visible.height}px`)
  root.style.setProperty('--top', `${visible.offsetTop}px`)
  // The keyboard came up under the field, or the phone was turned.
  const at = document.activeElement
  if (at instanceof HTMLTextAreaElement) at.scrollIntoView({ block: 'nearest' })
}

window.visualViewport?.addEventListener('resize', fit)
window.visualViewport?.addEventListener('scroll', fit)

// --- the first moments ---------------------------------------------------------------------------------------

// Opened in a tab behind another: covered from the first moment.
if (document.visibilityState === 'hidden') hide()

/** Each in a frame of its own, so that a slow phone hears a finger between any two of them. */
const beginnings = [
  () => {
    render()
    // All of it runs.
    show(byId('starting'), false)
  },
  // What holds in other languages without a script; with one there is the whole page.
  () => byId('other').remove(),
  offerLarger,
  // One after the other: most of them are the first letters of their script, and a phone looks for a font.
  () => {
    press(words.tag)
    show(byId('languages'), languages.length > 1)
  },
  ...languages.map((button) => () => byId('languages').append(button)),
  // The document has just brought the lines.
  () => void poll('/state?first'),
]

function beginNext(): void {
  if (left) return
  beginnings.shift()?.()
  if (beginnings.length > 0) afterFrame(beginNext)
}

/** Nothing is painted in a tab behind another. */
function afterFrame(then: () => void): void {
  if (document.visibilityState === 'hidden') setTimeout(then)
  else requestAnimationFrame(() => setTimeout(then))
}

afterFrame(beginNext)

// As soon as the page has been painted: by the time somebody has read it, the machine is there. As JavaScript it is a
// larger piece of work, which waits until somebody goes on.
if (['open', 'away'].includes(root.dataset.state ?? '') && hasWebAssembly()) {
  afterFrame(() => left || void fetchModule())
}
