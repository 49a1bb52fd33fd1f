/** Quantities and names as people write them: what an operator types, and what a file says. */

/** Reading: each throws a `UnitError` that quotes the text and says how it is written. */
export {
  type HostPort,
  octetsNeeded,
  parseCount,
  parseDuration,
  parseHostPort,
  parseLimit,
  parsePeer,
  parseProbability,
  parseRate,
  parseSize,
  parseUnsigned,
  UnitError,
} from './quantities.ts'
/** The nearest known word. */
export { nearest, suggestion } from './spelling.ts'
/** Writing, so that it reads the same again. */
export { writeDuration, writeHostPort, writeRate, writeSize } from './writing.ts'
