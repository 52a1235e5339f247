// Who else is in a chat, and asking somebody in or handing over: a part of the chat's panel.

import { h, say, show } from '../../shared/dom.ts'
import { Invite, Phase } from '../../shared/door/words.ts'
import type { View } from '../../shared/door/records.ts'
import type { PageWords } from '../../shared/words.ts'
import { hasHand } from '../hand.ts'
import { called } from './called.ts'
import type { Colleague } from './post.ts'
import { SUMMARY_MOST } from './summary.ts'

export interface RoomActs {
  colleagues(): Colleague[]
  /** Everybody on duty is asked who they are. */
  call(): void
  /** `kind`: `Invite`. `summary`: for the newcomer, the visitor sees it first; empty for none. False: not said just now. */
  invite(kind: number, colleague: Colleague, summary: string): boolean
  takeBack(): void
  letGo(member: number): void
}

export class RoomPart {
  readonly buttons: HTMLButtonElement[]
  /** Above the conversation: who reads. */
  readonly who: HTMLElement
  /** Above the field: whom to ask, and what they said. */
  readonly note: HTMLElement
  readonly #acts: RoomActs
  readonly #lost: () => void
  readonly #title = h('p')
  readonly #list = h('ul', { class: 'choose' })
  readonly #state = h('p', { role: 'status' })
  readonly #summary = h('textarea', {
    rows: 2,
    maxlength: SUMMARY_MOST,
    dir: 'auto',
    autocomplete: 'off',
    autocorrect: 'off',
    spellcheck: 'false',
    'data-gramm': 'false',
  })
  readonly #summaryWords = h('span', { class: 'small' })
  readonly #summaryLabel = h('label', { class: 'summary-field' }, this.#summaryWords, this.#summary)
  readonly #cancel: HTMLButtonElement
  readonly #members = h('span', { class: 'small' })
  readonly #reads = h('span', { role: 'status' })
  /** Choosing for this; 0 nothing. */
  #choosing = 0
  #words: PageWords | null = null
  #view: View | null = null

  /** `lost`: what the keyboard was on is gone. */
  constructor(acts: RoomActs, lost: () => void) {
    this.#acts = acts
    this.#lost = lost
    this.buttons = [Invite.Guest, Invite.HandOver].map((kind) =>
      h('button', { type: 'button', class: 'plain', onclick: () => this.#choose(kind) }),
    )
    this.#cancel = h('button', { type: 'button', class: 'plain slim', onclick: () => this.#stop() })
    this.who = h('div', { class: 'who', hidden: true }, this.#reads, this.#members)
    this.note = h('div', { class: 'note room', role: 'group', hidden: true }, this.#title, this.#list, this.#state, this.#cancel)
  }

  render(words: PageWords, view: View | null, talking: boolean): void {
    this.#words = words
    this.#view = view
    const had = [this.who, this.note, ...this.buttons].some((one) => one.contains(document.activeElement))
    const asking = view?.asking
    const own = talking && asking !== undefined && !asking.guest
    if (!own || asking.kind !== 0) this.#choosing = 0
    this.buttons.forEach((button, at) => {
      say(button, words.get(at === 0 ? 'rooms.invite' : 'rooms.hand'))
      show(button, !asking?.guest)
      button.disabled = !own || asking.kind !== 0
    })
    const choosing = this.#choosing !== 0
    const label = words.get(this.#choosing === Invite.HandOver ? 'rooms.hand' : 'rooms.invite')
    this.note.setAttribute('aria-label', label)
    say(this.#title, choosing ? words.get(this.#choosing === Invite.HandOver ? 'rooms.hand.about' : 'rooms.invite.about') : '')
    // In the document only while somebody is chosen: a chat has one field for writing.
    const field = choosing && this.#able().length > 0
    if (!field) this.#summaryLabel.remove()
    else if (this.#summaryLabel.parentElement !== this.note) this.#list.before(this.#summaryLabel)
    say(this.#summaryWords, words.get('rooms.summary'))
    if (!choosing) this.#summary.value = ''
    this.#renderList(words, choosing)
    say(this.#state, own ? this.#stateWords(words, choosing) : '')
    show(this.#cancel, choosing || (own && asking.kind !== 0))
    say(this.#cancel, words.get(choosing ? 'rooms.close' : 'rooms.back'))
    show(this.note, choosing || (own && (asking.kind !== 0 || asking.asked > 1)))

    const others = talking ? (view?.room ?? []) : []
    show(this.who, talking && (others.length > 0 || asking?.guest === true))
    say(this.#reads, others.length > 0 ? words.get('rooms.reads', { who: others.map((one) => this.#called(one)).join(', ') }) : words.get('rooms.alone'))
    this.#renderMembers(words, own ? others : [])
    if (had && !hasHand()) this.#lost()
  }

  #renderMembers(words: PageWords, others: View['room']): void {
    const key = JSON.stringify([words.tag, others.map((one) => [one.member, one.name, one.role])])
    if (this.#members.dataset.key === key) return
    this.#members.dataset.key = key
    this.#members.replaceChildren(
      ...others.map((one) =>
        h(
          'button',
          { type: 'button', class: 'plain slim', onclick: () => this.#acts.letGo(one.member) },
          words.get('rooms.let.go', { who: one.name || words.get(`role.${one.role}`) }),
        ),
      ),
    )
  }

  #called({ name, role, here }: { name: string; role: number; here: boolean }): string {
    const words = this.#words
    if (!words) return ''
    const who = `${name || words.get('chat.guest')} (${words.get(`role.${role}`)})`
    return here ? who : words.get('rooms.away', { who })
  }

  #stateWords(words: PageWords, choosing: boolean): string {
    const asking = this.#view?.asking
    if (choosing || !asking) return choosing && this.#able().length === 0 ? words.get('rooms.nobody') : ''
    if (asking.kind !== 0) return words.get(asking.consent ? (asking.comes ? 'rooms.coming' : 'rooms.waits.colleague') : 'rooms.waits.visitor')
    return asking.asked > 1 ? words.get(`rooms.asked.${asking.asked}`) : ''
  }

  /** Whom this may be: on duty, not here already; only a counsellor takes a chat over. */
  #able(): Colleague[] {
    return this.#acts.colleagues().filter((one) => one.ready && (this.#choosing === Invite.Guest || one.role === 1))
  }

  #renderList(words: PageWords, choosing: boolean): void {
    const able = choosing ? this.#able() : []
    const key = JSON.stringify([words.tag, this.#choosing, able.map((one) => [one.id, one.name, one.role])])
    if (this.#list.dataset.key === key) return
    const focused = this.#list.contains(document.activeElement)
    this.#list.dataset.key = key
    this.#list.replaceChildren(
      ...able.map((one) => {
        const role = words.get(`role.${one.role}`)
        const choose = () => {
          // What could not be said to the visitor is not asked either.
          if (!this.#acts.invite(this.#choosing, one, this.#summary.value.trim())) return
          this.#choosing = 0
          this.#summary.value = ''
          this.update()
          // What can be done now: the question can be taken back.
          if (this.#cancel.checkVisibility()) this.#cancel.focus()
          else this.#lost()
        }
        return h(
          'li',
          {},
          one.name === null
            ? h('span', { class: 'small' }, words.get('rooms.proving', { role }))
            : h('button', { type: 'button', class: 'plain slim', onclick: choose }, `${called(words, one)} (${role})`),
        )
      }),
    )
    if (focused) this.#list.querySelector('button')?.focus()
  }

  #choose(kind: number): void {
    this.#choosing = this.#choosing === kind ? 0 : kind
    this.update()
    if (this.#choosing) this.#cancel.focus()
  }

  #stop(): void {
    if (this.#choosing) {
      this.buttons[this.#choosing - 1]?.focus()
      this.#choosing = 0
    } else {
      this.#acts.takeBack()
    }
    this.update()
  }

  /** The colleagues have changed. */
  update(): void {
    // Whoever has come on duty meanwhile, too.
    if (this.#choosing) this.#acts.call()
    if (this.#words) this.render(this.#words, this.#view, this.#view?.phase === Phase.Talking)
  }
}
