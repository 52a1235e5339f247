// Apart from vite.config.ts, so that the tests of the pages' own code need no module to be built.

import { defineConfig } from 'vitest/config'

export default defineConfig({ test: { include: ['test/**/*.test.ts'] } })
