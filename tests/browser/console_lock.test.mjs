// The lock and the cover of the console: what a passer-by can read, what goes on behind, and who can open it.
//
// The stories move the page's clock; the heartbeat's worker has one of its own, which goes on.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openCentre, withAuthenticator } from './centre.mjs'
import { desk as deskOptions, phone, screenshot, startBrowser } from './harness.mjs'
import { everyMode, faults } from './looks.mjs'
import { counsellor, until, visitor } from './people.mjs'
import { pocketStory } from './pocket.mjs'
import { story } from './scene.mjs'

const locked = (page) => page.getByRole('dialog', { name: 'Låst' })

/** Nothing of these words is anywhere in the document, in a field neither. */
async function cannotBeRead(page, words) {
  const found = await page.evaluate(
    (all) =>
      all.filter(
        (one) =>
          document.documentElement.outerHTML.includes(one) ||
          [...document.querySelectorAll('input, textarea')].some(({ value }) => value.includes(one)),
      ),
    words,
  )
  assert.deepEqual(found, [])
}

/** The page's clock is ahead, and its next beat has come. */
async function minutesPass(page, minutes) {
  await page.clock.fastForward(minutes * 60_000)
}

story('after five minutes without a hand the console locks, nothing can be read, and the chat goes on behind', async (scene) => {
  const eva = await scene.desk(null, { clock: true })
  await eva.opens()
  const anna = await scene.phone()
  await anna.joins()
  await eva.talksToNext()
  await anna.isTalking()
  await anna.say(scene.canary.text)
  await eva.reads(scene.canary.text)
  await eva.field.fill(`Halvskrivet: ${scene.answer}`)

  await minutesPass(eva.page, 5)
  await locked(eva.page).waitFor()
  const secrets = [scene.canary.text, scene.answer]
  await cannotBeRead(eva.page, secrets)
  assert.deepEqual(await faults(eva.page, everyMode), [])
  await scene.screenshot(eva.page, 'console-locked')

  // The visitor is heard, and only counted here. The counsellor's seat is still there for them.
  await anna.say(`Är du kvar? ${scene.canary.text}`)
  await anna.delivered(2)
  await locked(eva.page).getByText('Olästa meddelanden: 1.').waitFor()
  await eva.page.keyboard.press('a')
  await eva.page.mouse.click(20, 20)
  assert.ok(await locked(eva.page).isVisible(), 'neither a key nor a tap opens it')
  await cannotBeRead(eva.page, secrets)

  await eva.page.getByRole('button', { name: 'Lås upp (demonstration: här krävs ingen passnyckel)' }).click()
  await eva.reads('Är du kvar?')
  assert.equal(await eva.field.inputValue(), `Halvskrivet: ${scene.answer}`, 'the draft is still there')
  await eva.say('Ja, jag är kvar.')
  await anna.reads('Ja, jag är kvar.')
})

story('ten minutes locked, the seat rests; when no chat runs its key is gone, and the way back is a new sign-in', async (scene) => {
  const eva = await scene.desk(null, { clock: true })
  await eva.opens()
  const anna = await scene.phone()
  await minutesPass(eva.page, 5)
  await locked(eva.page).waitFor()
  assert.equal(await anna.page.locator('html').getAttribute('data-state'), 'open', 'her bell can still be heard')
  await minutesPass(eva.page, 10)
  await eva.page.getByText('Konsolen låstes, och din plats är borta').waitFor()
  await until('visitors see that nobody is here', async () => {
    const answer = await fetch(new URL('/state', scene.stage.relay.visitor))
    return (await answer.json()).state === 'away'
  })
  assert.deepEqual(await faults(eva.page, everyMode), [])
  await scene.screenshot(eva.page, 'console-locked-gone')
  await eva.page.getByRole('button', { name: 'Lås upp (demonstration: här krävs ingen passnyckel)' }).click()
  await eva.page.getByText('Ansluten').waitFor()
  assert.ok(await eva.page.getByRole('switch', { name: 'I tjänst', checked: false }).isVisible(), 'duty begins by hand')
  await eva.opens()
  await anna.joins()
  await eva.talksToNext()
})

pocketStory('a console in the background is covered, and the key that uncovers it writes nothing', async ({ newPage, page: annas, anna, canary, stage }) => {
  const page = await newPage()
  await page.setViewport({ width: 1280, height: 800 })
  await page.goto(stage.relay.staff)
  const alva = holderOf(page)
  await alva.has('#link', 'Ansluten')
  await alva.click('#duty')
  await anna.joins()
  await until('somebody can be taken', () => page.$eval('#take-next', (button) => !button.disabled))
  await alva.click('#take-next')
  await anna.isTalking()
  await anna.say(canary.text)
  await alva.has('.log', canary.text)
  await page.focus('textarea')

  await annas.bringToFront()
  await until('hidden', () => page.evaluate(() => document.visibilityState === 'hidden'))
  await cannotBeRead(page, [canary.text])
  await page.bringToFront()
  await until('visible', () => page.evaluate(() => document.visibilityState === 'visible'))
  await alva.has('#guard-title', 'Dolt')
  await cannotBeRead(page, [canary.text])
  await page.keyboard.press('x')
  await alva.has('.log', canary.text)
  const field = await page.$eval('textarea', (one) => [one.value, one === document.activeElement])
  assert.deepEqual(field, ['', true], 'the key only uncovered, and the cursor is where it was')
})

function holderOf(page) {
  return {
    has: (selector, text) =>
      page.waitForFunction((one, words) => document.querySelector(one)?.textContent.includes(words), { polling: 50 }, selector, text),
    click: (selector) => page.evaluate((one) => document.querySelector(one).click(), selector),
  }
}

/** Asks for a place on the staff. */
async function enrols(page, name) {
  const button = (words) => page.getByRole('button', { name: words, exact: true })
  await button('Ny på jouren: ansök om plats').click()
  await page.getByRole('textbox', { name: 'Namn som kollegorna ser' }).fill(name)
  await button('Skapa passnyckel').click()
  const words = await page.locator('#enrolled-words').filter({ hasText: /\d/ }).innerText()
  const [download] = await Promise.all([page.waitForEvent('download'), button('Spara ansökan').click()])
  return { words, request: await download.path() }
}

test('in earnest the lock opens for the same person’s passkey, and for nothing less', { timeout: 120_000 }, async () => {
  const centre = await openCentre()
  const here = ['--host-resolver-rules=EXCLUDE localhost, EXCLUDE 127.0.0.1, MAP * ~NOTFOUND']
  const browsers = []
  const open = async (kind) => {
    browsers.push(await startBrowser({ ...kind, args: here }))
    return browsers.at(-1).context.pages()[0]
  }
  try {
    const page = await open(deskOptions)
    await page.clock.install()
    const authenticator = await withAuthenticator(page)
    await page.goto(centre.staff)
    const button = (name) => page.getByRole('button', { name, exact: true })
    const alvas = await enrols(page, 'Alva')
    const bosPage = await open(deskOptions)
    const bosKey = await withAuthenticator(bosPage)
    await bosPage.goto(centre.staff)
    const bos = await enrols(bosPage, 'Bo')
    await centre.publishes('--request', alvas.request, bos.request, '--yes', '--words', alvas.words, '--words', bos.words)
    await button('Klar').click()
    await button('Logga in med passnyckel').click()
    await page.getByText('Ansluten').waitFor()
    const alva = counsellor(page)
    const several = page.getByRole('combobox', { name: 'Samtal samtidigt' })
    const offered = [await several.inputValue(), await several.locator('option').allInnerTexts()]
    assert.deepEqual(offered, ['1', ['1', '2']], 'chats_default and chats_max of the centre’s file')
    await alva.opens()
    const anna = visitor(await open(phone))
    await anna.page.goto(centre.visitor)
    await anna.joins()
    await alva.talksToNext()
    await anna.isTalking()
    await anna.say('Hej')
    await alva.reads('Hej')

    await minutesPass(page, 5)
    await locked(page).waitFor()
    // A chat runs: ten minutes later the seat rests, and is still there for its visitor.
    await minutesPass(page, 10)
    await until('the seat rests', () => page.locator('#duty').evaluate((one) => !one.checked))
    const bringBack = await authenticator.takesAway()
    await button('Lås upp med passnyckel').click()
    await page.getByText('Passnyckeln svarade inte').waitFor()
    await cannotBeRead(page, ['Hej'])
    await screenshot(page, 'console-locked-refused')
    // A colleague who may sign in themselves does not open somebody else's console, and is not signed in there.
    const sessionOf = async () => (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`)
    const alvasSession = await sessionOf()
    assert.equal(alvasSession.length, 1)
    await authenticator.isGiven(await bosKey.credentials())
    await button('Lås upp med passnyckel').click()
    await page.getByText('Det var någon annans passnyckel.').waitFor()
    await cannotBeRead(page, ['Hej'])
    await screenshot(page, 'console-locked-other')
    assert.deepEqual(await sessionOf(), alvasSession)
    await authenticator.takesAway()
    await bringBack()
    await button('Lås upp med passnyckel').click()
    await alva.reads('Hej')
    await alva.say('Nu är jag tillbaka.')
    await anna.reads('Nu är jag tillbaka.')

    // Locked again, and the visitor goes: then nothing holds the key any more.
    await minutesPass(page, 5)
    await locked(page).waitFor()
    await anna.end()
    await page.getByText('Konsolen låstes, och din plats är borta').waitFor()
    assert.ok(await button('Logga in med passnyckel').isVisible())
  } finally {
    for (const browser of browsers) await browser.stop()
    await centre.stop()
  }
})
