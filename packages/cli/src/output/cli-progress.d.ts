/** The part of cli-progress 3 that is used here; the package brings no types. */
declare module 'cli-progress' {
  export interface BarState {
    /** From 0 to 1. */
    readonly progress: number
  }
  export interface BarOptions<Payload> {
    stream?: NodeJS.WritableStream
    hideCursor?: boolean
    clearOnComplete?: boolean
    gracefulExit?: boolean
    emptyOnZero?: boolean
    format?: (options: unknown, state: BarState, payload: Payload) => string
  }
  export class SingleBar {
    setTotal(total: number): void
    update(value: number, payload?: object): void
  }
  export class MultiBar {
    constructor(options: BarOptions<never>, preset?: object)
    create(total: number, start: number, payload?: object): SingleBar
    remove(bar: SingleBar): boolean
    log(text: string): void
    stop(): void
  }
  export const Presets: { readonly rect: object }
}
