// A visit is quiet: the page talks to nobody but its own relay, asks the browser for nothing and changes nothing in it.

import assert from 'node:assert/strict'
import { isOurs } from './harness.mjs'
import { exit, story } from './scene.mjs'

story('through a whole visit the page asks for nothing and complains of nothing', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await scene.phone({ before: listens })
  const { page } = anna
  // The control: what listens does hear.
  await page.evaluate(() => {
    document.title = document.title
    navigator.permissions.query({ name: 'geolocation' }).catch(() => {})
  })
  assert.deepEqual(await page.evaluate(() => globalThis.heard.splice(0)), ['document.title', 'permissions.query'])

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
  await anna.leave()
  await page.waitForURL(exit)
  const { host } = new URL(scene.stage.relay.visitor)
  const elsewhere = urls.filter((url) => !['http:', 'ws:'].includes(new URL(url).protocol) || new URL(url).host !== host)
  assert.deepEqual(elsewhere, [exit], 'only the way out leads elsewhere')
  assert.ok(urls.every((url) => !/[?#]/.test(url)), 'nothing rides in an address')

  // The counsellor's page too talks to its own relay only, and has nothing to complain of.
  const desk = await scene.stage.staffBrowser()
  assert.deepEqual(desk.said.filter(isOurs), [])
  assert.deepEqual(desk.urls.filter((url) => new URL(url).host !== host), [])
})

/** In front of the page: notes every use of what a visitor's page never uses. */
function listens() {
  globalThis.heard = []
  const note = (what) => globalThis.heard.push(what)
  const calls = [
    [History.prototype, 'history', ['pushState', 'replaceState']],
    [Storage.prototype, 'storage', ['setItem', 'getItem', 'removeItem', 'clear']],
    [IDBFactory.prototype, 'indexedDB', ['open']],
    [CacheStorage.prototype, 'caches', ['open', 'match']],
    [ServiceWorkerContainer.prototype, 'serviceWorker', ['register']],
    [Permissions.prototype, 'permissions', ['query']],
    [Notification, 'Notification', ['requestPermission']],
    [Navigator.prototype, 'navigator', ['vibrate', 'share', 'requestMediaKeySystemAccess', 'registerProtocolHandler']],
    [Geolocation.prototype, 'geolocation', ['getCurrentPosition', 'watchPosition']],
    [MediaDevices.prototype, 'mediaDevices', ['getUserMedia', 'enumerateDevices']],
    [HTMLMediaElement.prototype, 'media', ['play']],
    [Window.prototype, 'window', ['open', 'alert', 'confirm', 'prompt']],
    [globalThis, 'window', ['open', 'alert', 'confirm', 'prompt']],
  ]
  for (const [owner, name, methods] of calls) {
    for (const method of methods) {
      const real = owner[method]
      if (typeof real !== 'function') continue
      owner[method] = function (...given) {
        note(`${name}.${method}`)
        return real.apply(this, given)
      }
    }
  }
  for (const [owner, property, name] of [
    [Document.prototype, 'title', 'document.title'],
    [Document.prototype, 'cookie', 'document.cookie'],
    [Location.prototype, 'hash', 'location.hash'],
    [Window.prototype, 'onbeforeunload', 'beforeunload'],
    [globalThis, 'onbeforeunload', 'beforeunload'],
  ]) {
    const real = Object.getOwnPropertyDescriptor(owner, property)
    if (!real?.set || !real.configurable) continue
    Object.defineProperty(owner, property, {
      ...real,
      set(value) {
        note(name)
        real.set.call(this, value)
      },
    })
  }
  const listen = EventTarget.prototype.addEventListener
  EventTarget.prototype.addEventListener = function (kind, ...rest) {
    if (['beforeunload', 'unload', 'hashchange', 'popstate', 'storage', 'devicemotion'].includes(kind)) note(kind)
    return listen.call(this, kind, ...rest)
  }
  for (const name of ['AudioContext', 'SharedWorker', 'BroadcastChannel', 'RTCPeerConnection', 'EventSource', 'Worker']) {
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
