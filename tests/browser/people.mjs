// What the people of a story do, in the words that stand on the page. A screen reader finds the same names.

/** @param {import('playwright-core').Page} page */
export function visitor(page) {
  const log = page.getByRole('log')
  const status = page.getByRole('status')
  return {
    page,
    log,
    status,
    field: field(page),
    ...conversation(page),
    continueAfterSafety: () => page.getByRole('button', { name: 'Fortsätt', exact: true }).click(),
    /** 'För mig själv', 'För någon annan' or 'I mitt arbete'. */
    choose: (name) => choice(page, name).click(),
    startChat: () => page.getByRole('button', { name: 'Starta chatten', exact: true }).click(),
    /** The number the status region says, once it says one. */
    async place() {
      const withNumber = status.filter({ hasText: /\d/ })
      await withNumber.waitFor()
      return Number(/\d+/.exec(await withNumber.innerText())[0])
    },
    /** Ends the chat now, without waiting for the seconds in which it can be taken back. */
    async end() {
      await page.getByRole('button', { name: 'Avsluta chatten', exact: true }).click()
      await page.getByRole('button', { name: 'Avsluta nu', exact: true }).click()
    },
    /** From the safety text to the line. */
    async joins(name = 'För mig själv') {
      await this.continueAfterSafety()
      await this.choose(name)
      await this.startChat()
      await this.place()
    },
    /** The words about the other side: 'Nu är Alva här. …'. */
    isTalking: () => status.filter({ hasText: 'Skriv i din takt' }).waitFor(),
    isOver: () => page.getByRole('heading', { name: 'Chatten är slut.' }).waitFor(),
    /** The way out that stands on every screen. A link for the browser, a button by its role. */
    leave: () => page.getByRole('button', { name: 'Lämna sidan', exact: true }).click({ noWaitAfter: true }),
  }
}

/** @param {import('playwright-core').Page} page */
export function counsellor(page) {
  const log = page.getByRole('log')
  return {
    page,
    log,
    line: page.getByRole('list', { name: 'Kön' }),
    field: field(page),
    ...conversation(page),
    async onDuty() {
      const duty = page.getByRole('switch', { name: 'I tjänst' })
      await duty.click()
      await page.getByRole('switch', { name: 'I tjänst', checked: true }).waitFor()
    },
    /** On duty, and the relay has opened the door for visitors. */
    async opens() {
      await this.onDuty()
      await page.getByText('Öppet för besökare', { exact: true }).waitFor()
    },
    takeNext: () => page.getByRole('button', { name: 'Ta nästa', exact: true }).click(),
    /** Takes the next and waits until they hear each other. */
    async talksToNext() {
      await this.takeNext()
      await this.sees('kontakt')
    },
    /** What the open chat says about the visitor: 'kontakt', 'borta sedan 10.42', … */
    sees: (words) => page.getByRole('tabpanel').getByRole('status').filter({ hasText: words }).waitFor(),
    /** Ends the chat with one press, which counts when it was not taken back for five seconds. */
    end: () => page.getByRole('button', { name: 'Avsluta', exact: true }).click(),
  }
}

// One of several: whether it is drawn as a radio or as a button is the page's own business.
const choice = (page, name) =>
  page.getByRole('radio', { name, exact: true }).or(page.getByRole('button', { name, exact: true }))

const field = (page) => page.getByRole('textbox', { name: 'Skriv här' })

/** What both sides do with a conversation. */
function conversation(page) {
  const log = page.getByRole('log')
  return {
    /** Writes and sends, and waits until one's own words stand in the conversation. */
    async say(text) {
      await field(page).fill(text)
      await page.getByRole('button', { name: 'Skicka', exact: true }).click()
      await log.getByText(text).last().waitFor()
    },
    /** Resolves when the conversation shows the text. */
    reads: (text) => log.getByText(text).last().waitFor(),
    /** Every message as it stands there, in order. */
    messages: () => log.locator('.bubble').allTextContents(),
    /** Resolves when so many of one's own messages have reached the other side. */
    delivered: (count) => until(`${count} delivered`, async () => (await log.getByText('levererat').count()) === count),
    /** Resolves when the other side is seen writing. */
    seesWriting: () => page.getByText('skriver …').filter({ visible: true }).waitFor(),
  }
}

/** Asks again and again until the answer is yes: for what no locator can wait for. */
export async function until(what, ask, within = 20_000) {
  for (const end = Date.now() + within; ; ) {
    if (await ask()) return
    if (Date.now() > end) throw new Error(`waited ${within / 1000} s in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
