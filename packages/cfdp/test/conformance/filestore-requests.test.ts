import { describe, expect, it } from 'vitest'
import { standard } from '../../../../conformance/cfdp-standard.ts'
import {
  FilestoreAction,
  type FilestoreRequest,
  type FilestoreResponse,
  NOTHING_ALLOWED,
} from '../../src/index.ts'
import { content, TwoEntities } from '../engine/two-entities.ts'

const A = FilestoreAction
const ALLOWED = { remote: { allow: { ...NOTHING_ALLOWED, filestore: true } } }
const FILE = content(3000)

function one(action: FilestoreAction, firstName: string, secondName?: string): FilestoreRequest {
  return secondName === undefined ? { action, firstName } : { action, firstName, secondName }
}

function worldWith(files: Record<string, string> = {}, options: object = ALLOWED): TwoEntities {
  const world = new TwoEntities(options)
  for (const [name, text] of Object.entries(files))
    world.b.filestore.files.set(name, new TextEncoder().encode(text))
  return world
}

function text(world: TwoEntities, name: string): string | undefined {
  const octets = world.b.filestore.files.get(name)
  return octets === undefined ? undefined : new TextDecoder().decode(octets)
}

function statuses(responses: readonly FilestoreResponse[] | undefined): number[] | undefined {
  return responses?.map(({ status }) => status)
}

/** Sends a file with these requests. @returns what both ends were told of them */
function carry(
  world: TwoEntities,
  requests: readonly FilestoreRequest[],
  more: object = {},
): (number[] | undefined)[] {
  world.put(FILE, { filestoreRequests: requests, ...more })
  expect(world.runToEnd()).toBe(true)
  expect(world.a.finished()).toHaveLength(1)
  expect(world.b.finished()).toHaveLength(1)
  return [world.a, world.b].map(end => statuses(end.finished()[0]?.responses))
}

describe(standard('filestore-requests'), () => {
  it('in class 2, on the file that has just come, and both ends are told', () => {
    const world = worldWith()
    expect(carry(world, [one(A.RenameFile, 'file.bin', 'renamed.bin')])).toEqual([[0], [0]])
    expect(world.b.filestore.files.get('renamed.bin')).toEqual(FILE)
    expect(world.delivered).toBeUndefined()
  })

  it('in class 1 with closure', () => {
    const world = worldWith({ old: 'x' })
    const more = { mode: 'unacknowledged', closureRequested: true }
    expect(carry(world, [one(A.DeleteFile, 'old')], more)).toEqual([[0], [0]])
  })

  it('in class 1 without closure, where the sender hears of none', () => {
    const world = worldWith({ old: 'x' })
    expect(carry(world, [one(A.DeleteFile, 'old')], { mode: 'unacknowledged' })).toEqual([[], [0]])
    expect(text(world, 'old')).toBeUndefined()
  })

  it('without a file', () => {
    const world = worldWith({ old: 'x' })
    const requests = [one(A.CreateDirectory, 'd'), one(A.CreateFile, 'd/new'), one(A.DenyFile, 'old')]
    const reply = world.a.entity.request(
      { kind: 'put', destination: 2n as never, filestoreRequests: requests },
      world.now,
    )
    expect(reply.kind).toBe('accepted')
    expect(world.runToEnd()).toBe(true)
    expect(statuses(world.a.finished()[0]?.responses)).toEqual([0, 0, 0])
    expect(text(world, 'd/new')).toBe('')
    expect(text(world, 'old')).toBeUndefined()
  })

  it('says so while it is at it, stands still when suspended, and goes on when resumed', () => {
    const world = worldWith({ old: 'x' })
    world.b.holdsBack = 'performing'
    world.put(FILE, { filestoreRequests: [one(A.CreateFile, 'new'), one(A.DeleteFile, 'old')] })
    world.run(1000)
    expect(world.report('b')?.waitingFor).toContain('carries out filestore request 1')
    expect(world.ask('b', 'suspend')).toBe('accepted')
    world.b.holdsBack = undefined
    world.run(1000)
    expect(text(world, 'new')).toBeUndefined()
    expect(world.ask('b', 'resume')).toBe('accepted')
    expect(world.runToEnd()).toBe(true)
    expect(statuses(world.a.finished()[0]?.responses)).toEqual([0, 0])
  })

  it('never after a cancelled transfer', () => {
    const world = worldWith({ old: 'x' })
    world.weather = flight => (flight.pdu.kind === 'eof' && flight.pdu.condition === 0 ? 'drop' : 'pass')
    world.put(FILE, { filestoreRequests: [one(A.DeleteFile, 'old')] })
    world.run(100)
    world.ask('a', 'cancel')
    expect(world.runToEnd()).toBe(true)
    expect(text(world, 'old')).toBe('x')
    expect(statuses(world.b.finished()[0]?.responses)).toEqual([15])
  })
})

describe(standard('filestore-actions'), () => {
  it.each<[string, FilestoreRequest, number]>([
    ['create', one(A.CreateFile, 'new'), 0],
    ['create what is there', one(A.CreateFile, 'one'), 1],
    ['delete', one(A.DeleteFile, 'one'), 0],
    ['delete what is not there', one(A.DeleteFile, 'none'), 1],
    ['delete a directory as a file', one(A.DeleteFile, 'dir'), 2],
    ['rename', one(A.RenameFile, 'one', 'new'), 0],
    ['rename what is not there', one(A.RenameFile, 'none', 'new'), 1],
    ['rename over another', one(A.RenameFile, 'one', 'two'), 2],
    ['append', one(A.AppendFile, 'one', 'two'), 0],
    ['append to nothing', one(A.AppendFile, 'none', 'two'), 1],
    ['append nothing', one(A.AppendFile, 'one', 'none'), 2],
    ['replace', one(A.ReplaceFile, 'one', 'two'), 0],
    ['replace nothing', one(A.ReplaceFile, 'none', 'two'), 1],
    ['replace by nothing', one(A.ReplaceFile, 'one', 'none'), 2],
    ['make a directory', one(A.CreateDirectory, 'new'), 0],
    ['make a directory that is there', one(A.CreateDirectory, 'dir'), 1],
    ['remove an empty directory', one(A.RemoveDirectory, 'empty'), 0],
    ['remove one that is not there', one(A.RemoveDirectory, 'none'), 1],
    ['remove one that is not empty', one(A.RemoveDirectory, 'dir'), 2],
    ['deny a file', one(A.DenyFile, 'one'), 0],
    ['deny one that is not there', one(A.DenyFile, 'none'), 0],
    ['deny a directory as a file', one(A.DenyFile, 'dir'), 2],
    ['deny a directory', one(A.DenyDirectory, 'empty'), 0],
    ['deny one that is not there', one(A.DenyDirectory, 'none'), 0],
    ['deny one that is not empty', one(A.DenyDirectory, 'dir'), 2],
  ])('%s', (_name, request, status) => {
    const world = worldWith({ one: 'one', two: 'two', 'dir/inner': 'x' })
    world.b.filestore.directories.add('empty')
    expect(carry(world, [request])).toEqual([[status], [status]])
    if (request.action === A.AppendFile && status === 0) expect(text(world, 'one')).toBe('onetwo')
    if (request.action === A.ReplaceFile && status === 0) expect(text(world, 'one')).toBe('two')
    if (status === 0 && request.secondName === 'two') expect(text(world, 'two')).toBe('two')
  })
})

describe(standard('filestore-first-failure'), () => {
  it('and is no fault', () => {
    const world = worldWith({ one: '1' })
    const requests = [one(A.CreateFile, 'new'), one(A.DeleteFile, 'none'), one(A.DeleteFile, 'one')]
    expect(carry(world, requests)).toEqual([
      [0, 1, 15],
      [0, 1, 15],
    ])
    expect(text(world, 'one')).toBe('1')
    expect(world.a.finished()[0]).toMatchObject({ condition: 0, delivery: 0, fileStatus: 2 })
    expect(world.b.faults()).toEqual([])
  })
})

it(`${standard('filestore-unperformed')}, as long as it is not allowed`, () => {
  const world = worldWith({ one: '1' }, {})
  expect(carry(world, [one(A.DeleteFile, 'one'), one(A.CreateFile, 'x')])).toEqual([
    [15, 15],
    [15, 15],
  ])
  expect(text(world, 'one')).toBe('1')
})

describe(standard('filestore-once'), () => {
  // Each would fail, or do twice, if it were carried out again as if nothing had been.
  const REQUESTS = [
    one(A.AppendFile, 'log', 'file.bin'),
    one(A.RenameFile, 'file.bin', 'kept.bin'),
    one(A.CreateFile, 'new'),
    one(A.DeleteFile, 'old'),
    one(A.CreateDirectory, 'dir'),
    one(A.RemoveDirectory, 'empty'),
    one(A.AppendFile, 'log', 'two'),
    one(A.ReplaceFile, 'two', 'kept.bin'),
  ]

  it('the receiver may die after any of its records, with what it did since done or not', () => {
    const whole = begin()
    expect(whole.runToEnd()).toBe(true)
    const records = whole.b.journal.length
    expect(whole.b.recorded().filter(kind => kind === 'performed')).toHaveLength(REQUESTS.length)
    for (let kept = 1; kept <= records; kept++) {
      const world = begin()
      world.b.storesUpTo = kept
      // Whatever rests on later records waits; what a record announced has been done if that record is safe.
      world.run(2000)
      world.restart('b')
      expect(world.runToEnd(), `after ${kept} records`).toBe(true)
      expectDone(world, `after ${kept} records`)
    }
  })

  it('Finished, asked for again after a restart, says the same', () => {
    const world = begin()
    world.weather = flight => (flight.pdu.kind === 'finished' ? 'drop' : 'pass')
    expect(world.runUntil(() => world.b.count('finished') > 0)).toBe(true)
    world.restart('b')
    world.weather = () => 'pass'
    expect(world.runToEnd()).toBe(true)
    expectDone(world, 'again')
  })

  it('a sender that dies after the end still knows the responses', () => {
    const world = begin()
    expect(world.runToEnd()).toBe(true)
    world.restart('a')
    expect(statuses(world.report('a')?.ending?.responses)).toEqual(REQUESTS.map(() => 0))
  })

  function begin(): TwoEntities {
    const world = worldWith({ log: 'log', old: 'x', two: '2' })
    world.b.filestore.directories.add('empty')
    world.put(FILE, { filestoreRequests: REQUESTS })
    return world
  }

  function expectDone(world: TwoEntities, when: string): void {
    const { files, directories } = world.b.filestore
    expect(files.get('log')?.length, when).toBe(3 + FILE.length + 1)
    expect(files.get('kept.bin'), when).toEqual(FILE)
    expect(files.get('two'), when).toEqual(FILE)
    expect([...files.keys()].sort(), when).toEqual(['kept.bin', 'log', 'new', 'two'])
    expect([...directories], when).toEqual(['dir'])
    expect(statuses(world.a.finished().at(-1)?.responses), when).toEqual(REQUESTS.map(() => 0))
  }
})
