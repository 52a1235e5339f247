// The main story: a frightened person opens the page, waits, talks with a counsellor, and nothing of it stays.

import assert from 'node:assert/strict'
import { until } from './people.mjs'
import { story } from './scene.mjs'

/** Texts of every kind, each with planted words; several are as long as a message may be. */
function texts(planted) {
  const filled = (start, letter) => start + letter.repeat((4_000 - start.length) / letter.length)
  return [
    `Hej. ${planted}`,
    `أحتاج إلى مساعدة، عائلتي تراقب هاتفي ${planted}`,
    `🙈👩‍👩‍👧‍👦🏳️‍🌈 ${planted}`,
    filled(`Allt på en gång ${planted} `, 'å'),
    filled(`العربية ${planted} .`, 'كلمة'),
    filled(`Dörren ${planted} `, '🚪'),
    `Två rader\noch en till <b>utan</b> betydelse & "citat" ${planted}`,
  ]
}

story('a visitor waits, talks with a counsellor and is forgotten', async (scene) => {
  const { canary, answer, screenshot } = scene
  const eva = await scene.desk()
  await screenshot(eva.page, 'desk-1-resting')

  // The visitors come before anybody is on duty; the page says so, and they wait.
  const anna = await scene.phone()
  assert.deepEqual(anna.page.viewportSize(), { width: 390, height: 844 })
  await anna.page.getByText('Är det säkert att chatta här?').waitFor()
  await screenshot(anna.page, 'visitor-1-safety')
  await anna.continueAfterSafety()
  await anna.page.getByText('Du är anonym hos oss').waitFor()
  assert.ok(await anna.page.getByRole('radio', { name: 'För mig själv' }).isChecked(), 'what counts if none is chosen')
  await anna.choose('För mig själv')
  await screenshot(anna.page, 'visitor-2-who')
  await anna.startChat()
  assert.equal(await anna.place(), 1)

  const fatima = await scene.phone()
  await fatima.joins('För någon annan')
  assert.equal(await fatima.place(), 2)
  await screenshot(fatima.page, 'visitor-3-waiting')

  await eva.opens()
  await fatima.status.filter({ hasNotText: 'ingen kurator' }).waitFor()
  await eva.line.getByRole('listitem').nth(1).waitFor()
  assert.equal(await eva.line.getByRole('listitem').count(), 2)
  await screenshot(eva.page, 'desk-2-line')
  await eva.talksToNext()
  await anna.isTalking()
  await fatima.status.filter({ hasText: 'nummer 1 i kön' }).waitFor()
  await until('one left in the line', async () => (await eva.line.getByRole('listitem').count()) === 1)

  await anna.page.bringToFront()
  await eva.field.pressSequentially('Hej')
  await anna.seesWriting()
  await anna.field.pressSequentially('Hej')
  await eva.seesWriting()

  const [theirs, ours] = [texts(canary.text), texts(answer)]
  assert.deepEqual([theirs[3], theirs[4], theirs[5]].map(({ length }) => length), [4_000, 4_000, 4_000])
  for (const [at, question] of theirs.entries()) {
    await anna.say(question)
    await eva.say(ours[at])
    if (at === 2) {
      await screenshot(anna.page, 'visitor-4-talk')
      await screenshot(eva.page, 'desk-3-talk')
    }
  }
  const inOrder = async (person, own) => {
    await until('every message', async () => (await person.messages()).length === 2 * own.length)
    const all = await person.messages()
    assert.deepEqual(all.filter((text) => theirs.includes(text)), theirs)
    assert.deepEqual(all.filter((text) => ours.includes(text)), ours)
    await person.delivered(own.length)
  }
  await inOrder(anna, theirs)
  await inOrder(eva, ours)

  await anna.field.fill(`Halvskrivet ${canary.text}`)
  await eva.field.fill(`Halvskrivet ${answer}`)
  await eva.end()
  await anna.isOver()
  await eva.page.getByText('Samtalet är slut. Allt är raderat här.').waitFor()
  await isEmptied(anna, canary.text)
  await isEmptied(eva, answer)
  await screenshot(anna.page, 'visitor-5-over')
  await screenshot(eva.page, 'desk-4-over')

  // The place of the one who waits is not touched by all this, and leaving the line empties it.
  assert.equal(await fatima.place(), 1)
  await fatima.leave()
  await until('an empty line', async () => (await eva.line.getByRole('listitem').count()) === 0)
})

story('a visitor ends the chat by hand, and both sides are emptied', async (scene) => {
  const { canary, answer } = scene
  const eva = await scene.desk()
  await eva.opens()
  const anna = await scene.phone()
  await anna.joins('I mitt arbete')
  await eva.talksToNext()
  await anna.isTalking()
  await anna.say(canary.text)
  await eva.reads(canary.text)
  await eva.say(answer)
  await anna.reads(answer)
  await anna.end()
  await anna.isOver()
  await eva.page.getByText('Samtalet är slut. Allt är raderat här.').waitFor()
  await isEmptied(anna, canary.text)
  await isEmptied(eva, answer)
})

/** Nothing stands in the conversation or the field, hidden parts of the document included. */
async function isEmptied(person, planted) {
  const left = await person.page.evaluate(() => ({
    logs: [...document.querySelectorAll('[role=log]')].map((log) => log.textContent),
    fields: [...document.querySelectorAll('textarea')].map((field) => field.value),
    document: document.documentElement.outerHTML,
  }))
  assert.deepEqual(new Set(left.logs), new Set(['']))
  assert.deepEqual(new Set(left.fields), new Set(['']))
  assert.ok(!left.document.includes(planted), 'nowhere in the document')
}
