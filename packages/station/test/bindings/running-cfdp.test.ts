/** Two hosts on a cable: files cross, and what a host leaves behind is what its next life goes on from. */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import {
  type EntityId,
  type Indication,
  isRejection,
  LOCAL_DEFAULTS,
  REMOTE_DEFAULTS,
  type RemoteSettings,
} from '@skyferry/cfdp'
import type { Link, LinkEvents } from '@skyferry/engine'
import { memoryLinkPair } from '@skyferry/link'
import { describe, expect, it } from 'vitest'
import { type CfdpHostOptions, type RunningCfdp, runCfdp } from '../../src/bindings/running-cfdp.ts'
import { temporaryDirectory } from '../buckets/disks.ts'

const EARTH = 11n as EntityId
const CRAFT = 5n as EntityId

type Finished = Extract<Indication, { kind: 'transaction-finished' }>

interface Side {
  readonly host: RunningCfdp<string>
  readonly notices: string[]
  readonly finished: Promise<Finished>
}

async function side(
  link: Link<string>,
  local: EntityId,
  remote: EntityId,
  more: Partial<CfdpHostOptions<string>>,
): Promise<Side> {
  let finish: (what: Finished) => void = () => {}
  const finished = new Promise<Finished>(resolve => {
    finish = resolve
  })
  const notices: string[] = []
  const settings: RemoteSettings<string> = { ...REMOTE_DEFAULTS.patient, id: remote, address: undefined }
  const host = await runCfdp(link, {
    local: { ...LOCAL_DEFAULTS, ids: [local] },
    remotes: [settings],
    indicate: what => {
      if (what.kind === 'transaction-finished') finish(what)
    },
    notice: what => notices.push(what.code),
    ...more,
  })
  return { host, notices, finished }
}

/** A link that goes dark, both ways, once it has brought so many datagrams. */
function darkAfter(datagrams: number, link: Link<string>): { link: Link<string>; dark: Promise<void> } {
  let left = datagrams
  let goDark: () => void = () => {}
  const dark = new Promise<void>(resolve => {
    goDark = resolve
  })
  const open = (events: LinkEvents<string>): void =>
    link.open({
      datagram: (bytes, from) => {
        left -= 1
        if (left === 0) goDark()
        if (left > 0) events.datagram(bytes, from)
      },
      turn: () => events.turn(),
    })
  const send: Link<string>['send'] = slot => (left > 0 ? link.send(slot) : link.release(slot))
  return {
    link: {
      open,
      send,
      lease: () => link.lease(),
      release: slot => link.release(slot),
      close: () => link.close(),
    },
    dark,
  }
}

const cable = (): [Link<string>, Link<string>] =>
  memoryLinkPair({ defer: run => setImmediate(run), mtuOctets: 1024 })

const sha256 = (file: string): string => createHash('sha256').update(fs.readFileSync(file)).digest('hex')

function fileOf(octets: number): string {
  const file = path.join(temporaryDirectory(), 'image.fits')
  const content = Buffer.alloc(octets)
  for (let offset = 0; offset + 4 <= octets; offset += 4)
    content.writeUInt32LE((offset * 2654435761) >>> 0, offset)
  fs.writeFileSync(file, content)
  return file
}

describe('two hosts on a cable', () => {
  it('bring a file to its place, and leave nothing else behind', async () => {
    const [left, right] = cable()
    const directory = temporaryDirectory()
    const states = [temporaryDirectory(), temporaryDirectory()] as const
    const file = fileOf(300_001)
    const earth = await side(left, EARTH, CRAFT, { stateDir: states[0] })
    const craft = await side(right, CRAFT, EARTH, { stateDir: states[1], directory })
    expect(earth.host.stampOf(file)).toMatch(/300001/)
    expect(earth.host.stampOf(`${file}.not`)).toBeUndefined()
    const reply = earth.host.request({ kind: 'put', destination: CRAFT, sourceName: file })
    expect(reply).toMatchObject({ kind: 'accepted' })
    expect((await craft.finished).name).toBe('image.fits')
    expect(await earth.finished).toMatchObject({ delivery: 0, condition: 0 })
    await earth.host.stop()
    await craft.host.stop()
    expect(sha256(path.join(directory, 'image.fits'))).toBe(sha256(file))
    expect(
      fs
        .readdirSync(path.join(directory, '.skyferry/incoming'))
        .flatMap(owner => fs.readdirSync(path.join(directory, '.skyferry/incoming', owner))),
    ).toEqual([])
    expect([...earth.notices, ...craft.notices]).toEqual([])
  })

  it.each([
    ['as it was', false],
    ['with what it had received gone', true],
  ])('go on after both were stopped in the middle, %s', async (_title, isLost) => {
    const directory = temporaryDirectory()
    const states = [temporaryDirectory(), temporaryDirectory()] as const
    const file = fileOf(6_000_000)
    const [left, right] = cable()
    const broken = darkAfter(5_500, right)
    const earth = await side(left, EARTH, CRAFT, { stateDir: states[0] })
    const craft = await side(broken.link, CRAFT, EARTH, { stateDir: states[1], directory })
    earth.host.request({ kind: 'put', destination: CRAFT, sourceName: file, destinationName: 'in/a.fits' })
    await broken.dark
    await earth.host.stop()
    await craft.host.stop()
    expect(fs.existsSync(path.join(directory, 'in'))).toBe(false)
    if (isLost) fs.rmSync(path.join(directory, '.skyferry'), { recursive: true })

    const [again, there] = cable()
    const later = await side(again, EARTH, CRAFT, { stateDir: states[0] })
    const onboard = await side(there, CRAFT, EARTH, { stateDir: states[1], directory })
    expect(later.host.restored.length).toBeGreaterThan(0)
    expect(onboard.notices).toEqual(isLost ? ['received-octets-lost'] : [])
    const { name, report } = await onboard.finished
    expect(name).toBe('in/a.fits')
    // At most what came after the last checkpoint, and the rest, is sent again.
    if (isLost) expect(report.pdus.received).toBeGreaterThan(5_500)
    else expect(report.pdus.received).toBeLessThan(3_000)
    expect(await later.finished).toMatchObject({ delivery: 0, condition: 0 })
    await later.host.stop()
    await onboard.host.stop()
    expect(sha256(path.join(directory, 'in/a.fits'))).toBe(sha256(file))
  })

  it('keep no transaction without a journal, but say where an unfinished file is', async () => {
    const directory = temporaryDirectory()
    const [left, right] = cable()
    const broken = darkAfter(500, right)
    const earth = await side(left, EARTH, CRAFT, {})
    const craft = await side(broken.link, CRAFT, EARTH, { directory })
    earth.host.request({ kind: 'put', destination: CRAFT, sourceName: fileOf(2_000_000) })
    await broken.dark
    await earth.host.stop()
    await craft.host.stop()
    expect(craft.notices).toEqual(['incomplete-kept'])
    expect(fs.readdirSync(path.join(directory, '.skyferry/incoming'))).toEqual([])
    expect(fs.readdirSync(path.join(directory, '.skyferry/incomplete'))).toEqual(['11-1.part'])
  })

  it('receive nothing where there is no directory to receive to', async () => {
    const [left, right] = cable()
    const earth = await side(left, EARTH, CRAFT, {})
    const craft = await side(right, CRAFT, EARTH, {})
    earth.host.request({ kind: 'put', destination: CRAFT, sourceName: fileOf(10) })
    for (let turns = 0; craft.host.entity.dropped.size === 0 && turns < 10_000; turns++) {
      await new Promise(resolve => setImmediate(resolve))
    }
    expect(craft.host.entity.dropped.get('too-many-receptions')).toBeGreaterThan(0)
    expect([...craft.host.entity.reports()]).toEqual([])
    await earth.host.stop()
    await craft.host.stop()
  })

  it('do not share a journal', async () => {
    const stateDir = temporaryDirectory()
    const [left, right] = cable()
    const earth = await side(left, EARTH, CRAFT, { stateDir })
    await expect(side(right, CRAFT, EARTH, { stateDir })).rejects.toMatchObject({ code: 'in-use' })
    await earth.host.stop()
  })

  it('keep what the journal says of remote entities they are not told of this time', async () => {
    const stateDir = temporaryDirectory()
    const file = fileOf(1000)
    const first = await side(cable()[0], EARTH, CRAFT, { stateDir })
    const reply = first.host.request({ kind: 'put', destination: CRAFT, sourceName: file })
    await first.host.stop()
    const other = await side(cable()[0], EARTH, 77n as EntityId, { stateDir })
    expect([...other.host.entity.reports()]).toEqual([])
    expect(other.host.request({ kind: 'put', destination: 77n as EntityId })).toMatchObject({
      transaction: { sequence: 2n },
    })
    await other.host.stop()
    const third = await side(cable()[0], EARTH, CRAFT, { stateDir })
    const known = [...third.host.entity.reports()].map(report => report.transaction.sequence)
    expect(known).toEqual([
      !isRejection(reply) && reply.kind === 'accepted' ? reply.transaction.sequence : undefined,
    ])
    await third.host.stop()
  })
})
