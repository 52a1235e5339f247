// Fetches a module whose hash is part of this script, so that the relay cannot swap it by itself.

import type { DoorExports } from './door.ts'

/** A file of the build with its subresource-integrity hash. */
export interface Asset {
  url: string
  integrity: string
}

/** Throws when the module is missing, is not the one that was built, or the browser has no WebAssembly. */
export async function loadModule(asset: Asset): Promise<WebAssembly.Module> {
  if (typeof WebAssembly !== 'object') throw new Error('no WebAssembly')
  const answer = await fetch(asset.url, { integrity: asset.integrity })
  if (!answer.ok) throw new Error(`module: ${answer.status}`)
  return WebAssembly.compile(await answer.arrayBuffer())
}

/** A fresh instance with a memory of its own; the machines import nothing. */
export async function instantiate(module: WebAssembly.Module): Promise<DoorExports> {
  const instance = await WebAssembly.instantiate(module, {})
  return instance.exports as unknown as DoorExports
}
