// Pictures of every screen, to be looked at by people: `make pictures`, then target/screenshots/picture-*.png.
//
// Swedish on a phone, Arabic on a phone, dark, letters twice as large, and the phone on its side.

import { lookAs } from './looks.mjs'
import { speak } from './seen.mjs'
import { story } from './scene.mjs'

const PHONE = { width: 390, height: 844 }
const LOOKS = [
  ['swedish', 'sv', 'light', PHONE],
  ['arabic', 'ar', 'light', PHONE],
  ['dark', 'sv', 'dark', PHONE],
  ['large', 'sv', 'large', PHONE],
  ['side', 'sv', 'light', { width: 844, height: 390 }],
]

let number = 0
async function pictures(scene, page, screen, banner) {
  number += 1
  for (const [name, tag, mode, size] of LOOKS) {
    await speak(page, tag)
    await page.setViewportSize(size)
    await lookAs(page, mode)
    if (banner) await page.evaluate((id) => (document.getElementById(id).hidden = false), banner)
    // What the relay says in this language comes a moment later.
    await page.waitForLoadState('networkidle')
    await scene.screenshot(page, `picture-${name}-${String(number).padStart(2, '0')}-${screen}`)
  }
  await page.setViewportSize(PHONE)
  await lookAs(page, 'light')
  await speak(page, 'sv')
}

const within = 600_000

story('pictures of a visit', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await scene.phone()
  const { page } = anna
  const button = (id) => page.locator(`#${id}`)
  const take = (screen, banner) => pictures(scene, page, screen, banner)

  await take('safety')
  await anna.continueAfterSafety()
  await take('choices')
  await anna.startChat()
  await anna.place()
  await take('waiting')
  await anna.say('Jag vet inte riktigt var jag ska börja.')
  await take('waiting-long', 'long')
  await eva.talksToNext()
  await anna.isTalking()
  await eva.say('Hej, jag heter Alva. Kan du skriva utan att någon ser? Är du trygg just nu?')
  await anna.say('Ja. Mamma är på jobbet till fem. Min bror kommer hem om en timme.')
  await eva.say('Bra att du säger det. Vi tar det i din takt.')
  await anna.reads('Vi tar det i din takt.')
  await anna.delivered(2)
  await take('chat')
  await button('more').click()
  await button('words-start').click()
  await button('words-show').click()
  await page.getByRole('status').filter({ hasText: 'Nu gäller orden.' }).waitFor()
  await take('words')
  await button('words-close').click()
  for (const banner of ['lost-link', 'lost-choice', 'end-sure']) {
    await take(banner, banner)
    await page.evaluate((id) => (document.getElementById(id).hidden = true), banner)
  }
  await button('someone').click()
  await take('covered')
  await button('uncover').click()
  await anna.end()
  await anna.isOver()
  await take('over')
}, { within })

for (const [screen, clock, duty] of [
  ['closed', '2026-11-22T12:00:00+01:00', false],
  ['away', '2026-11-23T11:00:00+01:00', false],
  ['closing', '2026-11-23T14:40:00+01:00', true],
]) {
  story(`pictures of a chat that is ${screen}`, async (scene) => {
    if (duty) await (await scene.desk()).onDuty()
    await pictures(scene, (await scene.phone()).page, screen)
  }, { clock, within })
}

story('pictures of somebody who waits near closing', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await scene.phone()
  await anna.joins()
  await pictures(scene, anna.page, 'waiting-closing')
}, { clock: '2026-11-23T14:20:00+01:00', within })
