// Words: numbers to compare on the telephone.

import assert from 'node:assert/strict'
import { until } from './people.mjs'
import { story, together } from './scene.mjs'

const NUMBERS = /^\d{4} {2}\d{4} {2}\d{4}$/

const numbers = async (person) => {
  const shown = person.page.locator('.numbers').filter({ visible: true })
  await until('three numbers', async () => NUMBERS.test((await shown.first().textContent()) ?? ''))
  return shown.first().textContent()
}

story('a visitor and a counsellor compare words, and each closes their own', async (scene) => {
  const { anna, eva } = await together(scene)

  await anna.page.getByRole('button', { name: 'Mer', exact: true }).click()
  await anna.page.getByRole('button', { name: 'Jämför ord', exact: true }).click()
  const theirs = await numbers(anna)
  assert.equal(await numbers(eva), theirs)
  await anna.page.getByText('bevisar ingenting').waitFor()
  await eva.page.getByText('bevisar ingenting').waitFor()
  await scene.screenshot(anna.page, 'visitor-compare')
  await scene.screenshot(eva.page, 'desk-compare')

  await anna.page.getByRole('group', { name: 'Är det bara du och kuratorn?' }).getByRole('button', { name: 'Stäng' }).click()
  await anna.page.locator('.numbers').first().waitFor({ state: 'hidden' })
  assert.equal(await numbers(eva), theirs, 'the other side closes its own')
  await anna.say('Tack, det var samma tal.')
  await eva.reads('Tack, det var samma tal.')

  await anna.leave()
  await eva.page.getByText('Besökaren lämnade sidan snabbt. Allt är raderat här.').waitFor()
  assert.ok(!(await eva.page.content()).includes(theirs.slice(0, 4)), 'gone with the chat')
})

const button = (person, name) => person.page.getByRole('button', { name, exact: true })

/** Asks for words, reads them from the screen, and waits until they count. */
async function takesWords(anna, { stays = false } = {}) {
  await button(anna, 'Mer').click()
  await button(anna, 'Kunna komma tillbaka').click()
  if (stays) await anna.page.getByRole('checkbox', { name: 'De ska gälla i dag även om jag själv lämnar' }).check()
  await button(anna, 'Visa fyra ord').click()
  await anna.page.getByRole('status').filter({ hasText: 'Nu gäller orden.' }).waitFor()
  const words = await anna.page.locator('#words-shown').textContent()
  assert.match(words, /^[a-zåäö]{4,8}(  [a-zåäö]{4,8}){3}$/)
  return words
}

async function comesBackWith(person, typed) {
  await person.continueAfterSafety()
  await person.page.getByText('Jag har ord att komma tillbaka med').click()
  await person.page.getByRole('textbox', { name: 'Dina fyra ord' }).fill(typed)
  await button(person, 'Kom tillbaka').click()
}

/** The phone takes the tab away: no script runs any more, no event is told. */
async function isKilled({ page }) {
  const crashed = page.waitForEvent('crash')
  const session = await page.context().newCDPSession(page)
  session.send('Page.crash').catch(() => undefined)
  await crashed
}

/** The console says so, and takes nobody away from what they are writing: the other tab is theirs to choose. */
async function seesReturned(eva) {
  await eva.page.getByText('En besökare har kommit tillbaka med sina ord. Se den nya fliken.').waitFor()
  await eva.page.getByRole('tab', { name: 'Besökare 1', selected: true }).waitFor()
  await eva.page.getByRole('tab', { name: 'Besökare 2' }).click()
  await eva.page.getByText('Samma besökare, nya nycklar.').filter({ visible: true }).waitFor()
}

story('a visitor whose tab is killed comes back with four words, and a stranger does not', async (scene) => {
  const { canary } = scene
  const { anna, eva } = await together(scene)
  await eva.page.getByText('Ny besökare. Säger hen sig ha varit här förut: upprepa inte').waitFor()
  await anna.say(canary.text)
  await eva.reads(canary.text)

  const words = await takesWords(anna)
  canary.also('return words', words)
  canary.also('return words, as they are derived', words.replaceAll('  ', ' '))
  await eva.page.getByText('Besökaren har ord att komma tillbaka med i dag.').waitFor()
  await scene.screenshot(anna.page, 'visitor-words')
  await isKilled(anna)
  await eva.sees('borta sedan')

  const stranger = await scene.phone()
  await comesBackWith(stranger, 'sommar tulpan xyzzy')
  await stranger.page.getByText('Det ska vara fyra ord.').waitFor()
  await stranger.page.getByRole('textbox', { name: 'Dina fyra ord' }).fill('sommar tulpan brygga xyzzy')
  await button(stranger, 'Kom tillbaka').click()
  await stranger.page.getByText('Ordet ”xyzzy” finns inte bland våra ord.').waitFor()
  await stranger.page.getByRole('textbox', { name: 'Dina fyra ord' }).fill('sommar tulpan brygga sommar')
  await button(stranger, 'Kom tillbaka').click()
  await stranger.page.getByText('Orden leder inte till någon kurator nu.').waitFor()
  assert.ok(await button(stranger, 'Starta chatten').isEnabled(), 'the ordinary way is open')
  await scene.screenshot(stranger.page, 'visitor-words-refused')

  const back = await scene.phone()
  await comesBackWith(back, words.toUpperCase())
  await back.isTalking()
  assert.deepEqual(await back.messages(), [], 'nothing of before')
  await seesReturned(eva)
  await back.say('Jag är tillbaka.')
  await eva.reads('Jag är tillbaka.')
  await scene.screenshot(eva.page, 'desk-words-back')

  // By hand it is another thing: without the choice to come back today, leaving takes the words.
  await back.leave()
  await eva.page.getByText('Besökaren lämnade sidan snabbt. Allt är raderat här.').waitFor()
  const late = await scene.phone()
  await comesBackWith(late, words)
  await late.page.getByText('Orden leder inte till någon kurator nu.').waitFor()
})

story('who chose to come back today may leave fast, and takes nothing along but the words', async (scene) => {
  const { anna, eva } = await together(scene)
  const words = await takesWords(anna, { stays: true })
  await button(anna, 'Stäng').filter({ visible: true }).click()
  assert.ok(!(await anna.page.content()).includes(words), 'gone from the page when they are closed')
  await anna.leave()
  await eva.page.getByText('Besökaren lämnade sidan snabbt. Allt är raderat här.').waitFor()
  const back = await scene.phone()
  await comesBackWith(back, words)
  await back.isTalking()
  await seesReturned(eva)
})
