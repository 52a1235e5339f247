// One WebSocket at a time, binary, with the relay's subprotocol. It decides nothing: the machine does.

export interface SocketHears {
  opened(): void
  closed(code: number): void
  frame(bytes: Uint8Array): void
}

/** The part of WebSocket that is used; tests bring their own. */
export type SocketMaker = (url: string, protocol: string) => WebSocket

export class Socket {
  readonly #url: string
  readonly #make: SocketMaker
  #live: WebSocket | null = null

  constructor(url: string, make: SocketMaker = (url, protocol) => new WebSocket(url, protocol)) {
    this.#url = url
    this.#make = make
  }

  open(hears: SocketHears): void {
    this.close()
    let socket: WebSocket
    try {
      socket = this.#make(this.#url, 'lykta.1')
    } catch {
      // A browser may refuse to open it at all (content blockers): that is a closed socket, told later,
      // because the machine is in the middle of a step now.
      queueMicrotask(() => hears.closed(1006))
      return
    }
    this.#live = socket
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => {
      if (this.#live === socket) hears.opened()
    }
    socket.onclose = (event) => {
      if (this.#live !== socket) return
      this.#live = null
      hears.closed(event.code)
    }
    socket.onmessage = (event) => {
      if (this.#live === socket && event.data instanceof ArrayBuffer) hears.frame(new Uint8Array(event.data))
    }
  }

  /** Drops the frame when the socket is not open: the machine re-sends after the next opening. */
  send(frame: Uint8Array<ArrayBuffer>): void {
    if (this.#live?.readyState === 1) this.#live.send(frame)
  }

  /** Says nothing back: whoever closes knows it. */
  close(): void {
    const socket = this.#live
    this.#live = null
    socket?.close()
  }
}

/** `wss://relay/ws/…` for the configured relay, or for this page's own origin when none is named. */
export function socketUrl(relay: string, path: string, here: string): string {
  const url = new URL(path, relay || here)
  url.protocol = url.protocol.replace('http', 'ws')
  return url.href
}

/** The relay as an https (or http) address, whichever way the configuration wrote it. */
export function relayUrl(relay: string, path: string, here: string): string {
  const url = new URL(path, relay || here)
  url.protocol = url.protocol.replace('ws', 'http')
  return url.href
}
