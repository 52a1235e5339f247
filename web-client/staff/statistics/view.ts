// The coordinator's tables and the picture of the weeks. Everything is made as elements: nothing is parsed.

import { h, say, show } from '../../shared/dom.ts'
import type { PageWords } from '../../shared/words.ts'
import type { Topic } from '../ending/model.ts'
import { PLOT, WEEK, address, bars, readReport, shownText, type Report, type Shown, type WeekTable } from './model.ts'

const SVG = 'http://www.w3.org/2000/svg'

function svg(tag: string, attributes: Record<string, string | number>, ...children: (Node | string)[]): SVGElement {
  const element = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value))
  element.append(...children)
  return element
}

/** The drawing of the weeks, with a text for those who do not see it: the tables below say the same. */
function picture(weeks: readonly WeekTable[], title: string): SVGElement {
  const { most, wide, bars: drawn } = bars(weeks)
  const ground = PLOT.top + PLOT.high
  const lines = [
    [ground, 0],
    [PLOT.top, most],
  ].flatMap(([y = 0, value = 0]) => [
    svg('path', { d: `M${PLOT.left} ${y}H${wide}`, class: 'axis' }),
    svg('text', { x: PLOT.left - 6, y: y + 4, 'text-anchor': 'end' }, String(value)),
  ])
  const columns = drawn.flatMap(({ week, total, whole, x, y, height }) => {
    const middle = x + PLOT.bar / 2
    const kind = total === null ? 'hidden' : whole ? 'whole' : 'part'
    return [
      svg('rect', { x, y, width: PLOT.bar, height, class: kind }),
      svg('text', { x: middle, y: y - 6, 'text-anchor': 'middle' }, shownText(total)),
      svg('text', { transform: `translate(${middle} ${ground + 14}) rotate(-60)`, 'text-anchor': 'end' }, week),
    ]
  })
  const size = { viewBox: `0 0 ${wide} ${ground + PLOT.below}`, role: 'img', class: 'plot', 'aria-label': title }
  return svg('svg', size, ...lines, ...columns)
}

export class StatisticsView {
  readonly element: HTMLElement
  readonly #words: PageWords
  readonly #topics: () => Promise<Topic[]>
  readonly #title = h('h2', { id: 'statistics-title' })
  readonly #about = h('p')
  readonly #fromWords = h('span')
  readonly #toWords = h('span')
  readonly #from = h('input', { type: 'text', maxlength: 8, autocomplete: 'off', spellcheck: 'false', placeholder: '2026-W40' })
  readonly #to = h('input', { type: 'text', maxlength: 8, autocomplete: 'off', spellcheck: 'false', placeholder: '2026-W52' })
  readonly #show: HTMLButtonElement
  readonly #csv: HTMLAnchorElement
  readonly #said = h('p', { role: 'status' })
  readonly #tables = h('div', { class: 'tables' })
  #report: Report | null = null
  #topicNames: Topic[] = []
  #saidKey: string | null = null
  #busy = false

  constructor(words: PageWords, topics: () => Promise<Topic[]>) {
    this.#words = words
    this.#topics = topics
    this.#show = h('button', { type: 'button', class: 'main', onclick: () => void this.#fetch() })
    this.#csv = h('a', { download: true, href: address('', '', 'csv') })
    this.element = h(
      'section',
      { class: 'statistics', 'aria-labelledby': 'statistics-title' },
      this.#title,
      this.#about,
      h('div', { class: 'row' }, h('label', {}, this.#fromWords, this.#from), h('label', {}, this.#toWords, this.#to), this.#show),
      this.#said,
      this.#tables,
      h('p', {}, this.#csv),
    )
    for (const field of [this.#from, this.#to]) field.oninput = () => this.render()
    this.render()
  }

  render(): void {
    const words = this.#words
    say(this.#title, words.get('statistics'))
    say(this.#about, words.get('statistics.about'))
    say(this.#fromWords, words.get('statistics.from'))
    say(this.#toWords, words.get('statistics.to'))
    say(this.#show, words.get('statistics.show'))
    say(this.#csv, words.get('statistics.csv'))
    const asked = [this.#from.value.trim(), this.#to.value.trim()] as const
    this.#csv.href = address(...asked, 'csv')
    const wrong = asked.map((week) => week !== '' && !WEEK.test(week))
    for (const [at, field] of [this.#from, this.#to].entries()) field.setAttribute('aria-invalid', String(wrong[at]))
    this.#show.disabled = wrong.includes(true)
    say(this.#said, this.#saidKey ? words.get(this.#saidKey, { n: this.#report?.weeks.length ?? 0 }) : '')
    show(this.#csv, this.#report !== null)
    this.#tables.replaceChildren(...(this.#report ? this.#drawn(this.#report) : []))
  }

  async #fetch(): Promise<void> {
    // Not disabled meanwhile: the keyboard would be nowhere when the tables are here.
    if (this.#busy) return
    this.#busy = true
    try {
      this.#topicNames = await this.#topics()
      const answer = await fetch(address(this.#from.value.trim(), this.#to.value.trim(), 'json'))
      this.#report = answer.ok ? readReport(await answer.json()) : null
      this.#saidKey = answer.ok ? (this.#report?.weeks.length ? 'statistics.shown' : 'statistics.none') : 'statistics.refused'
    } catch {
      this.#report = null
      this.#saidKey = 'statistics.away'
    }
    this.#busy = false
    this.render()
  }

  #drawn(report: Report): Node[] {
    const words = this.#words
    if (report.weeks.length === 0) return []
    const newest = report.weeks.at(-1)
    const week = (table: WeekTable) => {
      const head = [words.get('statistics.all'), ...table.lanes.map(([lane]) => words.get(`statistics.lane.${lane}`))]
      const rows: [string, Shown[]][] = [
        [words.get('statistics.visits'), [table.total, ...table.lanes.map(([, all]) => all)]],
        ...table.endings.map(({ word, all, lanes }): [string, Shown[]] => [words.get(`statistics.ending.${word}`), [all, ...lanes]]),
      ]
      const waited = table.waited.map(([band, shown]): [string, Shown[]] => [words.get(`statistics.waited.${band}`), [shown]])
      return h(
        'details',
        { open: table === newest },
        h('summary', {}, `${this.#named(table.week, table.whole)}: ${words.get('statistics.visits').toLowerCase()} ${shownText(table.total)}`),
        this.#table(this.#named(table.week, table.whole), head, rows),
        this.#table(`${table.week}: ${words.get('statistics.waited')}`, [words.get('statistics.visits')], waited),
      )
    }
    const quarters = report.quarters.flatMap(({ quarter, whole, total, languages, topics }) => {
      const only = (rows: [string, Shown][], name: (word: string) => string) =>
        rows.map(([word, shown]): [string, Shown[]] => [name(word), [shown]])
      const head = [words.get('statistics.visits')]
      const all: [string, Shown[]] = [words.get('statistics.all'), [total]]
      const topicName = (word: string) => {
        const topic = this.#topicNames.find((one) => one.word === word)
        return topic?.name[words.tag] ?? (word === 'none' ? words.get('statistics.topic.none') : word)
      }
      const languageName = (tag: string) => {
        if (tag === 'other') return words.get('statistics.language.other')
        return new Intl.DisplayNames([words.tag], { type: 'language', fallback: 'code' }).of(tag) ?? tag
      }
      const name = this.#named(quarter, whole)
      return [
        this.#table(`${name}: ${words.get('statistics.languages')}`, head, [all, ...only(languages, languageName)]),
        this.#table(`${name}: ${words.get('statistics.topics')}`, head, [all, ...only(topics, topicName)]),
      ]
    })
    return [
      h('p', { class: 'small' }, words.get('statistics.hidden')),
      h('div', { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': words.get('statistics.plot') }, picture(report.weeks, words.get('statistics.plot'))),
      ...[...report.weeks].reverse().map(week),
      ...quarters,
    ]
  }

  #named(period: string, whole: boolean): string {
    return whole ? period : `${period} (${this.#words.get('statistics.incomplete')})`
  }

  #table(caption: string, head: string[], rows: [string, Shown[]][]): HTMLElement {
    const cell = (shown: Shown) =>
      shown === null
        ? h('td', {}, h('span', { 'aria-hidden': 'true' }, '·'), h('span', { class: 'quiet-for-eyes' }, this.#words.get('statistics.not.shown')))
        : h('td', {}, String(shown))
    return h(
      'table',
      {},
      h('caption', {}, caption),
      h('thead', {}, h('tr', {}, h('td'), ...head.map((name) => h('th', { scope: 'col' }, name)))),
      h('tbody', {}, ...rows.map(([name, cells]) => h('tr', {}, h('th', { scope: 'row' }, name), ...cells.map(cell)))),
    )
  }
}
