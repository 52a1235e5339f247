// `vite build --mode visitor` and `--mode staff`: two documents that share sources but no file, so that the visitor's
// page downloads one script and nothing of the console.

import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { asset, assetFile, wasmFile } from './bundle/assets.ts'
import { buildDate } from './bundle/date.ts'
import { fallbackFile } from './bundle/fallback.ts'
import { equallyHeavy } from './bundle/weight.ts'
import { page } from './bundle/page.ts'
import type { Texts } from './bundle/document.ts'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..')
const outDir = join(here, 'dist')

const readTexts = (name: string): Texts => JSON.parse(readFileSync(join(here, 'texts', name), 'utf8')) as Texts

/** The tags of a page's translations: every text file but the Swedish, which is in the document itself. */
function translationsOf(page: string): string[] {
  return readdirSync(join(here, 'texts'))
    .filter((file) => file.endsWith('.json') && file.startsWith('staff.') === (page === 'staff'))
    .map((file) => file.replace(/^staff\./, '').replace(/\.json$/, ''))
    .filter((tag) => tag !== 'sv')
    .sort()
}

/** Who read it, and when, is for the repository: the name of a person is not sent to every visitor. */
function translation(tag: string, { _read_by, _read_on, ...texts }: Texts) {
  const read = Boolean(_read_by && _read_on)
  return { tag, name: texts._language ?? tag, read, texts: read ? { ...texts, _read: '1' } : texts }
}

/** What the pages ask for by name; comments and the names of its readers are not shipped twice. */
const ship = ({ url, integrity }: { url: string; integrity: string }) => ({ url, integrity })

/** What is imported later is fetched by the browser alone: no script that puts link elements into the page's head. */
const withoutPreloading = {
  name: 'lykta-without-preloading',
  enforce: 'pre' as const,
  load: (id: string) => (id.includes('vite/preload-helper') ? 'export const __vitePreload = (load) => load()' : null),
}

export default defineConfig(({ mode }) => {
  const name = mode === 'staff' ? 'staff' : 'visitor'
  const names = name === 'staff' ? ['seat', 'chat', 'pair'] : ['visit']
  const wasmDir = process.env.LYKTA_WASM_DIR ?? join(root, 'target', 'wasm')
  const modules = names.map((module) => {
    const builtAs = (kind: string) => [`${module}.${kind}`, `door-${module}.${kind}`].map((file) => join(wasmDir, file))
    const wasm = wasmFile(builtAs('wasm'), `${module}.wasm`)
    return { module, wasm, fallback: wasm && fallbackFile(builtAs('js'), `${module}.js`) }
  })
  const shipped = modules.map(({ module, wasm, fallback }) => [module, wasm && fallback && { wasm: ship(wasm), fallback: fallback.url }])
  const [first] = modules
  const prefix = name === 'staff' ? 'staff.' : ''
  const translationsFor = (page: string, prefix: string) =>
    equallyHeavy(translationsOf(page).map((tag) => translation(tag, readTexts(`${prefix}${tag}.json`)))).map((one) => ({
      ...one,
      file: asset(`${prefix}${one.tag}.json`, Buffer.from(JSON.stringify(one.texts))),
    }))
  const translations = translationsFor(name, prefix)
  // The very files that visitors fetch, for the counsellor who looks at what they read. Their Swedish stands in the
  // visitor's document; here it is a file, of a name that is no translation's.
  const swedish = translation('sv', readTexts('sv.json'))
  const seen =
    name === 'staff'
      ? [{ ...swedish, file: asset('page.sv.json', Buffer.from(JSON.stringify(swedish.texts))) }, ...translationsFor('visitor', '')]
      : []
  const icon = assetFile(join(here, 'bundle', 'icon.svg'))
  const returnWords = name === 'visitor' ? assetFile(join(here, 'texts', 'return-words.sv.txt')) : null
  const heartbeat = name === 'staff' ? assetFile(join(here, 'staff', 'heartbeat.js')) : null

  const built = {
    ...(name === 'staff'
      ? { desk: shipped.every(([, module]) => module) ? Object.fromEntries(shipped) : null }
      : { wasm: first?.wasm ? ship(first.wasm) : null, fallback: first?.fallback?.url ?? null }),
    languages: translations.map(({ tag, name, read, file }) => ({ tag, name, read, ...ship(file) })),
    ...(name === 'staff' && { seen: seen.map(({ tag, name, read, file }) => ({ tag, name, read, ...ship(file) })) }),
    heartbeat: heartbeat?.url ?? '',
    returnWords: returnWords ? ship(returnWords) : null,
    date: buildDate(root),
  }
  return {
    root: here,
    publicDir: false,
    appType: 'custom',
    logLevel: 'warn',
    define: { __BUILT__: JSON.stringify(built) },
    build: {
      outDir,
      emptyOutDir: name === 'visitor',
      target: 'es2022',
      modulePreload: false,
      cssMinify: true,
      reportCompressedSize: false,
      assetsInlineLimit: 0,
      rollupOptions: {
        input: join(here, name, 'main.ts'),
        output: {
          entryFileNames: `assets/${name}-[hash].js`,
          chunkFileNames: 'assets/[name]-[hash].js',
          assetFileNames: `assets/${name}-[hash][extname]`,
        },
      },
    },
    plugins: [
      withoutPreloading,
      page({
        name,
        template: join(here, name, 'index.html'),
        texts: readTexts(`${prefix}sv.json`),
        criticalCss: join(here, name, 'critical.css'),
        icon,
        assets: [...modules.flatMap(({ wasm, fallback }) => [wasm, fallback]), ...translations.map(({ file }) => file), ...seen.map(({ file }) => file), icon, heartbeat, returnWords].filter((one) => one !== null),
        imported: modules.map(({ fallback }) => fallback).filter((one) => one !== null),
        outDir,
        plain: name === 'visitor' ? { template: join(here, name, 'plain.html'), languages: translationsOf(name).map((tag) => ({ tag, texts: readTexts(`${tag}.json`) })) } : null,
      }),
    ],
  }
})
