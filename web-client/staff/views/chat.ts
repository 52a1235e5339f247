// One chat: its tab and its panel.

import { closesIn, silenceClocks } from '../../shared/clocks.ts'
import { byId, h, say, show } from '../../shared/dom.ts'
import { LinkState, Phase, Silence, notSaidWords } from '../../shared/door/words.ts'
import type { Message, View } from '../../shared/door/records.ts'
import type { PageWords } from '../../shared/words.ts'
import { Typing } from '../../shared/typing.ts'
import { UNDO_MS } from '../../shared/undo.ts'
import { hasHand } from '../hand.ts'
import { RoomPart, type RoomActs } from '../rooms/room.ts'
import { CompareView } from './compare.ts'
import { TemplatesView, type TemplatesOf } from '../templates/view.ts'
import { aboutWords, clock, contactWords, knownWords, overWords } from '../model.ts'

export interface ChatActs {
  /** 0 when accepted, else the reason: then the draft stays. */
  say(words: string): number
  typing(on: boolean): void
  hold(on: boolean): void
  compare(on: boolean): void
  room: RoomActs
  end(): void
  /** Where the visitor comes from is cooled down; whether the relays were told. Null where nobody can be. */
  cool: (() => Promise<boolean>) | null
  putBack(): void
  /** The tab was chosen. */
  chosen(): void
  /** The ended chat is taken away. */
  removed(): void
  /** "End" was pressed, or taken back. */
  asked(end: boolean): void
  /** A colleague asked this seat in, as a guest or to take over. */
  askedIn: boolean
}

const NEAR_END = 80

/** Where the chats with real visitors stand. */
const desk = () => ({ tabs: byId('tabs'), panels: byId('panels') })

/** What is said of a silence, in the centre's minutes. */
function silenceWords(silence: number): [string, Record<string, number>] {
  const clocks = silenceClocks(document.documentElement.dataset.clocks)
  const [ask = 0, warn = 0] = clocks.map((seconds) => Math.round(seconds / 60))
  return silence === Silence.Warn ? ['chat.silence.warn', { n: warn, m: closesIn(clocks) }] : ['chat.silence.ask', { n: ask }]
}

export class ChatView {
  readonly tab: HTMLButtonElement
  readonly panel: HTMLElement
  readonly #words: PageWords
  readonly #acts: ChatActs
  readonly #number: number
  readonly #about: () => string
  readonly #log: HTMLElement
  readonly #field: HTMLTextAreaElement
  readonly #parts: Record<
    | 'tabName' | 'tabState' | 'contact' | 'about' | 'known' | 'covered' | 'silence' | 'typing' | 'notSaid' | 'compose'
    | 'fieldLabel' | 'send' | 'end' | 'back' | 'holdWords' | 'hold' | 'sure'
    | 'sureWords' | 'sureYes' | 'sureNo' | 'cool' | 'over' | 'overWords' | 'remove',
    HTMLElement
  >
  readonly #own = new Map<number, HTMLElement>()
  /** How others in the room are called; who has left keeps their name. */
  readonly #names = new Map<number, string>()
  #deliveredUpTo = 0
  #view: View | null = null
  #putBack = false
  #ended = false
  /** The goodbye is on its way: gone from the screen already. */
  #ending = false
  #unread = 0
  /** Whoever reads the newest goes on reading the newest when the log is made smaller. */
  #stick = true
  #sure: 'end' | 'cool' | 'back' | null = null
  /** The relays could not be told to cool anything down. */
  #coolFailed = false
  #undo: ReturnType<typeof setTimeout> | undefined
  #refused = 0
  readonly #typing: Typing
  readonly #compare: CompareView
  readonly #templates: TemplatesView
  readonly #room: RoomPart
  /** What a colleague wrote of the chat before this seat came, and the visitor has read. */
  readonly #summary = h('div', { class: 'note summary', role: 'note', hidden: true })

  constructor(
    words: PageWords,
    number: number,
    templates: TemplatesOf,
    about: () => string,
    acts: ChatActs,
    /** What stands below the chat while it ends and after. */
    below: HTMLElement | '' = '',
    where = desk(),
  ) {
    this.#words = words
    this.#number = number
    this.#about = about
    this.#acts = acts
    this.#typing = new Typing((on) => acts.typing(on))
    this.#compare = new CompareView((on) => acts.compare(on))
    this.#templates = new TemplatesView(words, templates, (text) => this.#insert(text))
    this.#room = new RoomPart(acts.room, () => this.focus())
    const id = `chat-${number}`
    const button = (className: string, onclick: () => void) => h('button', { type: 'button', class: className, onclick })
    const holdBox = h('input', {
      type: 'checkbox',
      role: 'switch',
      autocomplete: 'off',
      onchange: () => acts.hold(holdBox.checked),
    })
    this.#field = h('textarea', {
      id: `${id}-field`,
      rows: 2,
      maxlength: 4000,
      dir: 'auto',
      'aria-keyshortcuts': 'F9',
      autocomplete: 'off',
      spellcheck: 'false',
      autocorrect: 'off',
      autocapitalize: 'sentences',
      'data-gramm': 'false',
      oninput: () => this.#typing.typed(this.#field.value),
      onkeydown: (event) => this.#key(event as KeyboardEvent),
    })
    this.#log = h('div', { class: 'log', role: 'log', 'aria-relevant': 'additions', tabindex: 0 })
    this.#log.addEventListener('scroll', () => (this.#stick = this.#atEnd()))
    new ResizeObserver(() => this.#stick && this.#toEnd()).observe(this.#log)
    const parts = (this.#parts = {
      tabName: h('span'),
      tabState: h('span', { class: 'small' }),
      contact: h('strong', { role: 'status' }),
      about: h('span', { class: 'small' }),
      known: h('span', { class: 'small known', role: 'status' }),
      covered: h('p', { class: 'note warm', role: 'status', hidden: true }),
      silence: h('p', { class: 'note', role: 'status', hidden: true }),
      typing: h('p', { class: 'typing small', 'aria-hidden': 'true' }),
      notSaid: h('p', { class: 'small', role: 'status' }),
      compose: h('div', { class: 'compose' }),
      fieldLabel: h('label', { class: 'quiet-for-eyes', for: `${id}-field` }),
      send: button('main', () => this.#send()),
      end: button('plain', () => this.#ask('end')),
      back: button('plain', () => this.#ask('back')),
      holdWords: h('span'),
      hold: h('label', { class: 'switch small' }),
      sure: h('div', { class: 'note warm', role: 'group', hidden: true }),
      sureWords: h('p'),
      sureYes: button('plain', () => this.#confirmed()),
      sureNo: button('plain', () => this.#ask(null)),
      cool: button('plain', () => this.#ask('cool')),
      over: h('div', { class: 'over', hidden: true }),
      overWords: h('p', { role: 'status', tabindex: -1 }),
      remove: button('plain', () => acts.removed()),
    })
    parts.hold.append(holdBox, parts.holdWords)
    parts.sure.append(parts.sureWords, h('p', { class: 'row' }, parts.sureYes, parts.sureNo, parts.cool))
    parts.over.append(parts.overWords, parts.remove)
    parts.compose.append(
      parts.covered,
      parts.silence,
      this.#compare.note,
      this.#room.note,
      parts.sure,
      parts.notSaid,
      this.#templates.element,
      h('div', { class: 'write' }, parts.fieldLabel, this.#field, parts.send),
      h('div', { class: 'row tail' }, parts.hold, h('span', { class: 'grow' }), ...this.#room.buttons, this.#compare.start, parts.back, parts.end),
    )
    this.panel = h(
      'div',
      { id: `${id}-panel`, class: 'panel', role: 'tabpanel', 'aria-labelledby': `${id}-tab`, hidden: true },
      h('div', { class: 'head' }, parts.contact, parts.about, parts.known),
      this.#room.who,
      this.#summary,
      this.#log,
      parts.typing,
      parts.compose,
      parts.over,
      below,
    )
    this.tab = h(
      'button',
      {
        type: 'button',
        id: `${id}-tab`,
        role: 'tab',
        'aria-controls': `${id}-panel`,
        'aria-keyshortcuts': 'F8',
        'aria-selected': 'false',
        onclick: () => acts.chosen(),
      },
      parts.tabName,
      parts.tabState,
    )
    where.tabs.append(this.tab)
    where.panels.append(this.panel)
    this.render()
  }

  get unread(): number {
    return this.#unread
  }

  select(chosen: boolean): void {
    this.tab.setAttribute('aria-selected', String(chosen))
    this.tab.tabIndex = chosen ? 0 : -1
    show(this.panel, chosen)
    if (!chosen) return
    this.read()
    this.#toEnd()
  }

  focus(): void {
    if (this.#ended) this.#parts.remove.focus()
    else this.#field.focus()
  }

  /** From the field to the conversation, and from anywhere else to the field. */
  focusOther(): void {
    if (document.activeElement === this.#field) this.#log.focus()
    else this.focus()
  }

  /** Somebody has looked at it. */
  read(): void {
    this.#unread = 0
    this.render()
  }

  /** The colleagues have changed. */
  colleagues(): void {
    this.#room.update()
  }

  update(view: View): void {
    this.#view = view
    for (const { member, name } of view.room) this.#names.set(member, name)
    this.render()
  }

  /** `seen` when the panel is in front of somebody. */
  add(message: Message, own: boolean, seen: boolean): void {
    if (this.#ending) return
    const guest = this.#names.get(message.from)
    const stick = own || this.#atEnd()
    const words = this.#words
    const who = own ? words.get('chat.you') : message.from === 0 ? words.get('chat.visitor') : guest || words.get('chat.guest')
    const mark = h('span', { class: 'mark', 'aria-live': 'off' })
    if (own) this.#own.set(message.id, mark)
    this.#log.append(
      h(
        'div',
        { class: own ? 'said own' : 'said' },
        h('span', { class: own || this.#names.size === 0 ? 'quiet-for-eyes' : 'small' }, `${who}: `),
        h('div', { class: 'bubble', dir: 'auto' }, message.text),
        h('span', { class: 'small when', 'aria-hidden': 'true' }, clock(message.at), ' '),
        ...(own ? [mark] : []),
      ),
    )
    if (!own && !seen) this.#unread += 1
    if (stick) this.#toEnd()
    this.render()
  }

  /** Of before: from a colleague, and the visitor has read it. Empty: there is one, and it has not come (yet). */
  summary(by: string, text: string): void {
    const here = this.#summary.childElementCount > 0
    if (this.#ended || this.#ending || (text === '' && here)) return
    const label = this.#words.get(text === '' ? 'rooms.summary.none' : 'rooms.summary.from', { by: by || this.#words.get('rooms.somebody') })
    this.#summary.replaceChildren(h('p', { class: 'small' }, label), ...(text === '' ? [] : [h('p', { dir: 'auto' }, text)]))
    show(this.#summary, true)
  }

  delivered(upTo: number): void {
    this.#deliveredUpTo = Math.max(this.#deliveredUpTo, upTo)
    this.render()
  }

  empty(): void {
    this.#field.value = ''
    this.#log.replaceChildren()
    this.#summary.replaceChildren()
    show(this.#summary, false)
    this.#own.clear()
    this.#names.clear()
    this.#deliveredUpTo = 0
    this.#unread = 0
    this.#typing.forget()
  }

  ending(): void {
    const hadFocus = this.panel.contains(document.activeElement)
    this.#ending = true
    this.empty()
    this.render()
    // What was pressed is hidden now; what comes next is said here.
    if (hadFocus && !hasHand()) this.#parts.overWords.focus()
  }

  over(view: View | null, putBack: boolean): void {
    const hadFocus = this.panel.contains(document.activeElement)
    this.#ended = true
    this.#putBack = putBack
    this.#view = view
    this.#sure = null
    clearTimeout(this.#undo)
    this.empty()
    this.render()
    if (hadFocus) this.#parts.remove.focus()
  }

  remove(): void {
    this.empty()
    this.tab.remove()
    this.panel.remove()
  }

  render(): void {
    const words = this.#words
    const parts = this.#parts
    const view = this.#view
    const talking = view?.phase === Phase.Talking && !this.#ended && !this.#ending
    const contact = contactWords(view)
    const contactText = words.get(contact.key, contact.values)
    const name = words.get('chat.name', { n: this.#number })

    say(parts.tabName, name)
    const tabState = this.#ended
      ? words.get('chat.over')
      : this.#unread > 0
        ? `${words.get('chat.unread', { n: this.#unread })} · ${contactText}`
        : contactText
    say(parts.tabState, tabState)
    this.tab.classList.toggle('new', this.#unread > 0)

    say(parts.contact, this.#ended ? words.get('chat.over') : contactText)
    parts.contact.className = this.#ended ? 'contact' : `contact ${contact.key.replace('.', '-')}`
    const forWhom = talking ? aboutWords(view) : null
    say(parts.about, forWhom ? `${this.#about()} · ${words.get(forWhom)}` : this.#about())
    const known = talking ? knownWords(view, this.#acts.askedIn) : null
    say(parts.known, known ? words.get(known) : '')
    this.#log.setAttribute('aria-label', words.get('chat.log', { name }))
    say(parts.typing, talking && view.peerTyping ? `${words.get('chat.visitor')} ${words.get('chat.typing')}` : '')

    this.#compare.render(words, view, talking)
    this.#room.render(words, view, talking)
    const guest = view?.asking?.guest === true
    show(this.#compare.start, !guest)
    show(parts.hold, !guest)
    show(parts.back, !guest)
    say(parts.covered, words.get('chat.covered'))
    show(parts.covered, talking && view.peerCovered)
    const silence = talking && !view.held ? view.silence : Silence.None
    say(parts.silence, silence === Silence.None ? '' : words.get(...silenceWords(silence)))
    show(parts.silence, silence !== Silence.None)

    show(parts.compose, !this.#ended && !this.#ending)
    show(this.#log, !this.#ended && !this.#ending)
    show(parts.over, this.#ended || this.#ending)
    const overKey = this.#ended ? overWords(view, this.#putBack) : this.#ending ? 'chat.ending' : null
    say(parts.overWords, overKey ? words.get(overKey) : '')
    show(parts.remove, this.#ended)
    say(parts.remove, words.get('chat.close'))

    say(parts.fieldLabel, words.get('chat.field'))
    this.#field.placeholder = words.get('chat.field')
    say(parts.send, words.get('chat.send'))
    ;(parts.send as HTMLButtonElement).disabled = !talking
    const why = notSaidWords(this.#refused)
    say(parts.notSaid, why ? words.get(`chat.${why}`) : '')
    this.#templates.render()
    say(parts.holdWords, words.get('chat.hold'))
    const holdBox = parts.hold.querySelector('input')
    if (holdBox && view) holdBox.checked = view.held
    say(parts.end, words.get(guest ? 'rooms.part' : 'chat.end'))
    say(parts.back, words.get('chat.back'))
    // Without the relay the visitor would be put nowhere.
    ;(parts.back as HTMLButtonElement).disabled = view?.link !== LinkState.Up
    show(parts.sure, this.#sure !== null)
    const sure = this.#sure === 'cool' && this.#coolFailed ? 'chat.cool.not' : `chat.${this.#sure ?? 'end'}.sure`
    say(parts.sureWords, this.#sure ? words.get(guest ? 'rooms.part.sure' : sure) : '')
    say(parts.sureYes, this.#sure ? words.get(guest ? 'rooms.part.yes' : `chat.${this.#sure}.yes`) : '')
    say(parts.sureNo, words.get('chat.end.no'))
    say(parts.cool, words.get('chat.cool'))
    show(parts.cool, this.#sure === 'end' && !guest && talking && this.#acts.cool !== null)

    for (const [messageId, mark] of this.#own) {
      say(mark, words.get(messageId <= this.#deliveredUpTo ? 'chat.delivered' : 'chat.sending'))
    }
  }

  /** Into the field, where the cursor is; sending stays a decision of its own. */
  #insert(text: string): void {
    const field = this.#field
    field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end')
    field.focus()
    this.#typing.typed(this.#field.value)
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    this.#send()
  }

  #send(): void {
    const words = this.#field.value
    if (words.trim() === '' || this.#view?.phase !== Phase.Talking) return
    this.#refused = this.#acts.say(words)
    if (this.#refused === 0) {
      this.#field.value = ''
      this.#typing.stop()
    }
    this.render()
    this.#field.focus()
  }

  #ask(what: 'end' | 'cool' | 'back' | null): void {
    const before = this.#sure
    this.#sure = what
    this.#coolFailed = false
    clearTimeout(this.#undo)
    if (what === 'end') this.#undo = setTimeout(() => this.#confirmed(), UNDO_MS)
    this.#acts.asked(what === 'end' || what === 'cool')
    this.render()
    if (what) this.#parts.sureNo.focus()
    else this.#parts[before === 'back' ? 'back' : 'end'].focus()
  }

  #confirmed(): void {
    const what = this.#sure
    this.#sure = null
    clearTimeout(this.#undo)
    this.render()
    if (what === 'end') this.#acts.end()
    else if (what === 'cool') void this.#coolAndEnd()
    else if (what === 'back') this.#acts.putBack()
  }

  /** First where they come from, as long as somebody knows, and then the end; a chat is not ended by a try that failed. */
  async #coolAndEnd(): Promise<void> {
    const told = (await this.#acts.cool?.()) ?? false
    if (this.#ended || this.#ending) return
    if (told) return this.#acts.end()
    this.#ask('cool')
    this.#coolFailed = true
    this.render()
  }

  #atEnd(): boolean {
    return this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < NEAR_END
  }

  #toEnd(): void {
    this.#log.scrollTop = this.#log.scrollHeight
  }
}
