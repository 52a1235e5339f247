// "Mallar": one is picked, read in both languages, and put into the field. Sending stays a decision of its own.

import { h, say, show } from '../../shared/dom.ts'
import type { PageWords } from '../../shared/words.ts'
import type { Template } from '../day.ts'
import { languageName } from './language.ts'
import { nameOf, offered } from './model.ts'

export interface TemplatesOf {
  templates: readonly Template[]
  /** The visitor's languages, the one they read first. */
  languages: readonly string[]
  /** The counsellor's name. */
  name: string
}

export class TemplatesView {
  readonly element: HTMLDetailsElement
  readonly #words: PageWords
  readonly #of: TemplatesOf
  readonly #summary = h('summary')
  readonly #list = h('div', { class: 'row' })
  readonly #missing = h('p', { class: 'small trouble', role: 'status' })
  readonly #text = h('p', { class: 'template-text', dir: 'auto' })
  readonly #own = h('p', { class: 'template-text small', dir: 'auto' })
  readonly #use: HTMLButtonElement
  readonly #preview: HTMLElement
  #picked: Template | null = null
  #language = ''

  /** `insert` puts a text where the cursor is. */
  constructor(words: PageWords, of: TemplatesOf, insert: (text: string) => void) {
    this.#words = words
    this.#of = of
    this.#use = h('button', {
      type: 'button',
      class: 'plain slim',
      onclick: () => {
        const picked = this.#picked
        if (!picked) return
        this.pick(null)
        this.element.open = false
        insert(this.#offered(picked).text)
      },
    })
    this.#preview = h('div', { class: 'preview', role: 'group', hidden: true }, this.#missing, this.#text, this.#own, this.#use)
    this.element = h('details', { class: 'templates' }, this.#summary, this.#list, this.#preview)
  }

  pick(template: Template | null): void {
    this.#picked = template
    this.#renderPreview()
    if (template) this.#use.focus()
  }

  render(): void {
    const words = this.#words
    show(this.element, this.#of.templates.length > 0)
    say(this.#summary, words.get('chat.templates'))
    say(this.#use, words.get('template.use'))
    if (this.#language === words.tag) return
    this.#language = words.tag
    this.#list.replaceChildren(
      ...this.#of.templates.map((template) =>
        h(
          'button',
          {
            type: 'button',
            class: 'plain slim',
            title: words.get('template.version', { n: template.version }),
            onclick: () => this.pick(template),
          },
          nameOf(template, words.tag),
        ),
      ),
    )
    this.#renderPreview()
  }

  #offered(template: Template) {
    return offered(template, this.#of.languages, this.#words.tag, this.#of.name)
  }

  #renderPreview(): void {
    const words = this.#words
    show(this.#preview, this.#picked !== null)
    if (!this.#picked) return
    const { text, language, own, missing } = this.#offered(this.#picked)
    this.#preview.setAttribute('aria-label', nameOf(this.#picked, words.tag))
    const name = (tag: string) => languageName(tag, words.tag)
    say(this.#missing, missing ? words.get('template.missing', { wanted: name(missing), instead: name(language) }) : '')
    say(this.#text, text)
    this.#text.lang = language
    say(this.#own, own ?? '')
    this.#own.lang = words.tag
    show(this.#own, own !== null)
  }
}
