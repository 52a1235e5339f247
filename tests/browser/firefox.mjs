// Firefox, for the stories in which another browser engine could tell another truth. Playwright brings a Firefox of
// its own; puppeteer speaks to the one that people have.

import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import puppeteer from 'puppeteer-core'
import { temporaryFolder } from './harness.mjs'

export const executablePath =
  process.env.FIREFOX ?? ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find((path) => existsSync(path))

/**
 * Starts Firefox on a profile of its own that reaches nothing but this machine. What it asks for at `exit` is
 * answered by a page of ours.
 */
export async function startFirefox({ exit, userAgent }) {
  if (!executablePath) throw new Error('Firefox is missing: `make test` installs firefox-esr')
  const profile = await temporaryFolder('firefox')
  let exitAnswers = true
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    userDataDir: profile,
    extraPrefsFirefox: {
      'general.useragent.override': userAgent,
      'intl.accept_languages': 'sv-SE, sv',
      // As on a phone that is used every day: history, back/forward cache and session restore stay on.
      'browser.sessionstore.interval': 500,
      'network.captive-portal-service.enabled': false,
      'network.connectivity-service.enabled': false,
      'app.update.enabled': false,
      'browser.safebrowsing.update.enabled': false,
      'services.settings.server': 'data:,',
    },
  })
  return {
    browser,
    profile,
    /** No network at all: the other page cannot be had either. */
    loseExit() {
      exitAnswers = false
    },
    async page() {
      const page = await browser.newPage()
      await page.setViewport({ width: 390, height: 844 })
      await page.setRequestInterception(true)
      page.on('request', (request) => {
        const url = request.url()
        if (url.startsWith(exit) && !exitAnswers) void request.abort()
        else if (url.startsWith(exit)) {
          const body = '<!doctype html><title>Väder</title><p>Vädret'
          void request.respond({ status: 200, contentType: 'text/html; charset=utf-8', body })
        } else if (/^(http|ws):\/\/(localhost|127\.)/.test(url)) void request.continue()
        else void request.abort()
      })
      return page
    },
    stop: () => browser.close(),
  }
}

/**
 * Writes the plain form beside every packed file of a Firefox profile (`mozLz40\0 | size u32 little-endian | one
 * LZ4 block`), so that a search finds what packing would hide. Answers how many there were.
 */
export async function unpack(profile) {
  let unpacked = 0
  for (const entry of await readdir(profile, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath ?? entry.path, entry.name)
    const bytes = await readFile(path)
    if (bytes.subarray(0, 8).toString('latin1') !== 'mozLz40\0') continue
    await writeFile(`${path}.plain`, lz4Block(bytes.subarray(12), bytes.readUInt32LE(8)))
    unpacked += 1
  }
  return unpacked
}

/** LZ4 block format, https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md: literals, then a copy from before. */
function lz4Block(packed, size) {
  const plain = Buffer.alloc(size)
  let [from, to] = [0, 0]
  const length = (start) => {
    let sum = start
    if (start === 15) for (let byte = 255; byte === 255; sum += byte) byte = packed[from++]
    return sum
  }
  while (from < packed.length) {
    const token = packed[from++]
    const literals = length(token >> 4)
    to += packed.copy(plain, to, from, from + literals)
    from += literals
    if (from >= packed.length) break
    const back = packed.readUInt16LE(from)
    from += 2
    // Byte by byte: a copy may overlap with what it makes.
    for (let left = length(token & 15) + 4; left > 0; left -= 1, to += 1) plain[to] = plain[to - back]
  }
  return plain
}
