// The staff console. Wires the desk to the views; nothing of a chat outlives it here.

import './staff.css'
import './rooms/style.css'
import { clockMs } from '../shared/clocks.ts'
import { byId, say, show } from '../shared/dom.ts'
import { hex } from '../shared/door/bytes.ts'
import type { Trust } from '../shared/door/commands.ts'
import { DeskDoor } from '../shared/door/desk-door.ts'
import type { Door } from '../shared/door/door.ts'
import { loadModule, type Fresh } from '../shared/door/load.ts'
import type { LineEntry, SeatView } from '../shared/door/records.ts'
import { LinkState, NotSaid, Refusal, StaffRole, openState } from '../shared/door/words.ts'
import { Socket, relayUrl, socketUrl } from '../shared/socket.ts'
import { readTrust } from '../shared/trust.ts'
import { PageWords, fetchTexts } from '../shared/words.ts'
import type { ChatDriver, ChatHears } from './chat.ts'
import { Desk, type NewChat } from './desk.ts'
import { enrol, enter, type Renewal } from './enter.ts'
import { startHeartbeat } from './heartbeat.ts'
import { idleState } from './idle.ts'
import { SHORTEST } from './key-file.ts'
import { mayTake, newcomers, notTakenWords, seatRefusedWords } from './model.ts'
import { bringRoster, endSession, sessionLives, signIn, takeToken, type Session } from './session.ts'
import { AsksView } from './rooms/asks.ts'
import { Bell } from './sound.ts'
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
const duty = byId<HTMLInputElement>('duty')

let desk: Desk | null = null
let session: { name: string } | null = null
let seatView: SeatView | null = null
let entries: LineEntry[] = []
let total = 0
let known = new Set<string>()
let lastInput = Date.now()
let gateKey: string | null = 'signing'
let noticeKey: string | null = null
let chatCount = 0

interface OpenChat {
  view: ChatView
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
const asks = new AsksView(words, (ticket, yes) => void desk?.post.answer(ticket, yes))
const line = new LineView(words, (ticket) => take(ticket))
const bell = new Bell((blocked) => show(byId('sound-blocked'), blocked && byId<HTMLInputElement>('sound').checked))

// --- signing in ---------------------------------------------------------------------------------------------

/** Fresh instances of the module, once it is here; null when it cannot be fetched. */
async function instances(): Promise<Fresh | null> {
  const { wasm, fallback } = built
  try {
    return wasm && fallback ? await loadModule(wasm, fallback) : null
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
  await sit(who, fresh)
}

async function sit(who: Session, fresh: Fresh): Promise<void> {
  try {
    desk = new Desk(new DeskDoor(await fresh()), fresh, new Socket(socketUrl(relay, '/ws/desk', location.href)), {
      seat: seatChanged,
      line: lineChanged,
      notTaken: (refusal) => notice(notTakenWords(refusal)),
      chat: newChat,
      colleagues: () => {
        for (const chat of chats) chat.view.colleagues()
      },
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
  session = { name: who.name }
  say(byId('name'), who.name)
  gate(null)
  startHeartbeat(built.heartbeat, beat)
  const origin = new URL(relayUrl(relay, '/', location.href)).origin
  try {
    const trust = readTrust(root.dataset, built.date)
    desk.signIn({ ...who, trust, origin, alias: who.name })
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
async function withMachine(act: (door: Door, trust: Trust, fresh: Fresh) => Promise<void>): Promise<void> {
  entry.busy(true)
  gate('sign.in.touch')
  const fresh = await instances()
  try {
    if (!fresh) return atTheDoor('module', 'over')
    const door = new DeskDoor(await fresh())
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
    const { person, staffSeed, capacity } = entered
    if (person.role !== StaffRole.Counsellor) {
      staffSeed.fill(0)
      if (person.role === StaffRole.Coordinator) return atTheDoor(null, 'keeper')
      endSession()
      return atTheDoor('sign.role', 'sign-in')
    }
    offerRenewal(entered.renewal)
    entry.step(null)
    await sit({ name: person.name, staffSeed, certificate: person.certificate, capacity }, fresh)
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

/** Everything goes: logs and fields first. */
function close(key: string): void {
  const closing = desk
  desk = null
  for (const chat of chats.splice(0)) chat.view.remove()
  chosen = null
  asks.empty()
  closing?.wipe()
  offerRenewal(null)
  gate(key)
  if (!demo) entry.step('over')
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
  }
  const state = openState(view.state)
  if (state) root.dataset.state = state
  if (view.refusal === Refusal.NotAdmitted && !demo) return close('signed.ended')
  if (view.link === LinkState.Down) void isStillSignedIn()
  const refused = seatRefusedWords(view.refusal)
  if (refused) notice(refused)
  render()
}

function lineChanged(state: number, newTotal: number, newEntries: LineEntry[]): void {
  const word = openState(state)
  if (word) root.dataset.state = word
  const tickets = newEntries.map((entry) => hex(entry.ticket))
  if (duty.checked && newcomers(known, tickets).length > 0) ring('visitor')
  known = new Set(tickets)
  entries = newEntries
  total = newTotal
  line.update(total, entries)
  render()
}

function take(ticket?: Uint8Array): void {
  notice(null)
  desk?.take(ticket)
}

byId('take-next').onclick = () => take()
duty.onchange = () => {
  lastInput = Date.now()
  notice(null)
  void bell.wake()
  desk?.duty(duty.checked)
  render()
}
byId<HTMLInputElement>('sound').onchange = () => void bell.wake()
byId('sound-on').onclick = () => void bell.wake()

function ring(kind: 'visitor' | 'message'): void {
  if (byId<HTMLInputElement>('sound').checked) bell.ring(kind)
}

function beat(): void {
  desk?.alive()
  line.render()
  checkIdle()
}

document.addEventListener('visibilitychange', () => {
  if (!desk) return
  const visible = document.visibilityState === 'visible'
  desk.visible(visible)
  if (!visible) return
  desk.wake()
  chosen?.view.read()
  title()
})
addEventListener('online', () => desk?.wake())

// --- a hand on the page -------------------------------------------------------------------------------------

for (const kind of ['pointerdown', 'keydown', 'input'] as const) {
  addEventListener(kind, () => {
    lastInput = Date.now()
    if (!byId('idle').hidden) checkIdle()
  })
}

function checkIdle(): void {
  const idle = idleState(idleClocks, duty.checked, lastInput, Date.now())
  const asking = idle === 'ask'
  show(byId('idle'), asking)
  say(byId('idle-words'), asking ? words.get('idle') : '')
  if (asking) ring('visitor')
  if (idle !== 'rest') return
  duty.checked = false
  desk?.duty(false)
  notice('idle.rested')
  render()
}

// --- chats --------------------------------------------------------------------------------------------------

function newChat(taken: NewChat, driver: () => ChatDriver | undefined): ChatHears {
  chatCount += 1
  // Of a chat that a colleague asked us into, neither is known.
  const about = () => (taken.lane === 0 ? words.get('rooms.asked.in') : [words.get(`lane.${taken.lane}`), ...taken.languages].join(' · '))
  const chat: OpenChat = {
    driver,
    view: new ChatView(words, chatCount, session?.name ?? '', about, {
      say: (text) => driver()?.say(text) ?? NotSaid.NotNow,
      typing: (on) => driver()?.typing(on),
      hold: (on) => driver()?.hold(on),
      compare: (on) => driver()?.compare(on),
      room: {
        colleagues: () => desk?.post.colleagues ?? [],
        call: () => desk?.post.call(),
        invite: (kind, colleague) => {
          const chat = driver()
          if (chat) desk?.post.invite(hex(chat.ref.ticket), kind, colleague)
        },
        takeBack: () => driver()?.takeBack(),
        letGo: (member) => driver()?.letGo(member),
      },
      end: () => {
        chat.view.ending()
        driver()?.end()
      },
      putBack: () => driver()?.putBack(),
      chosen: () => choose(chat),
      removed: () => remove(chat),
    }),
  }
  chats.push(chat)
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
    view: (view) => chat.view.update(view),
    said: (message, own) => {
      const seen = chosen === chat && document.visibilityState === 'visible'
      chat.view.add(message, own, seen)
      if (!own && !seen) ring('message')
      title()
    },
    delivered: (upTo) => chat.view.delivered(upTo),
    emptied: () => chat.view.empty(),
    over: (view, putBack) => {
      chat.view.over(view, putBack)
      render()
    },
    wiped: () => render(),
  }
}

function choose(chat: OpenChat | null): void {
  chosen = chat
  for (const one of chats) one.view.select(one === chat)
  render()
}

function remove(chat: OpenChat): void {
  chats.splice(chats.indexOf(chat), 1)
  chat.view.remove()
  if (chosen === chat) choose(chats.at(-1) ?? null)
  else render()
  if (chosen) chosen.view.tab.focus()
  else byId('take-next').focus()
}

byId('tabs').addEventListener('keydown', (event) => {
  const at = chats.findIndex((chat) => chat === chosen)
  const to = event.key === 'ArrowRight' ? at + 1 : event.key === 'ArrowLeft' ? at - 1 : NaN
  const next = Number.isNaN(to) ? undefined : chats[(to + chats.length) % chats.length]
  if (!next) return
  event.preventDefault()
  choose(next)
  next.view.tab.focus()
})

// --- what is shown ------------------------------------------------------------------------------------------

function render(): void {
  if (!desk) return
  const link = seatView?.link ?? LinkState.Opening
  const up = link === LinkState.Up && (seatView?.admitted ?? false)
  say(byId('link'), words.get(up ? 'link.up' : link === LinkState.Down ? 'link.down' : 'link.opening'))
  byId('link').className = up ? 'small' : 'small trouble'
  say(byId('door'), words.get(`state.${openState(seatView?.state ?? 0) ?? root.dataset.state ?? 'closed'}`))
  say(byId('duty-about'), words.get(duty.checked ? 'duty.ready' : 'duty.resting'))
  const may = mayTake(seatView, desk.hasRoom, entries)
  byId<HTMLButtonElement>('take-next').disabled = !may
  line.allow(seatView !== null && seatView.admitted && seatView.ready && desk.hasRoom)
  show(byId('none'), chats.length === 0)
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
  const count = unread + (numberShown && desk ? total : 0)
  const text = `${count > 0 ? `(${count}) ` : ''}${words.get('title')}`
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
  asks.render()
  for (const chat of chats) chat.view.render()
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
