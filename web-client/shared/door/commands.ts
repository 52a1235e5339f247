// What goes into the machines. A command only writes its fields; door.ts adds op, time and seed.

import type { Writer } from './bytes.ts'

export interface Command {
  op: number
  write?: (to: Writer) => void
}

/** What a page trusts, from the attributes of <html>. */
export interface Trust {
  centreId: Uint8Array
  roots: Uint8Array[]
  minRosterEpoch: number
  /** Seconds since 1970: no certificate is judged by a clock that stands before the build. */
  buildDate: number
}

const on = (op: number) => (value: boolean): Command => ({ op, write: (to) => to.flag(value) })
const text = (op: number) => (words: string): Command => ({ op, write: (to) => to.text(words) })
const times = (op: number) => (seconds: number[]): Command => ({ op, write: (to) => seconds.forEach((one) => to.u16(one)) })
const raw = (op: number) => (bytes: Uint8Array): Command => ({ op, write: (to) => to.raw(bytes) })

export const DRAIN: Command = { op: 0 }

export const visit = {
  start: (trust: Trust, typingBeats: boolean): Command => ({
    op: 1,
    write: (to) => {
      to.raw(trust.centreId).u16(trust.minRosterEpoch).u32(trust.buildDate).u8(trust.roots.length)
      for (const root of trust.roots) to.raw(root)
      to.flag(typingBeats)
    },
  }),
  join: (lane: number, about: number, languages: string[]): Command => ({
    op: 2,
    write: (to) => {
      to.u8(lane).u8(about).u8(languages.length)
      for (const tag of languages) to.text(tag.slice(0, 8).padEnd(8, '\0'))
    },
  }),
  opened: { op: 3 } as Command,
  closed: (code: number): Command => ({ op: 4, write: (to) => to.u16(code) }),
  frame: raw(5),
  tick: { op: 6 } as Command,
  say: text(7),
  typing: on(8),
  visible: on(9),
  end: { op: 10 } as Command,
  leave: { op: 11 } as Command,
  front: { op: 12 } as Command,
  here: { op: 13 } as Command,
  covered: on(14),
  wake: { op: 15 } as Command,
  consent: on(16),
  /** Of silence: `silenceClocks`. */
  silence: times(17),
  compare: on(20),
  /** Instead of JOIN, with what return words become: `id 16 | key 32`. */
  comeBack: (lane: number, about: number, languages: string[], words: Uint8Array): Command => ({
    op: 21,
    write: (to) => {
      visit.join(lane, about, languages).write?.(to)
      to.raw(words)
    },
  }),
  keepReturn: (words: Uint8Array, stays: boolean): Command => ({ op: 22, write: (to) => to.raw(words).flag(stays) }),
  forgetReturn: { op: 23 } as Command,
}

/** How the relay is told which chats this console still holds the keys of. */
export interface ChatRef {
  ticket: Uint8Array
  claim: number
}

export const seat = {
  signIn: (who: {
    staffSeed: Uint8Array
    certificate: Uint8Array
    trust: Trust
    origin: string
    capacity: number
  }): Command => ({
    op: 101,
    write: (to) => {
      to.raw(who.staffSeed).raw(who.certificate).raw(who.trust.centreId).u8(who.trust.roots.length)
      for (const root of who.trust.roots) to.raw(root)
      to.u16(who.trust.minRosterEpoch).u32(who.trust.buildDate).longText(who.origin).u8(who.capacity)
    },
  }),
  opened: { op: 103 } as Command,
  closed: (code: number): Command => ({ op: 104, write: (to) => to.u16(code) }),
  frame: raw(105),
  tick: { op: 106 } as Command,
  duty: (ready: boolean, capacity: number): Command => ({ op: 107, write: (to) => to.flag(ready).u8(capacity) }),
  alive: { op: 108 } as Command,
  /** The named ticket, or the first that fits. */
  take: (ticket?: Uint8Array): Command => ({ op: 109, write: (to) => to.raw(ticket ?? new Uint8Array(32)) }),
  bundle: { op: 110 } as Command,
  hold: (chats: ChatRef[]): Command => ({
    op: 111,
    write: (to) => {
      to.u8(chats.length)
      for (const chat of chats) to.raw(chat.ticket).u32(chat.claim)
    },
  }),
  signOut: { op: 112 } as Command,
  wake: { op: 115 } as Command,
  /** `words`: what a chat's `keep` carried. */
  keepReturn: (ticket: Uint8Array, words: Uint8Array): Command => ({ op: 121, write: (to) => to.raw(ticket).raw(words) }),
  forgetReturn: (ticket: Uint8Array, left: boolean): Command => ({ op: 122, write: (to) => to.raw(ticket).flag(left) }),
  cameBack: (ticket: Uint8Array): Command => ({ op: 123, write: (to) => to.raw(ticket) }),
}

/** Before there is a seat: who signed in, and how somebody asks for a place on the staff. */
export const staff = {
  person: (trust: Trust, staffPublic: Uint8Array, roster: Uint8Array): Command => ({
    op: 130,
    write: (to) => {
      to.raw(trust.centreId).u8(trust.roots.length)
      for (const root of trust.roots) to.raw(root)
      to.u16(trust.minRosterEpoch).raw(staffPublic).raw(roster)
    },
  }),
  /** Without `made`: a renewal, which leaves the passkey as it is. */
  request: (asked: {
    staffSeed: Uint8Array
    centreId: Uint8Array
    now: number
    role: number
    name: string
    keyGeneration: number
    made: Uint8Array | null
  }): Command => ({
    op: 131,
    write: (to) => {
      to.raw(asked.staffSeed).raw(asked.centreId).u32(Math.floor(asked.now / 1_000)).u8(asked.role)
      to.shortText(asked.name).u16(asked.keyGeneration).raw(asked.made ?? new Uint8Array())
    },
  }),
}

/** The staff channel. */
export const channel = {
  begin: (bundle: Uint8Array, buildDate: number, alias: string): Command => ({
    op: 141,
    write: (to) => to.u16(bundle.length).raw(bundle).u32(buildDate).text(alias),
  }),
  linkUp: { op: 143 } as Command,
  linkDown: { op: 144 } as Command,
  frame: raw(145),
  tick: { op: 146 } as Command,
  /** Opens it to a colleague. */
  call: raw(154),
  /** `invitation`: what a chat's `letter` carried, or an answer to a colleague's. */
  letter: (to: Uint8Array, invitation: Uint8Array): Command => ({ op: 156, write: (out) => out.raw(to).raw(invitation) }),
  /** Says something to a colleague. */
  tell: (to: Uint8Array, words: string): Command => ({ op: 157, write: (out) => out.raw(to).text(words) }),
}

/** The channels between the seats of one chat. */
export const room = {
  begin: (bundle: Uint8Array, ref: ChatRef, alias: string): Command => ({
    op: 241,
    write: (to) => to.u16(bundle.length).raw(bundle).raw(ref.ticket).u32(ref.claim).text(alias),
  }),
  linkUp: { op: 243 } as Command,
  linkDown: { op: 244 } as Command,
  frame: raw(245),
  tick: { op: 246 } as Command,
  visible: on(249),
  /** What the chat's `order` carried. */
  order: raw(250),
}

export const chat = {
  begin: (bundle: Uint8Array, ref: ChatRef, alias: string, hello: Uint8Array, key: Uint8Array): Command => ({
    op: 201,
    write: (to) => to.u16(bundle.length).raw(bundle).raw(ref.ticket).u32(ref.claim).shortText(alias).raw(hello).raw(key),
  }),
  /** Instead of `begin`: into the chat that a colleague's `letter` asks this seat into. */
  come: (bundle: Uint8Array, alias: string, invitation: Uint8Array): Command => ({
    op: 202,
    write: (to) => to.u16(bundle.length).raw(bundle).shortText(alias).raw(invitation),
  }),
  linkUp: { op: 203 } as Command,
  linkDown: { op: 204 } as Command,
  frame: raw(205),
  tick: { op: 206 } as Command,
  say: text(207),
  typing: on(208),
  visible: on(209),
  end: (ending: number): Command => ({ op: 210, write: (to) => to.u8(ending) }),
  putBack: { op: 211 } as Command,
  hold: on(212),
  /** Of silence: `silenceClocks`. */
  silence: times(213),
  compare: on(220),
  returnKept: { op: 221 } as Command,
  /** `kind`: `Invite`. `colleague`: the payload of the seat's record. */
  invite: (kind: number, colleague: Uint8Array): Command => ({ op: 230, write: (to) => to.u8(kind).raw(colleague) }),
  reply: (from: Uint8Array, member: number, yes: boolean): Command => ({
    op: 231,
    write: (to) => to.raw(from).u8(member).flag(yes),
  }),
  takeBack: { op: 232 } as Command,
  letGo: (member: number): Command => ({ op: 233, write: (to) => to.u8(member) }),
  part: { op: 234 } as Command,
  /** What the room's `report` carried. */
  report: raw(235),
}
