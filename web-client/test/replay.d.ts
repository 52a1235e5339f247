import type { DoorExports } from '../shared/door/door.ts'

export interface Step {
  at: number
  /** `visit`, or one of the desk's */
  door: 'visit' | 'seat' | 'chat' | 'seat2' | 'guest' | 'new'
  op: number
  now: number
  seed: number
  fields: string
  answer: string
}

export function hex(bytes: Uint8Array): string
export function unhex(text: string): Uint8Array<ArrayBuffer>
export function replay(
  vector: { steps: Step[] },
  fresh: (module: 'visit' | 'desk') => DoorExports,
): Generator<{
  step: Step
  door: DoorExports
  doors: Partial<Record<Step['door'], DoorExports>>
  seed: Uint8Array<ArrayBuffer>
  answer: string
}>
