// Makes what wasm2js wrote into a module that gives any number of instances, each with a memory of its own.
//
//   node fallback.mjs IN OUT
//
// wasm2js exports one instance. A console has one for each chat, so all of it goes into a function.

import { readFileSync, writeFileSync } from 'node:fs'

const [from, to] = process.argv.slice(2)
const source = readFileSync(from, 'utf8')

const ending = /^var (\w+) = asmFunc\(\{\s*\}\);\s*(?:export var \w+ = \1\.\w+;\s*)+$/m.exec(source)
if (!ending || /^import /m.test(source)) refuse('imports something, or does not end as this script knows it')
const body = source.slice(0, ending.index)
if (/\bexport\b/.test(body)) refuse('exports something else')
writeFileSync(to, `export default function () {\n${body}return asmFunc({});\n}\n`)

const { default: fresh } = await import(to)
const [one, other] = [fresh(), fresh()]
for (const name of ['mailbox', 'step']) {
  if (typeof one[name] !== 'function') refuse(`has no function ${name}`)
}
if (one.memory.buffer === other.memory.buffer) refuse('gives two instances one memory')
if (typeof one.memory.grow === 'function') refuse('can grow its memory')

function refuse(why) {
  console.error(`The module as JavaScript ${why}.`)
  process.exit(1)
}
