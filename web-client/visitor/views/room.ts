// Who else reads, always in sight while there is anybody; and who may, which the visitor is asked first.

import { byId, say, show } from '../../shared/dom.ts'
import { Phase } from '../../shared/door/words.ts'
import type { InRoom, View } from '../../shared/door/records.ts'
import type { PageWords } from '../../shared/words.ts'

export class RoomView {
  readonly #words: PageWords
  #view: View | null = null
  #alias = ''
  /** Who came or went last, until somebody else does. */
  #news: [key: string, who: string] | null = null

  constructor(words: PageWords, consent: (yes: boolean) => void) {
    this.#words = words
    for (const yes of [true, false]) {
      byId(yes ? 'offer-yes' : 'offer-no').onclick = () => {
        consent(yes)
        byId('field').focus()
      }
    }
  }

  update(view: View): void {
    const before = this.#view
    this.#view = view
    if (view.phase !== Phase.Talking) {
      this.#news = null
      this.#alias = ''
    } else {
      const left = before?.room.find((one) => view.room.every(({ member }) => member !== one.member))
      if (left) this.#news = ['room.left', this.#called(left)]
      else if (view.room.length > (before?.room.length ?? 0)) this.#news = null
      // Whoever takes over has no name here before they have said it.
      if (view.alias && this.#alias && !before?.alias) this.#news = ['room.over', view.alias]
      this.#alias = view.alias || this.#alias
    }
    this.render()
  }

  /** Again after a change of language too. */
  render(): void {
    const view = this.#view
    if (!view) return
    const words = this.#words
    const { offer } = view
    const asked = offer !== null && !offer.called
    show(byId('offer'), asked)
    if (asked) {
      const role = words.get(`role.${offer.role}`)
      const by = view.alias || words.get('talk.counsellor')
      const key = offer.kind === 2 ? 'room.ask.over' : 'room.ask'
      say(byId('offer-words'), words.get(key, { by, name: offer.name || role, role }))
    }
    const said: string[] = []
    if (this.#news) {
      const [key, who] = this.#news
      said.push(words.get(key, { who }))
    }
    if (view.room.length > 0) {
      const who = view.room.map((one) => (one.here ? this.#called(one) : words.get('room.away', { who: this.#called(one) })))
      said.push(words.get('room.reads', { who: who.join(', ') }))
    }
    say(byId('room'), said.join(' '))
    show(byId('room'), said.length > 0)
  }

  #called({ name, role }: InRoom): string {
    const what = this.#words.get(`role.${role}`)
    return name ? `${name} (${what})` : what
  }
}
