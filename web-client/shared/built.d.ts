// What the build knows and the pages need: see vite.config.ts.

interface BuiltFile {
  url: string
  integrity: string
}

declare const __BUILT__: {
  /** Null only in a build made before the module. */
  wasm: BuiltFile | null
  /** The same module as JavaScript; its hash stands in the import map. Null when `wasm` is. */
  fallback: string | null
  languages: (BuiltFile & { tag: string; name: string; read: boolean })[]
  heartbeat: string
  /** The list of return words; on the visitor's page only. */
  returnWords: BuiltFile | null
  /** Seconds since 1970. */
  date: number
}
