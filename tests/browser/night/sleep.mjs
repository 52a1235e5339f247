// A phone that really sleeps, with the clocks of the centre's file: two minutes, ten, and longer than the page keeps
// anything. About half an hour.

import assert from 'node:assert/strict'
import { fallsAsleep, pocketStory, putAway, talking } from '../pocket.mjs'

const minutes = (count) => count * 60_000
const pass = (time) => new Promise((resolve) => setTimeout(resolve, time))

for (const slept of [2, 10]) {
  pocketStory(`a phone that sleeps for ${slept} minutes misses nothing and keeps the draft`, async (scene) => {
    const { anna, eva, canary, answer } = scene
    await talking(scene)
    const takeUp = await putAway(scene)
    const wake = await fallsAsleep(scene)
    const ours = ['ett', 'två'].map((word) => `${word} ${answer}`)
    try {
      await eva.say(ours[0])
      // Time itself is the story here.
      await pass(minutes(slept))
      await eva.sees('borta')
      await eva.say(ours[1])
    } finally {
      wake()
    }
    await takeUp()
    await anna.click('#uncover')
    for (const text of ours) await anna.reads(text)
    await eva.sees('kontakt')
    assert.deepEqual(await anna.messages(), [canary.text, answer, ...ours])
    assert.equal(await anna.draft(), `Halvskrivet ${canary.text}`)
    await anna.say(`vaken ${canary.text}`)
    await eva.reads(`vaken ${canary.text}`)
    await eva.delivered(3)
  }, { within: minutes(slept + 3) })
}

pocketStory('a phone that sleeps for sixteen minutes is empty when it wakes', async (scene) => {
  const { anna, page, words } = scene
  await talking(scene)
  const takeUp = await putAway(scene)
  const wake = await fallsAsleep(scene)
  try {
    await pass(minutes(16))
  } finally {
    wake()
  }
  await takeUp()
  await anna.click('#uncover')
  const shown = await page.content()
  assert.deepEqual(words.filter((one) => shown.includes(one)), [])
  await anna.has('#over-words', 'dold länge')
}, { within: minutes(19) })
