// Starts the one worker. Trusted Types lets a script address through only by name, so there is one name for one address.

interface Policies {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string }
}

/** Calls `beat` every so many milliseconds, in the background too. */
export function startHeartbeat(url: string, every: number, beat: () => void): Worker {
  const policies = (globalThis as { trustedTypes?: Policies }).trustedTypes
  const rules = {
    createScriptURL: (asked: string) => {
      if (asked !== url) throw new TypeError('only the heartbeat')
      return asked
    },
  }
  const address = (policies?.createPolicy('lykta-worker', rules) ?? rules).createScriptURL(url)
  const worker = new Worker(address, { name: String(every) })
  worker.onmessage = beat
  return worker
}
