// The line and the conversation: one screen, because what is written while waiting stays where it is.

import { byId, h, say, show } from '../../shared/dom.ts'
import { LinkState, Phase, Returning, notSaidWords } from '../../shared/door/words.ts'
import type { Message, View } from '../../shared/door/records.ts'
import type { PageWords } from '../../shared/words.ts'
import { Typing } from '../../shared/typing.ts'
import { UNDO_MS } from '../../shared/undo.ts'
import { LONG_WAIT, banners, markWords, statusWords, waitWords } from '../model.ts'

/** What the visitor does here. */
export interface TalkActs {
  /** 0 when accepted, else the reason: then the draft stays. */
  say(words: string): number
  typing(on: boolean): void
  here(): void
  front(): void
  end(): void
  someoneCame(): void
}

const NEAR_END = 80

export class TalkView {
  readonly #words: PageWords
  readonly #acts: TalkActs
  readonly #field = byId<HTMLTextAreaElement>('field')
  readonly #log = byId('log')
  readonly #scroll = byId('scroll')
  readonly #own = new Map<number, HTMLElement>()
  readonly #names = new Map<number, string>()
  #deliveredUpTo = 0
  #view: View | null = null
  #choosesToWait = false
  #waitingSince = 0
  #longWaitAccepted = false
  /** The first try to reach the relay has failed, and none has worked since. */
  #neverReached = false
  /** There was a conversation, it is gone, and the visitor waits again. */
  #cut = false
  #saidLate = false
  #undo: ReturnType<typeof setTimeout> | undefined
  #longTimer: ReturnType<typeof setTimeout> | undefined
  readonly #typing: Typing
  readonly #closesIn: number

  /** `closesIn`: whole minutes from the warning of silence to its end. */
  constructor(words: PageWords, closesIn: number, acts: TalkActs) {
    this.#words = words
    this.#closesIn = closesIn
    this.#acts = acts
    this.#typing = new Typing((on) => acts.typing(on))
    byId('send').onclick = () => this.#send()
    this.#field.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.isComposing) {
        event.preventDefault()
        this.#send()
      }
    })
    // All of it, and not only the line with the cursor, also above a keyboard on a phone on its side.
    this.#field.addEventListener('focus', () => this.#field.scrollIntoView({ block: 'nearest' }))
    this.#field.addEventListener('input', () => this.#typing.typed(this.#field.value))
    // One tap says the word; what stands in the field stays there.
    for (const quick of byId('quick').querySelectorAll('button')) quick.onclick = () => this.#say(quick.textContent)
    byId('someone').onclick = () => acts.someoneCame()
    byId('silence-here').onclick = () => {
      acts.here()
      this.#field.focus()
    }
    byId('lost-wait').onclick = () => {
      this.#choosesToWait = true
      this.render()
    }
    byId('lost-front').onclick = () => acts.front()
    byId('lost-stop').onclick = () => acts.end()
    byId('long-wait').onclick = () => {
      this.#longWaitAccepted = true
      this.render()
    }
    byId('long-others').onclick = () => {
      byId<HTMLDetailsElement>('help').open = true
      byId('help').querySelector('summary')?.focus()
    }
    byId('end').onclick = () => this.#askToEnd(true)
    byId('end-no').onclick = () => this.#askToEnd(false)
    byId('end-yes').onclick = () => this.#end()
  }

  update(view: View): void {
    const before = this.#view?.phase
    if (view.phase === Phase.Waiting && before !== Phase.Waiting) {
      this.#waitingSince = Date.now()
      clearTimeout(this.#longTimer)
      this.#longTimer = setTimeout(() => this.render(), LONG_WAIT)
    }
    if (view.peer !== this.#view?.peer) this.#choosesToWait = false
    if (view.link === LinkState.Up) this.#neverReached = false
    else if (view.phase === Phase.Joining && view.link === LinkState.Down) this.#neverReached = true
    if (view.phase === Phase.Talking) this.#cut = false
    else if (before === Phase.Talking) this.#cut = true
    this.#view = view
    if (view.phase !== Phase.Talking) this.#names.clear()
    // The one who took the chat is number 1, and is not yet called otherwise.
    else if (view.alias && this.#names.size === 0) this.#names.set(1, view.alias)
    for (const { member, name } of view.room) if (name) this.#names.set(member, name)
    this.render()
  }

  /** Again after a change of language too. */
  render(): void {
    const view = this.#view
    if (!view) return
    const words = this.#words
    const said = [statusWords(view), waitWords(view)].flatMap((one) => (one ? [words.get(one.key, one.values)] : []))
    const shown = banners(view, this.#choosesToWait, this.#neverReached)
    if (shown.closing) said.push(words.get('line.closing'))
    sayAll(byId('status'), said)
    // Who else answers now is shown once; whoever closes the list has seen it.
    if (shown.closing && !this.#saidLate) byId<HTMLDetailsElement>('help').open = true
    this.#saidLate = shown.closing

    const waiting = view.phase === Phase.Waiting || view.phase === Phase.Joining
    show(byId('cut'), this.#cut)
    show(byId('line'), waiting && view.returning !== Returning.CameBack)
    const long = view.phase === Phase.Waiting && Date.now() - this.#waitingSince >= LONG_WAIT
    show(byId('long'), long && !this.#longWaitAccepted)

    show(byId('lost-link'), shown.link)
    show(byId('lost-peer'), shown.peer)
    show(byId('lost-choice'), shown.choice)
    show(byId('silence'), shown.silence !== null)
    say(byId('silence-words'), shown.silence ? words.get(shown.silence, { n: this.#closesIn }) : '')

    // Never beside a question of the page's own that has a yes and a no.
    show(byId('quick'), view.phase === Phase.Talking && (view.offer?.called ?? true))
    const typing = byId('typing')
    const typingShown = view.peerTyping && view.phase === Phase.Talking && !shown.link
    say(typing, typingShown ? `${view.alias || words.get('talk.counsellor')} ${words.get('talk.typing')}` : '')
    const stick = this.#atEnd()
    show(typing, typingShown)
    if (stick) this.#toEnd()
    this.#renderMarks()
  }

  add(message: Message): void {
    const own = message.from === 0
    const stick = own || this.#atEnd()
    const who = own ? this.#words.get('talk.you') : this.#nameOf(message.from)
    // Quiet for screen readers: otherwise every change of the mark would be read aloud.
    const mark = h('span', { class: 'mark', 'aria-live': 'off' })
    this.#log.append(
      h(
        'div',
        { class: own ? 'said own' : 'said' },
        h('span', { class: own || this.#names.size < 2 ? 'quiet-for-eyes' : 'small' }, `${who}: `),
        h('div', { class: 'bubble', dir: 'auto' }, message.text),
        ...(own ? [mark] : []),
      ),
    )
    if (own) this.#own.set(message.id, mark)
    this.#renderMarks()
    if (stick) this.#toEnd()
  }

  /** Who has once been named keeps it: what they said last may come when they have left. */
  #nameOf(member: number): string {
    const guest = this.#view?.room.find((one) => one.member === member)
    const words = this.#words
    const name = this.#names.get(member) ?? (guest ? guest.name : this.#view?.alias)
    return name || words.get(guest ? 'talk.guest' : 'talk.counsellor')
  }

  delivered(upTo: number): void {
    this.#deliveredUpTo = Math.max(this.#deliveredUpTo, upTo)
    this.#renderMarks()
  }

  /** Lets go of every word, in the document and out of it; tells nobody, and cannot fail. */
  forget(): void {
    this.#typing.forget()
    this.#field.value = ''
    this.#log.replaceChildren()
    this.#own.clear()
    this.#names.clear()
  }

  empty(): void {
    this.forget()
    this.#deliveredUpTo = 0
    say(byId('not-said'), '')
    clearTimeout(this.#undo)
    show(byId('end-sure'), false)
  }

  reset(): void {
    this.empty()
    clearTimeout(this.#longTimer)
    this.#view = null
    this.#choosesToWait = false
    this.#longWaitAccepted = false
    this.#neverReached = false
    this.#cut = false
    this.#saidLate = false
  }

  #send(): void {
    const words = this.#field.value
    if (words.trim() === '') return
    if (this.#say(words)) {
      this.#field.value = ''
      this.#typing.stop()
    }
    this.#field.focus()
  }

  #say(words: string): boolean {
    const refused = this.#acts.say(words)
    const why = notSaidWords(refused)
    say(byId('not-said'), why ? this.#words.get(`talk.${why}`) : '')
    return refused === 0
  }

  #end(): void {
    clearTimeout(this.#undo)
    show(byId('end-sure'), false)
    this.#acts.end()
  }

  #askToEnd(ask: boolean): void {
    clearTimeout(this.#undo)
    if (ask) this.#undo = setTimeout(() => this.#end(), UNDO_MS)
    show(byId('end-sure'), ask)
    byId(ask ? 'end-no' : 'end').focus()
  }

  #renderMarks(): void {
    for (const [id, mark] of this.#own) {
      say(mark, this.#words.get(markWords(id <= this.#deliveredUpTo, this.#view)))
    }
  }

  #atEnd(): boolean {
    return this.#scroll.scrollHeight - this.#scroll.scrollTop - this.#scroll.clientHeight < NEAR_END
  }

  #toEnd(): void {
    this.#scroll.scrollTop = this.#scroll.scrollHeight
  }
}

/** Several sentences in one region, changed only when one of them differs, so that each change is heard once. */
function sayAll(region: HTMLElement, sentences: string[]): void {
  if (region.textContent === sentences.join(' ')) return
  region.replaceChildren(...sentences.flatMap((sentence, at) => [...(at > 0 ? [' '] : []), h('span', {}, sentence)]))
}
