// A WebSocket that a test opens, feeds and closes by hand.

import { Socket } from '../shared/socket.ts'

export class FakeWebSocket {
  readyState = 0
  binaryType = ''
  onopen: (() => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  readonly sent: number[][] = []
  readonly url: string
  readonly protocol: string
  closed = false

  constructor(url: string, protocol: string) {
    this.url = url
    this.protocol = protocol
  }

  send(bytes: Uint8Array): void {
    this.sent.push([...bytes])
  }

  close(): void {
    this.closed = true
    this.readyState = 3
  }

  opens(): void {
    this.readyState = 1
    this.onopen?.()
  }

  hears(bytes: number[]): void {
    this.onmessage?.({ data: Uint8Array.from(bytes).buffer })
  }

  drops(code: number): void {
    this.readyState = 3
    this.onclose?.({ code })
  }
}

/** A socket and every WebSocket it ever made. */
export function fakeSocket(): { socket: Socket; made: FakeWebSocket[] } {
  const made: FakeWebSocket[] = []
  const socket = new Socket('wss://relay.example/ws/visit', (url, protocol) => {
    const fake = new FakeWebSocket(url, protocol)
    made.push(fake)
    return fake as unknown as WebSocket
  })
  return { socket, made }
}
