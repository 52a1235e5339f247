// Open or closed, in the centre's own sentences. The server rendered them first; this keeps them true.

import { byId, h, say, show } from '../../shared/dom.ts'
import type { OpenState } from '../../shared/door/words.ts'
import type { PageWords } from '../../shared/words.ts'
import type { DoorNow, HelpLine } from '../model.ts'

export class DoorwayView {
  readonly #words: PageWords
  readonly #root = document.documentElement
  readonly #names: Map<string, string>
  #staffed: string[] = []
  /** What the centre says about the phone's list of calls: the document has it in every language, for whoever has no script. */
  readonly #calls = new Map([
    ['sv', byId('calls').textContent],
    ...Array.from(document.querySelectorAll<HTMLElement>('#other details'), (one) => [one.lang, one.querySelector('ul + p')?.textContent] as const),
  ])

  /** `languages`: what each language calls itself. */
  constructor(words: PageWords, languages: { tag: string; name: string }[]) {
    this.#words = words
    this.#names = new Map(languages.map(({ tag, name }) => [tag, name]))
    this.#openLines()
  }

  /** From a frame of the chat: the state alone, in our own words when it differs from what is shown. */
  setState(state: OpenState): void {
    if (this.#root.dataset.state === state) return
    this.#root.dataset.state = state
    this.#showStaffed()
    this.#sentence(this.#words.get(`door.${state}`))
    this.#openLines()
  }

  /** From `/state`. */
  set(now: DoorNow): void {
    this.#root.dataset.state = now.state
    this.#sentence(now.sentence ?? this.#words.get(`door.${now.state}`))
    const lists = [now.lines, now.closed].flatMap(byMunicipality)
    if (lists.length > 0) byId('lines').replaceChildren(...lists)
    if (now.opening) say(byId('opening'), now.opening)
    this.#staffed = now.staffed
    this.#showStaffed()
    const roles = now.onDuty.map((role) => this.#words.get(`role.${role}`)).join(', ')
    say(byId('on-duty'), roles && this.#words.get('who.work.duty', { roles }))
    this.#openLines()
  }

  /** Another language: our own words for the state that is known, until the relay says it in the centre's. */
  fallBack(): void {
    say(byId('calls'), this.#calls.get(this.#words.tag) ?? this.#words.get('help.calls'))
    // The centre's introduction is there in the document's language only.
    show(byId('intro'), this.#words.tag === 'sv')
    this.#showStaffed()
    say(byId('on-duty'), '')
    this.#sentence(this.#words.get(`door.${this.#root.dataset.state ?? 'closed'}`))
  }

  /** Which languages the counsellors write, each by its own name, and whether the chosen one is among them. */
  #showStaffed(): void {
    const shown = this.#root.dataset.state === 'open' && this.#staffed.length > 0
    for (const place of [byId('staffed'), byId('line-staffed')]) {
      show(place, shown)
      const [before, after] = this.#words.get('door.staffed').split('{languages}')
      const not = this.#staffed.includes(this.#words.tag) ? '' : ` ${this.#words.get('door.staffed.not')}`
      const names = this.#staffed.flatMap((tag, at) => [...(at > 0 ? [', '] : []), h('bdi', { lang: tag }, this.#nameOf(tag))])
      place.replaceChildren(before ?? '', ...names, `${after ?? ''}${not}`)
    }
  }

  /** An old browser knows no names. */
  #nameOf(tag: string): string {
    const { DisplayNames } = (globalThis.Intl ?? {}) as Partial<typeof Intl>
    return this.#names.get(tag) ?? (DisplayNames && new DisplayNames([tag], { type: 'language' }).of(tag)) ?? tag
  }

  #sentence(text: string): void {
    const door = byId('door')
    if (door.textContent.trim() !== text) door.replaceChildren(h('p', {}, text))
  }

  /** Whoever cannot chat sees the numbers without looking for them. */
  #openLines(): void {
    const screen = this.#root.dataset.screen
    if (this.#root.dataset.state !== 'open' && screen !== 'talk') byId<HTMLDetailsElement>('help').open = true
  }
}

/** A list for everywhere, then one under the name of each municipality. */
function byMunicipality(lines: HelpLine[]): HTMLElement[] {
  return [...new Set(lines.map(({ area }) => area))].flatMap((area) => [
    ...(area ? [h('h2', {}, area)] : []),
    h('ul', {}, ...lines.filter((line) => line.area === area).map(lineItem)),
  ])
}

function lineItem(line: HelpLine): HTMLElement {
  return h(
    'li',
    {},
    h('span', {}, line.name),
    ' ',
    h('a', { href: line.href }, line.number),
    ...(line.note ? [' ', h('small', {}, line.note)] : []),
  )
}
