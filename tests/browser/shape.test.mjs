// Whoever cannot see well, holds a small phone or has only a keyboard reaches the same help, and the way out first.

import assert from 'node:assert/strict'
import { faults, reachable } from './looks.mjs'
import { until } from './people.mjs'
import { story } from './scene.mjs'

async function firstInTabOrder(page, what) {
  await page.getByRole('button', { name: 'Lämna sidan' }).focus()
  await page.keyboard.press('Shift+Tab')
  const before = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 80))
  assert.match(before, /^<body/, `${what}: nothing stands before it`)
}

/** A visitor's page on each screen in turn; `look` is called on every one. */
async function throughAVisit(scene, look) {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await scene.phone()
  const { page } = anna
  await page.getByText('Är det säkert').waitFor()
  await look(page, 'safety')
  await anna.continueAfterSafety()
  await look(page, 'choices')
  await anna.startChat()
  await anna.place()
  await look(page, 'waiting')
  await eva.talksToNext()
  await anna.isTalking()
  await anna.say(scene.canary.text)
  await eva.say(scene.answer)
  await anna.reads(scene.answer)
  await anna.delivered(1)
  await look(page, 'chat')
  return { anna, eva }
}

story('axe finds nothing on any screen, light or dark', async (scene) => {
  const found = []
  const look = async (page, what) => found.push(...(await faults(page)).map((fault) => [what, ...fault]))
  const { anna, eva } = await throughAVisit(scene, look)
  await look(eva.page, 'desk with a chat')
  await anna.page.getByRole('button', { name: 'Någon kom' }).click()
  await look(anna.page, 'covered')
  await anna.page.getByRole('button', { name: 'Fortsätt' }).click()
  await anna.page.emulateMedia({ colorScheme: 'dark' })
  await scene.screenshot(anna.page, 'visitor-11-dark')
  await eva.page.emulateMedia({ colorScheme: 'dark' })
  await scene.screenshot(eva.page, 'desk-5-dark')
  await anna.end()
  await anna.isOver()
  await look(anna.page, 'over')
  await eva.page.getByText('Samtalet är slut.').waitFor()
  await look(eva.page, 'desk after a chat')
  assert.deepEqual(found, [])
})

story('axe finds nothing on the closed page and at a desk that waits', async (scene) => {
  const anna = await scene.phone()
  assert.deepEqual(await faults(anna.page), [])
  assert.deepEqual(await faults((await scene.desk()).page), [])
}, { clock: '2026-11-22T12:00:00+01:00' })

for (const [how, options] of [['', {}], [' and letters twice as large', { largeLetters: true }]]) {
  story(`on a small phone${how} the way out is first, large and in sight on every screen`, async (scene) => {
    const look = async (page, what) => {
      await page.setViewportSize({ width: 320, height: 568 })
      assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).fontSize), options.largeLetters ? '32px' : '16px')
      await reachable(page, what)
      await page.mouse.wheel(0, 5_000)
      await reachable(page, `${what}, scrolled down`)
      await firstInTabOrder(page, what)
      await page.mouse.wheel(0, -5_000)
      await scene.screenshot(page, `small${options.largeLetters ? '-large' : ''}-${what}`)
      // The keyboard of the phone takes half of the screen.
      await page.setViewportSize({ width: 320, height: 300 })
      await reachable(page, `${what}, keyboard up`)
      if (what === 'chat') {
        // The keyboard is up because the field was tapped; browsers then bring it into sight.
        await page.getByRole('textbox', { name: 'Skriv här' }).focus()
        const field = await page.getByRole('textbox', { name: 'Skriv här' }).boundingBox()
        await scene.screenshot(page, `small${options.largeLetters ? '-large' : ''}-keyboard`)
        assert.ok(field.y >= 0 && field.y + field.height <= 300, `the field is in sight: ${JSON.stringify(field)}`)
      }
      await page.setViewportSize({ width: 320, height: 568 })
      if (what !== 'chat') return
      // What is further away can be scrolled to; nothing is left out for want of room.
      for (const name of ['Någon kom', 'Avsluta chatten']) {
        const button = page.getByRole('button', { name, exact: true })
        await button.scrollIntoViewIfNeeded()
        const { y, height } = await button.boundingBox()
        assert.ok(y >= 0 && y + height <= 568, name)
      }
    }
    const { anna } = await throughAVisit(scene, look)
    await anna.end()
    await anna.isOver()
    await look(anna.page, 'over')
  }, options)
}

story('a chat can be started, held and left with the keyboard alone', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await scene.phone()
  const { keyboard } = anna.page
  const focused = () =>
    anna.page.evaluate(() => {
      const { activeElement: at } = document
      return at.labels?.[0]?.textContent || at.getAttribute('aria-label') || at.textContent.trim()
    })
  /** Tab by Tab until the name is reached; every stop on the way can be seen. */
  const tabTo = async (name, key = 'Tab') => {
    for (let stops = 0; stops < 40; stops += 1) {
      await keyboard.press(key)
      if ((await focused()) === name) return
      const seen = await anna.page.evaluate(() => document.activeElement.matches(':focus-visible, body'))
      assert.ok(seen, `the focus can be seen at ${await focused()}`)
    }
    assert.fail(`no way to ${name}`)
  }
  await keyboard.press('Tab')
  assert.equal(await focused(), 'Lämna sidan')
  await tabTo('Fortsätt')
  await keyboard.press('Enter')
  await tabTo('För mig själv')
  await keyboard.press('ArrowDown')
  assert.equal(await focused(), 'För någon annan')
  await tabTo('Starta chatten')
  await keyboard.press('Enter')
  assert.equal(await anna.place(), 1)
  await eva.talksToNext()
  await anna.isTalking()
  await tabTo('Skriv här')
  await keyboard.type(scene.canary.text)
  await tabTo('Skicka')
  await keyboard.press('Enter')
  await eva.reads(scene.canary.text)
  assert.equal(await focused(), 'Skriv här', 'ready for the next words')
  await keyboard.type(`till ${scene.canary.text}`)
  await keyboard.press('ControlOrMeta+Enter')
  await eva.reads(`till ${scene.canary.text}`)
  await tabTo('Lämna sidan', 'Shift+Tab')
  await keyboard.press('Enter')
  await eva.page.getByText('Besökaren lämnade sidan snabbt. Allt är raderat här.').waitFor()
  await until('away', () => !anna.page.url().includes('localhost'))
})
