// A story in a centre in earnest: passkeys, a roster signed by the offline tool, a relay without --demo.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openCentre, withAuthenticator } from './centre.mjs'
import { desk, phone, startBrowser } from './harness.mjs'
import { counsellor, visitor } from './people.mjs'

const ONLY_HERE = '--host-resolver-rules=EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1, MAP * ~NOTFOUND'

/** A story in a centre of its own (`options` as there); browsers and relay end with it, however it ends. */
export function story(name, play, options = {}) {
  test(name, { timeout: 180_000 }, async () => {
    const centre = await openCentre(options)
    const browsers = []
    const open = async (kind, address) => {
      const browser = await startBrowser({ ...kind, args: [ONLY_HERE] })
      browsers.push(browser)
      const page = browser.context.pages()[0]
      await page.goto(address)
      return page
    }
    try {
      await play({
        centre,
        phone: async () => visitor(await open(phone, centre.visitor)),
        async console(options) {
          const page = await open(desk, 'about:blank')
          const authenticator = await withAuthenticator(page, options)
          await page.goto(centre.staff)
          return console_(page, authenticator)
        },
      })
      // The pages' policies held: a broken one is an error in the browser's console.
      const broken = browsers.flatMap(({ said }) => said).filter((text) => /Content Security|Trusted|violate/.test(text))
      assert.deepEqual(broken, [])
    } finally {
      for (const browser of browsers) await browser.stop()
      await centre.stop()
    }
  })
}

/** Somebody at a console, in the words that stand there. */
function console_(page, authenticator) {
  const button = (name) => page.getByRole('button', { name, exact: true })
  const saved = async (name) => {
    const [download] = await Promise.all([page.waitForEvent('download'), button(name).click()])
    return download.path()
  }
  return {
    ...counsellor(page),
    authenticator,
    button,
    saved,
    signIn: () => button('Logga in med passnyckel').click(),
    isToldAtTheDoor: (words) => page.locator('#gate').filter({ hasText: words }).waitFor(),
    async isAtTheDesk() {
      await page.getByText('Ansluten').waitFor().catch(async (error) => {
        throw new Error(`${await page.locator('body').innerText()}`, { cause: error })
      })
    },
    /** Makes a passkey; with `passphrase` a key file besides. */
    async enrols(name, { role = 'Kurator', passphrase } = {}) {
      await button('Ny på jouren: ansök om plats').click()
      await page.getByRole('textbox', { name: 'Namn som kollegorna ser' }).fill(name)
      await page.getByRole('combobox', { name: 'Roll' }).selectOption(role)
      await button('Skapa passnyckel').click()
      if (passphrase) {
        await page.getByRole('heading', { name: 'Din passnyckel behöver en nyckelfil' }).waitFor()
        await page.getByRole('textbox', { name: 'Lösenfras', exact: true }).fill(passphrase)
        await page.getByLabel('Samma lösenfras en gång till').fill(passphrase)
        await button('Skapa nyckelfilen').click()
      }
      await page.getByRole('heading', { name: 'Din ansökan' }).waitFor()
      const words = await page.locator('#enrolled-words').innerText()
      assert.match(words, /^(\d{5} ){5}\d{5}$/)
      const request = await saved('Spara ansökan')
      const keyFile = passphrase ? await saved('Spara nyckelfilen') : null
      return { words, request, keyFile }
    },
    done: () => button('Klar').click(),
  }
}
