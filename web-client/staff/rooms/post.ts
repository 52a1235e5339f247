// What chats and colleagues have to say to each other, carried between their machines. Knows no document.

import { Reader, hex } from '../../shared/door/bytes.ts'
import { channel, type ChatRef, type Command } from '../../shared/door/commands.ts'
import type { OtherSeat, Rec } from '../../shared/door/records.ts'
import { StaffRole } from '../../shared/door/words.ts'
import type { ChatDriver } from '../chat.ts'
import { readSummary } from './summary.ts'

/** Another seat, and who it is once it has proven that. */
export interface Colleague extends OtherSeat {
  id: string
  /** Their own word; null until they have proven who they are. */
  name: string | null
  /** The root's word for who has proven that: their name in the roster. Null: this roster does not know them, or there is none. */
  listed: string | null
  /** Called, and there has been no answer. */
  called: boolean
}

/** A colleague asks this seat into a chat. */
export interface Ask {
  from: string
  /** The chat's ticket, in hex. */
  ticket: string
  /** `Invite`. */
  kind: number
}

export interface PostHears {
  colleagues(list: Colleague[]): void
  asked(ask: Ask): void
  /** It is not wanted any more. */
  askedNoMore(ticket: string): void
  /** A colleague's words, whole and in order. */
  heard(from: string, text: string): void
  /** What the colleague who asked this seat into that chat has told the visitor first. */
  summary(ticket: string, by: string, text: string): void
  /** Own words were taken with this id, or not: a reason of `NotSaid`. */
  told(to: string, id: number, reason: number): void
  /** A colleague has opened own words up to this id. */
  opened(by: string, upTo: number): void
}

/** What lies behind a letter's seat. */
interface Invitation {
  step: number
  kind: number
  ref: ChatRef
  member: number
  bytes: Uint8Array<ArrayBuffer>
}

const Step = { Ask: 1, Yes: 2, No: 3, TakenBack: 4 } as const
/** Bytes of an invitation without its secret. */
const PLAIN = 39

function read(bytes: Uint8Array<ArrayBuffer>): Invitation {
  const reader = new Reader(bytes)
  const [step, kind] = [reader.u8(), reader.u8()]
  const ref = { ticket: reader.bytes(32), claim: reader.u32() }
  return { step, kind, ref, member: reader.u8(), bytes }
}

export interface PostDoes {
  /** One step of the staff channel; `secret` is overwritten behind it. */
  staff(command: Command, secret?: Uint8Array): void
  chat(ticket: string): ChatDriver | undefined
  /** The name that the signed roster has for a staff key. */
  listed(staffKey: Uint8Array): string | null
  /** Comes into a chat with this invitation; false when there is no memory for it. */
  come(ref: ChatRef, member: number, invitation: Uint8Array<ArrayBuffer>): Promise<boolean>
}

export class Post {
  readonly #does: PostDoes
  readonly #hears: PostHears
  #seats: OtherSeat[] = []
  readonly #known = new Map<string, { name: string; listed: string | null; role: number; bytes: Uint8Array<ArrayBuffer> }>()
  readonly #called = new Set<string>()
  /** Asks of colleagues, by ticket. Secret inside: overwritten when answered. */
  readonly #asks = new Map<string, { from: Uint8Array<ArrayBuffer>; invitation: Invitation }>()

  /** Who asked this seat into which chat. */
  readonly #cameFrom = new Map<string, string>()
  /** Whose summary the visitor of which chat was shown. */
  readonly #promised = new Map<string, string>()

  constructor(does: PostDoes, hears: PostHears) {
    this.#does = does
    this.#hears = hears
  }

  get colleagues(): Colleague[] {
    return this.#seats.map((one) => {
      const id = hex(one.seat)
      const known = this.#known.get(id)
      const role = known?.role ?? one.role
      // Interpreters and experts, of whatever profession, take nobody from the line, so the relay never calls them ready: who is here can be asked.
      const ready = one.ready || (role !== StaffRole.Counsellor && role !== StaffRole.Coordinator)
      return { ...one, id, role, ready, name: known?.name ?? null, listed: known?.listed ?? null, called: this.#called.has(id) }
    })
  }

  /** Lets everybody on duty, or signed in, prove who they are: whom the counsellor chooses from has a proven role. */
  call(everybody = false): void {
    const unknown = this.colleagues.filter((one) => (everybody || one.ready) && one.name === null && !one.called)
    for (const { id } of unknown) this.#called.add(id)
    for (const one of unknown) this.#does.staff(channel.call(one.seat))
    if (unknown.length > 0) this.#told()
  }

  /** Asks a colleague into a chat; the visitor first. */
  invite(ticket: string, kind: number, colleague: string): void {
    const known = this.#known.get(colleague)
    if (known) this.#does.chat(ticket)?.invite(kind, known.bytes)
  }

  /** Who asked this seat into that chat, if they have shown the visitor a summary for it; once. */
  promised(ticket: string): string | null {
    const by = this.#promised.get(ticket)
    this.#promised.delete(ticket)
    return by !== undefined && this.#cameFrom.get(ticket) === by ? (this.#known.get(by)?.name ?? '') : null
  }

  /** Says something to a colleague. */
  tell(colleague: string, text: string): void {
    const one = this.#seats.find(({ seat }) => hex(seat) === colleague)
    if (one) this.#does.staff(channel.tell(one.seat, text))
  }

  /** A chat's own letter. */
  send(to: Uint8Array, invitation: Uint8Array): void {
    const copy = invitation.slice()
    this.#does.staff(channel.letter(to, copy), copy)
  }

  /** The counsellor's answer to a colleague. */
  async answer(ticket: string, yes: boolean): Promise<void> {
    const ask = this.#asks.get(ticket)
    if (!ask) return
    this.#asks.delete(ticket)
    const { from, invitation } = ask
    if (yes) this.#cameFrom.set(ticket, hex(from))
    const comes = yes && (await this.#does.come(invitation.ref, invitation.member, invitation.bytes))
    const reply = invitation.bytes.slice(0, PLAIN)
    invitation.bytes.fill(0)
    reply[0] = comes ? Step.Yes : Step.No
    this.send(from, reply)
  }

  /** This seat is in a chat with that visitor: an invitation into an earlier one would put that in its place. */
  isThere(ticket: string): void {
    if (this.#drop(ticket)) this.#hears.askedNoMore(ticket)
  }

  /** A record of the staff channel; false when it is about something else. */
  hear(record: Rec): boolean {
    switch (record.kind) {
      case 'seats':
        this.#seats = record.seats
        this.#told()
        return true
      case 'colleague':
        this.#known.set(hex(record.seat), { ...record, listed: this.#does.listed(record.staffKey) })
        this.#called.delete(hex(record.seat))
        this.#told()
        return true
      case 'gone':
        this.#known.delete(hex(record.seat))
        this.#called.delete(hex(record.seat))
        this.#told()
        return true
      case 'heard': {
        const from = hex(record.seat)
        const summary = readSummary(record.text)
        if (!summary) this.#hears.heard(from, record.text)
        else if (summary.text === '') this.#promised.set(summary.ticket, from)
        // Nobody else's: only of a chat this seat was asked into, and by who asked.
        else if (this.#cameFrom.get(summary.ticket) === from) this.#hears.summary(summary.ticket, this.#known.get(from)?.name ?? '', summary.text)
        return true
      }
      case 'told':
        this.#hears.told(hex(record.seat), record.id, record.reason)
        return true
      case 'opened':
        this.#hears.opened(hex(record.seat), record.upTo)
        return true
      case 'letter':
        this.#letter(record.seat, read(record.invitation))
        return true
      default:
        return false
    }
  }

  wipe(): void {
    for (const { invitation } of this.#asks.values()) invitation.bytes.fill(0)
    this.#asks.clear()
    this.#cameFrom.clear()
    this.#promised.clear()
  }

  /** False when nobody asked. */
  #drop(ticket: string): boolean {
    this.#asks.get(ticket)?.invitation.bytes.fill(0)
    return this.#asks.delete(ticket)
  }

  #letter(from: Uint8Array<ArrayBuffer>, invitation: Invitation): void {
    const ticket = hex(invitation.ref.ticket)
    const chat = this.#does.chat(ticket)
    switch (invitation.step) {
      case Step.Ask:
        // Nobody asks a seat into a chat that it is in already.
        if (chat && !chat.over) return void invitation.bytes.fill(0)
        this.#drop(ticket)
        this.#asks.set(ticket, { from, invitation })
        return this.#hears.asked({ from: this.#known.get(hex(from))?.name ?? '', ticket, kind: invitation.kind })
      case Step.Yes:
      case Step.No:
        if (chat?.ref.claim === invitation.ref.claim) chat.reply(from, invitation.member, invitation.step === Step.Yes)
        return
      case Step.TakenBack: {
        const ask = this.#asks.get(ticket)
        if (ask && hex(ask.from) === hex(from)) {
          this.#drop(ticket)
          this.#hears.askedNoMore(ticket)
        }
        if (chat?.member === invitation.member && chat.isExpecting) chat.part()
      }
    }
  }

  #told(): void {
    this.#hears.colleagues(this.colleagues)
  }
}
