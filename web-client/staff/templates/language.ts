// A language by its name, for somebody who reads another: "ckb" tells nobody anything.

/** In the console's language, or the tag where the browser knows no name. Dari is named apart from Persian. */
export function languageName(tag: string, reader: string): string {
  try {
    return new Intl.DisplayNames([reader], { type: 'language' }).of(tag === 'prs' ? 'fa-AF' : tag) ?? tag
  } catch {
    return tag
  }
}
