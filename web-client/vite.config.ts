// `vite build --mode visitor` and `--mode staff`: two documents that share sources but no file, so that the visitor's
// page downloads one script and nothing of the console.

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { asset, assetFile, wasmFile } from './bundle/assets.ts'
import { buildDate } from './bundle/date.ts'
import { page } from './bundle/page.ts'
import type { Texts } from './bundle/document.ts'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..')
const outDir = join(here, 'dist')

const readTexts = (name: string): Texts => JSON.parse(readFileSync(join(here, 'texts', name), 'utf8')) as Texts

/** What the pages ask for by name; comments and the names of its readers are not shipped twice. */
const ship = ({ url, integrity }: { url: string; integrity: string }) => ({ url, integrity })

export default defineConfig(({ mode }) => {
  const name = mode === 'staff' ? 'staff' : 'visitor'
  const module = name === 'staff' ? 'desk' : 'visit'
  const wasmDir = process.env.LYKTA_WASM_DIR ?? join(root, 'target', 'wasm')
  const wasm = wasmFile([join(wasmDir, `${module}.wasm`), join(wasmDir, `door-${module}.wasm`)], `${module}.wasm`)
  const prefix = name === 'staff' ? 'staff.' : ''
  const other = readTexts(`${prefix}en.json`)
  const english = asset(`${prefix}en.json`, Buffer.from(JSON.stringify(other)))
  const icon = assetFile(join(here, 'bundle', 'icon.svg'))
  const returnWords = name === 'visitor' ? assetFile(join(here, 'texts', 'return-words.sv.txt')) : null
  const heartbeat = name === 'staff' ? assetFile(join(here, 'staff', 'heartbeat.js')) : null

  const built = {
    wasm: wasm ? ship(wasm) : null,
    languages: [{ tag: 'en', name: other._language, read: other._read_by !== '', ...ship(english) }],
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
      page({
        name,
        template: join(here, name, 'index.html'),
        texts: readTexts(`${prefix}sv.json`),
        criticalCss: join(here, name, 'critical.css'),
        icon,
        assets: [wasm, english, icon, heartbeat, returnWords].filter((one) => one !== null),
        outDir,
      }),
    ],
  }
})
