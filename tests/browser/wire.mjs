// What a page brings over the network, file by file.

/** Listens to what a page fetches: name, kind, bytes as they are and as they travel. */
export async function listensToWire(page) {
  const session = await page.context().newCDPSession(page)
  const fetched = new Map()
  await session.send('Network.enable')
  session.on('Network.responseReceived', ({ requestId, type, response }) => {
    fetched.set(requestId, { name: new URL(response.url).pathname, type, encoding: response.headers['content-encoding'] ?? '' })
  })
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    // With the response's head, which is part of what a phone waits for.
    Object.assign(fetched.get(requestId) ?? {}, { wire: encodedDataLength })
  })
  session.on('Network.dataReceived', ({ requestId, dataLength }) => {
    const one = fetched.get(requestId)
    if (one) one.raw = (one.raw ?? 0) + dataLength
  })
  return { session, rows: () => [...fetched.values()].filter(({ wire }) => wire !== undefined) }
}
