// Makes one document of a page: texts, critical style, script with integrity, import map, Brotli beside each file.

import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plugin, Rollup } from 'vite'
import { sri, type BuiltAsset } from './assets.ts'
import { brotli } from './brotli.ts'
import { fillTexts, inLanguage, tighten, type Texts } from './document.ts'

export interface PageOptions {
  /** `visitor` or `staff`: the document becomes NAME.html. */
  name: string
  template: string
  texts: Texts
  /** Small enough to be inline, so that the first paint waits for nothing. */
  criticalCss: string
  icon: BuiltAsset
  assets: BuiltAsset[]
  /** Those of the assets that the script may import. */
  imported: BuiltAsset[]
  outDir: string
  /** A document without scripts, and the languages it is made in: `plain.TAG.html`. */
  plain: { template: string; languages: { tag: string; texts: Texts }[] } | null
}

function minifyCss(css: string): string {
  return css
    .replace(/\/\*[^]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,>]) ?/g, '$1')
    .replace(/: /g, ':')
    .replace(/;}/g, '}')
    .trim()
}

export function page(options: PageOptions): Plugin {
  const written: [string, Uint8Array][] = []
  return {
    name: `lykta-page-${options.name}`,
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        for (const one of options.assets) {
          this.emitFile({ type: 'asset', fileName: one.fileName, source: one.bytes })
        }
        const chunks = Object.values(bundle).filter((one): one is Rollup.OutputChunk => one.type === 'chunk')
        const styles = Object.keys(bundle).filter((name) => name.endsWith('.css'))
        const entry = chunks.find((chunk) => chunk.isEntry)
        if (!entry) this.error('no entry chunk')

        // Under Integrity-Policy an import runs only when the map knows its hash.
        const integrity = Object.fromEntries([
          ...chunks.filter((chunk) => chunk !== entry).map((chunk) => [`/${chunk.fileName}`, sri(chunk.code)]),
          ...options.imported.map((one) => [one.url, one.integrity]),
        ])
        const importMap = JSON.stringify({ integrity })
        const style = minifyCss(readFileSync(options.criticalCss, 'utf8'))
        const head = [
          `<link rel="icon" href="${options.icon.url}">`,
          `<style>${style}</style>`,
          `<script type="importmap">${importMap}</script>`,
          `<script type="module" src="/${entry.fileName}" integrity="${sri(entry.code)}"></script>`,
        ].join('')
        const rest = styles.map((name) => {
          const source = (bundle[name] as Rollup.OutputAsset).source
          return `<link rel="stylesheet" href="/${name}" integrity="${sri(source)}">`
        })
        // Behind everything that can be read: a style in the head would hold back the first paint until it has come.
        const source = readFileSync(options.template, 'utf8')
          .replace('<!--build:head-->', () => head)
          .replace('</body>', () => `${rest.join('')}</body>`)
        this.emitFile({
          type: 'asset',
          fileName: `${options.name}.html`,
          source: tighten(fillTexts(source, options.texts)),
        })
        const plainHead = `<link rel="icon" href="${options.icon.url}"><style>${style}</style>`
        for (const { tag, texts } of options.plain?.languages ?? []) {
          const plain = inLanguage(readFileSync(options.plain!.template, 'utf8'), tag, texts, options.texts)
            .replace('<!--build:head-->', () => plainHead)
            .replace('</body>', () => `${rest.join('')}</body>`)
          this.emitFile({ type: 'asset', fileName: `plain.${tag}.html`, source: tighten(fillTexts(plain, texts)) })
        }
      },
    },
    writeBundle: {
      order: 'post',
      async handler(_, bundle) {
        for (const one of Object.values(bundle)) {
          const bytes = Buffer.from(one.type === 'chunk' ? one.code : one.source)
          written.push([one.fileName, bytes])
        }
        await Promise.all(
          written
            .filter(([name]) => name.startsWith('assets/'))
            .map(([name, bytes]) => writeFile(join(options.outDir, `${name}.br`), brotli(bytes))),
        )
        report(options.name, written)
      },
    },
  }
}

function report(name: string, files: [string, Uint8Array][]): void {
  const sizes = files.map(([file, bytes]) => `${file} ${brotli(bytes).length} B`)
  console.log(`${name}, as Brotli: ${sizes.join(', ')}`)
}
