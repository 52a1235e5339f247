// Every screen in every look: both colour schemes, forced colours, letters twice as large, and each language.
//
// One browser and one visit: on each screen the looks are put on in turn. `make test` looks at every screen in every way
// in one language of each direction, and measures the targets in all; what an ending, a refusal or a silence says is put
// there sentence by sentence, in all. languages.test.mjs looks at a whole visit in each.
// `make nightly` (LYKTA_NIGHTLY=1) looks at every screen in every way in all of them.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { everyMode, faults, lookAs, mangledNumbers, reachable, smallTargets } from './looks.mjs'
import { story, together } from './scene.mjs'
import { speak } from './seen.mjs'

const nightly = process.env.LYKTA_NIGHTLY === '1'
const IN_EVERY_WAY = ['sv', 'ar']
const LANGUAGES = ['sv', 'ar', 'ckb', 'en', 'fa', 'kmr', 'prs', 'so', 'ti', 'tr']

/** Looks at the screen in all ways; answers what is wrong with it. */
async function inEveryWay(page, screen, banner) {
  const found = []
  for (const tag of LANGUAGES) {
    await speak(page, tag)
    // What comes only after minutes is put on the screen as it will stand there.
    if (banner) await page.evaluate((id) => (document.getElementById(id).hidden = false), banner)
    await page.waitForLoadState('networkidle')
    const whole = nightly || IN_EVERY_WAY.includes(tag)
    const say = (fault) => found.push([screen, tag, ...[fault].flat()])
    ;(await smallTargets(page)).forEach(say)
    ;(await mangledNumbers(page)).forEach(say)
    if (!whole) continue
    ;(await faults(page, everyMode)).forEach(say)
    for (const [width, height, mode] of [[320, 568, 'light'], [320, 568, 'large'], [844, 390, 'light']]) {
      await page.setViewportSize({ width, height })
      await lookAs(page, mode)
      await reachable(page, `${screen} in ${tag}, ${width}×${height}, ${mode}`)
    }
    await page.setViewportSize({ width: 390, height: 844 })
    await lookAs(page, 'light')
  }
  await speak(page, 'sv')
  return found
}

const texts = {}
for (const tag of LANGUAGES) texts[tag] = JSON.parse(await readFile(new URL(`../../web-client/texts/${tag}.json`, import.meta.url)))

/** Sentences that a place holds in turn: what a visit seldom comes to is put there as it will stand. */
async function everySentence(page, place, keys, within = place) {
  const found = []
  for (const tag of LANGUAGES) {
    await speak(page, tag)
    await page.waitForLoadState('networkidle')
    for (const key of keys) {
      const sentence = texts[tag][key]
      assert.ok(sentence, `${key} in ${tag}`)
      await page.evaluate(([id, box, words]) => {
        document.getElementById(box).hidden = false
        document.getElementById(id).textContent = words.replace(/\{(?:call:)?([^}]*)\}/g, '$1').replaceAll('**', '')
      }, [place, within, sentence])
      const say = (fault) => found.push([key, tag, ...[fault].flat()])
      ;(await mangledNumbers(page)).forEach(say)
      if (nightly) (await faults(page, everyMode)).forEach(say)
      await page.setViewportSize({ width: 320, height: 568 })
      await lookAs(page, 'large')
      await reachable(page, `${key} in ${tag}, letters twice as large`)
      await page.setViewportSize({ width: 390, height: 844 })
      await lookAs(page, 'light')
    }
  }
  await speak(page, 'sv')
  await page.evaluate((box) => (document.getElementById(box).hidden = true), within)
  return found
}

const keysOf = (start) => Object.keys(texts.sv).filter((key) => key.startsWith(start))

const open = (page, id) => page.evaluate((name) => (document.getElementById(name).open = true), id)

story('every screen of a visit can be read by everybody', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await scene.phone()
  const { page } = anna
  const found = []
  const look = async (screen, banner) => found.push(...(await inEveryWay(page, screen, banner)))
  const button = (id) => page.locator(`#${id}`)

  await open(page, 'help')
  await look('safety')
  await anna.continueAfterSafety()
  await open(page, 'return')
  await look('choices')
  found.push(...(await everySentence(page, 'refused', [...keysOf('refused.'), 'door.closed', 'door.full', 'door.closing'])))
  await anna.startChat()
  await anna.place()
  await look('waiting, for long', 'long')
  await eva.talksToNext()
  await anna.isTalking()
  await anna.say(scene.canary.text)
  await eva.say(scene.answer)
  await anna.reads(scene.answer)
  await anna.delivered(1)
  await look('chat')
  await button('more').click()
  await button('words-start').click()
  await look('words to come back with')
  await button('words-close').filter({ visible: true }).click()
  for (const banner of ['lost-link', 'lost-peer', 'lost-choice', 'silence', 'end-sure']) {
    await look(banner, banner)
    await page.evaluate((id) => (document.getElementById(id).hidden = true), banner)
  }
  found.push(...(await everySentence(page, 'silence-words', ['silence.ask', 'silence.warn'], 'silence')))
  await button('someone').click()
  await look('covered')
  await button('uncover').click()
  await anna.end()
  await anna.isOver()
  await look('over')
  const endings = keysOf('over.').filter((key) => !['over.title', 'over.need', 'over.tip', 'over.again'].includes(key))
  found.push(...(await everySentence(page, 'over-words', endings, 'over')))
  assert.deepEqual(found, [])
}, { within: nightly ? 3_600_000 : 300_000 })

story('who else reads, words to compare and words that were taken can be read by everybody', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const bo = await scene.otherDesk()
  await bo.onDuty()
  const anna = await scene.phone()
  const { page } = anna
  const found = []
  const look = async (screen) => found.push(...(await inEveryWay(page, screen)))
  const press = (person, name) => person.page.getByRole('button', { name, exact: true }).filter({ visible: true }).click()
  await anna.joins()
  await eva.talksToNext()
  await anna.isTalking()

  await press(anna, 'Mer')
  await press(anna, 'Jämför ord')
  await page.locator('#compare-numbers').filter({ hasText: /\d{4} {2}\d{4}/ }).waitFor()
  await look('words to compare')
  await page.locator('#compare-close').click()
  await press(anna, 'Mer')
  await press(anna, 'Kunna komma tillbaka')
  await press(anna, 'Visa fyra ord')
  await page.getByRole('status').filter({ hasText: 'Nu gäller orden.' }).waitFor()
  await look('words that count')
  await page.locator('#words-close').filter({ visible: true }).click()

  await press(eva, 'Bjud in')
  await press(eva, `${await bo.page.locator('#name').textContent()} (Kurator)`)
  await page.locator('#offer').waitFor()
  await look('a question about a guest')
  await page.locator('#offer-yes').click()
  await bo.page.getByRole('alert').filter({ hasText: 'vara med i ett samtal' }).waitFor()
  await press(bo, 'Ja')
  await page.locator('#room').waitFor()
  await look('a guest reads along')
  assert.deepEqual(found, [])
}, { within: nightly ? 1_800_000 : 120_000 })

for (const [state, clock] of [['closed', '2026-11-22T12:00:00+01:00'], ['away', '2026-11-23T11:00:00+01:00'], ['closing', '2026-11-23T14:40:00+01:00']]) {
  story(`the page of a chat that is ${state} can be read by everybody`, async (scene) => {
    if (state === 'closing') await (await scene.desk()).onDuty()
    const { page } = await scene.phone()
    assert.equal(await page.locator('html').getAttribute('data-state'), state)
    const found = await inEveryWay(page, state)
    assert.deepEqual(found, [])
  }, { clock, within: nightly ? 900_000 : 120_000 })
}

story('without script the page can be read by everybody', async (scene) => {
  const { page } = await scene.phone()
  // Nothing runs in such a page, axe neither: what can be seen from outside is looked at.
  for (const [width, height] of [[320, 568], [390, 844], [844, 390]]) {
    await page.setViewportSize({ width, height })
    const exit = await page.getByRole('button', { name: 'Lämna sidan' }).boundingBox()
    assert.ok(exit.height >= 48 && exit.width >= 120 && exit.y >= 0 && exit.x + exit.width <= width)
  }
  await page.setViewportSize({ width: 390, height: 844 })
  await page.getByText('Other languages').click()
  const arabic = page.locator('#other [lang="ar"]')
  await arabic.locator('summary').click()
  await arabic.getByText('الدردشة مغلقة الآن').waitFor()
  assert.equal(await arabic.getAttribute('dir'), 'rtl')
  const numbers = await arabic.locator('a[href^="tel:"]').evaluateAll((all) => all.map(({ textContent }) => textContent))
  for (const number of ['112', '114 14', '116 111']) assert.ok(numbers.includes(number), number)
  assert.ok(!numbers.includes('021-39 87 62'), 'no number where nobody answers')
  assert.equal(await page.locator('#other details').count(), 9)
  await scene.screenshot(page, 'without-script-arabic')

  // All of it in that language is an address of its own.
  await arabic.locator('a[href="/ar"]').click()
  await page.waitForURL((url) => url.pathname === '/ar')
  await page.getByText('تجيب الخدمات الاجتماعية').first().waitFor()
  assert.ok((await page.locator('a[href^="tel:"]').allTextContents()).includes('021-39 87 62'), 'whom to call later')
  const tags = await page.locator('nav a').evaluateAll((all) => all.map((one) => one.lang))
  assert.equal(tags.length, 9)
  for (const tag of tags) {
    await page.locator(`nav a[lang="${tag}"]`).click()
    await page.waitForURL((url) => url.pathname === (tag === 'sv' ? '/' : `/${tag}`))
    assert.equal(await page.locator('html').getAttribute('lang'), tag)
    await page.goto(new URL('/ar', page.url()).href)
  }
  for (const [width, height] of [[320, 568], [844, 390]]) {
    await page.setViewportSize({ width, height })
    const exit = await page.getByRole('link', { name: 'مغادرة الصفحة' }).boundingBox()
    assert.ok(exit.height >= 48 && exit.width >= 120 && exit.y >= 0 && exit.x + exit.width <= width)
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
  }
  await page.setViewportSize({ width: 390, height: 844 })
  await scene.screenshot(page, 'without-script-all-arabic')
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate(() => document.activeElement.id), 'exit', 'the way out comes first')
  await page.keyboard.press('Enter')
  await page.waitForURL('https://www.smhi.se/')
}, { clock: '2026-11-28T12:00:00+01:00', withoutScript: true })

story('the page without scripts can be read by everybody in each of its languages, and is light', async (scene) => {
  const { page } = await scene.phone()
  const titles = new Set([await page.title()])
  for (const tag of LANGUAGES.filter((tag) => tag !== 'sv')) {
    const sent = await page.goto(new URL(`/${tag}`, page.url()).href)
    assert.equal(sent.headers()['cache-control'], 'no-store')
    assert.ok(Number(sent.headers()['content-length']) <= 14 * 1024, `${tag}: ${sent.headers()['content-length']}`)
    assert.equal(await page.locator('script').count(), 0)
    titles.add(await page.title())
    assert.deepEqual([tag, ...(await smallTargets(page))], [tag])
    assert.deepEqual([tag, ...(await mangledNumbers(page))], [tag])
    if (nightly || tag === 'ar' || tag === 'en') assert.deepEqual(await faults(page, everyMode), [], tag)
    const links = await page.locator('nav a').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height))
    assert.ok(links.every((height) => height >= 44), `${tag}: ${links}`)
  }
  // What a history would show says nothing of a chat.
  assert.ok([...titles].every((title) => !/chat|heder|honou?r/i.test(title)), [...titles].join(', '))
})

story('with the keyboard up on a phone on its side, the way out and the field are both in sight', async (scene) => {
  const { anna, eva } = await together(scene)
  await eva.say(scene.answer)
  await anna.reads(scene.answer)
  const { page } = anna
  const inSight = async (what) => {
    await page.locator('#field').focus()
    await reachable(page, what)
    const { width, height } = page.viewportSize()
    const field = await page.locator('#field').boundingBox()
    assert.ok(field.y >= 0 && field.y + field.height <= height && field.x + field.width <= width, `${what}: ${JSON.stringify(field)}`)
    const exit = await page.locator('#exit').boundingBox()
    assert.ok(field.y >= exit.y + exit.height, `${what}: not one over the other`)
  }
  for (const tag of ['sv', 'ar']) {
    await speak(page, tag)
    // As high as what a keyboard leaves of the phones whose screens are 390×844, 360×640 and 320×568.
    for (const [width, height] of [[844, 180], [640, 160], [568, 150], [390, 420], [320, 260]]) {
      await page.setViewportSize({ width, height })
      // The page hears of it with the next frame.
      await page.waitForFunction((high) => document.documentElement.style.getPropertyValue('--height') === `${high}px`, height)
      await inSight(`${tag} ${width}×${height}`)
    }
    await scene.screenshot(page, `landscape-keyboard-${tag}`)
  }
})
