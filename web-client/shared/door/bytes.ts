// Big-endian bytes, as both sides of the WASM door speak them.

/** Bytes of our own, as the browser's cryptography takes them. */
export type Bytes = Uint8Array<ArrayBuffer>

const utf8Out = new TextEncoder()
const utf8In = new TextDecoder()

/** Writes fields one after the other into a buffer of the caller's (the mailbox: no copy on our heap). */
export class Writer {
  readonly #view: DataView
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get length(): number {
    return this.#at
  }

  u8(value: number): this {
    this.#view.setUint8(this.#take(1), value)
    return this
  }

  flag(on: boolean): this {
    return this.u8(on ? 1 : 0)
  }

  u16(value: number): this {
    this.#view.setUint16(this.#take(2), value)
    return this
  }

  u32(value: number): this {
    this.#view.setUint32(this.#take(4), value)
    return this
  }

  u64(value: number): this {
    this.#view.setBigUint64(this.#take(8), BigInt(Math.trunc(value)))
    return this
  }

  raw(bytes: Uint8Array): this {
    this.#bytes.set(bytes, this.#take(bytes.length))
    return this
  }

  text(text: string): this {
    return this.raw(utf8Out.encode(text))
  }

  /** Text with its length in one byte before it; longer than 255 bytes is a caller's mistake. */
  shortText(text: string): this {
    const bytes = utf8Out.encode(text)
    if (bytes.length > 255) throw new RangeError('text too long for a length byte')
    return this.u8(bytes.length).raw(bytes)
  }

  longText(text: string): this {
    const bytes = utf8Out.encode(text)
    return this.u16(bytes.length).raw(bytes)
  }

  /** The next `length` bytes, for somebody else to fill. */
  room(length: number): Uint8Array {
    const at = this.#take(length)
    return this.#bytes.subarray(at, at + length)
  }

  #take(length: number): number {
    const at = this.#at
    if (at + length > this.#bytes.length) throw new RangeError('does not fit in the mailbox')
    this.#at = at + length
    return at
  }
}

/** Reads fields one after the other. Every method throws RangeError past the end. */
export class Reader {
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.#view.byteLength - this.#at
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1))
  }

  flag(): boolean {
    return this.u8() !== 0
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2))
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4))
  }

  /** Milliseconds: far below 2^53, so a number holds it. */
  u64(): number {
    return Number(this.#view.getBigUint64(this.#take(8)))
  }

  /** A copy of the next `length` bytes: the mailbox is written over by the next step. */
  bytes(length: number): Uint8Array<ArrayBuffer> {
    const at = this.#take(length)
    const copy = new Uint8Array(length)
    copy.set(new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, length))
    return copy
  }

  rest(): Uint8Array<ArrayBuffer> {
    return this.bytes(this.left)
  }

  text(length: number): string {
    const at = this.#take(length)
    return utf8In.decode(new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, length))
  }

  #take(length: number): number {
    if (length > this.left) throw new RangeError('record is too short')
    const at = this.#at
    this.#at += length
    return at
  }
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Throws RangeError when it is not hexadecimal of exactly `length` bytes. */
export function unhex(text: string, length: number): Uint8Array<ArrayBuffer> {
  if (text.length !== length * 2 || !/^[0-9a-f]*$/i.test(text)) throw new RangeError(`not ${length} bytes in hex`)
  return Uint8Array.from({ length }, (_, i) => parseInt(text.slice(i * 2, i * 2 + 2), 16))
}

/** base64url without padding, as the sign-in speaks it. */
export function base64(bytes: Uint8Array): string {
  const letters = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
  return letters.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Throws RangeError when it is not base64url. */
export function unbase64(text: string): Bytes {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) throw new RangeError('not base64url')
  const letters = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0))
}
