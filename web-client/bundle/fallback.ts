// The module as JavaScript, for browsers without WebAssembly: names shortened, as for any script of ours.

import { existsSync, readFileSync } from 'node:fs'
import { minifySync } from 'vite'
import { asset, type BuiltAsset } from './assets.ts'

/** It is built together with the module. `compress` is off: the code is optimised already. */
export function fallbackFile(paths: string[], name: string): BuiltAsset {
  const path = paths.find((candidate) => existsSync(candidate))
  if (!path) throw new Error(`${name} is not built: looked at ${paths.join(', ')}.`)
  const { code, errors } = minifySync(name, readFileSync(path, 'utf8'), {
    module: true,
    compress: false,
    mangle: { toplevel: true },
  })
  if (errors.length > 0) throw new Error(`${path}: ${errors.map((error) => error.message).join(', ')}`)
  return asset(name, Buffer.from(code))
}
