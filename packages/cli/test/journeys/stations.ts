/** Two stations as processes, joined by a bad link, for journeys through them. */
import type { Transfer, TransferPage } from '@skyferry/api'
import type { Pair } from './pair.ts'
import type { Running, Scene } from './processes.ts'

/** One station, which may be killed and started again. */
export class StationProcess {
  readonly #scene: Scene
  readonly #args: readonly string[]
  running: Running

  constructor(scene: Scene, args: readonly string[]) {
    this.#scene = scene
    this.#args = ['serve', ...args, '--http', '127.0.0.1:0']
    this.running = scene.start(this.#args)
  }

  async url(): Promise<string> {
    return String((await this.running.event('listening')).url)
  }

  async killAndRestart(): Promise<void> {
    await this.running.kill()
    this.running = this.#scene.start(this.#args)
  }

  /** @returns the status of the process that was asked to stop */
  async stopAndRestart(): Promise<unknown> {
    await this.running.event('listening')
    this.running.signal('SIGTERM')
    const status = await this.running.exit
    this.running = this.#scene.start(this.#args)
    return status
  }

  /** Resolves when this process, or the one that took its place, has said that a transfer ended well. */
  async completed(): Promise<void> {
    await this.running.event('transfer-completed')
  }

  async ask<Answer>(route: string): Promise<Answer> {
    const answer = await fetch(new URL(route, await this.url()))
    return (await answer.json()) as Answer
  }

  async transfers(): Promise<readonly Transfer[]> {
    return (await this.ask<TransferPage>('/v1/transfers')).transfers
  }

  async object(bucket: string, name: string): Promise<Uint8Array> {
    const answer = await fetch(new URL(`/v1/buckets/${bucket}/objects/${name}`, await this.url()))
    return new Uint8Array(await answer.arrayBuffer())
  }
}

/** Ground and craft over the link of a pair. */
export function stationsOver(
  scene: Scene,
  pair: Pair,
): { readonly ground: StationProcess; readonly craft: StationProcess } {
  // Entity ids are the station's own affair.
  const [ground, craft] = [pair.ground.slice(2), pair.craft.slice(2)]
  return {
    ground: new StationProcess(scene, ['--data-dir', scene.path('ground'), ...ground]),
    craft: new StationProcess(scene, ['--as', 'craft', '--data-dir', scene.path('craft'), ...craft]),
  }
}
