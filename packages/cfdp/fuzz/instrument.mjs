/** A module hook: built modules whose address matches a pattern are loaded with counters in them. */
import { createInstrumenter } from 'istanbul-lib-instrument'

let wanted = /^\b$/

/** @param {{ pattern: string }} data */
export function initialize({ pattern }) {
  wanted = new RegExp(pattern)
}

export async function load(url, context, next) {
  const loaded = await next(url, context)
  if (!wanted.test(url)) return loaded
  const instrumenter = createInstrumenter({ esModules: true, compact: true, produceSourceMap: false })
  const source = instrumenter.instrumentSync(
    Buffer.from(loaded.source).toString('utf8'),
    new URL(url).pathname,
  )
  return { ...loaded, source }
}
