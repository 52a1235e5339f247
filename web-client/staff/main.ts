// The staff console. Wires the desk to the views; nothing of a chat outlives it here.

import './staff.css'
import { clockMs } from '../shared/clocks.ts'
import { byId, say, show } from '../shared/dom.ts'
import { hex } from '../shared/door/bytes.ts'
import { Door } from '../shared/door/door.ts'
import { instantiate, loadModule } from '../shared/door/load.ts'
import type { LineEntry, SeatView, Taken } from '../shared/door/records.ts'
import { LinkState, NotSaid, openState } from '../shared/door/words.ts'
import { Socket, relayUrl, socketUrl } from '../shared/socket.ts'
import { readTrust } from '../shared/trust.ts'
import { PageWords, fetchTexts } from '../shared/words.ts'
import type { ChatDriver, ChatHears } from './chat.ts'
import { Desk } from './desk.ts'
import { startHeartbeat } from './heartbeat.ts'
import { idleState } from './idle.ts'
import { mayTake, newcomers, notTakenWords, seatRefusedWords } from './model.ts'
import { endSession, signIn, takeToken, type Session } from './session.ts'
import { Bell } from './sound.ts'
import { ChatView } from './views/chat.ts'
import { LineView } from './views/line.ts'

const token = takeToken()
const root = document.documentElement
const relay = root.dataset.relay ?? ''
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

const line = new LineView(words, (ticket) => take(ticket))
const bell = new Bell((blocked) => show(byId('sound-blocked'), blocked && byId<HTMLInputElement>('sound').checked))

// --- signing in ---------------------------------------------------------------------------------------------

async function begin(): Promise<void> {
  let who: Session | null
  try {
    who = await signIn(token)
  } catch {
    who = null
  }
  if (!who) return gate(token ? 'sign.failed' : 'signed.out')
  try {
    if (!__BUILT__.wasm) throw new Error('not built')
    const module = await loadModule(__BUILT__.wasm)
    const fresh = () => instantiate(module)
    desk = new Desk(new Door(await fresh()), fresh, new Socket(socketUrl(relay, '/ws/desk', location.href)), {
      seat: seatChanged,
      line: lineChanged,
      notTaken: (refusal) => notice(notTakenWords(refusal)),
      chat: newChat,
      failed: () => close('failed'),
    })
  } catch {
    return gate('module')
  }
  session = { name: who.name }
  say(byId('name'), who.name)
  gate(null)
  startHeartbeat(__BUILT__.heartbeat, beat)
  const origin = new URL(relayUrl(relay, '/', location.href)).origin
  try {
    const trust = readTrust(root.dataset, __BUILT__.date)
    desk.signIn({ ...who, trust, origin, alias: who.name })
  } catch {
    close('failed')
  }
}

/** The one sentence shown instead of the desk; null shows the desk. */
function gate(key: string | null): void {
  gateKey = key
  show(byId('gate-room'), key !== null)
  show(byId('desk'), key === null)
  if (key) say(byId('gate'), words.get(key))
}

/** Everything goes: logs and fields first. */
function close(key: string): void {
  const closing = desk
  desk = null
  for (const chat of chats.splice(0)) chat.view.remove()
  chosen = null
  closing?.wipe()
  gate(key)
  title()
}

byId('sign-out').onclick = () => {
  if (desk?.livingChats) {
    show(byId('sign-out-sure'), true)
    byId('sign-out-no').focus()
  } else signOut()
}
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

function newChat(taken: Taken, driver: () => ChatDriver | undefined): ChatHears {
  chatCount += 1
  const about = () => [words.get(`lane.${taken.lane}`), ...taken.languages].join(' · ')
  const chat: OpenChat = {
    driver,
    view: new ChatView(words, chatCount, session?.name ?? '', about, {
      say: (text) => driver()?.say(text) ?? NotSaid.NotNow,
      typing: (on) => driver()?.typing(on),
      hold: (on) => driver()?.hold(on),
      compare: (on) => driver()?.compare(on),
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
  if (taken.key.length > 0) {
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
    said: (message) => {
      const seen = chosen === chat && document.visibilityState === 'visible'
      chat.view.add(message, seen)
      if (message.from !== 1 && !seen) ring('message')
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
const english = __BUILT__.languages[0]

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
