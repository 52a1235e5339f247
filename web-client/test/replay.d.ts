import type { DoorExports } from '../shared/door/door.ts'

export type Module = 'visit' | 'seat' | 'chat' | 'pair'

export interface Step {
  at: number
  door: 'visit' | 'seat' | 'chat' | 'seat2' | 'guest' | 'new' | 'staff' | 'staff2' | 'pair' | 'pair2' | 'pair3'
  op: number
  now: number
  seed: number
  fields: string
  answer: string
}

export function hex(bytes: Uint8Array): string
export const moduleOf: Record<Step['door'], Module>
export function unhex(text: string): Uint8Array<ArrayBuffer>
export function replay(
  vector: { steps: Step[] },
  fresh: (module: Module) => DoorExports,
): Generator<{
  step: Step
  door: DoorExports
  doors: Partial<Record<Step['door'], DoorExports>>
  seed: Uint8Array<ArrayBuffer>
  answer: string
}>
