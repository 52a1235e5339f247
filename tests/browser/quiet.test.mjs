// A visit is quiet: the page talks to nobody but its own relay, asks the browser for nothing and changes nothing in it.

import assert from 'node:assert/strict'
import { isOurs } from './harness.mjs'
import { until } from './people.mjs'
import { exit, story } from './scene.mjs'

story('through a whole visit the page asks for nothing and complains of nothing', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const told = []
  await (await scene.phoneBrowser()).context.exposeFunction('told', (what) => void told.push(what))
  const anna = await scene.phone({ before: listens })
  const { page } = anna
  const title = await page.title()
  assert.equal(title, 'Start')
  const steps = []
  const look = async () => steps.push([await page.title(), page.url(), await page.evaluate(() => history.length)])
  await look()
  await page.getByRole('button', { name: 'Prova knappen' }).click()
  await page.getByText('Så fort blir skärmen tom.').waitFor()
  await anna.continueAfterSafety()
  await look()
  await anna.choose('För någon annan')
  await anna.startChat()
  assert.equal(await anna.place(), 1)
  await look()
  await eva.talksToNext()
  await anna.isTalking()
  await anna.say(scene.canary.text)
  await eva.reads(scene.canary.text)
  await eva.say(scene.answer)
  await anna.reads(scene.answer)
  await page.getByRole('button', { name: 'Någon kom' }).click()
  await eva.page.getByText('Besökaren har täckt skärmen: någon kom.').waitFor()
  await page.getByRole('button', { name: 'Fortsätt' }).click()
  await look()
  await anna.end()
  await anna.isOver()
  await look()
  await page.getByRole('button', { name: 'Till början' }).click()
  await page.getByRole('button', { name: 'English' }).click()
  await page.getByRole('button', { name: 'Continue' }).waitFor()
  await page.getByRole('button', { name: 'Svenska' }).click()
  await page.getByRole('button', { name: 'Fortsätt' }).waitFor()
  await look()
  assert.deepEqual(new Set(steps.map(String)), new Set([[title, scene.stage.relay.visitor, anna.stepsAtArrival].join()]))
  assert.deepEqual(await page.evaluate(() => globalThis.heard), [])

  const { said, urls } = await scene.phoneBrowser()
  assert.deepEqual(said.filter(isOurs), [], 'no error, no broken policy, no word in the console')
  // Once more into a chat, to leave it fast.
  await anna.joins()
  await eva.talksToNext()
  await anna.isTalking()
  await anna.say(scene.canary.text)
  await anna.leave()
  await page.waitForURL(exit)
  assert.deepEqual(told, [], 'nor in the moment of leaving')
  assert.equal(await page.evaluate(() => globalThis.name), '')
  const { host } = new URL(scene.stage.relay.visitor)
  const elsewhere = urls.filter((url) => !['http:', 'ws:'].includes(new URL(url).protocol) || new URL(url).host !== host)
  assert.deepEqual(elsewhere, [exit], 'only the way out leads elsewhere')
  // One word that every first page says: the numbers stand in it already.
  const plain = urls.map((url) => url.replace(/\/state\?first$/, '/state'))
  assert.deepEqual(plain.filter((url) => /[?#]/.test(url)), [], 'nothing rides in an address')

  // The counsellor's page too talks to its own relay only, and has nothing to complain of.
  const desk = await scene.stage.staffBrowser()
  assert.deepEqual(desk.said.filter(isOurs), [])
  assert.deepEqual(desk.urls.filter((url) => new URL(url).host !== host), [])
})

/**
 * In front of the page: notes every use of what a visitor's page never uses, for as long as the page lives; `told` is a
 * way out of the page, for what happens while it is being left.
 */
function listens() {
  globalThis.heard = []
  const note = (what) => {
    globalThis.heard.push(what)
    globalThis.told?.(what)
  }
  const calls = {
    history: [History.prototype, ['pushState', 'replaceState', 'back', 'forward', 'go']],
    Notification: [Notification, ['requestPermission']],
    registration: [ServiceWorkerRegistration.prototype, ['showNotification']],
    navigator: [Navigator.prototype, ['vibrate', 'share', 'setAppBadge', 'clearAppBadge', 'registerProtocolHandler',
      'requestMediaKeySystemAccess', 'requestMIDIAccess', 'getBattery', 'getGamepads']],
    media: [HTMLMediaElement.prototype, ['play']],
    element: [Element.prototype, ['requestFullscreen']],
    window: [globalThis, ['open', 'alert', 'confirm', 'prompt', 'print', 'queryLocalFonts', 'showSaveFilePicker', 'focus']],
  }
  for (const [name, [owner, methods]] of Object.entries(calls)) {
    for (const method of methods) {
      const real = owner[method]
      if (typeof real !== 'function') continue
      owner[method] = function (...given) {
        note(`${name}.${method}`)
        return real.apply(this, given)
      }
    }
  }
  // Whoever only asks for the door of one of these is heard, so nothing behind it needs to be named.
  const doors = [
    ['window', globalThis, ['localStorage', 'sessionStorage', 'indexedDB', 'caches', 'cookieStore', 'speechSynthesis']],
    ['document', Document.prototype, ['cookie']],
    ['navigator', Navigator.prototype, ['serviceWorker', 'storage', 'permissions', 'geolocation', 'mediaDevices', 'mediaSession',
      'credentials', 'clipboard', 'bluetooth', 'usb', 'serial', 'hid', 'wakeLock', 'locks', 'presentation', 'mediaCapabilities']],
  ]
  for (const [name, owner, properties] of doors) {
    for (const property of properties) {
      const real = Object.getOwnPropertyDescriptor(owner, property)
      if (!real?.get) continue
      const heard = (act) => function (...given) {
        note(`${name}.${property}`)
        return act.apply(this, given)
      }
      Object.defineProperty(owner, property, { ...real, get: heard(real.get), ...(real.set && { set: heard(real.set) }) })
    }
  }
  for (const [owner, property, name] of [
    [Document.prototype, 'title', 'document.title'],
    [globalThis, 'name', 'window.name'],
    [globalThis, 'onbeforeunload', 'beforeunload'],
  ]) {
    const real = Object.getOwnPropertyDescriptor(owner, property)
    if (!real?.set) continue
    Object.defineProperty(owner, property, {
      ...real,
      set(value) {
        note(name)
        real.set.call(this, value)
      },
    })
  }
  const listen = EventTarget.prototype.addEventListener
  const nobodysBusiness = ['beforeunload', 'unload', 'hashchange', 'popstate', 'storage', 'devicemotion', 'deviceorientation']
  EventTarget.prototype.addEventListener = function (kind, ...rest) {
    if (nobodysBusiness.includes(kind)) note(kind)
    return listen.call(this, kind, ...rest)
  }
  // A hash is set past every method; the browser tells of it.
  listen.call(globalThis, 'hashchange', () => note('location.hash'))
  // Title and icon can be changed without any of these. The document itself brings both, before any script of ours.
  const changes = new MutationObserver((changes) => {
    for (const { target, addedNodes, removedNodes } of changes) {
      const touched = [target, target.parentNode, ...addedNodes, ...removedNodes]
      if (touched.some((one) => one?.nodeName === 'TITLE')) note('the title')
      if (touched.some((one) => one?.nodeName === 'LINK' && one.rel !== 'stylesheet')) note('the icon')
    }
  })
  listen.call(document, 'readystatechange', () => {
    if (document.readyState !== 'interactive') return
    changes.observe(document.head, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ['href', 'rel'] })
  })
  for (const name of ['AudioContext', 'Audio', 'Notification', 'SharedWorker', 'BroadcastChannel', 'RTCPeerConnection', 'EventSource',
    'Worker', 'SpeechSynthesisUtterance', 'PaymentRequest']) {
    const Real = globalThis[name]
    if (!Real) continue
    globalThis[name] = class extends Real {
      constructor(...given) {
        note(name)
        super(...given)
      }
    }
  }
}

/** For each thing that is listened for, something that does it. */
const deeds = {
  'history.pushState': () => history.pushState(null, ''),
  'history.replaceState': () => history.replaceState(null, ''),
  'history.go': () => history.go(1),
  'location.hash': () => (location.hash = 'x'),
  'document.title': () => (document.title = document.title),
  'the title': () => (document.querySelector('title').firstChild.data = 'x'),
  'the icon': () => (document.querySelector('link[rel=icon]').href = '/assets/x.svg'),
  'window.name': () => (globalThis.name = 'x'),
  'window.localStorage': () => (localStorage.x = 'y'),
  'window.sessionStorage': () => sessionStorage.getItem('x'),
  'window.indexedDB': () => indexedDB.databases(),
  'window.caches': () => caches.keys(),
  'window.cookieStore': () => cookieStore.getAll(),
  'document.cookie': () => (document.cookie = 'a=b'),
  'navigator.serviceWorker': () => navigator.serviceWorker.getRegistrations(),
  'navigator.storage': () => navigator.storage.estimate(),
  'navigator.permissions': () => navigator.permissions.query({ name: 'geolocation' }),
  'navigator.geolocation': () => navigator.geolocation.getCurrentPosition(() => {}, () => {}),
  'navigator.clipboard': () => navigator.clipboard,
  'navigator.wakeLock': () => navigator.wakeLock,
  'navigator.vibrate': () => navigator.vibrate(1),
  'navigator.setAppBadge': () => navigator.setAppBadge(1).catch(() => {}),
  'Notification.requestPermission': () => Notification.requestPermission(),
  Notification: () => new Notification('x'),
  'media.play': () => document.createElement('audio').play().catch(() => {}),
  Audio: () => new Audio(),
  AudioContext: () => new AudioContext(),
  'window.speechSynthesis': () => speechSynthesis.cancel(),
  BroadcastChannel: () => new BroadcastChannel('x').close(),
  RTCPeerConnection: () => new RTCPeerConnection().close(),
  EventSource: () => new EventSource('/health').close(),
  beforeunload: () => addEventListener('beforeunload', () => {}),
  popstate: () => addEventListener('popstate', () => {}),
  'window.focus': () => focus(),
}

story('what listens for noise hears each kind of it, also in the moment of leaving', async (scene, t) => {
  const { context } = await scene.phoneBrowser()
  const told = []
  await context.exposeFunction('told', (what) => void told.push(what))
  const { page } = await scene.phone({ before: listens })
  for (const [name, deed] of Object.entries(deeds)) {
    await t.test(name, async () => {
      await page.evaluate(() => globalThis.heard.splice(0))
      // Whether it is allowed, and whether it ever ends, are other questions.
      await page.evaluate(`void (async () => { try { await (${deed})() } catch {} })()`)
      await until('it was heard', () => page.evaluate((what) => globalThis.heard.includes(what), name))
    })
  }
  await page.close()
  const anna = await scene.phone({ before: listens })
  await anna.page.evaluate(() => document.querySelector('#exit').addEventListener('click', () => navigator.vibrate(1)))
  told.splice(0)
  await anna.leave()
  await anna.page.waitForURL(exit)
  assert.deepEqual(told, ['navigator.vibrate'])
})
