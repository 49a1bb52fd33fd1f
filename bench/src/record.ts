/** `--record`: keeps a bench's figures in bench/baseline.json, with the machine they were measured on. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type Figure, toJson } from './figures.ts'

/** Replaces what the file held of this bench. */
export function record(bench: string, machine: string, figures: readonly Figure[]): void {
  const path = new URL('../baseline.json', import.meta.url)
  const kept: Record<string, unknown> = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
  kept[bench] = {
    machine,
    measured: new Date().toISOString().slice(0, 10),
    figures: figures.map(figure => JSON.parse(toJson(figure))),
  }
  writeFileSync(path, `${JSON.stringify(kept, null, 2)}\n`)
}
