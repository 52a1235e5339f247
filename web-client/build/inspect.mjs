// Refuses a module that is not what the pages count on, and says how large it became.
//
//   node inspect.mjs RAW OUT MEMORY_BYTES STACK_BYTES

import { readFileSync } from 'node:fs'
import { brotliCompressSync, constants } from 'node:zlib'

const [raw, out] = process.argv.slice(2, 4).map((path) => readFileSync(path))
const [memoryBytes, stackBytes] = process.argv.slice(4, 6).map(Number)
const module = new WebAssembly.Module(out)

const imports = WebAssembly.Module.imports(module).map(({ module, name }) => `${module}.${name}`)
if (imports.length > 0) refuse(`imports ${imports.join(', ')}: it may call nothing of the page`)

const { exports } = new WebAssembly.Instance(module)
for (const name of ['mailbox', 'step']) {
  if (typeof exports[name] !== 'function') refuse(`has no function ${name}`)
}

const { memory } = exports
if (memory.buffer.byteLength !== memoryBytes) {
  refuse(`has ${memory.buffer.byteLength} bytes of memory, not ${memoryBytes}`)
}
if (grows(memory)) refuse('can grow its memory, so an overwrite could miss some of it')
// With the stack first, everything else lies above it.
if (!(exports.__heap_base?.value >= stackBytes)) refuse('does not have its stack first')

const names = Object.keys(exports).join(', ')
const best = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }
const kb = (bytes) => `${(bytes / 1000).toFixed(1)} kB`
console.log(
  `${kb(raw.length)} as compiled, ${kb(out.length)} after wasm-opt, ` +
    `${kb(brotliCompressSync(out, best).length)} as Brotli; exports ${names}`,
)

function grows(memory) {
  try {
    memory.grow(1)
    return true
  } catch {
    return false
  }
}

function refuse(why) {
  console.error(`The module ${why}.`)
  process.exit(1)
}
