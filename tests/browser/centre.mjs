// A centre in earnest: a root made by `lykta-root`, a centre.toml, a state directory and a relay without --demo.
// Everything a coordinator does is done with the programs they would use.

import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, temporaryFolder } from './harness.mjs'
import { until } from './people.mjs'

const root = fileURLToPath(new URL('../../', import.meta.url))
const lykta = join(root, 'target/release/lykta')
const lyktaRoot = join(root, 'target/debug/lykta-root')

/** Twenty characters are the least `lykta-root` takes. */
const PASSPHRASE = 'korrekt häst batteri häftklammer'

// A test that fails half-way leaves no process behind.
const children = new Set()
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')))

/** Runs a program to its end: `{ code, out }`, both streams in one. `passphrase` goes to file descriptor 3. */
async function run(program, args, passphrase) {
  if (!passphrase) {
    return new Promise((resolve) => {
      execFile(program, args, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, out: stdout + stderr }))
    })
  }
  const descriptor = openSync(passphrase, 'r')
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe', descriptor] })
  let out = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (out += text))
  const [code] = await once(child, 'close')
  closeSync(descriptor)
  return { code, out }
}

async function expectWell({ code, out }, what) {
  if (code !== 0) throw new Error(`${what} ended with ${code}: ${out}`)
  return out
}

/** The hours of the shipped file, in a time zone where it is about noon now, on any day of the year. */
function open(text) {
  const ahead = 12 - new Date().getUTCHours()
  // In these names the sign says how far Greenwich is ahead.
  const zone = ahead === 0 ? 'Etc/UTC' : `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`
  return text
    .replace('time_zone = "Europe/Stockholm"', `time_zone = "${zone}"`)
    .replace('monday = ["10.00-15.00"]', 'saturday = ["8.00-20.00"]\nsunday = ["8.00-20.00"]\nmonday = ["8.00-20.00"]')
    .replace(/(tuesday|wednesday|thursday|friday) = \["10.00-15.00"\]/g, '$1 = ["8.00-20.00"]')
    .replace(/^(public|\w+afton|nyarsafton) = "closed"$/gm, '$1 = "as usual"')
}

/** The path of the shipped centre's file with other clocks. */
export async function centreWith(clocks) {
  let text = await readFile(join(root, 'deploy/centre.toml'), 'utf8')
  for (const [clock, time] of Object.entries(clocks)) {
    const other = text.replace(new RegExp(`^${clock} = .*$`, 'm'), `${clock} = "${time}"`)
    assert.notEqual(other, text, clock)
    text = other
  }
  const path = join(await temporaryFolder('centre'), 'centre.toml')
  await writeFile(path, text)
  return path
}

/**
 * Makes a centre and starts its relay, which has no roster yet. `apart`: pages, relay and console have a host each, and
 * the page a process of its own; `before(port)` may put something before that process, and answers its port.
 */
export async function openCentre({ apart = false, before = (port) => port } = {}) {
  const folder = await temporaryFolder('centre')
  const at = (name) => join(folder, name)
  const state = at('state')
  await mkdir(state, { mode: 0o700 })
  await writeFile(at('passphrase'), `${PASSPHRASE}\n`, { mode: 0o600 })

  const made = await run(lyktaRoot, ['new', '--new-centre', '--out', at('root.age'), '--passphrase-fd', '3'], at('passphrase'))
  const trust = /\[trust\][^]*?min_roster_epoch = \d+/.exec(await expectWell(made, 'lykta-root new'))[0]

  const port = await freePort()
  const pagesPort = apart ? await freePort() : port
  const home = `http://localhost:${port}`
  const hosts = apart
    ? {
        chatt: `http://chatt.localhost:${await before(pagesPort)}`,
        relay: `http://relay.localhost:${port}`,
        personal: `http://personal.localhost:${port}`,
      }
    : { chatt: home, relay: home, personal: home }
  const shipped = await readFile(join(root, 'deploy/centre.toml'), 'utf8')
  const text = open(shipped)
    .replace(/^\[trust\]$[^]*?^min_roster_epoch = \d+$/m, trust)
    .replace(/https:\/\/(chatt|relay|personal)\.cmhv\.example/g, (_, name) => hosts[name])
    .replace('main = "127.0.0.1:8080"', `main = "127.0.0.1:${port}"`)
    .replace('directory = "/var/lib/lykta"', `directory = "${state}"`)
  const config = at('centre.toml')
  await writeFile(config, text)

  const relay = { stdout: '', stderr: '' }
  const processes = {}
  const serve = async (role, port) => {
    const args = ['serve', '--config', config, '--role', role, '--listen', `127.0.0.1:${port}`]
    const child = spawn(lykta, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    processes[role] = child
    children.add(child)
    child.on('close', () => children.delete(child))
    child.stdout.setEncoding('utf8').on('data', (said) => (relay.stdout += said))
    child.stderr.setEncoding('utf8').on('data', (said) => (relay.stderr += said))
    await until(`${role} is ready`, async () => {
      if (child.exitCode !== null) throw new Error(`${role} ended: ${relay.stderr}`)
      return (await fetch(`http://127.0.0.1:${port}/ready`).catch(() => null))?.ok
    })
  }
  const start = async () => {
    await serve(apart ? 'relay' : 'all', port)
    if (apart) await serve('pages', pagesPort)
  }
  const end = async (child, signal) => {
    const ended = child.exitCode !== null || child.signalCode !== null
    child.kill(signal)
    if (!ended) await once(child, 'close')
  }
  await start()
  let version = 0

  const centre = {
    folder,
    state,
    config,
    hosts,
    visitor: `${hosts.chatt}/`,
    staff: `${hosts.personal}/staff/`,
    ports: { pages: pagesPort, relay: port },
    /** Everything the relay printed. */
    output: () => relay.stdout + relay.stderr,
    lykta: (...args) => run(lykta, args),
    /** The roster's file of a version. */
    roster: (number) => at(`roster-${number}`),
    /** The coordinator at the offline machine: `lykta-root sign` for the next version. */
    async signs(...args) {
      const next = version + 1
      const previous = version > 0 ? ['--previous', at(`roster-${version}`)] : []
      const told = await run(
        lyktaRoot,
        ['sign', '--root', at('root.age'), ...previous, ...args, '--out', at(`roster-${next}`), '--passphrase-fd', '3'],
        at('passphrase'),
      )
      if (told.code === 0) version = next
      return told
    },
    /** Signs, and installs beside the running relay. Resolves when that has it. */
    async publishes(...args) {
      await expectWell(await centre.signs(...args), 'lykta-root sign')
      const installed = await run(lykta, ['roster', at(`roster-${version}`), '--config', config, '--install'])
      await expectWell(installed, 'lykta roster --install')
      await centre.uses(version)
    },
    uses: (number) => until(`roster version ${number} is in use`, () => relay.stderr.includes(`roster version ${number} is in use`)),
    async stop() {
      for (const child of Object.values(processes)) await end(child, 'SIGTERM')
    },
    /** `meanwhile` is what is done to the machine while nothing runs. */
    async restart(meanwhile = () => {}) {
      await centre.stop()
      await meanwhile()
      await start()
    },
    /** One of the processes dies: 'pages' or 'relay'. */
    kills: (role) => end(processes[role], 'SIGKILL'),
    /** And is there again. */
    raises: (role) => serve(role, role === 'pages' ? pagesPort : port),
    /** What a careless operator does. */
    letEverybodyLook: () => chmod(state, 0o755),
    letNobodyElseLook: () => chmod(state, 0o700),
  }
  return centre
}

/** A page with a security key of its own. `prf: false` is an older one. */
export async function withAuthenticator(page, { prf = true } = {}) {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      hasPrf: prf,
      automaticPresenceSimulation: true,
    },
  })
  return {
    /** Whether the person's finger or code is right. */
    verifies: (yes) => cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: yes }),
    /** The security key is pulled out; answers how it is plugged in again. Its PRF does not come back with it. */
    async takesAway() {
      const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId })
      await cdp.send('WebAuthn.clearCredentials', { authenticatorId })
      return async () => {
        for (const credential of credentials) await cdp.send('WebAuthn.addCredential', { authenticatorId, credential })
      }
    },
    /** Somebody else's key is plugged in. */
    async isGiven(credentials) {
      for (const credential of credentials) await cdp.send('WebAuthn.addCredential', { authenticatorId, credential })
    },
    credentials: async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
  }
}
