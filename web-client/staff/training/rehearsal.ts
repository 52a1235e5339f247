// Plays a case: a chat with nobody. It knows no document, no relay, no socket and no machine; all it is given is who
// listens, and all it can do is call them.

import type { Message, View } from '../../shared/door/records.ts'
import { Compare, Ending, LinkState, NotSaid, Peer, Phase, Silence } from '../../shared/door/words.ts'
import type { Act, Case, Scene, Tag } from './case.ts'

export interface RehearsalHears {
  view(view: View): void
  said(message: Message): void
  delivered(upTo: number): void
  over(view: View, putBack: boolean): void
}

/** How fast a visitor writes on a phone: milliseconds for a letter, and the least and the most for a message. */
const LETTER = 45
const QUICKEST = 1_200
const SLOWEST = 5_000
/** After the counsellor's last words: they may write more. Milliseconds. */
const READS = 1_500
const DELIVERS = 400

export class Rehearsal {
  readonly #play: Case
  readonly #tag: Tag
  readonly #hears: RehearsalHears
  #view: View
  #scene: Scene | null = null
  #does: Act[] = []
  #ready = false
  #heard = ''
  #silent: ReturnType<typeof setTimeout> | undefined
  #next: ReturnType<typeof setTimeout> | undefined
  #deliver: ReturnType<typeof setTimeout> | undefined
  #messages = 0
  #counsellorSpoke = false
  #visitorSpoke = false
  #over = false

  constructor(play: Case, tag: Tag, hears: RehearsalHears) {
    this.#play = play
    this.#tag = tag
    this.#hears = hears
    this.#view = { ...nobody, about: play.forWhom }
  }

  begin(): void {
    this.#hears.view(this.#view)
    this.#next = setTimeout(() => {
      this.#show({ phase: Phase.Talking, peer: Peer.Here })
      this.#go('start')
    }, READS)
  }

  /** 0: accepted, as a chat says it. */
  say(words: string): number {
    if (this.#over || this.#view.phase !== Phase.Talking) return NotSaid.NotNow
    this.#counsellorSpoke = true
    this.#messages += 1
    this.#hears.said({ id: this.#messages, from: 1, at: Date.now(), text: words })
    this.#heard += ` ${words.toLowerCase()}`
    this.#deliverSoon()
    if (this.#ready) this.#answerSoon()
    return NotSaid.None
  }

  typing(on: boolean): void {
    if (!on || !this.#ready) return
    if (this.#heard !== '') this.#answerSoon()
    else this.#waitForWords()
  }

  hold(on: boolean): void {
    if (!this.#over) this.#show({ held: on })
  }

  compare(on: boolean): void {
    // Numbers that are nobody's: there is no other telephone to read them to.
    if (!this.#over) this.#show(on ? { compare: Compare.Numbers, numbers: [123, 456, 789] } : { compare: Compare.None, numbers: [] })
  }

  end(): void {
    this.#finish(this.#counsellorSpoke && this.#visitorSpoke ? Ending.Helped : Ending.EndedByCounsellor, Peer.Here, false)
  }

  putBack(): void {
    this.#finish(Ending.None, Peer.Here, true)
  }

  /** Gone without a word: the training itself is over. */
  stop(): void {
    this.#over = true
    for (const timer of [this.#next, this.#silent, this.#deliver]) clearTimeout(timer)
  }

  #go(name: string): void {
    this.#scene = this.#play.scenes[name] ?? null
    this.#does = [...(this.#scene?.does ?? [])]
    this.#ready = false
    clearTimeout(this.#silent)
    this.#goOn()
  }

  #goOn(): void {
    if (this.#over) return
    const act = this.#does.shift()
    if (!act) return this.#listen()
    if ('waits' in act) return this.#later(act.waits * 1_000)
    if ('covers' in act) {
      this.#show({ peerCovered: act.covers })
      return this.#later(0)
    }
    if ('gone' in act) {
      this.#show(act.gone ? { peer: Peer.Gone, peerSince: Date.now() } : { peer: Peer.Here, peerSince: 0 })
      if (!act.gone) this.#deliverSoon()
      return this.#later(0)
    }
    if ('leaves' in act) {
      if (act.leaves === 'fast') return this.#finish(Ending.LeftFast, Peer.LeftFast, false)
      if (act.leaves === 'lost') return this.#finish(Ending.LostContact, Peer.Lost, false)
      return this.#finish(this.#counsellorSpoke ? Ending.Helped : Ending.LeftLine, Peer.Here, false)
    }
    const text = act.says[this.#tag]
    this.#show({ peerTyping: true })
    this.#next = setTimeout(() => {
      this.#show({ peerTyping: false })
      this.#visitorSpoke = true
      this.#messages += 1
      this.#hears.said({ id: this.#messages, from: 0, at: Date.now(), text })
      this.#goOn()
    }, Math.min(SLOWEST, Math.max(QUICKEST, text.length * LETTER)))
  }

  #later(ms: number): void {
    this.#next = setTimeout(() => this.#goOn(), ms)
  }

  /** The visitor has done what they do here; now it is the counsellor's turn. */
  #listen(): void {
    this.#ready = true
    if (this.#heard !== '') this.#answerSoon()
    else this.#waitForWords()
  }

  #answerSoon(): void {
    clearTimeout(this.#silent)
    clearTimeout(this.#next)
    this.#next = setTimeout(() => {
      const heard = this.#heard
      this.#heard = ''
      const branch = this.#scene?.then?.find(({ hears }) => hears?.some((part) => heard.includes(part)) ?? true)
      if (branch) this.#go(branch.go)
      else this.#waitForWords()
    }, READS)
  }

  #waitForWords(): void {
    clearTimeout(this.#silent)
    const silence = this.#scene?.silence
    if (silence) this.#silent = setTimeout(() => this.#go(silence.go), silence.after * 1_000)
  }

  /** Nothing arrives at a page that has no network. */
  #deliverSoon(): void {
    clearTimeout(this.#deliver)
    this.#deliver = setTimeout(() => {
      if (this.#view.peer === Peer.Here) this.#hears.delivered(this.#messages)
    }, DELIVERS)
  }

  #show(change: Partial<View>): void {
    this.#view = { ...this.#view, ...change }
    this.#hears.view(this.#view)
  }

  #finish(ending: number, peer: number, putBack: boolean): void {
    if (this.#over) return
    this.stop()
    this.#view = { ...this.#view, phase: Phase.Over, ending, peer, peerTyping: false }
    this.#hears.over(this.#view, putBack)
  }
}

/** What a chat looks like before its visitor has confirmed the keys. */
const nobody: View = {
  phase: Phase.Greeting,
  link: LinkState.Up,
  place: 0,
  openState: 0,
  closingSoon: false,
  peer: Peer.Unknown,
  peerSince: 0,
  peerTyping: false,
  peerCovered: false,
  silence: Silence.None,
  held: false,
  unsent: 0,
  ending: Ending.None,
  refusal: 0,
  about: 0,
  alias: '',
  role: 0,
  returning: 0,
  wait: 0,
  compare: Compare.None,
  numbers: [],
}
