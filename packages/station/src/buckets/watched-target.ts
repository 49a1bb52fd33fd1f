import { type FilestoreRejection, isRejection, type TargetFile } from '@skyferry/cfdp'

/** A target whose refusals somebody hears of. */
export class WatchedTarget implements TargetFile {
  readonly #target: TargetFile
  readonly #heard: (rejection: FilestoreRejection) => void

  constructor(target: TargetFile, heard: (rejection: FilestoreRejection) => void) {
    this.#target = target
    this.#heard = heard
  }

  write(offset: number, data: Uint8Array): FilestoreRejection | undefined {
    const rejection = this.#target.write(offset, data)
    if (rejection !== undefined) this.#heard(rejection)
    return rejection
  }

  read(offset: number, target: Uint8Array, at: number, length: number): FilestoreRejection | undefined {
    const rejection = this.#target.read(offset, target, at, length)
    if (rejection !== undefined) this.#heard(rejection)
    return rejection
  }

  place(name: string, size: number): ReturnType<TargetFile['place']> {
    const placed = this.#target.place(name, size)
    if (isRejection(placed)) this.#heard(placed)
    return placed
  }

  discard(): void {
    this.#target.discard()
  }

  close(): void {
    this.#target.close()
  }
}
