import { describe, expect, it } from 'vitest'
import { resolveEnds } from './udp-names.ts'

const port = 5111

describe('the ends of a UDP link', () => {
  it('are taken as they are when they are literal', async () => {
    const four = { host: '192.0.2.1', port }
    expect(await resolveEnds(four, { host: '192.0.2.2', port })).toEqual({
      family: 4,
      listen: four,
      peer: { host: '192.0.2.2', port },
    })
    const six = { host: '2001:db8::1', port }
    expect(await resolveEnds(six, undefined)).toEqual({ family: 6, listen: six, peer: undefined })
  })

  it('follow the family of the end that is literal', async () => {
    const found = await resolveEnds({ host: 'localhost', port }, { host: '127.0.0.1', port: 1 })
    expect(found).toEqual({
      family: 4,
      listen: { host: '127.0.0.1', port },
      peer: { host: '127.0.0.1', port: 1 },
    })
    const other = await resolveEnds({ host: '127.0.0.1', port }, { host: 'localhost', port: 1 })
    expect(other.peer).toEqual({ host: '127.0.0.1', port: 1 })
  })

  it('meet on IPv4 when both say localhost', async () => {
    const { family, listen, peer } = await resolveEnds(
      { host: 'localhost', port },
      { host: 'localhost', port: 1 },
    )
    expect(family).toBe(4)
    expect([listen.host, peer?.host]).toEqual(['127.0.0.1', '127.0.0.1'])
  })

  it('may be an IPv4 peer of a socket that listens on all of IPv6', async () => {
    const found = await resolveEnds({ host: '::', port }, { host: '192.0.2.1', port: 1 })
    expect(found).toMatchObject({ family: 6, peer: { host: '::ffff:192.0.2.1', port: 1 } })
  })

  it.each([
    ['192.0.2.1', '2001:db8::1'],
    ['2001:db8::1', '192.0.2.1'],
  ])('are refused when %s is to talk to %s', async (here, there) => {
    await expect(resolveEnds({ host: here, port }, { host: there, port })).rejects.toMatchObject({
      name: 'LinkError',
      code: 'address-family-mismatch',
    })
  })

  it('are refused when a name is nobody’s', async () => {
    await expect(resolveEnds({ host: 'not a name', port }, undefined)).rejects.toMatchObject({
      name: 'LinkError',
      code: 'host-not-found',
      cause: expect.any(Error),
    })
  })
})
