// The seat and its chats: one socket; an instance for the seat, one for the staff channel, one for each chat and one for
// the other seats of a chat. Knows no document.

import { Alarm } from '../shared/alarm.ts'
import { hex } from '../shared/door/bytes.ts'
import { channel, room, seat, staff, type ChatRef, type Command, type Trust } from '../shared/door/commands.ts'
import { DeskDoor } from '../shared/door/desk-door.ts'
import type { Door, DoorExports } from '../shared/door/door.ts'
import type { Fresh } from '../shared/door/load.ts'
import type { LineEntry, Rec, SeatView, Taken, View } from '../shared/door/records.ts'
import { Ending, Phase, Returning } from '../shared/door/words.ts'
import type { Socket } from '../shared/socket.ts'
import { ChatDriver, type ChatHears } from './chat.ts'
import { PairsDriver } from './rooms/pairs.ts'
import { Post, type PostHears } from './rooms/post.ts'

export interface DeskHears extends PostHears {
  seat(view: SeatView): void
  line(state: number, total: number, entries: LineEntry[]): void
  notTaken(refusal: number): void
  /** A new chat: whoever listens gives ears for it. */
  chat(taken: NewChat, driver: () => ChatDriver | undefined): ChatHears
  /** The seat's machine met a bug: everything is wiped already. */
  failed(): void
}

/** What is known of a chat when it begins; nothing of one that a colleague asked us into. */
export type NewChat = Pick<Taken, 'lane' | 'languages'> & { ref: ChatRef; back: boolean }

export interface SignIn {
  staffSeed: Uint8Array
  certificate: Uint8Array
  /** The signed roster, which names colleagues; none in the demonstration. */
  roster?: Uint8Array
  trust: Trust
  origin: string
  capacity: number
  alias: string
  /** Seconds of silence, as `silenceClocks` has them. */
  silence: number[]
}

/** Kinds of the frames that belong to a chat; bytes 1 to 32 are its ticket. */
const CHAT_FRAMES = [0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xd3, 0xd4]

/** Kinds of the frames that are about the other seats. */
const STAFF_FRAMES = [0xce, 0xcf, 0xd0, 0xd1, 0xd2]

/** Where instances come from, each with a memory of its own. */
export interface Instances {
  chat: Fresh
  /** For the staff channel, and for the other seats of one chat. */
  pair: Fresh
}

/** The ticket a frame belongs to, in hex; null when it is the seat's. */
export function ticketOf(frame: Uint8Array): string | null {
  const kind = frame[0] ?? 0
  if (!CHAT_FRAMES.includes(kind) || frame.length < 33) return null
  return hex(frame.subarray(1, 33))
}

/** `47 | ticket 32 | claim u32`: the visitor of this chat is to stand at the front of the line again. */
export function putBackFrame({ ticket, claim }: ChatRef): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(37)
  frame[0] = 0x47
  frame.set(ticket, 1)
  new DataView(frame.buffer).setUint32(33, claim)
  return frame
}

export class Desk {
  readonly #socket: Socket
  readonly #hears: DeskHears
  readonly #fresh: Instances
  readonly #alarm: Alarm
  readonly #chats = new Map<string, ChatDriver>()
  /** Chats whose machine broke. Told again on every admission: a claim is given once, so it cannot be too often. */
  readonly #broken: ChatRef[] = []
  /** What is said to colleagues about chats. */
  readonly post: Post
  #door: Door
  #staff: PairsDriver | undefined
  #alias = ''
  #roster: { trust: Trust; signed: Uint8Array } | null = null
  #silence: number[] = []
  #capacity = 1
  #admitted = false
  #closed = false

  constructor(door: Door, fresh: Instances, socket: Socket, hears: DeskHears) {
    this.#door = door
    this.#fresh = fresh
    this.#socket = socket
    this.#hears = hears
    this.#alarm = new Alarm(() => this.#do(seat.tick))
    this.post = new Post(
      {
        staff: (command, secret) => this.#toStaff(command, secret),
        chat: (ticket) => this.#chats.get(ticket),
        listed: (staffKey) => this.#listed(staffKey),
        come: (ref, member, invitation) => this.#come(ref, member, invitation),
      },
      hears,
    )
  }

  get livingChats(): number {
    return this.#all().filter((chat) => !chat.over).length
  }

  get hasRoom(): boolean {
    // Being a guest does not count.
    return this.#all().filter((chat) => !chat.over && !chat.isGuest).length < this.#capacity
  }

  /** Overwrites the seed once the machine has it. */
  signIn(who: SignIn): void {
    this.#alias = who.alias
    this.#roster = who.roster ? { trust: who.trust, signed: who.roster } : null
    this.#silence = who.silence
    this.#capacity = who.capacity
    this.#do(seat.signIn(who))
    who.staffSeed.fill(0)
    const begin = (step: (command: Command) => void) => {
      this.#withBundle((bundle) => step(channel.begin(bundle, who.trust.buildDate, who.alias)))
    }
    this.#staff = new PairsDriver(this.#fresh.pair, begin, channel.tick, {
      record: (record) => {
        if (record.kind === 'send') this.#socket.send(record.frame)
        else this.post.hear(record)
      },
      failed: () => this.#failed(),
    })
  }

  /** `chats` at once; the relay grants no more than the centre's most. */
  duty(ready: boolean, chats: number): void {
    this.#capacity = chats
    this.#do(seat.duty(ready, this.#capacity))
  }

  /** One beat of the worker: the page is alive, so the seat is. */
  alive(): void {
    this.#do(seat.alive)
    this.#staff?.do(channel.tick)
  }

  wake(): void {
    this.#do(seat.wake)
    this.#staff?.do(channel.tick)
    for (const chat of this.#all()) chat.tick()
  }

  visible(on: boolean): void {
    for (const chat of this.#all()) chat.visible(on)
  }

  take(ticket?: Uint8Array): void {
    this.#do(seat.take(ticket))
  }

  signOut(): void {
    this.#do(seat.signOut)
    this.wipe()
  }

  /** Every chat, then the seat. */
  wipe(): void {
    this.#closed = true
    for (const chat of this.#all()) chat.wipe()
    this.#chats.clear()
    this.post.wipe()
    this.#staff?.wipe()
    this.#alarm.set(0)
    this.#door.wipe()
    this.#socket.close()
  }

  /** A copy: a chat may end while we go through them. */
  #all(): ChatDriver[] {
    return [...this.#chats.values()]
  }

  /** By the word of the root and not of the colleague or the relay. */
  #listed(staffKey: Uint8Array): string | null {
    if (!this.#roster) return null
    const said = this.#do(staff.person(this.#roster.trust, staffKey, this.#roster.signed)).find((one) => one.kind === 'person')
    return said?.person.name ?? null
  }

  #do(command: Command): Rec[] {
    if (this.#closed) return []
    let records: Rec[]
    try {
      records = this.#door.step(command)
    } catch {
      this.#failed()
      return []
    }
    for (const record of records) this.#obey(record)
    return records
  }

  #failed(): void {
    this.wipe()
    this.#hears.failed()
  }

  #toStaff(command: Command, secret?: Uint8Array): void {
    if (this.#staff) this.#staff.do(command, secret)
    else secret?.fill(0)
  }

  #obey(record: Rec): void {
    switch (record.kind) {
      case 'open':
        return this.#socket.open({
          opened: () => void this.#do(seat.opened),
          closed: (code) => {
            this.#link(false)
            this.#do(seat.closed(code))
          },
          frame: (bytes) => this.#frame(bytes),
        })
      case 'close':
        return this.#socket.close()
      case 'send':
        return this.#socket.send(record.frame)
      case 'wake':
        return this.#alarm.set(record.at)
      case 'line':
        return this.#hears.line(record.state, record.total, record.entries)
      case 'taken':
        return void this.#begin(record.taken)
      case 'kept':
        return this.#chats.get(hex(record.ticket))?.returnKept()
      case 'notTaken':
        return this.#hears.notTaken(record.refusal)
      case 'seatView':
        this.#link(record.seat.admitted)
        return this.#hears.seat(record.seat)
    }
  }

  #frame(bytes: Uint8Array): void {
    const ticket = ticketOf(bytes)
    const chat = ticket === null ? undefined : this.#chats.get(ticket)
    if (chat) chat.frame(bytes)
    else if (STAFF_FRAMES.includes(bytes[0] ?? 0)) this.#toStaff(channel.frame(bytes))
    else this.#do(seat.frame(bytes))
  }

  #link(admitted: boolean): void {
    if (admitted === this.#admitted) return
    this.#admitted = admitted
    for (const chat of this.#all()) {
      if (admitted) chat.linkUp()
      else chat.linkDown()
    }
    this.#toStaff(admitted ? channel.linkUp : channel.linkDown)
    if (admitted) for (const ref of this.#broken) this.#socket.send(putBackFrame(ref))
  }

  async #begin(taken: Taken): Promise<void> {
    const ref = { ticket: taken.ticket, claim: taken.claim }
    const { lane, languages, key } = taken
    const driver = await this.#make(ref, 1, { ref, lane, languages, back: key.length > 0 })
    if (driver) {
      this.#withBundle((bundle) => driver.begin(bundle, this.#alias, taken.hello, key))
      driver.silence(this.#silence)
    } else if (!this.#closed) {
      // No memory for another chat: the relay offers the ticket again when it is not confirmed.
      this.#hears.notTaken(0)
    }
    key.fill(0)
    if (!this.#admitted) driver?.linkDown()
  }

  /** Into a colleague's chat. */
  async #come(ref: ChatRef, member: number, invitation: Uint8Array): Promise<boolean> {
    const driver = await this.#make(ref, member, { ref, lane: 0, languages: [], back: false })
    if (!driver) return false
    this.#withBundle((bundle) => driver.come(bundle, this.#alias, invitation))
    driver.silence(this.#silence)
    if (!this.#admitted) driver.linkDown()
    return true
  }

  /** What a chat needs to answer as this seat, overwritten afterwards. */
  #withBundle(use: (bundle: Uint8Array) => void): void {
    const record = this.#do(seat.bundle).find((one) => one.kind === 'seat')
    if (record?.kind !== 'seat') return
    use(record.bundle)
    record.bundle.fill(0)
  }

  /**
   * A chat with a memory of its own; undefined when there is none, the desk has closed meanwhile, or a colleague's
   * invitation came later than the visitor themselves: it never takes the place of a chat that runs.
   */
  async #make(ref: ChatRef, member: number, about: NewChat): Promise<ChatDriver | undefined> {
    const key = hex(ref.ticket)
    const isHere = () => member > 1 && this.#chats.get(key)?.over === false
    if (isHere()) return undefined
    // A ticket that comes back after a hand-over has a new claim: the old keys go first.
    this.#forget(key)
    let exports: DoorExports
    try {
      exports = await this.#fresh.chat()
    } catch {
      return undefined
    }
    if (this.#closed || isHere()) return undefined
    // Whatever came meanwhile, too.
    this.#forget(key)
    let driver: ChatDriver | undefined
    const hears = this.#hears.chat(about, () => driver)
    driver = new ChatDriver(new DeskDoor(exports), ref, (frame) => this.#socket.send(frame), {
      ...hears,
      view: (view) => {
        if (view.phase === Phase.Talking && view.returning === Returning.CameBack) this.#do(seat.cameBack(ref.ticket))
        hears.view(view)
      },
      keepReturn: (words) => void this.#do(seat.keepReturn(ref.ticket, words)),
      forgetReturn: () => void this.#do(seat.forgetReturn(ref.ticket, false)),
      // The seat lives on, so the relay would leave the visitor with somebody who no longer hears them.
      broke: () => {
        this.#broken.push(ref)
        if (this.#admitted) this.#socket.send(putBackFrame(ref))
      },
      over: (view, putBack) => {
        this.#hold()
        if (putBack || saidGoodbye(view)) this.#do(seat.forgetReturn(ref.ticket, !putBack))
        hears.over(view, putBack)
      },
      letter: (to, invitation) => this.post.send(to, invitation),
      pairs: (pairsHear) => {
        const begin = (step: (command: Command) => void) => {
          this.#withBundle((bundle) => step(room.begin(bundle, ref, this.#alias)))
        }
        return new PairsDriver(this.#fresh.pair, begin, room.tick, pairsHear)
      },
      wiped: () => {
        if (this.#chats.get(key) === driver) this.#chats.delete(key)
        hears.wiped()
      },
    }, member)
    this.#chats.set(key, driver)
    this.post.isThere(key)
    this.#hold()
    return driver
  }

  #forget(key: string): void {
    this.#chats.get(key)?.wipe()
    this.#chats.delete(key)
  }

  #hold(): void {
    this.#do(seat.hold(this.#all().flatMap((chat) => (chat.over || chat.member > 1 ? [] : [chat.ref]))))
  }
}

/** A chat that was merely lost, or broke, leaves the visitor's return words: that is what they are for. */
export function saidGoodbye(view: View | null): boolean {
  return view !== null && view.ending !== Ending.LostContact && view.ending !== Ending.Failed
}
