// A front that stands between a browser and the relay and changes what passes: a header less, or something injected
// into the document. What an attacker would need, and what shows that a header is what keeps them out. Beside it a
// server of somebody else's, which notes what reaches it.

import { once } from 'node:events'
import http from 'node:http'

/**
 * @param {number} relay its port
 * @param {{ without?: string[], instead?: Record<string, string>, head?: string, body?: string, files?: Record<string, [kind: string, text: string]> }}
 *   [changes] headers to take out of every answer, and headers with other words; markup that is put at the start of the document's head or body;
 *   files of its own, which carry the headers of the relay's files
 */
export async function startFront(relay, { without = [], instead = {}, head = '', body = '', files = {} } = {}) {
  const server = http.createServer(async (request, response) => {
    const own = files[request.url]
    const { statusCode, headers, bytes } = await ask(relay, own ? '/health' : request.url)
    let text = own ? Buffer.from(own[1]) : bytes
    if (request.url === '/') {
      const page = bytes.toString().replace(/<head>/, `$&${head}`).replace(/<body>/, `$&${body}`)
      text = Buffer.from(without.includes('referrer-policy') ? page.replace(/<meta name="referrer"[^>]*>/, '') : page)
    }
    const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !without.includes(name)))
    if (own) kept['content-type'] = own[0]
    response.writeHead(statusCode, { ...kept, ...instead, 'content-length': text.length }).end(text)
  })
  return listening(server)
}

async function ask(port, path) {
  const request = http.get({ port, path, headers: { Host: `localhost:${port}`, 'Accept-Encoding': 'identity' } })
  const [answer] = await once(request, 'response')
  const chunks = await answer.toArray()
  const { 'transfer-encoding': _, connection: __, ...headers } = answer.headers
  return { statusCode: answer.statusCode, headers, bytes: Buffer.concat(chunks) }
}

/** Somebody else: answers everything, allows everything, and remembers every request by its path. */
export async function startStranger(pages = {}) {
  const asked = new Map()
  const server = http.createServer((request, response) => {
    asked.set(request.url, request.headers)
    const [kind, text] = pages[request.url] ?? ['text/plain', '']
    response
      .writeHead(200, {
        'Content-Type': kind,
        'Access-Control-Allow-Origin': '*',
        'Cross-Origin-Resource-Policy': 'cross-origin',
      })
      .end(text)
  })
  server.on('upgrade', (request, socket) => {
    asked.set(request.url, request.headers)
    socket.destroy()
  })
  return { asked, ...(await listening(server)) }
}

async function listening(server) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: server.address().port,
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
