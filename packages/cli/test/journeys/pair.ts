/** Two entities, ground (11) and craft (5), and perhaps a bad link between them. */
import { freeAddresses, type Running, type Scene } from './processes.ts'

export interface Pair {
  /** Options of the sending end but FILE and --to. */
  readonly ground: readonly string[]
  /** Options of the receiving end but --dir. */
  readonly craft: readonly string[]
  /** The emulated link, when there is one. */
  readonly link: Running | undefined
}

/** @param weather options of `link emulate`; undefined: the two speak directly */
export async function pairUp(scene: Scene, weather?: readonly string[]): Promise<Pair> {
  const [ground, craft, towardCraft, towardGround] = (await freeAddresses(4)) as [
    string,
    string,
    string,
    string,
  ]
  const end = (id: string, listen: string, peer: string): string[] => [
    ...['--local', id, '--listen', listen, '--peer', peer],
  ]
  if (weather === undefined) {
    return { ground: end('11', ground, craft), craft: end('5', craft, ground), link: undefined }
  }
  const link = scene.start([
    ...['link', 'emulate', '--control', '--a', ground, '--b', craft],
    ...['--listen-a', towardCraft, '--listen-b', towardGround, ...weather],
  ])
  await link.event('listening')
  return { ground: end('11', ground, towardCraft), craft: end('5', craft, towardGround), link }
}

/** Starts the receiving end and waits until it listens. */
export async function startReceiver(
  scene: Scene,
  pair: Pair,
  options: readonly string[] = [],
): Promise<Running> {
  const receiver = scene.start([
    'cfdp',
    'receive',
    '--dir',
    scene.path('received'),
    ...pair.craft,
    ...options,
  ])
  await receiver.event('listening')
  return receiver
}

/** Its first transaction is 11:1. */
export function startSender(
  scene: Scene,
  pair: Pair,
  file: string,
  options: readonly string[] = [],
): Running {
  return scene.start(['cfdp', 'send', file, '--to', '5', ...pair.ground, '--first-sequence', '1', ...options])
}
