// What the build knows and the pages need: see vite.config.ts.

interface BuiltFile {
  url: string
  integrity: string
}

/** A module twice: as WebAssembly, and the same as JavaScript, whose hash stands in the import map. */
interface BuiltModule {
  wasm: BuiltFile
  fallback: string
}

declare const __BUILT__: {
  /** The modules of the staff's page, on it only; null in a build made before them. */
  desk?: { seat: BuiltModule; chat: BuiltModule; pair: BuiltModule } | null
  /** The visitor's. Null only in a build made before the module. */
  wasm: BuiltFile | null
  /** The same module as JavaScript; its hash stands in the import map. Null when `wasm` is. */
  fallback: string | null
  languages: (BuiltFile & { tag: string; name: string; read: boolean })[]
  /** What visitors read, in each language, Swedish first; on the staff's page only. */
  seen?: (BuiltFile & { tag: string; name: string; read: boolean })[]
  heartbeat: string
  /** The list of return words; on the visitor's page only. */
  returnWords: BuiltFile | null
  /** Seconds since 1970. */
  date: number
}
