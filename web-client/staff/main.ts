// The staff console. Wires the desk to the views; nothing of a chat outlives it here.

import './staff.css'
import './hours/hours.css'
import './duty/duty.css'
import './lock/lock.css'
import './templates/templates.css'
import './ending/ending.css'
import './statistics/statistics.css'
import './rooms/style.css'
import './staffroom/staffroom.css'
import { clockMs, silenceClocks } from '../shared/clocks.ts'
import { byId, say, show } from '../shared/dom.ts'
import { hex } from '../shared/door/bytes.ts'
import type { Trust } from '../shared/door/commands.ts'
import { DeskDoor } from '../shared/door/desk-door.ts'
import type { Door } from '../shared/door/door.ts'
import { loadModule, type Fresh } from '../shared/door/load.ts'
import type { LineEntry, SeatView } from '../shared/door/records.ts'
import { Ending, LinkState, NotSaid, Phase, Refusal, StaffRole, openState } from '../shared/door/words.ts'
import { Socket, relayUrl, socketUrl } from '../shared/socket.ts'
import { readTrust } from '../shared/trust.ts'
import { PageWords, fetchTexts } from '../shared/words.ts'
import { hasHand } from './hand.ts'
import type { ChatDriver, ChatHears } from './chat.ts'
import { fetchDay, usualDay } from './day.ts'
import { Desk, type Instances, type NewChat } from './desk.ts'
import { badge } from './duty/badge.ts'
import { PauseView } from './duty/pause-view.ts'
import { SeatWatch } from './duty/seat-watch.ts'
import { ClosingNotice } from './duty/closing.ts'
import { SeveralView } from './duty/several.ts'
import { EndingCard } from './ending/card.ts'
import type { Topic } from './ending/model.ts'
import { coolDown } from './ending/cool.ts'
import { fetchTopics, sayEnding } from './ending/relay.ts'
import { enrol, enter, type Renewal } from './enter.ts'
import { startHeartbeat } from './heartbeat.ts'
import { loadHours, makeWish, tryWish } from './hours/api.ts'
import { HoursView } from './hours/view.ts'
import { idleState } from './idle.ts'
import { SHORTEST } from './key-file.ts'
import { moveOf, nextChat } from './keys.ts'
import { keeps, looked, touched, type Guard } from './lock/guard.ts'
import { provePerson } from './lock/prove.ts'
import { LockScreen } from './lock/screen.ts'
import { LookView } from './look/view.ts'
import { mayTake, newcomers, notTakenWords, seatRefusedWords } from './model.ts'
import { Beside } from './panel/beside.ts'
import { Panel } from './panel/panel.ts'
import { fetchCentre, fetchSeen } from './preview/api.ts'
import { PreviewView } from './preview/view.ts'
import { bringRoster, endSession, sessionLives, signIn, takeToken, type Session } from './session.ts'
import { guestOnly } from './rooms/guest.ts'
import { AsksView } from './rooms/asks.ts'
import { withLead } from './rooms/lead.ts'
import { Summary, packSummary } from './rooms/summary.ts'
import { Bell } from './sound.ts'
import { Staffroom } from './staffroom/view.ts'
import { Shift, Waits, wasOf } from './shift/model.ts'
import { ShiftView } from './shift/view.ts'
import { StatisticsView } from './statistics/view.ts'
import { languageName } from './templates/language.ts'
import type { TemplatesOf } from './templates/view.ts'
import { Training } from './training/training.ts'
import { ChatView } from './views/chat.ts'
import { EntryView, save, type Step } from './views/entry.ts'
import { LineView } from './views/line.ts'

/** Named once: the build writes all of it wherever the name stands. */
const built = __BUILT__
const token = takeToken()
const root = document.documentElement
const relay = root.dataset.relay ?? ''
/** A demonstration hands out keys; in earnest they come from passkeys. */
const demo = root.dataset.demo === 'demo'
const words = new PageWords()
const idleClocks = {
  askAfter: clockMs(root.dataset.clocks, 'ready_idle', 20),
  askFor: clockMs(root.dataset.clocks, 'ready_ask', 1),
}
const silence = silenceClocks(root.dataset.clocks)
const duty = byId<HTMLInputElement>('duty')

let day = usualDay(1)
let desk: Desk | null = null
let session: { name: string; role: number; staffPublic?: Uint8Array<ArrayBuffer> } | null = null
let guard: Guard = { is: 'open' }
let guarding = 0
let seatView: SeatView | null = null
let entries: LineEntry[] = []
let total = 0
let known = new Set<string>()
let lastInput = Date.now()
let gateKey: string | null = 'signing'
let noticeKey: string | null = null
let chatCount = 0
let heart: Worker | null = null
let topics: Topic[] = []

interface OpenChat {
  ref: NewChat['ref']
  view: ChatView
  card: EndingCard
  beside: Beside
  driver: () => ChatDriver | undefined
}

const chats: OpenChat[] = []
let chosen: OpenChat | null = null

const entry = new EntryView(words, SHORTEST, {
  signIn: enterWithPasskey,
  back: () => atTheDoor('sign.in.about', 'sign-in'),
  enrol: askForPlace,
  roster: (file) => void bringNewRoster(file),
})
const hours = new HoursView(words, { load: loadHours, tried: tryWish, make: makeWish })
const statistics = new StatisticsView(words, fetchTopics)
byId('keeper').append(statistics.element)
const asks = new AsksView(words, (ticket, yes) => void desk?.post.answer(ticket, yes), () => handAtTheDesk())
const staffroom = new Staffroom(words, {
  colleagues: () => desk?.post.colleagues ?? [],
  call: () => desk?.post.call(true),
  tell: (colleague, text) => desk?.post.tell(colleague, text),
  ring: () => ring('message'),
})
const line = new LineView(words, (ticket) => take(ticket))
const bell = new Bell((blocked) => show(byId('sound-blocked'), blocked && byId<HTMLInputElement>('sound').checked))

const lock = new LockScreen(words, demo, { touched: () => guarded(touched(guard, lockClocks(), seen())), unlock: () => void unlock() })
const closing = new ClosingNotice(words, loadHours)
const shift = new Shift()
const waits = new Waits()
const shiftView = new ShiftView(words, () => shift.sums(Date.now()))
const pause = new PauseView(words, {
  began: () => rest(),
  back: () => onDuty(true),
  off: () => {
    shift.restsNoMore(Date.now())
    shiftView.offer(true)
  },
  ring: () => ring('visitor'),
})
const several = new SeveralView((chats) => {
  desk?.duty(duty.checked, chats)
  render()
})
const watch = new SeatWatch(clockMs(root.dataset.clocks, 'seat_lease', 0.25))
const panel = new Panel(words)
const lookAtPage = new LookView(words)
byId('notices').prepend(lookAtPage.element)
const preview = new PreviewView(words, built.seen ?? [], demo, { centre: fetchCentre, texts: fetchSeen })
lookAtPage.element.append(' ', preview.opener)
const training = new Training(words, {
  templates: (languages) => templatesFor(languages),
  follow: (beside) => panel.follow(beside),
  ended: () => panel.follow(chosen?.beside ?? null),
})

type Modules = Instances & { seat: Fresh }

// --- signing in ---------------------------------------------------------------------------------------------

/** Fresh instances of the modules, once all are here; null when one cannot be fetched. */
async function instances(): Promise<Modules | null> {
  const { desk: modules } = built
  if (!modules) return null
  try {
    const load = ({ wasm, fallback }: BuiltModule) => loadModule(wasm, fallback)
    const [seat, chat, pair] = await Promise.all([load(modules.seat), load(modules.chat), load(modules.pair)])
    return { seat, chat, pair }
  } catch {
    return null
  }
}

async function begin(): Promise<void> {
  if (!demo) return atTheDoor('sign.in.about', 'sign-in')
  let who: Session | null
  try {
    who = await signIn(token)
  } catch {
    who = null
  }
  if (!who) return gate(token ? 'sign.failed' : 'signed.out')
  const fresh = await instances()
  if (!fresh) return gate('module')
  await sit(who, fresh, StaffRole.Counsellor)
}

async function sit(who: Session, fresh: Modules, role: number, staffPublic?: Uint8Array<ArrayBuffer>): Promise<void> {
  day = await fetchDay(who.capacity)
  several.of(day.chats)
  try {
    desk = new Desk(new DeskDoor(await fresh.seat()), fresh, new Socket(socketUrl(relay, '/ws/desk', location.href)), {
      seat: seatChanged,
      line: lineChanged,
      notTaken: (refusal) => notice(notTakenWords(refusal)),
      chat: newChat,
      colleagues: () => {
        for (const chat of chats) chat.view.colleagues()
        staffroom.colleagues()
      },
      summary: (ticket, by, text) => {
        for (const chat of chats) if (hex(chat.ref.ticket) === ticket) chat.view.summary(by, text)
      },
      heard: (from, text) => staffroom.heard(from, text),
      told: (to, id, reason) => staffroom.told(to, id, reason),
      opened: (by, upTo) => staffroom.opened(by, upTo),
      asked: (ask) => {
        ring('visitor')
        asks.add(ask)
      },
      askedNoMore: (ticket) => asks.remove(ticket),
      failed: () => close('failed'),
    })
  } catch {
    return gate('module')
  }
  show(preview.opener, true)
  session = { name: who.name, role, ...(staffPublic && { staffPublic }) }
  guestOnly(words, role)
  lastInput = Date.now()
  guarded({ is: 'open' })
  watch.begin()
  show(byId('again-demo'), false)
  byId<HTMLInputElement>('show-total').checked = true
  void bell.wake()
  void fetchTopics().then((found) => (topics = found))
  say(byId('name'), who.name)
  gate(null)
  void panel.load()
  void lookAtPage.run()
  heart ??= startHeartbeat(built.heartbeat, clockMs(root.dataset.clocks, 'seat_renew', 5 / 60), beat)
  const origin = new URL(relayUrl(relay, '/', location.href)).origin
  try {
    const trust = readTrust(root.dataset, built.date)
    desk.signIn({ ...who, capacity: several.chats, trust, origin, alias: who.name, silence })
  } catch {
    close('failed')
  }
}

/** What stands before the desk: a sentence or none, and a step of the way in. */
function atTheDoor(key: string | null, step: Step | null): void {
  gate(key ?? '')
  entry.step(step)
}

/** One thing at a time with the passkey: what it needs, and a machine that is wiped afterwards. */
async function withMachine(act: (door: Door, trust: Trust, fresh: Modules) => Promise<void>): Promise<void> {
  entry.busy(true)
  gate('sign.in.touch')
  const fresh = await instances()
  try {
    if (!fresh) return atTheDoor('module', 'over')
    const door = new DeskDoor(await fresh.seat())
    try {
      await act(door, readTrust(root.dataset, built.date), fresh)
    } finally {
      door.wipe()
    }
  } catch {
    atTheDoor('failed', 'over')
  } finally {
    entry.busy(false)
  }
}

function enterWithPasskey(): void {
  void withMachine(async (door, trust, fresh) => {
    const keyFile = (wrong: boolean) => {
      gate('')
      return entry.keyFile(wrong)
    }
    const entered = await enter(door, trust, { keyFile }, Date.now())
    if (typeof entered === 'string') return atTheDoor(entered, 'sign-in')
    const { person, staffSeed, capacity, roster } = entered
    if (person.role === StaffRole.Coordinator) {
      staffSeed.fill(0)
      // The sheet is a part of the desk, where coordinators do not sit.
      show(preview.opener, false)
      byId('keeper').prepend(lookAtPage.element)
      void lookAtPage.run()
      return atTheDoor(null, 'keeper')
    }
    offerRenewal(entered.renewal)
    entry.step(null)
    await sit({ name: person.name, staffSeed, certificate: person.certificate, capacity, roster }, fresh, person.role, entered.staffPublic)
    if (desk) handAtTheDesk()
  })
}

function askForPlace(name: string, role: number): void {
  void withMachine(async (door, trust) => {
    const does = {
      again: () => {
        gate('')
        return entry.again()
      },
      passphrase: () => {
        gate('')
        return entry.passphrase()
      },
    }
    const enrolled = await enrol(door, trust, name, role, does, Date.now)
    if (typeof enrolled === 'string') return atTheDoor(enrolled, 'enrol')
    gate('')
    entry.enrolled(enrolled.words, [
      { id: 'enrolled-save', name: 'lykta-ansokan.txt', text: enrolled.text },
      { id: 'enrolled-key-save', name: 'lykta-nyckel.txt', text: enrolled.keyFile },
    ])
  })
}

async function bringNewRoster(file: Blob): Promise<void> {
  entry.busy(true)
  const said = await bringRoster(file)
  entry.busy(false)
  if (typeof said === 'number') return entry.kept(words.get('keeper.done', { n: said }))
  entry.kept(said === '' ? words.get('keeper.away') : words.get('keeper.refused', { why: said }))
}

function offerRenewal(renewal: Renewal | null): void {
  show(byId('renew'), renewal !== null)
  if (!renewal) return
  say(byId('renew-words'), words.get('renew', { n: renewal.days }))
  byId('renew-save').onclick = () => save('lykta-fornyelse.txt', renewal.text)
}

/** The relay says that this browser is nobody any more. Its word is enough: it could as well be silent. */
async function isStillSignedIn(): Promise<void> {
  if (!demo && desk && !(await sessionLives()) && desk) close('signed.ended')
}

/** The one sentence shown instead of the desk, or an empty one; null shows the desk. */
function gate(key: string | null): void {
  gateKey = key
  show(byId('gate-room'), key !== null)
  show(byId('desk'), key === null)
  show(byId('gate'), key !== '')
  if (key) say(byId('gate'), words.get(key))
}

/** The keyboard on what comes next: the chat that is open, duty, or, for who has none, the colleagues. */
function handAtTheDesk(): void {
  if (chosen) chosen.view.focus()
  else (byId('duty-row').hidden ? byId('staffroom-open') : duty).focus()
}

/** Everything goes: logs and fields first. */
function close(key: string, step: Step = 'over'): void {
  const had = hasHand()
  const closing = desk
  desk = null
  seatView = null
  duty.checked = false
  show(byId('seat-lost'), false)
  training.end()
  for (const chat of chats.splice(0)) {
    chat.beside.end()
    chat.card.remove()
    chat.view.remove()
  }
  chosen = null
  panel.forget()
  guard = { is: 'open' }
  lock.set('open')
  asks.empty()
  staffroom.empty()
  closing?.wipe()
  // After the cards, which say what they were told.
  shift.forget()
  waits.forget()
  shiftView.render()
  offerRenewal(null)
  hours.close()
  preview.close()
  gate(key)
  if (!demo) entry.step(step)
  if (had) entry.hand()
  title()
}

byId('sign-out').onclick = () => {
  if (desk?.livingChats) {
    show(byId('sign-out-sure'), true)
    byId('sign-out-no').focus()
  } else signOut()
}
byId('keeper-out').onclick = () => signOut()
byId('sign-out-no').onclick = () => {
  show(byId('sign-out-sure'), false)
  byId('sign-out').focus()
}
byId('sign-out-yes').onclick = () => signOut()

function signOut(): void {
  pause.end()
  desk?.signOut()
  endSession()
  close('signed.off')
}

addEventListener('pagehide', () => close('signed.off'))
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload()
})

// --- the seat -----------------------------------------------------------------------------------------------

function seatChanged(view: SeatView): void {
  const wasReady = seatView?.ready ?? false
  seatView = view
  if (view.ready !== wasReady) {
    duty.checked = view.ready
    if (view.ready) lastInput = Date.now()
    shift.duty(view.ready, Date.now())
    if (view.ready) shiftView.offer(false)
    else shiftView.render()
  }
  checkSeat()
  doorIs(view.state)
  if (view.refusal === Refusal.NotAdmitted && !demo) return close('signed.ended')
  if (view.link === LinkState.Down) void isStillSignedIn()
  const refused = seatRefusedWords(view.refusal)
  if (refused) notice(refused)
  render()
}

function lineChanged(state: number, newTotal: number, newEntries: LineEntry[]): void {
  doorIs(state)
  const tickets = newEntries.map((entry) => hex(entry.ticket))
  if (duty.checked && newcomers(known, tickets).length > 0) ring('visitor')
  known = new Set(tickets)
  waits.line(newEntries.map(({ waitedSeconds }, at) => ({ ticket: tickets[at] ?? '', waitedSeconds })), Date.now())
  entries = newEntries
  total = newTotal
  line.update(total, entries, day.shownAfter)
  training.waiting(total)
  render()
}

function doorIs(state: number): void {
  const word = openState(state)
  if (!word || root.dataset.state === word) return
  root.dataset.state = word
  hours.look()
}

function take(ticket?: Uint8Array): void {
  notice(null)
  desk?.take(ticket)
}

byId('take-next').onclick = () => take()
duty.onchange = () => {
  onDuty(duty.checked)
  if (!duty.checked) shiftView.offer(true)
}

function onDuty(on: boolean): void {
  lastInput = Date.now()
  duty.checked = on
  notice(null)
  void bell.wake()
  if (on) pause.end()
  else several.usual()
  desk?.duty(on, several.chats)
  render()
}

/** Off duty for a while, with a time or without: a break of the shift. */
function rest(): void {
  shift.rests(Date.now())
  onDuty(false)
}

byId<HTMLInputElement>('sound').onchange = () => void bell.wake()
byId('sound-on').onclick = () => void bell.wake()

function ring(kind: 'visitor' | 'message'): void {
  if (byId<HTMLInputElement>('sound').checked) bell.ring(kind)
}

function beat(): void {
  pause.tick()
  if (!desk) return
  desk.alive()
  line.render()
  closing.tick(duty.checked)
  shiftView.render()
  checkSeat()
  checkIdle()
  checkGuard()
}

/** What nobody renewed was gone, also when the page slept through it: said loudly, until somebody has seen it. */
function checkSeat(): void {
  const seated = seatView?.link === LinkState.Up && seatView.admitted
  const gone = watch.beat(Date.now(), seated)
  shift.wasGone(gone, Date.now())
  if (gone === 0 || !(duty.checked || desk?.livingChats)) return
  say(byId('seat-lost-words'), words.get('seat.lost', { n: Math.max(1, Math.round(gone / 60_000)) }))
  show(byId('seat-lost'), true)
  ring('visitor')
}

byId('seat-lost-seen').onclick = () => {
  show(byId('seat-lost'), false)
  say(byId('seat-lost-words'), '')
}

document.addEventListener('visibilitychange', () => {
  if (!desk) return
  if (document.visibilityState === 'visible') desk.wake()
  checkGuard()
})
addEventListener('online', () => desk?.wake())

// --- a hand on the page -------------------------------------------------------------------------------------

for (const kind of ['pointerdown', 'keydown', 'input'] as const) {
  addEventListener(kind, () => {
    if (!lock.open) return
    // Whoever comes back after the time has passed finds the lock, before the hand counts.
    checkGuard()
    if (!lock.open) return
    lastInput = Date.now()
    if (!byId('idle').hidden) checkIdle()
  })
}

// After the touch, which is what the browser waits for: a finger's counts when it is lifted.
for (const kind of ['click', 'keyup'] as const) {
  addEventListener(kind, () => {
    if (desk && bell.blocked) void bell.wake()
  })
}

function checkIdle(): void {
  if (!lock.open) return
  const idle = idleState(idleClocks, duty.checked, lastInput, Date.now())
  const asking = idle === 'ask'
  show(byId('idle'), asking)
  say(byId('idle-words'), asking ? words.get('idle') : '')
  if (asking) ring('visitor')
  title()
  if (idle === 'rest') onDutyEnds('idle.rested')
}

/** Off duty by the clock, and said. */
function onDutyEnds(why: string): void {
  onDuty(false)
  notice(why)
  shiftView.offer(true)
}

// --- the lock -----------------------------------------------------------------------------------------------

function lockClocks() {
  return { lockAfter: day.lockAfter, restAfter: day.restAfterLock }
}

function seen() {
  return { now: Date.now(), lastInput, hidden: document.visibilityState === 'hidden' }
}

function checkGuard(): void {
  if (!desk) return
  guarded(looked(guard, lockClocks(), seen()))
  const seat = { now: Date.now(), onDuty: duty.checked, chats: desk.livingChats }
  switch (keeps(guard, lockClocks(), seat)) {
    case 'rest':
      return onDutyEnds('idle.rested')
    case 'forget':
      if (!demo) endSession()
      close('lock.forgotten', 'sign-in')
      show(byId('again-demo'), demo)
  }
}

function guarded(next: Guard): void {
  if (next.is === 'open' && guard.is !== 'open') lastInput = Date.now()
  guard = next
  lock.set(next.is)
  desk?.visible(lock.open && document.visibilityState === 'visible')
  if (lock.open && document.visibilityState === 'visible') {
    chosen?.view.select(true)
    staffroom.look()
  }
  title()
}

/** The same person again. The demonstration has no passkeys: there a button is enough, and says so. */
async function unlock(): Promise<void> {
  const staffPublic = session?.staffPublic
  const asked = ++guarding
  const refused = demo ? null : staffPublic ? await provePerson(staffPublic) : 'failed'
  if (asked !== guarding || guard.is !== 'locked') return
  lock.complain(refused)
  if (refused === null) guarded({ is: 'open' })
}

byId('demo-again').onclick = () => {
  show(byId('again-demo'), false)
  void begin()
}

// --- chats --------------------------------------------------------------------------------------------------

const templatesFor = (languages: readonly string[]): TemplatesOf => ({
  templates: day.templates,
  languages,
  name: session?.name ?? '',
})

function newChat(taken: NewChat, driver: () => ChatDriver | undefined): ChatHears {
  training.end()
  chatCount += 1
  if (taken.lane !== 0 && !taken.back) shift.took(waits.of(hex(taken.ref.ticket), Date.now()))
  let [talked, led] = [false, false]
  const beside = new Beside(taken.lane)
  const summary = new Summary()
  // Of a chat that a colleague asked us into, neither is known.
  const about = () => (taken.lane === 0 ? words.get('rooms.asked.in') : [words.get(`lane.${taken.lane}`), ...taken.languages.map((tag) => languageName(tag, words.tag))].join(' · '))
  const card = new EndingCard(words, `chat-${chatCount}`, topics, {
    said: (what) => {
      sayEnding(taken.ref, what)
      shift.said(what.ending)
      shiftView.render()
    },
    rest: () => rest(),
    talk: () => staffroom.enter(),
    onDuty: () => duty.checked,
  })
  const view = new ChatView(
    words,
    chatCount,
    templatesFor(taken.languages),
    about,
    {
      say: (text) => driver()?.say(text) ?? NotSaid.NotNow,
      typing: (on) => driver()?.typing(on),
      hold: (on) => driver()?.hold(on),
      compare: (on) => driver()?.compare(on),
      room: {
        colleagues: () => desk?.post.colleagues ?? [],
        call: () => desk?.post.call(),
        invite: (kind, colleague, text) => {
          const chat = driver()
          if (!chat) return false
          // The machine keeps the order: whoever is asked has read it.
          if (text !== '' && chat.say(withLead(taken.languages, words.tag, colleague.name || words.get('rooms.somebody'), text)) !== NotSaid.None) return false
          summary.shown(colleague.id, text)
          if (text !== '') desk?.post.tell(colleague.id, packSummary(hex(chat.ref.ticket), ''))
          desk?.post.invite(hex(chat.ref.ticket), kind, colleague.id)
          return true
        },
        takeBack: () => driver()?.takeBack(),
        letGo: (member) => driver()?.letGo(member),
      },
      end: () => {
        view.ending()
        ended(chat)
        driver()?.end()
      },
      cool: taken.lane === 0 ? null : () => coolDown(taken.ref),
      putBack: () => driver()?.putBack(),
      chosen: () => choose(chat),
      removed: () => remove(chat),
      asked: (end) => card.asked(end && taken.lane !== 0),
      askedIn: taken.lane === 0,
    },
    card.element,
  )
  const chat: OpenChat = { ref: taken.ref, driver, view, card, beside }
  chats.push(chat)
  if (!lock.open) lock.tuck()
  if (taken.back) {
    // Nobody asked for this one just now: whoever is writing to another visitor goes on writing to that one.
    ring('visitor')
    notice('known.back')
    choose(chosen ?? chat)
  } else {
    choose(chat)
    chat.view.focus()
  }
  return {
    view: (view) => {
      talked ||= view.phase === Phase.Talking
      led ||= view.phase === Phase.Talking && !view.asking?.guest
      chat.view.update(view)
      const now = summary.follow(view.asking)
      if (now) desk?.post.tell(now.to, packSummary(hex(taken.ref.ticket), now.text))
      const promised = view.phase === Phase.Talking ? desk?.post.promised(hex(taken.ref.ticket)) : null
      if (typeof promised === 'string') chat.view.summary(promised, '')
    },
    said: (message, own) => {
      const seen = chosen === chat && lock.open && document.visibilityState === 'visible'
      chat.view.add(message, own, seen)
      if (!own && !seen) ring('message')
      title()
    },
    delivered: (upTo) => chat.view.delivered(upTo),
    emptied: () => {
      chat.view.empty()
      summary.drop()
      beside.empty()
      panel.render()
    },
    over: (view, putBack) => {
      chat.view.over(view, putBack)
      ended(chat)
      const leads = !(driver()?.isGuest ?? false)
      const was = wasOf({ putBack, askedIn: taken.lane === 0, talked, led, leads, ended: view?.ending !== Ending.None })
      if (was) shift.over(was)
      // A guest's word counts nothing, nor that of who has handed the chat on: it ends at its own seat.
      if (putBack || view?.asking?.guest || view?.ending === Ending.None) chat.card.asked(false)
      else chat.card.over(view?.ending ?? Ending.LostContact)
      render()
    },
    wiped: () => render(),
  }
}

/** What was ticked and noted beside it goes with it. */
function ended(chat: OpenChat): void {
  chat.beside.end()
  panel.render()
}

function choose(chat: OpenChat | null): void {
  chosen = chat
  if (!training.on) panel.follow(chat?.beside ?? null)
  for (const one of chats) one.view.select(one === chat)
  render()
}

function remove(chat: OpenChat): void {
  chats.splice(chats.indexOf(chat), 1)
  chat.card.remove()
  chat.view.remove()
  if (chosen === chat) choose(chats.at(-1) ?? null)
  else render()
  if (chosen) chosen.view.tab.focus()
  else byId('take-next').focus()
}

byId('tabs').addEventListener('keydown', (event) => {
  const at = chats.findIndex((chat) => chat === chosen)
  const to = event.key === 'ArrowRight' ? at + 1 : event.key === 'ArrowLeft' ? at - 1 : NaN
  const end = event.key === 'Home' ? 0 : event.key === 'End' ? chats.length - 1 : NaN
  const next = chats[Number.isNaN(to) ? end : (to + chats.length) % chats.length]
  if (!next) return
  event.preventDefault()
  choose(next)
  next.view.tab.focus()
})

addEventListener('keydown', (event) => {
  const move = desk && lock.open ? moveOf(event) : null
  if (!move) return
  event.preventDefault()
  if (move === 'line') {
    const next = byId<HTMLButtonElement>('take-next')
    ;(next.disabled ? byId('line-title') : next).focus()
  } else if (move === 'conversation') chosen?.view.focusOther()
  else if (chosen) {
    const at = nextChat(chats.map((chat) => chat.view.unread), chats.indexOf(chosen), move === 'next-chat')
    choose(chats[at] ?? chosen)
    chosen.view.focus()
  }
})

// --- what is shown ------------------------------------------------------------------------------------------

function render(): void {
  if (!desk) return
  const link = seatView?.link ?? LinkState.Opening
  const up = link === LinkState.Up && (seatView?.admitted ?? false)
  say(byId('link'), words.get(up ? 'link.up' : link === LinkState.Down ? 'link.down' : 'link.opening'))
  byId('link').className = up ? 'small' : 'small trouble'
  say(byId('door'), words.get(`state.${openState(seatView?.state ?? 0) ?? root.dataset.state ?? 'closed'}`))
  say(byId('duty-about'), pause.on ? '' : words.get(duty.checked ? 'duty.ready' : 'duty.resting'))
  const may = mayTake(seatView, desk.hasRoom, entries)
  byId<HTMLButtonElement>('take-next').disabled = !may
  line.allow(seatView !== null && seatView.admitted && seatView.ready && desk.hasRoom)
  show(byId('none'), chats.length === 0)
  training.allow(desk.livingChats === 0)
  title()
}

function notice(key: string | null): void {
  noticeKey = key
  say(byId('notice'), key ? words.get(key) : '')
  show(byId('notice'), key !== null)
}

/** Numbers only: a title is seen by whoever passes the screen. */
function title(): void {
  const unread = chats.reduce((sum, chat) => sum + chat.view.unread, 0)
  const numberShown = byId<HTMLInputElement>('show-total').checked
  const waiting = numberShown && desk ? total : 0
  const count = unread + waiting
  badge(waiting > 0 ? words.get('waits', { n: waiting }) : '', count)
  const news = [unread > 0 ? words.get('lock.news', { n: unread }) : '', waiting > 0 ? words.get('waits', { n: waiting }) : '']
  lock.news(news.filter((part) => part !== '').join(' '))
  const asks = desk && !byId('idle').hidden ? `${words.get('idle.title')} ` : ''
  const text = `${asks}${count > 0 ? `(${count}) ` : ''}${words.get('title')}`
  if (document.title !== text) document.title = text
}

byId('show-total').addEventListener('change', () => title())
byId('idle-here').onclick = () => duty.focus()

// --- the language of the console ----------------------------------------------------------------------------

const languageButton = byId('language')
const english = built.languages[0]

async function toggleLanguage(): Promise<void> {
  const toEnglish = words.tag === 'sv' && english !== undefined
  try {
    words.use(toEnglish ? english.tag : 'sv', toEnglish ? await fetchTexts(english) : null)
  } catch {
    return
  }
  showLanguage()
  gate(gateKey)
  notice(noticeKey)
  line.render()
  hours.render()
  asks.render()
  lookAtPage.render()
  staffroom.render()
  lock.render()
  pause.render()
  shiftView.render()
  preview.render()
  statistics.render()
  for (const chat of chats) {
    chat.view.render()
    chat.card.render()
  }
  panel.render()
  training.render()
  if (session) guestOnly(words, session.role)
  render()
}

function showLanguage(): void {
  show(languageButton, english !== undefined)
  const next = words.tag === 'sv' ? english : { tag: 'sv', name: 'Svenska' }
  languageButton.lang = next?.tag ?? ''
  say(languageButton, next?.name ?? '')
}

languageButton.onclick = () => void toggleLanguage()
showLanguage()
void begin()
