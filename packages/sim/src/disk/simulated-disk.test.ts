import { Random } from '@skyferry/engine'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SimulatedDisk } from './simulated-disk.ts'

const octets = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value)

/** What a story leaves on the disk, over many power losses after it: each different outcome once. */
function outcomes<Outcome>(
  story: (disk: SimulatedDisk) => void,
  look: (disk: SimulatedDisk) => Outcome,
  seeds = 300,
): Set<Outcome> {
  const seen = new Set<Outcome>()
  for (let seed = 0; seed < seeds; seed++) {
    const disk = new SimulatedDisk()
    story(disk)
    disk.crash(new Random(seed))
    seen.add(look(disk))
  }
  return seen
}

const durableFile = (disk: SimulatedDisk, path: string, content: Uint8Array): void => {
  disk.write(path, 0, content)
  disk.sync(path)
  disk.syncDirectory('')
}

describe('a simulated disk, while it has power', () => {
  it('agrees with plain arrays, whatever is written, cut, renamed, removed and synced', () => {
    fc.assert(
      fc.property(fc.nat(), seed => {
        const random = new Random(seed)
        const disk = new SimulatedDisk()
        const model = new Map<string, number[]>()
        for (let round = 0; round < 60; round++) {
          const path = random.pick(['a', 'b', 'c/d'])
          const other = random.pick(['a', 'b', 'c/d'])
          const file = model.get(path)
          const amount = random.whole(0, 1500)
          switch (random.whole(0, 7)) {
            case 0:
            case 1: {
              disk.write(path, amount, octets(round, round))
              const grown = file ?? []
              if (round > 0) while (grown.length < amount) grown.push(0)
              for (let index = 0; index < round; index++) grown[amount + index] = round
              model.set(path, grown)
              break
            }
            case 2:
              expect(disk.rename(path, other)).toBe(file !== undefined)
              if (file === undefined) break
              model.delete(path)
              model.set(other, file)
              break
            case 3:
              expect(disk.remove(path)).toBe(model.delete(path))
              break
            case 4:
              disk.create(path)
              model.set(path, [])
              break
            case 5: {
              disk.open(path)?.resize(amount)
              if (file === undefined) break
              while (file.length < amount) file.push(0)
              file.length = amount
              break
            }
            default:
              expect(disk.sync(path)).toBe(file !== undefined)
              disk.syncDirectory(random.pick(['', 'c']))
          }
          expect(disk.list()).toEqual([...model.keys()].sort())
          for (const [name, content] of model) {
            expect(disk.size(name)).toBe(content.length)
            expect(disk.read(name)!.every((octet, index) => octet === content[index])).toBe(true)
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  it('reads what there is, up to the end of the file', () => {
    const file = new SimulatedDisk().create('a')
    file.write(0, octets(10, 7))
    const target = new Uint8Array(8)
    expect(file.read(6, target, 2, 6)).toBe(4)
    expect([...target]).toEqual([0, 0, 7, 7, 7, 7, 0, 0])
    expect(file.read(11, target, 0, 1)).toBe(0)
  })

  it('follows an open file through a rename, and keeps it apart from a new one of its name', () => {
    const disk = new SimulatedDisk()
    const file = disk.create('a')
    disk.rename('a', 'b')
    disk.create('a')
    file.write(0, octets(3, 1))
    expect([disk.size('a'), disk.size('b')]).toEqual([0, 3])
  })
})

describe('a simulated disk that loses power', () => {
  it('keeps what was synced, octets and name', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(3000), (seed, size) => {
        const disk = new SimulatedDisk()
        durableFile(disk, 'a', octets(size, 5))
        disk.crash(new Random(seed))
        expect(disk.size('a')).toBe(size)
        expect(disk.read('a')!.every(octet => octet === 5)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  it('keeps each unsynced block of 512 octets whole or not at all, in every combination', () => {
    const seen = outcomes(
      disk => {
        durableFile(disk, 'a', octets(1536, 1))
        disk.write('a', 0, octets(1536, 2))
      },
      disk => {
        const content = disk.read('a')!
        const blocks = [0, 512, 1024].map(at => content[at])
        expect(content.every((octet, index) => octet === blocks[index >> 9])).toBe(true)
        return blocks.join('')
      },
    )
    expect([...seen].sort()).toEqual(['111', '112', '121', '122', '211', '212', '221', '222'])
  })

  it('may keep a longer size without the octets, which are then zeros', () => {
    const seen = outcomes(
      disk => {
        durableFile(disk, 'a', octets(512, 1))
        disk.write('a', 512, octets(1000, 2))
      },
      disk => {
        const content = disk.read('a')!
        expect(content.subarray(0, 512).every(octet => octet === 1)).toBe(true)
        return `${content.length}: ${content[512]} ${content[1024]}`
      },
    )
    for (const outcome of [
      '512: undefined undefined',
      '1512: 2 2',
      '1512: 0 2',
      '1512: 2 0',
      '1024: 2 undefined',
    ]) {
      expect(seen).toContain(outcome)
    }
  })

  it('gives a block that held the old end of the file back as it was', () => {
    const seen = outcomes(
      disk => {
        durableFile(disk, 'a', octets(100, 1))
        disk.write('a', 50, octets(300, 2))
      },
      disk => {
        const content = disk.read('a')!
        return `${content.length}: ${content[50]} ${content[200]}`
      },
    )
    expect([...seen].sort()).toEqual(expect.arrayContaining(['100: 1 undefined', '350: 2 2']))
    for (const outcome of seen) expect(outcome).not.toMatch(/1 2$|2 0$/)
  })

  it('may undo a cut', () => {
    const seen = outcomes(
      disk => {
        durableFile(disk, 'a', octets(600, 1))
        disk.open('a')!.resize(100)
      },
      disk => disk.size('a'),
    )
    expect(seen).toContain(100)
    expect(seen).toContain(600)
  })

  it('may forget a file whose name was not synced, even if its octets were', () => {
    const seen = outcomes(
      disk => {
        disk.write('dir/a', 0, octets(10, 1))
        disk.sync('dir/a')
      },
      disk => disk.size('dir/a'),
    )
    expect(seen).toEqual(new Set([10, undefined]))
  })

  it('does a rename wholly or not at all, over an existing file too, until its directory is synced', () => {
    const story = (disk: SimulatedDisk): void => {
      durableFile(disk, 'new', octets(2, 2))
      durableFile(disk, 'old', octets(1, 1))
      disk.rename('new', 'old')
    }
    const look = (disk: SimulatedDisk): string => `${disk.size('new')} ${disk.size('old')}`
    expect(outcomes(story, look)).toEqual(new Set(['2 1', 'undefined 2']))
    const synced = (disk: SimulatedDisk): void => {
      story(disk)
      disk.syncDirectory('')
    }
    expect(outcomes(synced, look)).toEqual(new Set(['undefined 2']))
  })

  it('may tear a file that was renamed before its octets were synced', () => {
    const seen = outcomes(
      disk => {
        disk.write('tmp', 0, octets(2000, 1))
        disk.rename('tmp', 'whole')
        disk.syncDirectory('')
      },
      disk => disk.read('whole')!.every(octet => octet === 1) && disk.size('whole') === 2000,
    )
    expect(seen).toEqual(new Set([true, false]))
  })

  it('keeps no change of names without the earlier ones that it builds on', () => {
    const seen = outcomes(
      disk => {
        disk.write('a', 0, octets(1, 1))
        disk.write('x', 0, octets(2, 1))
        disk.rename('a', 'b')
        disk.rename('b', 'c')
        disk.remove('x')
      },
      disk => disk.list().join(' '),
      1500,
    )
    // Any mixture of the two independent stories, but never two names for one file.
    for (const outcome of seen) expect(outcome).toMatch(/^[abc]?( ?x)?$/)
    for (const outcome of ['', 'a', 'b', 'c', 'x', 'a x', 'b x', 'c x']) expect(seen).toContain(outcome)
  })

  it('is durable afterwards: a second power loss changes nothing', () => {
    fc.assert(
      fc.property(fc.nat(), seed => {
        const disk = new SimulatedDisk()
        for (const path of ['a', 'b', 'c']) disk.write(path, 0, octets(3000, 1))
        disk.sync('b')
        disk.rename('c', 'd')
        const random = new Random(seed)
        disk.crash(random)
        const before = disk.list().map(path => [path, disk.read(path)])
        disk.crash(random)
        expect(disk.list().map(path => [path, disk.read(path)])).toEqual(before)
      }),
      { numRuns: 20 },
    )
  })

  it('makes files that were open useless', () => {
    const disk = new SimulatedDisk()
    const file = disk.create('a')
    disk.crash(new Random(1))
    expect(() => file.write(0, octets(1, 1))).toThrow('opened before the crash')
  })
})
