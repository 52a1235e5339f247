// What `lykta` is made of, as CycloneDX 1.6 (JSON) on standard output: every crate in the relay and in the WASM modules
// inside it, with version, licence, checksum and who needs whom. The same bytes each time for one lock file.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

const cargo = (...words) =>
  execFileSync('cargo', [...words, '--locked', '--offline'], { encoding: 'utf8', maxBuffer: 1 << 28 })

/** The crates in a build, as `name version`. */
function built(...words) {
  const tree = cargo('tree', '-e', 'normal', '--prefix', 'none', '--format', '{p}', ...words)
  return tree.split('\n').filter(Boolean).map((line) => line.split(' ').slice(0, 2).join(' ').replace(' v', ' '))
}

const inside = new Set([
  ...built('-p', 'lykta-server'),
  ...['visit', 'seat', 'chat', 'pair'].flatMap((door) =>
    built('-p', 'lykta-wasm', '--target', 'wasm32-unknown-unknown', '--no-default-features', '--features', door),
  ),
])

const lock = readFileSync('Cargo.lock', 'utf8')
const checksums = new Map()
for (const [, name, version, rest] of lock.matchAll(/\[\[package\]\]\nname = "(.+)"\nversion = "(.+)"\n([^[]*)/g)) {
  checksums.set(`${name} ${version}`, /checksum = "(.+)"/.exec(rest)?.[1])
}

// What is built on other systems only need not be on this machine.
const host = /^host: (.+)$/m.exec(execFileSync('rustc', ['--verbose', '--version'], { encoding: 'utf8' }))[1]
const platforms = [host, 'wasm32-unknown-unknown'].flatMap((platform) => ['--filter-platform', platform])
const told = JSON.parse(cargo('metadata', '--format-version', '1', ...platforms))
const named = new Map(told.packages.map((one) => [one.id, one]))
const key = (one) => `${one.name} ${one.version}`
const purl = (one) => `pkg:cargo/${one.name}@${one.version}`
const used = told.packages.filter((one) => inside.has(key(one))).sort((a, b) => (purl(a) < purl(b) ? -1 : 1))
const relay = used.find((one) => one.name === 'lykta-server')

// A crate that is built twice in two versions is listed twice; one that is only built for tests is not here.
const components = used
  .filter((one) => one !== relay)
  .map((one) => ({
    type: 'library',
    'bom-ref': purl(one),
    name: one.name,
    version: one.version,
    licenses: [{ expression: (one.license ?? 'NOASSERTION').replaceAll(/ ?\/ ?/g, ' OR ') }],
    purl: purl(one),
    ...(checksums.get(key(one)) && { hashes: [{ alg: 'SHA-256', content: checksums.get(key(one)) }] }),
  }))

const refs = new Set(used.map(purl))
const dependencies = used.map((one) => {
  const node = told.resolve.nodes.find((node) => node.id === one.id)
  const normal = node.deps.filter((dep) => dep.dep_kinds.some(({ kind }) => kind === null))
  const on = normal.map((dep) => purl(named.get(dep.pkg))).filter((ref) => refs.has(ref))
  return { ref: purl(one), dependsOn: [...new Set(on)].sort() }
})
// The modules are inside the relay, so what they are made of belongs to it.
const wasm = used.find((one) => one.name === 'lykta-wasm')
dependencies.find(({ ref }) => ref === purl(relay)).dependsOn.push(purl(wasm))

// A number of its own for each content, in the form of a UUID (version 8).
const hash = createHash('sha256').update(lock).update(JSON.stringify(components)).digest('hex')
const serial = [hash.slice(0, 8), hash.slice(8, 12), `8${hash.slice(13, 16)}`, `8${hash.slice(17, 20)}`, hash.slice(20, 32)]
const bom = {
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  serialNumber: `urn:uuid:${serial.join('-')}`,
  version: 1,
  metadata: {
    ...(process.env.SOURCE_DATE_EPOCH && {
      timestamp: new Date(Number(process.env.SOURCE_DATE_EPOCH) * 1000).toISOString().replace('.000', ''),
    }),
    component: { type: 'application', 'bom-ref': purl(relay), name: 'lykta', version: relay.version, purl: purl(relay), licenses: [{ expression: relay.license }] },
  },
  components,
  dependencies,
}
console.log(JSON.stringify(bom, null, 1))
