// A page in another language, whichever of its screens is shown.

export async function speak(page, tag) {
  await page.evaluate((lang) => document.querySelector(`#languages [lang="${lang}"]`).click(), tag)
  await page.locator(`html[lang="${tag}"]`).waitFor({ state: 'attached' })
}
