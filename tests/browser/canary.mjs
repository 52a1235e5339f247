// Plants strings that occur nowhere else in the world, then looks for them where they must not be.
//
//   const canary = await plant()
//   … the visitor writes canary.text, their browser is canary.browser, they come from canary.address …
//   assert.deepEqual(await canary.search({ output, urls, folders }), [])

import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import net from 'node:net'
import { join } from 'node:path'

/** An address of the loopback network that no other program is likely to use. */
export const addressOfNobody = () => [127, 0, 0, 0].map((first) => first || randomInt(64, 255)).join('.')

/** Words for one visitor. What is looked for is the part of each that nothing else contains. */
export function plant() {
  const text = randomBytes(8).toString('hex')
  const userAgent = randomBytes(8).toString('hex')
  const address = addressOfNobody()
  const words = { text, userAgent, address }
  return {
    text: `Kanariefågeln ${text} sjunger`,
    userAgent: `Mozilla/5.0 (Linux; Android 14) Kanarie/${userAgent}`,
    address,
    /** Another word to look for: text, or the bytes of a key. */
    also(word, value) {
      words[word] = value
    },
    /** Where each of the words was found: `{ word, as, where }`. Empty is what a story wants. */
    search: (places) => search(words, places),
  }
}

/**
 * @param {Record<string, string | Buffer>} words
 * @param {{ output?: string, urls?: string[], folders?: string[] }} places
 */
async function search(words, { output = '', urls = [], folders = [] }) {
  const found = []
  const shapes = Object.entries(words).flatMap(([word, value]) =>
    Object.entries(shapesOf(word, value)).map(([as, bytes]) => ({ word, as, bytes })),
  )
  const look = (where, bytes) => {
    for (const { word, as, bytes: wanted } of shapes) {
      if (bytes.includes(wanted)) found.push({ word, as, where })
    }
  }
  look('output', Buffer.from(output))
  urls.forEach((url) => look(url, Buffer.from(url)))
  for (const folder of folders) {
    for (const path of await filesBelow(folder)) look(path, await readFile(path))
  }
  return found
}

/** The forms a word is likely to be written in. A file that is compressed as a whole would hide it. */
function shapesOf(word, value) {
  const shapes = {
    plain: Buffer.from(value),
    hex: Buffer.from(Buffer.from(value).toString('hex')),
    ...(typeof value === 'string' ? { 'UTF-16': Buffer.from(value, 'utf16le') } : {}),
  }
  // Base64 depends on where in a group of three the word starts; its ends mix with its neighbours.
  for (const start of [0, 1, 2]) {
    for (const alphabet of ['base64', 'base64url']) {
      const code = Buffer.concat([Buffer.alloc(start), Buffer.from(value)]).toString(alphabet).replace(/=+$/, '')
      shapes[`${alphabet} from ${start}`] = Buffer.from(code.slice(start === 0 ? 0 : 4, -4))
    }
  }
  if (word.startsWith('address')) {
    // The four raw bytes would occur by chance in any large file.
    const bytes = Buffer.from(value.split('.').map(Number))
    shapes['hex of its bytes'] = Buffer.from(bytes.toString('hex'))
    shapes['a number'] = Buffer.from(String(bytes.readUInt32BE()))
  }
  return shapes
}

async function filesBelow(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  // Browsers keep sockets and links as locks, which have no content.
  const files = entries.filter((entry) => entry.isFile())
  // `path` is what Node 20 called it first.
  return files.map(({ parentPath, path, name }) => join(parentPath ?? path, name))
}

/**
 * Lets a browser reach `localhost:port` from `address`: give the `args` to `startBrowser`. The page's
 * own address stays as it is; only where the connections come from changes, and what becomes of them on the way.
 *
 * @param {string} address where the road begins, and where its connections come from
 * @param {number} port of the road and of the relay
 * @param {{ relay?: string }} [options] the relay's own address, if it is another
 */
export async function arriveFrom(address, port, { relay = '127.0.0.1' } = {}) {
  const sockets = new Set()
  let from = address
  let state = 'open'
  const keep = (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  }
  const breakAll = () => sockets.forEach((socket) => socket.destroy())
  const server = net.createServer((near) => {
    if (state === 'cut') return near.destroy()
    keep(near)
    // Taken and never answered.
    if (state === 'hangs') return near.on('error', () => {}).resume()
    const far = net.connect({ host: relay, port, localAddress: from })
    keep(far)
    // A side that ends or breaks takes the other along, as one connection would.
    near.on('error', () => far.destroy()).pipe(far)
    far.on('error', () => near.destroy()).pipe(near)
  })
  // The same port at the visitor's own loopback address, so that addresses and origins need no change.
  server.listen(port, address)
  await once(server, 'listening')
  return {
    // No other name leads anywhere: whatever a page asks for, nothing leaves this machine.
    args: [`--host-resolver-rules=MAP localhost ${address}, EXCLUDE 127.0.0.1, MAP * ~NOTFOUND`],
    /** The network is gone: whatever is open breaks, and nobody comes through. */
    cut() {
      state = 'cut'
      breakAll()
    },
    /** The worst network: connections are taken, also the open ones stay, and nothing is ever answered. */
    hang() {
      state = 'hangs'
      for (const socket of sockets) socket.unpipe().resume()
    },
    /** As it was; what hung breaks now. */
    mend() {
      state = 'open'
      breakAll()
    },
    /** From wifi to mobile: every connection breaks, and new ones come from elsewhere. */
    moveTo(other) {
      from = other
      breakAll()
    },
    async stop() {
      server.close()
      breakAll()
      await once(server, 'close')
    },
  }
}
