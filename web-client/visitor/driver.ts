// Turns the machine's wishes into socket and clock, and everything that happens into its commands.
// It knows no document: whoever made it listens.

import { Alarm } from '../shared/alarm.ts'
import { visit, type Command, type Trust } from '../shared/door/commands.ts'
import type { Door } from '../shared/door/door.ts'
import type { Message, Rec, View } from '../shared/door/records.ts'
import type { Socket } from '../shared/socket.ts'

export interface VisitHears {
  view(view: View): void
  said(message: Message): void
  delivered(upTo: number): void
  /** The conversation is gone: whatever shows it empties itself now. */
  emptied(): void
  /** The body of POST /leave: the machine left by itself and cannot count on the socket. */
  left(body: Uint8Array<ArrayBuffer>): void
  /** The machine met a bug; it is wiped already. */
  failed(): void
}

export class VisitDriver {
  readonly #door: Door
  readonly #socket: Socket
  readonly #hears: VisitHears
  readonly #alarm: Alarm
  /** Set while leaving: records may still carry the goodbye, but nothing is shown or sent any more. */
  #leaving = false

  constructor(door: Door, socket: Socket, hears: VisitHears) {
    this.#door = door
    this.#socket = socket
    this.#hears = hears
    this.#alarm = new Alarm(() => this.#do(visit.tick))
  }

  start(trust: Trust, typingBeats: boolean, silence: number[]): void {
    this.#do(visit.start(trust, typingBeats))
    this.#do(visit.silence(silence))
  }

  /** `words`: what return words become; whoever gives them overwrites them. */
  comeBack(lane: number, about: number, languages: string[], words: Uint8Array): void {
    this.#do(visit.comeBack(lane, about, languages, words))
  }

  keepReturn(words: Uint8Array, stays: boolean): void {
    this.#do(visit.keepReturn(words, stays))
  }

  forgetReturn(): void {
    this.#do(visit.forgetReturn)
  }

  join(lane: number, about: number, languages: string[]): void {
    this.#do(visit.join(lane, about, languages))
  }

  /** 0 when the words were accepted, else why not: the draft stays with the caller. */
  say(words: string): number {
    const refused = this.#do(visit.say(words)).find((record) => record.kind === 'notSaid')
    return refused?.kind === 'notSaid' ? refused.reason : 0
  }

  typing(on: boolean): void {
    this.#do(visit.typing(on))
  }

  visible(on: boolean): void {
    this.#do(visit.visible(on))
  }

  covered(on: boolean): void {
    this.#do(visit.covered(on))
  }

  /** Begins the words to compare or shows them again; false takes them from the screen. */
  compare(on: boolean): void {
    this.#do(visit.compare(on))
  }

  /** Whether whoever is offered may come. */
  consent(yes: boolean): void {
    this.#do(visit.consent(yes))
  }

  here(): void {
    this.#do(visit.here)
  }

  front(): void {
    this.#do(visit.front)
  }

  end(): void {
    this.#do(visit.end)
  }

  /** The page is shown again, or the network came back. */
  wake(): void {
    this.#do(visit.wake)
  }

  /** The body that proves the leaving; null when there is nothing to leave. Shows and sends nothing. */
  goodbye(): Uint8Array<ArrayBuffer> | null {
    this.#leaving = true
    const record = this.#door.step(visit.leave).find((one) => one.kind === 'leave')
    return record?.kind === 'leave' ? record.body : null
  }

  sendFrame(bytes: Uint8Array<ArrayBuffer>): void {
    this.#socket.send(bytes)
  }

  close(): void {
    this.#socket.close()
  }

  wipe(): void {
    this.#leaving = true
    this.#alarm.set(0)
    this.#door.wipe()
  }

  #do(command: Command): Rec[] {
    if (this.#leaving) return []
    let records: Rec[]
    try {
      records = this.#door.step(command)
    } catch {
      this.#fail()
      return []
    }
    for (const record of records) this.#obey(record)
    return records
  }

  #obey(record: Rec): void {
    if (this.#leaving) return
    switch (record.kind) {
      case 'open':
        return this.#socket.open({
          opened: () => void this.#do(visit.opened),
          closed: (code) => void this.#do(visit.closed(code)),
          frame: (bytes) => void this.#do(visit.frame(bytes)),
        })
      case 'close':
        return this.#socket.close()
      case 'send':
        return this.#socket.send(record.frame)
      case 'wake':
        return this.#alarm.set(record.at)
      case 'view':
        return this.#hears.view(record.view)
      case 'said':
        return this.#hears.said(record.message)
      case 'delivered':
        return this.#hears.delivered(record.upTo)
      case 'emptied':
        return this.#hears.emptied()
      case 'leave':
        this.#hears.left(record.body)
        return void record.body.fill(0)
    }
  }

  #fail(): void {
    this.wipe()
    this.#socket.close()
    this.#hears.failed()
  }
}
