// "Mitt pass": what a counsellor is shown of their own shift, in numbers, and that it goes with the page.
//
// The stories move the page's clock; the relay's and the visitors' go on as they are.

import assert from 'node:assert/strict'
import { everyMode, faults } from './looks.mjs'
import { until } from './people.mjs'
import { story } from './scene.mjs'

const button = (person, name) => person.page.getByRole('button', { name, exact: true }).filter({ visible: true })
const nameOf = (person) => person.page.locator('#name').textContent()
const sheet = (person) => person.page.getByRole('region', { name: 'Ditt pass hittills' })

/** It stands under the choices of a break. */
async function opens(person) {
  await button(person, 'Paus').click()
  await button(person, 'Mitt pass').click()
  await sheet(person).waitFor()
}

/** No shift to sum up: it is not even among the choices. */
const nothingYet = (person) => person.page.locator('#shift-open').evaluate((one) => one.hidden)

/** The rows as they stand there: `{ 'Pauser': '1', … }`. */
async function rows(person) {
  const pairs = await sheet(person).locator('dl > div').evaluateAll((all) => all.map((one) => [...one.children].map((cell) => cell.textContent)))
  return Object.fromEntries(pairs)
}

/** What the browser keeps of a page. */
const kept = (page) =>
  page.evaluate(async () => ({
    local: { ...localStorage },
    session: { ...sessionStorage },
    databases: await indexedDB.databases(),
    caches: await caches.keys(),
    cookies: document.cookie,
    name: window.name,
  }))

async function talks(scene, eva) {
  const anna = await scene.phone()
  await anna.joins()
  await eva.talksToNext()
  await anna.isTalking()
  await anna.say('Hej')
  await eva.reads('Hej')
  await eva.say('Hej, jag heter Eva.')
  return anna
}

story('a shift is summed up for the counsellor alone: duty, breaks and chats as they were, and gone when they sign out', async (scene) => {
  const eva = await scene.desk(null, { clock: true })
  const { page } = eva
  assert.ok(await nothingYet(eva), 'before the first duty there is nothing to sum up')
  await eva.opens()
  assert.equal(await nothingYet(eva), false)
  const asked = []
  page.on('request', (request) => request.method() !== 'GET' && asked.push(request.url()))

  // One chat with an ending that was chosen, one that the visitor left; who was put back between them was no chat of this shift.
  const anna = await talks(scene, eva)
  await eva.end()
  await button(eva, 'Stöd eller hänvisning').click()
  await button(eva, 'Avsluta nu').click()
  await anna.isOver()
  await button(eva, 'Ta bort').click()
  await opens(eva)
  await until('the chat is counted', async () => (await rows(eva))['Stöd eller hänvisning'] === '1')
  assert.deepEqual(await page.evaluate(() => document.activeElement.id), 'shift-title', 'the keyboard is at the heading')
  await page.keyboard.press('Escape')
  await sheet(eva).waitFor({ state: 'hidden' })
  assert.deepEqual(await page.evaluate(() => document.activeElement.id), 'pause-open', 'and back where it came from')
  assert.equal(await page.locator('#shift dl').first().textContent(), '', 'what is not looked at is not in the document')

  const bea = await talks(scene, eva)
  await button(eva, 'Lägg tillbaka i kön').click()
  await button(eva, 'Ja, lägg tillbaka').click()
  await eva.page.getByText('Besökaren står först i kön igen.').waitFor()
  await button(eva, 'Ta bort').click()
  await eva.talksToNext()
  await bea.leave()
  await eva.page.getByText('Hur slutade det?').filter({ visible: true }).waitFor()
  await opens(eva)
  assert.equal((await rows(eva))['Inte besvarat än'], '1')
  await button(eva, 'Ta bort').click()
  await until('what was not answered counts as it ended', async () => (await rows(eva))['Besökaren lämnade'] === '1')
  await sheet(eva).getByRole('button', { name: 'Stäng', exact: true }).click()

  // Practice is nothing that happened.
  await button(eva, 'Öva').click()
  await page.locator('#training .cases button').first().click()
  await page.locator('#training').getByRole('textbox', { name: 'Skriv här' }).waitFor()
  await button(eva, 'Avsluta övningen').click()

  // Asked into a colleague's chat, and a chat of one's own that goes on with the colleague.
  const bo = await scene.otherDesk()
  await bo.onDuty()
  const [evas, bos] = [await nameOf(eva), await nameOf(bo)]
  const cia = await scene.phone()
  await cia.joins()
  await bo.talksToNext()
  await cia.isTalking()
  await button(bo, 'Bjud in').click()
  await button(bo, `${evas} (Kurator)`).click()
  await cia.page.locator('#offer').getByRole('button', { name: 'Ja', exact: true }).click()
  await button(eva, 'Ja').click()
  await cia.page.locator('#room').filter({ hasText: `Någon mer läser: ${evas} (kurator).` }).waitFor()
  await button(eva, 'Lämna samtalet').click()
  await button(eva, 'Lämna nu').click()
  await page.getByText('Samtalet är inte längre ditt.').waitFor()
  await button(eva, 'Ta bort').click()

  const dora = await talks(scene, eva)
  await button(eva, 'Lämna över').click()
  await button(eva, `${bos} (Kurator)`).click()
  await dora.page.locator('#offer').getByRole('button', { name: 'Ja', exact: true }).click()
  await button(bo, 'Ja').click()
  await dora.page.locator('#room').filter({ hasText: `${bos} har tagit över chatten.` }).waitFor()
  await page.getByText('Samtalet är inte längre ditt.').waitFor()
  await button(eva, 'Ta bort').click()

  await button(eva, 'Paus').click()
  await button(eva, '5 min').click()
  await page.getByRole('switch', { name: 'I tjänst', checked: false }).waitFor()
  assert.ok(await page.locator('#shift-offer').isHidden(), 'nobody who rests is asked to look back')
  await page.clock.fastForward(4 * 60_000)
  await page.keyboard.press('Shift')
  await page.clock.fastForward(3 * 60_000)
  await button(eva, 'Tillbaka i tjänst').click()
  await page.getByRole('switch', { name: 'I tjänst', checked: true }).waitFor()

  await page.getByRole('switch', { name: 'I tjänst' }).click()
  await page.getByRole('status').filter({ hasText: 'Du är ur tjänst. Vill du se ditt pass i siffror? Bara du ser dem.' }).waitFor()
  assert.deepEqual(await faults(page, everyMode), [])
  await scene.screenshot(page, 'console-shift-offer')
  await button(eva, 'Visa passet').click()
  const { 'Började': began, 'I tjänst': duty, ...told } = await rows(eva)
  assert.match(began, /^\d\d\.\d\d$/)
  assert.match(duty, /^(under 1|[1-4]) min$/, 'the seven minutes of the break are not in it')
  assert.deepEqual(told, {
    Vila: '7 min',
    Pauser: '1',
    'Dina samtal som är slut': '3',
    'Samtal som inbjuden': '1',
    'Längsta väntan innan du tog någon': 'under 1 min',
    'Stöd eller hänvisning': '1',
    'Besökaren lämnade': '1',
    'Gick vidare utan dig': '1',
  })
  await sheet(eva).getByText('Den sparas inte och skickas ingenstans.').waitFor()
  assert.deepEqual(await faults(page, everyMode), [])
  await scene.screenshot(page, 'console-shift')
  const copied = await sheet(eva).evaluate((one) => one.dispatchEvent(new ClipboardEvent('copy', { bubbles: true, cancelable: true })))
  assert.equal(copied, false, 'it is not for the clipboard')

  const nothing = { local: {}, session: {}, databases: [], caches: [], cookies: '', name: '' }
  assert.deepEqual(await kept(page), nothing)
  assert.deepEqual([...new Set(asked.map((url) => new URL(url).pathname))], ['/staff/ending'], 'nothing but the endings themselves was sent')
  await button(eva, 'Logga ut').click()
  await page.getByText('Du är utloggad.').waitFor()
  assert.ok(await nothingYet(eva))
  assert.equal(await page.locator('#shift dl').first().textContent(), '')
  assert.doesNotMatch(await page.locator('#shift').innerHTML(), /Stöd eller hänvisning/)
  assert.deepEqual(await kept(page), nothing)
}, { within: 180_000 })

story('behind the lock nothing of a shift is in the document, and what is locked for long is forgotten', async (scene) => {
  const eva = await scene.desk(null, { clock: true })
  const { page } = eva
  await eva.opens()
  await opens(eva)
  await sheet(eva).getByText('Började').waitFor()
  await page.clock.fastForward(5 * 60_000)
  await page.getByRole('dialog', { name: 'Låst' }).waitFor()
  assert.doesNotMatch(await page.content(), /Började<\/dt>/)
  await button(eva, 'Lås upp (demonstration: här krävs ingen passnyckel)').click()
  await sheet(eva).getByText('Började').waitFor()
  await page.getByRole('switch', { name: 'I tjänst' }).click()
  await page.getByRole('switch', { name: 'I tjänst', checked: false }).waitFor()
  await page.clock.fastForward(5 * 60_000)
  await page.getByText('Konsolen låstes, och din plats är borta').waitFor()
  await button(eva, 'Lås upp (demonstration: här krävs ingen passnyckel)').click()
  await page.getByText('Ansluten').waitFor()
  assert.ok(await nothingYet(eva), 'a new sign-in, and no shift yet')
})
