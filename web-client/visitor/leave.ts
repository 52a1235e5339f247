// Leaving fast. The order is the safety: what can be seen goes first, what must not be kept goes next, and only
// then do we speak to anyone. Nothing waits, and no step can stop the ones after it.

export interface WayOut {
  /** Empties the field and the document. */
  blank(): void
  /** Seals the goodbye: the body of POST /leave; null when there is no chat to leave. */
  goodbye(): Uint8Array<ArrayBuffer> | null
  /** Overwrites the machine's memory and lets go of every field and draft. */
  wipe(): void
  /** Queued by the browser, survives this page. */
  beacon(body: Uint8Array<ArrayBuffer>): void
  /** The same over the socket, if it is open: the beacon may be lost. */
  frame(bytes: Uint8Array<ArrayBuffer>): void
  close(): void
  /** Replaces this page; left out when the page is going away by itself. */
  go?: () => void
}

const LEAVE_FRAME = 0x06

/** Leaves once; what it is given may throw in any step. */
export function leave(way: WayOut): void {
  let body: Uint8Array<ArrayBuffer> | null = null
  attempt(() => way.blank())
  attempt(() => {
    body = way.goodbye()
  })
  attempt(() => way.wipe())
  // Read back through a function: the compiler cannot see that attempt ran its step.
  const sealed = ((): Uint8Array<ArrayBuffer> | null => body)()
  if (sealed) {
    attempt(() => way.beacon(sealed))
    attempt(() => way.frame(leaveFrame(sealed)))
    // Both copied it; the ticket's secret is in it.
    attempt(() => sealed.fill(0))
  }
  attempt(() => way.close())
  attempt(() => way.go?.())
}

/** `06 | body`: the frame that says the same as POST /leave. */
export function leaveFrame(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(body.length + 1)
  frame[0] = LEAVE_FRAME
  frame.set(body, 1)
  return frame
}

function attempt(step: () => void): void {
  try {
    step()
  } catch {
    // The next step matters more than why this one failed, and there is nobody it would be safe to tell.
  }
}
