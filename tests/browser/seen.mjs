// A page in another language, whichever of its screens is shown.

export async function speak(page, tag) {
  await page.locator(`#languages [lang="${tag}"]`).evaluate((one) => one.click())
  await page.locator(`html[lang="${tag}"]`).waitFor({ state: 'attached' })
}
