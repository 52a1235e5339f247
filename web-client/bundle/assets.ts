// Files that are named by their content, and the hashes browsers compare.

import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { basename, extname } from 'node:path'

export interface BuiltAsset {
  /** Path inside dist. */
  fileName: string
  url: string
  integrity: string
  bytes: Buffer
}

/** SHA-256 as in the policy: a dozen of them stand in the first load, and none of their bytes compresses. */
export function sri(bytes: Uint8Array | string): string {
  return `sha256-${createHash('sha256').update(bytes).digest('base64')}`
}

export function asset(name: string, bytes: Buffer): BuiltAsset {
  const extension = extname(name)
  const mark = createHash('sha256').update(bytes).digest('hex').slice(0, 12)
  const fileName = `assets/${basename(name, extension)}-${mark}${extension}`
  return { fileName, url: `/${fileName}`, integrity: sri(bytes), bytes }
}

export function assetFile(path: string, name = basename(path)): BuiltAsset {
  return asset(name, readFileSync(path))
}

/**
 * A WASM module of the protocol. `LYKTA_WITHOUT_WASM=1` lets pages be built before the module is: the page then
 * says that the chat could not be fetched, exactly as it does when the network loses it.
 */
export function wasmFile(paths: string[], name: string): BuiltAsset | null {
  const path = paths.find((candidate) => existsSync(candidate))
  if (path) return assetFile(path, name)
  if (process.env.LYKTA_WITHOUT_WASM === '1') return null
  throw new Error(`${name} is not built: looked at ${paths.join(', ')}. LYKTA_WITHOUT_WASM=1 builds without it.`)
}
