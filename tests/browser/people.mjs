// What the people of a story do, in the words that stand on the page. A screen reader finds the same names.

/** @param {import('playwright-core').Page} page */
export function visitor(page) {
  const log = page.getByRole('log')
  const status = page.getByRole('status')
  return {
    page,
    log,
    status,
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
    say: (text) => say(page, text),
    /** Resolves when the conversation shows the text. */
    reads: (text) => log.getByText(text).waitFor(),
    end: () => page.getByRole('button', { name: 'Avsluta chatten', exact: true }).click(),
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
    async onDuty() {
      const duty = page.getByRole('switch', { name: 'I tjänst' })
      await duty.click()
      await page.getByRole('switch', { name: 'I tjänst', checked: true }).waitFor()
    },
    takeNext: () => page.getByRole('button', { name: 'Ta nästa', exact: true }).click(),
    say: (text) => say(page, text),
    reads: (text) => log.getByText(text).waitFor(),
    end: () => page.getByRole('button', { name: 'Avsluta', exact: true }).click(),
  }
}

// One of several: whether it is drawn as a radio or as a button is the page's own business.
const choice = (page, name) =>
  page.getByRole('radio', { name, exact: true }).or(page.getByRole('button', { name, exact: true }))

/** Writes and sends, and waits until one's own words stand in the conversation. */
async function say(page, text) {
  await page.getByRole('textbox', { name: 'Skriv här' }).fill(text)
  await page.getByRole('button', { name: 'Skicka', exact: true }).click()
  await page.getByRole('log').getByText(text).waitFor()
}
