// Channels to other seats, in an instance of their own, wiped whole: the staff channel, or those of one room. Knows no
// document.

import { Alarm } from '../../shared/alarm.ts'
import type { Command } from '../../shared/door/commands.ts'
import { DeskDoor } from '../../shared/door/desk-door.ts'
import type { Fresh } from '../../shared/door/load.ts'
import type { Rec } from '../../shared/door/records.ts'

export interface PairsHear {
  /** All but `wake`, in order; those of one step when the step is over. */
  record(record: Rec): void
  /** No memory for it, or the machine met a bug; it is wiped already. */
  failed(): void
}

/** The first step: hands the machine what is secret and overwrites it. */
export type BeginPairs = (step: (command: Command) => void) => void

export class PairsDriver {
  readonly #hears: PairsHear
  readonly #alarm: Alarm
  #door: DeskDoor | null = null
  /** What is to be done as soon as the memory is there; each with what of it is secret. */
  #waiting: { command: Command; secret: Uint8Array | undefined }[] = []
  #wiped = false

  constructor(fresh: Fresh, begin: BeginPairs, tick: Command, hears: PairsHear) {
    this.#hears = hears
    this.#alarm = new Alarm(() => this.do(tick))
    void this.#open(fresh, begin)
  }

  /** One step; `secret` is overwritten behind it. */
  do(command: Command, secret?: Uint8Array): void {
    if (this.#wiped) return void secret?.fill(0)
    if (!this.#door) return void this.#waiting.push({ command, secret })
    this.#step(command)
    secret?.fill(0)
  }

  wipe(): void {
    this.#wiped = true
    for (const { secret } of this.#waiting.splice(0)) secret?.fill(0)
    this.#alarm.set(0)
    this.#door?.wipe()
    this.#door = null
  }

  async #open(fresh: Fresh, begin: BeginPairs): Promise<void> {
    try {
      const door = new DeskDoor(await fresh())
      if (this.#wiped) return door.wipe()
      this.#door = door
    } catch {
      return this.#fail()
    }
    begin((command) => this.#step(command))
    for (const { command, secret } of this.#waiting.splice(0)) this.do(command, secret)
  }

  #step(command: Command): void {
    let records: Rec[]
    try {
      records = this.#door?.step(command) ?? []
    } catch {
      return this.#fail()
    }
    // When to wake is this step's own; what the others hear may lead to another step, whose word is newer.
    for (const record of records) if (record.kind === 'wake') this.#alarm.set(record.at)
    for (const record of records) if (record.kind !== 'wake') this.#hears.record(record)
  }

  #fail(): void {
    if (this.#wiped) return
    this.wipe()
    this.#hears.failed()
  }
}
