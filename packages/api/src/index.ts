/** What a station says to its clients, and what it takes from them. */

export * from './buckets.ts'
export * from './errors.ts'
export * from './events.ts'
export * from './links.ts'
/** Where everything is. */
export * from './routes.ts'
export * from './services.ts'
/** The WebSocket. */
export * from './stream.ts'
/** Transfers. */
export * from './transfers.ts'
/** Reading what a client sent. */
export { type Check, isProblem, type Problem, problem, Reader, readObject } from './validate.ts'
