// "Mitt pass": the counsellor's own shift in numbers, for themselves. Shown when they ask, offered when they go off duty,
// and in the document only while it is looked at.

import './shift.css'
import { byId, h, say, show } from '../../shared/dom.ts'
import type { PageWords } from '../../shared/words.ts'
import { REASONS } from '../ending/model.ts'
import { clock } from '../model.ts'
import { hoursAndMinutes, type Sums } from './model.ts'

export class ShiftView {
  readonly #words: PageWords
  readonly #sums: () => Sums | null
  readonly #open = byId<HTMLButtonElement>('shift-open')
  readonly #panel = byId('shift')
  readonly #title = h('h2', { id: 'shift-title', tabindex: -1 })
  readonly #close = h('button', { type: 'button', class: 'plain slim', onclick: () => this.close() })
  readonly #about = h('p')
  readonly #times = h('dl')
  readonly #endingsTitle = h('h3')
  readonly #endings = h('dl')
  readonly #memory = h('p', { class: 'small' })
  #offered = false
  #drawn = ''

  constructor(words: PageWords, sums: () => Sums | null) {
    this.#words = words
    this.#sums = sums
    const top = h('div', { class: 'top' }, this.#title, this.#close)
    this.#panel.append(top, this.#about, this.#times, this.#endingsTitle, this.#endings, this.#memory)
    // Under the choices of a break: the head of the desk has no room for what is asked once a day.
    this.#open.onclick = () => {
      byId('pause-menu').hidePopover?.()
      this.#show()
    }
    byId('shift-offer-show').onclick = () => this.#show()
    byId('shift-offer-no').onclick = () => {
      this.offer(false)
      byId('duty').focus()
    }
    // It is for these eyes: nothing of it goes into a clipboard, from which others read.
    for (const kind of ['copy', 'cut', 'dragstart']) this.#panel.addEventListener(kind, (event) => event.preventDefault())
    this.#panel.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.close()
    })
    this.render()
  }

  /** Off duty, or back again: asked, and never in the way. */
  offer(on: boolean): void {
    this.#offered = on
    this.render()
  }

  close(): void {
    const had = this.#panel.contains(document.activeElement)
    show(this.#panel, false)
    this.render()
    if (had) byId(this.#open.hidden ? 'duty' : 'pause-open').focus()
  }

  #show(): void {
    this.#offered = false
    show(this.#panel, true)
    this.render()
    this.#title.focus()
  }

  render(): void {
    const words = this.#words
    const sums = this.#sums()
    show(this.#open, sums !== null)
    if (!sums) {
      this.#offered = false
      show(this.#panel, false)
    }
    const shown = !this.#panel.hidden
    show(byId('shift-offer'), this.#offered && !shown)
    say(byId('shift-offer-words'), this.#offered && !shown ? words.get('shift.offer') : '')
    say(this.#title, words.get('shift.title'))
    say(this.#close, words.get('shift.close'))
    say(this.#about, words.get('shift.about'))
    say(this.#endingsTitle, words.get('shift.endings'))
    say(this.#memory, words.get('shift.memory'))
    const times = shown && sums ? this.#timeRows(sums) : []
    const endings = shown && sums ? this.#endingRows(sums) : []
    show(this.#endingsTitle, endings.length > 0)
    const drawn = JSON.stringify([times, endings])
    if (drawn === this.#drawn) return
    this.#drawn = drawn
    this.#times.replaceChildren(...times.map(row))
    this.#endings.replaceChildren(...endings.map(row))
    show(this.#endings, endings.length > 0)
  }

  #timeRows(sums: Sums): [string, string][] {
    const words = this.#words
    return [
      [words.get('shift.began'), clock(sums.began)],
      [words.get('shift.duty'), this.#long(sums.onDuty)],
      ...(sums.breaks > 0 ? [[words.get('shift.paused'), this.#long(sums.paused)] as [string, string]] : []),
      [words.get('shift.breaks'), String(sums.breaks)],
      [words.get('shift.own'), String(sums.own)],
      [words.get('shift.guest'), String(sums.guest)],
      ...(sums.longestWait === null ? [] : [[words.get('shift.wait'), this.#long(sums.longestWait)] as [string, string]]),
    ]
  }

  #endingRows(sums: Sums): [string, string][] {
    const words = this.#words
    const all: [string, number][] = [
      ...REASONS.map((reason): [string, number] => [words.get(`ending.${reason}`), sums.endings[reason]]),
      [words.get('shift.went.on'), sums.wentOn],
      [words.get('shift.unsaid'), sums.unsaid],
    ]
    return all.filter(([, number]) => number > 0).map(([name, number]) => [name, String(number)])
  }

  #long(length: number): string {
    const { hours, minutes } = hoursAndMinutes(length)
    if (hours > 0) return this.#words.get('shift.hours', { h: hours, n: minutes })
    return minutes > 0 ? this.#words.get('line.minutes', { n: minutes }) : this.#words.get('line.justnow')
  }
}

function row([name, value]: [string, string]): HTMLElement {
  return h('div', {}, h('dt', {}, name), h('dd', {}, value))
}
