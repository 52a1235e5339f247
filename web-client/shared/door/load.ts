// Fetches a module whose hash is part of the page, so that the relay cannot swap it by itself: as WebAssembly, or as
// JavaScript in browsers that have switched WebAssembly off for safety (some by the wish of exactly those we are for).

import type { DoorExports } from './door.ts'

/** A file of the build with its subresource-integrity hash. */
export interface Asset {
  url: string
  integrity: string
}

/** A fresh instance with a memory of its own; the machines import nothing. */
export type Fresh = () => Promise<DoorExports>

/** `\0asm`, version 1: the smallest module there is. */
const SMALLEST = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)

/** Whether modules can be compiled here: the name may be missing, or be there and refuse. */
export function hasWebAssembly(): boolean {
  try {
    return new WebAssembly.Module(SMALLEST) instanceof WebAssembly.Module
  } catch {
    return false
  }
}

/** Throws when the file is missing or is not the one that was built. */
export async function loadModule(wasm: Asset, fallback: string): Promise<Fresh> {
  if (!hasWebAssembly()) {
    const { default: fresh } = (await import(/* @vite-ignore */ fallback)) as { default: () => DoorExports }
    return async () => fresh()
  }
  // Past the browser's cache: a request that is never answered would leave its address there.
  const answer = await fetch(wasm.url, { integrity: wasm.integrity, cache: 'no-store' })
  if (!answer.ok) throw new Error(`module: ${answer.status}`)
  // Compiled while it comes, where the browser can.
  const module =
    'compileStreaming' in WebAssembly
      ? await WebAssembly.compileStreaming(answer)
      : await WebAssembly.compile(await answer.arrayBuffer())
  return async () => (await WebAssembly.instantiate(module, {})).exports as unknown as DoorExports
}
