// Open or closed: the page says what is true, with and without script, and the relay holds to it.
//
// Hours of the demonstration's centre: Monday to Friday 10-15, last admission half an hour before closing.

import assert from 'node:assert/strict'
import { until } from './people.mjs'
import { story } from './scene.mjs'

/** Waits for a door that has changed; the page asks again every 30 s, and `clock` makes that come at once. */
const doorIs = (person, state) =>
  until(`the door is ${state}`, async () => (await person.page.locator('html').getAttribute('data-state')) === state)

/** The state in the document, the sentences about it, and whether a chat can be started. */
async function door(anna) {
  const { page } = anna
  const state = await page.locator('html').getAttribute('data-state')
  const words = await page.locator('#door').innerText()
  await anna.continueAfterSafety()
  const start = page.getByRole('button', { name: 'Starta chatten' })
  return { state, words, enabled: await start.isEnabled() }
}

/** The numbers that can be tapped on what is seen now. */
const numbers = (page, where = ':not(#lines ul + ul *)') =>
  page.locator(`a[href^="tel:"]${where}`).filter({ visible: true }).evaluateAll((all) => all.map(({ textContent }) => textContent))

const shut = [
  ['before opening', '2026-11-23T09:59:30+01:00', 'Vi öppnar i dag klockan 10.00.'],
  ['after closing', '2026-11-23T15:00:00+01:00', 'Vi öppnar i morgon klockan 10.00.'],
  ['on a Friday evening', '2026-11-27T18:00:00+01:00', 'Vi öppnar på måndag klockan 10.00.'],
  ['on a Sunday, when a clock elsewhere says Monday', '2026-11-23T08:00:00+10:00', 'Vi öppnar i morgon klockan 10.00.'],
  ['on Christmas Eve', '2026-12-24T11:00:00+01:00', 'Vi öppnar på måndag klockan 10.00.'],
]
for (const [when, clock, opens] of shut) {
  story(`${when} the page is closed and says when it opens`, async (scene) => {
    const anna = await scene.phone()
    const closed = await door(anna)
    assert.equal(closed.state, 'closed')
    assert.match(closed.words, /Chatten är stängd nu\./)
    assert.ok(closed.words.includes(opens), closed.words)
    assert.match(closed.words, /Vi kan inte läsa det du skriver när det är stängt\./)
    assert.equal(closed.enabled, false)
    const lines = await numbers(anna.page)
    assert.ok(!lines.includes('021-39 87 62'), 'no number where nobody answers')
    assert.ok((await numbers(anna.page, ':is(#lines ul + ul *)')).includes('021-39 87 62'), 'but with when they do')
    for (const number of ['112', '114 14', '116 111', '020-50 50 50']) assert.ok(lines.includes(number), number)
    if (when !== 'after closing') return
    await anna.page.getByRole('button', { name: 'Tillbaka' }).click()
    await scene.screenshot(anna.page, 'visitor-6-closed')
  }, { clock })
}

story('a closed page says the same without script', async (scene) => {
  const anna = await scene.phone()
  const { page } = anna
  assert.equal(await page.locator('html').getAttribute('data-state'), 'closed')
  await page.getByText('Chatten är stängd nu.').first().waitFor()
  await page.getByText('Vi öppnar på måndag klockan 10.00.').waitFor()
  // Words in a <noscript> are found by no search for text.
  const note = page.locator('noscript')
  assert.match(await note.innerText(), /Chatten behöver JavaScript/)
  assert.ok(await note.isVisible())
  const lines = await numbers(page)
  for (const number of ['112', '114 14', '116 111', '020-50 50 50']) assert.ok(lines.includes(number), number)
  assert.equal(await page.getByRole('button', { name: 'Fortsätt' }).count(), 0, 'nothing that could not work')
  await scene.screenshot(page, 'visitor-7-without-script')
  // The way out is a link then.
  await anna.leave()
  await page.waitForURL('https://www.smhi.se/')
}, { clock: '2026-11-28T12:00:00+01:00', withoutScript: true })

story('in hours without a counsellor the page says so, and opens when one comes', async (scene) => {
  const anna = await scene.phone({ clock: true })
  const away = await door(anna)
  assert.equal(away.state, 'away')
  assert.match(away.words, /Just nu är ingen kurator här\. Du kan ställa dig i kö och vänta/)
  assert.equal(away.enabled, true, 'who wants to may wait')
  assert.ok((await numbers(anna.page)).includes('021-39 87 62'))
  await scene.screenshot(anna.page, 'visitor-8-away')

  const eva = await scene.desk()
  await eva.opens()
  await anna.page.clock.runFor(30_000)
  await doorIs(anna, 'open')
  await anna.startChat()
  assert.equal(await anna.place(), 1)
  // The counsellor rests while somebody waits: the place is kept, and the page says so.
  await eva.page.getByRole('switch', { name: 'I tjänst' }).click()
  await anna.status.filter({ hasText: 'Du är nummer 1 i kön. Just nu är ingen kurator här. Din plats är kvar.' }).waitFor()
  const sara = await scene.phone()
  assert.equal((await door(sara)).state, 'away')
}, { clock: '2026-11-23T11:00:00+01:00' })

story('in hours with a counsellor the page is open', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const open = await door(await scene.phone())
  assert.equal(open.state, 'open')
  assert.match(open.words, /Chatten är öppen\. Du kan börja en chatt fram till klockan 14\.30\./)
  assert.equal(open.enabled, true)
}, { clock: '2026-11-23T11:00:00+01:00' })

story('after half past two nobody new is let in, though a counsellor is there', async (scene) => {
  const eva = await scene.desk()
  await eva.onDuty()
  await eva.page.getByText('Sista intag har passerat').waitFor()
  const anna = await scene.phone()
  const closing = await door(anna)
  assert.equal(closing.state, 'closing')
  assert.match(closing.words, /Vi tar inte emot fler chattar i dag\./)
  assert.match(closing.words, /Chatten öppnar i morgon klockan 10\.00\./)
  assert.equal(closing.enabled, false)
}, { clock: '2026-11-23T14:30:00+01:00' })

story('the relay refuses whoever forces the closed door', async (scene) => {
  const anna = await scene.phone()
  const { page } = anna
  await page.getByRole('button', { name: 'Fortsätt' }).click()
  // What a curious person does with the browser's own tools: the button works again, until the page asks the relay.
  await page.evaluate(() => {
    document.documentElement.dataset.state = 'open'
    const start = document.querySelector('#start')
    start.disabled = false
    start.click()
  })
  await page.getByRole('alert').filter({ hasText: 'Chatten är stängd nu.' }).waitFor()
  assert.equal(await anna.log.count(), 0, 'no line to wait in')

  // The same frame by hand, on a socket of one's own: 88 is "refused", then why and the door's state.
  const join = [...scene.sent(anna).find((frame) => frame[0] === 0x01)]
  const answer = await page.evaluate(
    (join) =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(`ws://${location.host}/ws/visit`, 'lykta.1')
        socket.binaryType = 'arraybuffer'
        socket.onopen = () => socket.send(new Uint8Array(join))
        socket.onmessage = ({ data }) => resolve([...new Uint8Array(data)].slice(0, 2))
        socket.onerror = reject
      }),
    join,
  )
  assert.deepEqual(answer, [0x88, 0x01])
}, { clock: '2026-11-23T09:00:00+01:00' })
