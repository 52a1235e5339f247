// One chat: its own instance of the machine, wiped whole when it ends. Knows no document.

import { Alarm } from '../shared/alarm.ts'
import { chat, room, type ChatRef, type Command } from '../shared/door/commands.ts'
import type { Door } from '../shared/door/door.ts'
import type { Message, Rec, View } from '../shared/door/records.ts'
import { Ending, Phase } from '../shared/door/words.ts'
import type { PairsDriver, PairsHear } from './rooms/pairs.ts'

export interface ChatHears {
  view(view: View): void
  /** `own`: this console's. */
  said(message: Message, own: boolean): void
  delivered(upTo: number): void
  emptied(): void
  /** Over. `putBack` when the visitor is in the line again by our own hand. */
  over(view: View | null, putBack: boolean): void
  /** The machine met a bug: it can tell the relay nothing any more, and is wiped next. */
  broke?(): void
  /** For a colleague, about this chat; overwritten afterwards. */
  letter?(to: Uint8Array, invitation: Uint8Array): void
  /** The channels to the other seats of this chat, which are needed from now on. */
  pairs?(hears: PairsHear): PairsDriver
  /** The memory is overwritten. */
  wiped(): void
  /** The visitor's return words, for the seat; overwritten afterwards. */
  keepReturn?(words: Uint8Array): void
  forgetReturn?(): void
}

/** How long an ended chat may still tell the relay of its end before its memory goes: milliseconds. */
const LAST_CALL = 60_000

export class ChatDriver {
  readonly ref: ChatRef
  /** The number this seat has in the chat: 1 who took it, 2 and up who came into it. */
  readonly member: number
  readonly #door: Door
  readonly #send: (frame: Uint8Array<ArrayBuffer>) => void
  readonly #hears: ChatHears
  readonly #alarm: Alarm
  #view: View | null = null
  #visitorSpoke = false
  #counsellorSpoke = false
  #putBack = false
  #over = false
  #wiped = false
  #linkUp = true
  #wakeAt = 0
  #visible = true
  #pairs: PairsDriver | undefined
  /** What chat and pairs have to say to each other, in order: said when the step it came of is over. */
  readonly #mail: (() => void)[] = []
  #steps = 0
  #lastCall: ReturnType<typeof setTimeout> | undefined

  constructor(door: Door, ref: ChatRef, send: (frame: Uint8Array<ArrayBuffer>) => void, hears: ChatHears, member = 1) {
    this.#door = door
    this.ref = ref
    this.member = member
    this.#send = send
    this.#hears = hears
    this.#alarm = new Alarm(() => this.#do(chat.tick))
  }

  /** `bundle` and `key` hold secrets of the seat: the caller overwrites them afterwards. */
  begin(bundle: Uint8Array, alias: string, hello: Uint8Array, key: Uint8Array): void {
    this.#do(chat.begin(bundle, this.ref, alias, hello, key))
  }

  /** Into a colleague's chat; `bundle` and `invitation` hold secrets, which the caller overwrites. */
  come(bundle: Uint8Array, alias: string, invitation: Uint8Array): void {
    this.#do(chat.come(bundle, alias, invitation))
  }

  /** When silence is asked about, before the chat talks. */
  silence(seconds: number[]): void {
    this.#do(chat.silence(seconds))
  }

  /** Asks a colleague in (`Invite`), the visitor first. */
  invite(kind: number, colleague: Uint8Array): void {
    this.#do(chat.invite(kind, colleague))
  }

  takeBack(): void {
    this.#do(chat.takeBack)
  }

  /** What the colleague answered. */
  reply(from: Uint8Array, member: number, yes: boolean): void {
    this.#do(chat.reply(from, member, yes))
  }

  letGo(member: number): void {
    this.#do(chat.letGo(member))
  }

  /** Leaves a chat that goes on without this seat. */
  part(): void {
    this.#do(chat.part)
  }

  get isGuest(): boolean {
    return this.#view ? (this.#view.asking?.guest ?? false) : this.member > 1
  }

  /** Asked in, and the visitor has not greeted yet. */
  get isExpecting(): boolean {
    return this.member > 1 && !this.#over && this.#view?.phase !== Phase.Talking
  }

  linkUp(): void {
    this.#linkUp = true
    this.#do(chat.linkUp)
    this.#pairs?.do(room.linkUp)
  }

  linkDown(): void {
    this.#linkUp = false
    this.#do(chat.linkDown)
    this.#pairs?.do(room.linkDown)
  }

  /** Each takes what is for it. The chat first: it may hear from the visitor whom the others are to know. */
  frame(bytes: Uint8Array): void {
    this.#do(chat.frame(bytes))
    this.#pairs?.do(room.frame(bytes))
  }

  /** The seat keeps the visitor's return words, and the relay knows where they lead. */
  returnKept(): void {
    this.#do(chat.returnKept)
  }

  tick(): void {
    this.#do(chat.tick)
    this.#pairs?.do(room.tick)
  }

  /** 0 when the words were accepted, else why not. */
  say(words: string): number {
    const refused = this.#do(chat.say(words)).find((record) => record.kind === 'notSaid')
    return refused?.kind === 'notSaid' ? refused.reason : 0
  }

  typing(on: boolean): void {
    this.#do(chat.typing(on))
  }

  visible(on: boolean): void {
    this.#visible = on
    this.#do(chat.visible(on))
    this.#pairs?.do(room.visible(on))
  }

  hold(on: boolean): void {
    this.#do(chat.hold(on))
  }

  /** Begins the words to compare or shows them again; false takes them from the screen. */
  compare(on: boolean): void {
    this.#do(chat.compare(on))
  }

  end(): void {
    // Somebody else's chat goes on.
    if (this.#view?.asking?.guest) return this.part()
    const bothSpoke = this.#visitorSpoke && this.#counsellorSpoke
    this.#do(chat.end(bothSpoke ? Ending.Helped : Ending.EndedByCounsellor))
  }

  putBack(): void {
    this.#putBack = true
    this.#do(chat.putBack)
  }

  /** Over: nothing can be said or read any more, though the relay may still have to hear of it. */
  get over(): boolean {
    return this.#over
  }

  /** Wiped, log first. Nothing of the chat is left here afterwards. */
  wipe(): void {
    if (this.#wiped) return
    this.#wiped = true
    this.#over = true
    clearTimeout(this.#lastCall)
    this.#alarm.set(0)
    this.#pairs?.wipe()
    this.#mail.length = 0
    this.#hears.emptied()
    this.#door.wipe()
    this.#hears.wiped()
  }

  #do(command: Command): Rec[] {
    if (this.#wiped) return []
    let records: Rec[]
    try {
      records = this.#door.step(command)
    } catch {
      this.#broke()
      return []
    }
    this.#steps += 1
    for (const record of records) this.#obey(record)
    this.#steps -= 1
    this.#deliver()
    if (this.#view?.phase === Phase.Over) this.#finish()
    // With nothing left to wake for and a relay to hear it, the machine has said all it had to.
    if (this.#over && this.#linkUp && this.#wakeAt === 0) this.wipe()
    return records
  }

  /** One chat's fault stays in that chat. */
  #broke(): void {
    if (this.#wiped) return
    this.#hears.broke?.()
    this.#view = this.#view && { ...this.#view, ending: Ending.Failed }
    this.#finish()
    this.wipe()
  }

  #post(bytes: Uint8Array<ArrayBuffer>, give: () => void): void {
    this.#mail.push(() => {
      if (!this.#wiped) give()
      bytes.fill(0)
    })
    this.#deliver()
  }

  #deliver(): void {
    while (this.#steps === 0) {
      const give = this.#mail.shift()
      if (!give) return
      give()
    }
  }

  /** Made when the visitor first says that there are other seats. */
  #order(bytes: Uint8Array<ArrayBuffer>): void {
    if (!this.#pairs) {
      this.#pairs = this.#hears.pairs?.({
        record: (record) => {
          if (record.kind === 'send') this.#send(record.frame)
          if (record.kind === 'report') this.#post(record.bytes, () => void this.#do(chat.report(record.bytes)))
        },
        failed: () => this.#broke(),
      })
      if (!this.#linkUp) this.#pairs?.do(room.linkDown)
      if (!this.#visible) this.#pairs?.do(room.visible(false))
    }
    const copy = bytes.slice()
    this.#pairs?.do(room.order(copy), copy)
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    this.#pairs?.wipe()
    this.#hears.emptied()
    this.#hears.over(this.#view, this.#putBack)
    this.#lastCall = setTimeout(() => this.wipe(), LAST_CALL)
  }

  #obey(record: Rec): void {
    switch (record.kind) {
      case 'send':
        return this.#send(record.frame)
      case 'wake':
        this.#wakeAt = record.at
        return this.#alarm.set(record.at)
      case 'view':
        this.#view = record.view
        if (record.view.phase === Phase.Over) return
        return this.#hears.view(record.view)
      case 'said':
        if (record.message.from === 0) this.#visitorSpoke = true
        else if (record.message.from === this.member) this.#counsellorSpoke = true
        return this.#hears.said(record.message, record.message.from === this.member)
      case 'delivered':
        return this.#hears.delivered(record.upTo)
      case 'emptied':
        return this.#hears.emptied()
      case 'keep':
        this.#hears.keepReturn?.(record.words)
        return void record.words.fill(0)
      case 'forget':
        return this.#hears.forgetReturn?.()
      case 'letter':
        this.#hears.letter?.(record.seat, record.invitation)
        return void record.invitation.fill(0)
      case 'order':
        return this.#post(record.bytes, () => this.#order(record.bytes))
    }
  }
}
