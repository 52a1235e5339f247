// "Se besökarens sida": what a visitor reads in any of the languages, screen by screen, as text. The page itself cannot be
// shown here, for it forbids to be framed, and goes on forbidding it.

import './preview.css'
import { byId, h, say, show } from '../../shared/dom.ts'
import { pieces } from '../../shared/rich.ts'
import type { PageWords } from '../../shared/words.ts'
import { languageName } from '../templates/language.ts'
import type { Seen } from './api.ts'
import { isOffered, layOut, type Centre, type Sentence, type Texts } from './model.ts'

export interface PreviewAsks {
  centre(): Promise<Centre | null>
  texts(file: Seen): Promise<Texts | null>
}

export class PreviewView {
  /** Opens it and closes it. It stands where the console says that the visitor's page is what it should be. */
  readonly opener = h('button', { type: 'button', id: 'preview-open', class: 'plain', 'aria-controls': 'preview' })
  readonly #words: PageWords
  readonly #files: readonly Seen[]
  readonly #asks: PreviewAsks
  readonly #demo: boolean
  readonly #panel = byId('preview')
  readonly #title = h('h2', { id: 'preview-title', tabindex: -1 })
  readonly #close = h('button', { type: 'button', class: 'plain slim', onclick: () => this.close() })
  readonly #mark = h('strong', { class: 'pill' })
  readonly #about = h('p')
  readonly #choiceWords = h('span')
  readonly #choice = h('select', { id: 'preview-language', autocomplete: 'off', onchange: () => void this.#choose() })
  readonly #said = h('p', { id: 'preview-said', role: 'status' })
  readonly #again = h('button', { type: 'button', class: 'plain', onclick: () => void this.#choose() })
  readonly #page = h('div', { class: 'seen' })
  #centre: Centre | null = null
  #file: Seen | undefined
  #texts: Texts | null = null
  #state: 'nothing' | 'loading' | 'away' | 'here' = 'nothing'
  /** Answers may overtake each other: the last question counts. */
  #asked = 0

  constructor(words: PageWords, files: readonly Seen[], demo: boolean, asks: PreviewAsks) {
    this.#words = words
    this.#files = files
    this.#asks = asks
    this.#demo = demo
    const top = h('div', { class: 'top' }, this.#title, this.#mark, h('span', { class: 'grow' }), this.#close)
    const choice = h('label', { class: 'row' }, this.#choiceWords, this.#choice)
    this.#panel.append(top, this.#about, choice, this.#said, this.#again, this.#page)
    this.opener.onclick = () => (this.#panel.hidden ? this.#show() : this.close())
    this.#panel.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.close()
    })
    this.render()
  }

  close(): void {
    const had = this.#panel.contains(document.activeElement)
    this.#asked += 1
    this.#state = 'nothing'
    this.#texts = null
    show(this.#panel, false)
    this.render()
    if (had) this.opener.focus()
  }

  #show(): void {
    show(this.#panel, true)
    void this.#choose()
    this.#title.focus()
  }

  async #choose(): Promise<void> {
    const asked = ++this.#asked
    const file = this.#files.find(({ tag }) => tag === this.#choice.value) ?? this.#files[0]
    this.#file = file
    this.#state = 'loading'
    this.render()
    // The hour may have changed what is said: asked each time.
    const [centre, texts] = await Promise.all([this.#asks.centre(), file ? this.#asks.texts(file) : null])
    if (asked !== this.#asked) return
    ;[this.#centre, this.#texts] = [centre, texts]
    this.#state = centre && texts ? 'here' : 'away'
    this.render()
  }

  render(): void {
    const words = this.#words
    const shown = !this.#panel.hidden
    say(this.opener, words.get('preview.open'))
    this.opener.setAttribute('aria-expanded', String(shown))
    say(this.#title, words.get('preview.title'))
    say(this.#mark, words.get('preview.mark'))
    say(this.#close, words.get('preview.close'))
    say(this.#about, words.get('preview.about'))
    say(this.#choiceWords, words.get('preview.language'))
    say(this.#again, words.get('preview.again'))
    this.#renderChoice()
    const here = this.#state === 'here'
    say(this.#said, this.#state === 'nothing' ? '' : here ? this.#marks() : words.get(`preview.${this.#state}`))
    show(this.#again, this.#state === 'away')
    this.#page.replaceChildren(...(here ? this.#screens() : []))
  }

  #renderChoice(): void {
    const { tag } = this.#words
    const chosen = this.#choice.value
    if (this.#choice.dataset.in === tag) return
    this.#choice.dataset.in = tag
    // By both names: who chooses may read neither the letters nor the language.
    const name = (one: Seen) => (one.tag === tag ? one.name : `${languageName(one.tag, tag)} · ${one.name}`)
    this.#choice.replaceChildren(...this.#files.map((one) => h('option', { value: one.tag }, name(one))))
    if (chosen) this.#choice.value = chosen
  }

  /** Whether a person has read it, and whether visitors are offered it. */
  #marks(): string {
    const [file, centre] = [this.#file, this.#centre]
    if (!file || !centre) return ''
    const offered = isOffered(file.tag, file.read, centre, this.#demo)
    return [file.read ? 'preview.read' : 'preview.unread', offered ? 'preview.offered' : 'preview.not.offered']
      .map((key) => this.#words.get(key))
      .join(' ')
  }

  #screens(): Node[] {
    const [file, centre, texts] = [this.#file, this.#centre, this.#texts]
    if (!file || !centre || !texts) return []
    const words = this.#words
    // Of the page's own words each says its language and the way it runs; what is ours around them says ours.
    const own = { lang: file.tag, dir: texts._direction === 'rtl' ? 'rtl' : 'ltr' }
    return layOut(texts, centre, file.tag).map(({ screen, sentences }) => {
      const id = `preview-${screen}`
      const lines = screen === 'help' ? (centre.now[file.tag]?.lines ?? []) : []
      return h(
        'section',
        { 'aria-labelledby': id },
        h('h3', { id }, words.get(`preview.screen.${screen}`)),
        h(
          'div',
          own,
          ...sentences.map((one) => this.#sentence(one, centre.phone)),
          ...lines.map(({ name, number, note }) => h('p', {}, name, ' ', numberOf(number), ' ', h('small', {}, note))),
        ),
      )
    })
  }

  #sentence({ key, text }: Sentence, phone: string): HTMLElement {
    const parts = pieces(text).map((piece) => {
      if (piece.kind === 'text') return piece.text
      if (piece.kind === 'strong') return h('strong', {}, piece.text)
      return numberOf(piece.kind === 'call' ? piece.number : phone)
    })
    return h('p', { 'data-of': key }, ...parts)
  }
}

/** Nothing that rings: this is to be read. Its groups stay in their order among letters from the right. */
function numberOf(number: string): HTMLElement {
  return h('bdi', { class: 'number', dir: 'ltr' }, number.replaceAll(' ', '\u00a0'))
}
