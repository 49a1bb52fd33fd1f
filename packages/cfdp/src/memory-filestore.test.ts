import { describe, expect, it } from 'vitest'
import { isRejection, type SourceFile } from './filestore.ts'
import { MemoryFilestore } from './memory-filestore.ts'

const octets = (...values: number[]): Uint8Array => Uint8Array.from(values)

describe('a filestore in memory', () => {
  it('refuses to open a file that is not there', () => {
    expect(new MemoryFilestore().openSource('nothing')).toMatchObject({ code: 'does-not-exist' })
  })

  it('reads a file by parts', () => {
    const store = new MemoryFilestore()
    store.files.set('a', octets(1, 2, 3, 4))
    const source = store.openSource('a')
    expect(isRejection(source)).toBe(false)
    const read = octets(0, 0, 0, 0)
    expect((source as SourceFile).read(1, read, 2, 2)).toBeUndefined()
    expect(read).toEqual(octets(0, 0, 2, 3))
  })

  it('gathers a file under its key and gives it its place, of the size asked for', () => {
    const store = new MemoryFilestore()
    const target = store.openTarget('1-7')
    target.write(4, octets(5, 6, 7))
    target.write(0, octets(1))
    const read = new Uint8Array(6)
    target.read(0, read, 0, 6)
    expect(read).toEqual(octets(1, 0, 0, 0, 5, 6))
    expect(store.files.size).toBe(0)
    expect(target.place('b', 6)).toEqual({ kind: 'placed', name: 'b' })
    expect(store.files.get('b')).toEqual(octets(1, 0, 0, 0, 5, 6))
    expect(store.incoming.size).toBe(0)
  })

  it('goes on with a target that was closed, and not with one that was discarded', () => {
    const store = new MemoryFilestore()
    store.openTarget('1-7').write(0, octets(1))
    store.openTarget('1-7').close()
    const read = octets(9)
    store.openTarget('1-7').read(0, read, 0, 1)
    expect(read).toEqual(octets(1))
    store.openTarget('1-7').discard()
    store.openTarget('1-7').read(0, read, 0, 1)
    expect(read).toEqual(octets(0))
  })

  it('gives the same answer when a placed target is placed again after a restart', () => {
    const store = new MemoryFilestore()
    const target = store.openTarget('1-7')
    target.write(0, octets(1, 2))
    target.place('b', 2)
    expect(store.openTarget('1-7').place('b', 2)).toEqual({ kind: 'placed', name: 'b' })
    expect(store.files.get('b')).toEqual(octets(1, 2))
    expect(store.incoming.size).toBe(0)
  })

  it('outgrows neither its buffer nor the memory', () => {
    const target = new MemoryFilestore().openTarget('1-7')
    target.write(0, octets(1))
    target.write(100_000, octets(2))
    const read = octets(0, 0)
    target.read(99_999, read, 0, 2)
    expect(read).toEqual(octets(0, 2))
    expect(target.write(0x7fff_0000, octets(3))).toMatchObject({ code: 'no-space' })
  })
})
