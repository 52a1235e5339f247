// A relay and the browsers of the people in a story.
//
//   const stage = await startStage()
//   const anna = await stage.visitorPage()
//   const eva = await stage.staffPage()
//   …
//   await stage.stop()
//
// The visitor and the counsellor have a browser each, with a profile on disk, because what a browser leaves
// there is part of what is tested. This file never decides whether the pages behave; the stories do.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { access, mkdir, mkdtemp } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const root = fileURLToPath(new URL('../../', import.meta.url))
const screenshots = join(root, 'target/screenshots')

// A build in release mode on a busy machine of two cores starts within a second; this is for the worst day.
const READY_WITHIN_MS = 30_000
// The relay drains on SIGTERM; whoever takes longer has a bug that a story should show.
const ENDS_WITHIN_MS = 20_000

// A test that fails half-way leaves no process and no folder behind. (Playwright ends its own browsers.)
const children = new Set()
const folders = new Set()
process.on('exit', () => {
  children.forEach((child) => child.kill('SIGKILL'))
  folders.forEach((folder) => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
})

/** A folder in the system's temporary directory, there until this process ends. */
export async function temporaryFolder(name) {
  const folder = await mkdtemp(join(tmpdir(), `lykta-${name}-`))
  folders.add(folder)
  return folder
}

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/**
 * Starts the relay in demo mode and waits for the two addresses it prints.
 *
 * It runs in `folder` (a new temporary one unless given), so that all it writes is found there, the
 * seed in `target/demo/` included. The same `port` and `folder` once more is a restart of the same demo.
 *
 * @param {{ args?: string[], host?: string, port?: number, folder?: string, program?: string[] }} [options] `args` come
 *   after `serve --demo --listen …`, on `host` (127.0.0.1); `program` replaces the relay in the harness's own tests.
 */
export async function startRelay(options = {}) {
  const port = options.port ?? (await freePort())
  const folder = options.folder ?? (await temporaryFolder('relay'))
  await mkdir(join(folder, 'target/demo'), { recursive: true, mode: 0o700 })

  const [command, ...before] = options.program ?? [join(root, 'target/release/lykta')]
  await access(command).catch(() => {
    throw new Error(`${command} is missing: \`make relay\` builds it`)
  })
  const listen = ['serve', '--demo', '--listen', `${options.host ?? '127.0.0.1'}:${port}`]
  const child = spawn(command, [...before, ...listen, ...(options.args ?? [])], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  child.on('close', () => children.delete(child))

  const relay = {
    port,
    folder,
    pid: child.pid,
    /** Everything it printed so far, on both streams. */
    stdout: '',
    stderr: '',
    visitor: undefined,
    staff: undefined,
    /** Resolves to `{ code, signal }` when the process has ended, for whatever reason. */
    ended: once(child, 'close').then(([code, signal]) => ({ code, signal })),
    /** Ends it by SIGTERM (or another signal) and resolves to `{ code, signal }`. */
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      const late = Symbol('late')
      const end = await within(ENDS_WITHIN_MS, relay.ended, late)
      if (end !== late) return end
      child.kill('SIGKILL')
      await relay.ended
      throw new Error(`the relay did not end within ${ENDS_WITHIN_MS / 1000} s of ${signal}`)
    },
  }

  const addresses = new Promise((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text) => {
      relay.stdout += text
      relay.visitor ??= /^visitor (\S+)\n/m.exec(relay.stdout)?.[1]
      relay.staff ??= /^staff (\S+)\n/m.exec(relay.stdout)?.[1]
      if (relay.visitor && relay.staff) resolve('ready')
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      relay.stderr += text
    })
  })
  const became = await within(READY_WITHIN_MS, Promise.race([addresses, relay.ended]), 'late')
  if (became === 'ready') return relay
  if (became === 'late') await relay.stop('SIGKILL')
  const how = became === 'late' ? `said nothing for ${READY_WITHIN_MS / 1000} s` : `ended with ${became.code}`
  throw new Error(`the relay ${how}\n${relay.stdout}${relay.stderr}`)
}

/** What `promise` becomes, or `otherwise` if it is not settled in time. */
async function within(milliseconds, promise, otherwise) {
  let timer
  const timeout = new Promise((resolve) => {
    timer = setTimeout(resolve, milliseconds, otherwise)
  })
  return Promise.race([promise, timeout]).finally(() => clearTimeout(timer))
}

/** What every Chromium of ours is started with. */
export const flags = [
  // Chromium refuses its sandbox to root.
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * Starts Chromium on a profile of its own.
 *
 * @param {{ args?: string[], profile?: string, [playwright: string]: unknown }} [options] `args` are further
 *   flags, `profile` a folder to use again; the rest goes to Playwright's context.
 */
export async function startBrowser({ args = [], profile, ...context } = {}) {
  const executablePath = process.env.CHROMIUM || '/usr/bin/chromium'
  const folder = profile ?? (await temporaryFolder('profile'))
  const browser = await chromium.launchPersistentContext(folder, {
    executablePath,
    args: [...flags, ...args],
    // Playwright switches the back/forward cache off, and what comes back from it must be seen.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
    locale: 'sv-SE',
    timezoneId: 'Europe/Stockholm',
    ...context,
  })
  const urls = []
  const said = []
  browser.on('request', (request) => urls.push(request.url()))
  browser.on('console', (message) => said.push(message.text()))
  browser.on('weberror', (error) => said.push(String(error.error())))
  const watch = (page) => page.on('websocket', (socket) => urls.push(socket.url()))
  browser.pages().forEach(watch)
  browser.on('page', watch)
  return {
    context: browser,
    /** The profile's folder: what a look at the device would find. */
    profile: folder,
    /** Every address it asked for, those of sockets included. */
    urls,
    /** What its pages wrote to the console: broken policies and uncaught errors too. */
    said,
    /** Ends the browser; resolves when it has written its profile. */
    stop: () => browser.close(),
  }
}

/**
 * Of what a page wrote. The header closes two features that only Chromium on phones has, where an injected script could
 * open the phone's own dialogues with them; on a desk Chromium says that it does not know them.
 */
export const isOurs = (text) =>
  !/^Error with Permissions-Policy header: Unrecognized feature: '(bluetooth|web-share)'\.$/.test(text)

export const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }
export const desk = { viewport: { width: 1280, height: 800 } }

/**
 * The relay and the browsers of a story.
 *
 * @param {{ relay?: Parameters<typeof startRelay>[0], visitor?: object, staff?: object }} [options] what
 *   `startRelay` and each side's `startBrowser` take.
 */
export async function startStage(options = {}) {
  const relay = await startRelay(options.relay)
  const browsers = {}
  const browser = (side, kind) => (browsers[side] ??= startBrowser({ ...kind, ...options[side] }))

  const stage = {
    relay,
    /** A phone that has opened the visitor's address. Each call is another tab of the same phone. */
    async visitorPage() {
      return opened(await stage.visitorBrowser(), stage.relay.visitor)
    },
    /** A desk that has opened the staff address. */
    async staffPage() {
      return opened(await stage.staffBrowser(), stage.relay.staff)
    },
    /** The visitor's phone, started when it is first asked for. */
    visitorBrowser: () => browser('visitor', phone),
    /** The counsellor's desk, likewise. */
    staffBrowser: () => browser('staff', desk),
    /** The browsers that were started, for their profiles and addresses. */
    browsers: () => Promise.all(Object.values(browsers)),
    /** Ends the relay and starts it again at the same place. Pages stay open. */
    async restart(signal = 'SIGTERM') {
      const end = await stage.relay.stop(signal)
      await stage.raise()
      return end
    },
    /** Starts the relay, which has ended, again at the same place. */
    async raise() {
      const { port, folder, stdout, stderr } = stage.relay
      stage.earlier += stdout + stderr
      stage.relay = await startRelay({ ...options.relay, port, folder })
    },
    earlier: '',
    /** Everything the relay printed, restarts included. */
    output: () => stage.earlier + stage.relay.stdout + stage.relay.stderr,
    /** A picture of a page in target/screenshots. */
    screenshot,
    /** Ends the browsers, then the relay; resolves to how that ended. Their folders stay, to be searched. */
    async stop() {
      for (const each of await stage.browsers()) await each.stop()
      return stage.relay.stop()
    },
  }
  return stage
}

async function opened({ context }, address) {
  // The tab a browser starts with is used first.
  const page = context.pages().find((each) => each.url() === 'about:blank') ?? (await context.newPage())
  await page.goto(address)
  return page
}

/** Writes a picture of the page to target/screenshots/NAME.png. */
export async function screenshot(page, name) {
  await mkdir(screenshots, { recursive: true })
  const path = join(screenshots, `${name}.png`)
  await page.screenshot({ path, fullPage: true })
  return path
}
