// The console for somebody who hears it: names and roles as the browser hands them to a screen reader, what is announced by
// itself and how often, and where the keyboard is after each step. Swedish and English.

import assert from 'node:assert/strict'
import { announced, focusOf, listen, spoken } from './heard.mjs'
import { until } from './people.mjs'
import { story } from './scene.mjs'

const button = (page, name) => page.getByRole('button', { name, exact: true })

/** The tree has no fault, in both languages; the roles and names that are asked for are in it. */
async function inBothLanguages(page, state, swedish, english) {
  for (const [language, wanted] of [['sv', swedish], ['en', english]]) {
    if ((await page.locator('html').getAttribute('lang')) !== language) await page.locator('#language').click()
    await page.locator(`html[lang="${language}"]`).waitFor()
    const { faults, roles } = await spoken(page)
    assert.deepEqual(faults, [], `${state}, ${language}`)
    for (const one of wanted) assert.ok(roles.includes(one), `${state}, ${language}: "${one}" is not among ${roles.filter((role) => !/^(StaticText|InlineTextBox|generic)/.test(role)).join(' | ')}`)
  }
  await page.locator('#language').click()
  await page.locator('html[lang="sv"]').waitFor()
}

story('every state of the console has names, roles and headings in order, in Swedish and English', async (scene) => {
  const eva = await scene.desk(null, { clock: true })
  const { page } = eva
  await inBothLanguages(page, 'resting', ['switch I tjänst', 'button Ta nästa', 'heading Kön'], ['switch On duty', 'button Take next', 'heading Queue'])
  await page.locator('#hours-open').click()
  await inBothLanguages(page, 'hours', ['switch I tjänst'], ['switch On duty'])
  await page.locator('#hours-open').click()
  await page.locator('#staffroom-open').click()
  await inBothLanguages(page, 'staffroom', ['switch I tjänst'], ['switch On duty'])
  await page.locator('#staffroom-open').click()
  await page.locator('#beside-open').click()
  await inBothLanguages(page, 'steps in danger', ['switch I tjänst'], ['switch On duty'])
  await page.locator('#beside-open').click()

  await eva.opens()
  const [anna, bea] = [await scene.phone(), await scene.phone()]
  await anna.joins()
  await bea.joins('I mitt arbete')
  await until('two wait', async () => (await page.locator('#queue li').count()) === 2)
  await inBothLanguages(page, 'a line', ['button Ta nästa', 'list Kön'], ['button Take next', 'list Queue'])
  await eva.talksToNext()
  await eva.talksToNext()
  await anna.say('Hej')
  const chat = ['textbox Skriv här', 'button Skicka', 'button Avsluta', 'button Bjud in', 'button Lämna över']
  await inBothLanguages(page, 'two chats', chat, ['button Send', 'button End', 'button Invite', 'button Hand over'])
  await button(page, 'Bjud in').click()
  await inBothLanguages(page, 'a colleague is to be chosen', ['textbox Skriv här'], ['button Send'])
  await button(page, 'Bjud in').click()

  await page.clock.fastForward(5 * 60_000)
  await page.getByRole('dialog', { name: 'Låst' }).waitFor()
  const { faults, roles } = await spoken(page)
  assert.deepEqual(faults, [])
  assert.ok(!roles.some((role) => role.startsWith('textbox') || role.startsWith('log')), 'behind the lock nothing is in the tree')
}, { within: 150_000 })

story('what comes is announced once, typing never, and the keyboard is where the next step is', async (scene) => {
  const eva = await scene.desk(null, { clock: true })
  const { page } = eva
  await eva.opens()
  await listen(page)
  const anna = await scene.phone()
  await anna.joins()
  await until('the line shows them', async () => (await page.locator('#queue li').count()) === 1)
  assert.deepEqual((await announced(page)).filter((words) => /väntar/.test(words)), ['1 väntar'])

  await eva.talksToNext()
  await until('the keyboard is in the field', async () => (await focusOf(page)).endsWith('-field'))
  await anna.isTalking()
  await announced(page)

  // She writes, stops and writes again: seen, and not said.
  await anna.field.pressSequentially('Jag', { delay: 30 })
  await eva.seesWriting()
  assert.deepEqual(await announced(page), [])
  await anna.say('Jag vågar inte gå hem.')
  await eva.reads('Jag vågar inte gå hem.')
  const said = await announced(page)
  assert.equal(said.filter((words) => words.includes('Jag vågar inte gå hem.')).length, 1, said.join(' | '))
  assert.equal(said.length, 1, said.join(' | '))

  await page.clock.fastForward(5 * 60_000)
  const dialog = page.getByRole('dialog', { name: 'Låst' })
  await dialog.waitFor()
  assert.ok(await dialog.evaluate((one) => one.contains(document.activeElement)), 'the keyboard is in the lock')
  await page.getByRole('button', { name: 'Lås upp (demonstration: här krävs ingen passnyckel)' }).press('Enter')
  await dialog.waitFor({ state: 'hidden' })
  await until('the keyboard is back in the field', async () => (await focusOf(page)).endsWith('-field'))

  await announced(page)
  await anna.end()
  // That it was asked for may be known too late, for the page's clock was moved; that it is over is what counts here.
  await page.getByText('Allt är raderat här.').waitFor()
  const over = (await announced(page)).filter((words) => words.includes('Allt är raderat här.'))
  assert.equal(over.length, 1, over.join(' | '))
  assert.ok(!['BODY', 'HTML'].includes(await page.evaluate(() => document.activeElement.tagName)), 'the keyboard is not lost with the chat')
})
