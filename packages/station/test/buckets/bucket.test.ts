/** What is written to a bucket by its users: durable under its name, and never outside. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { Bucket } from '../../src/buckets/bucket.ts'
import { failingDisk, forgetfulDisk, temporaryDirectory } from './disks.ts'

const ANYTHING = { maxOctets: undefined, maxObjects: undefined }

async function* body(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

it('no loss of power costs an object that was answered for, nor a folder it lies in', async () => {
  const { disk, lost } = forgetfulDisk()
  const bucket = new Bucket('up', path.join(temporaryDirectory(), 'up'), ANYTHING, disk)
  for (const onExisting of ['rename', 'overwrite', 'refuse'] as const) {
    await bucket.write(`${onExisting}/deep/er/a.bin`, body('a'), onExisting, 10)
    expect([...lost]).toEqual([])
  }
})

it('what cannot be made durable is no answer', async () => {
  const disk = failingDisk('fsync', () => 'EIO')
  const bucket = new Bucket('up', temporaryDirectory(), ANYTHING, disk)
  await expect(bucket.write('a.bin', body('a'), 'rename', 10)).rejects.toMatchObject({ code: 'io-error' })
})

it('a link that leads out is not followed, and nothing is made behind it', async () => {
  const outside = temporaryDirectory()
  const inside = temporaryDirectory()
  fs.symlinkSync(outside, path.join(inside, 'out'))
  const bucket = new Bucket('up', inside, ANYTHING)
  await expect(bucket.write('out/new/a.bin', body('a'), 'rename', 10)).rejects.toMatchObject({
    code: 'not-allowed',
  })
  expect(fs.readdirSync(outside)).toEqual([])
})
