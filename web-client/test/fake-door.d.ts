import type { DoorExports } from '../shared/door/door.ts'

export function record(kind: number, payload?: ArrayLike<number> | number[]): number[]
export function u16(value: number): number[]
export function u32(value: number): number[]
export function u64(value: number): number[]
export function utf8(text: string): number[]
export function view(given?: Record<string, number | string | number[]>): number[]
export function said(id: number, from: number, text: string, at?: number): number[]
export class FakeDoor implements DoorExports {
  constructor(answer: (op: number, fields: Uint8Array) => number[] | number)
  memory: { buffer: ArrayBuffer }
  commands: { op: number; fields: Uint8Array; seed: Uint8Array }[]
  mailbox(): number
  step(length: number): number
}
