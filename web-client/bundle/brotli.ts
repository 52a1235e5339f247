// The compression of every file beside its original.

import { brotliCompressSync, constants } from 'node:zlib'

export function brotli(bytes: Uint8Array): Buffer {
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } })
}
