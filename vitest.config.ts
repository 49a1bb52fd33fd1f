import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const room = (name: string): string =>
  fileURLToPath(new URL(`./packages/${name}/src/index.ts`, import.meta.url))
const rooms = readdirSync(fileURLToPath(new URL('./packages', import.meta.url)))

export default defineConfig({
  resolve: { alias: Object.fromEntries(rooms.map(name => [`@skyferry/${name}`, room(name)])) },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'bench/src/**/*.test.ts',
      'conformance/**/*.test.ts',
    ],
    testTimeout: 60_000,
  },
})
