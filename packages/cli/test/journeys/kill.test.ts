import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { pairUp } from './pair.ts'
import { type Running, Scene, sha256 } from './processes.ts'

let scene: Scene
beforeEach(() => {
  scene = new Scene()
})
afterEach(() => scene.end())

const KILLS = 50
const OCTETS = 24 * 1024 * 1024

/** A small, fixed source of chance: the same kills in every run, as far as the machine keeps time. */
function chance(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

describe('kill -9', () => {
  it(`of either process, ${KILLS} times in one transfer, loses nothing`, async () => {
    const pair = await pairUp(scene, ['--rate', '8Mbit/s', '--delay', '5ms', '--loss', '1%', '--seed', '50'])
    const file = scene.file('image.raw', OCTETS)
    const dir = scene.path('received')
    const commands = {
      ground: [
        ...['cfdp', 'send', file.path, '--to', '5', '--first-sequence', '1'],
        ...[...pair.ground, '--state', scene.path('ground')],
      ],
      craft: ['cfdp', 'receive', '--dir', dir, '--count', '1', ...pair.craft, '--state', scene.path('craft')],
    }
    const running: Record<keyof typeof commands, Running> = {
      ground: scene.start(commands.ground),
      craft: scene.start(commands.craft),
    }
    const random = chance(50)
    let kills = 0
    while (kills < KILLS) {
      const end = random(2) === 0 ? 'ground' : 'craft'
      // So many lines after its start: before it listens, in the middle of its data, as its journal is written …
      await running[end].saidLines(random(8))
      if (running[end].isOver) break
      await running[end].kill()
      kills += 1
      running[end] = scene.start(commands[end])
    }
    expect(kills, 'the transfer outlasts the kills').toBe(KILLS)
    const [sent, received] = await Promise.all([running.ground.result(), running.craft.result()])
    expect(sent).toMatchObject({ state: 'completed', transaction: '11:1', sha256: file.sha256 })
    expect(received).toMatchObject({ state: 'completed', transaction: '11:1', sha256: file.sha256 })
    expect(sha256(received.path!)).toBe(file.sha256)
    expect(await running.ground.exit).toBe(0)
    expect(await running.craft.exit).toBe(0)
  }, 240_000)
})
