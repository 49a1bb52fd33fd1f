import { describe, expect, it } from 'vitest'
import { parseHub } from './hub-plan.ts'
import { nodesAround, parseCsp, parseLink, parseNode, parseNodes, requireLinks } from './plan.ts'

const local = (port: number) => ({ host: 'localhost', port })

describe('a CSP link', () => {
  it.each([
    ['zmq:localhost', { kind: 'zmq', publish: local(6000), subscribe: local(7000) }],
    ['zmq:localhost:6001,7001', { kind: 'zmq', publish: local(6001), subscribe: local(7001) }],
    ['udp:localhost:9220', { kind: 'udp', listen: { host: '0.0.0.0', port: 9220 }, peer: local(9220) }],
    ['udp:localhost:1,localhost:2', { kind: 'udp', listen: local(1), peer: local(2) }],
    ['kiss:/dev/ttyUSB0', { kind: 'kiss-tty', path: '/dev/ttyUSB0' }],
    ['kiss:tcp:localhost:5000', { kind: 'kiss-tcp', to: local(5000) }],
    ['kiss:listen:localhost:0', { kind: 'kiss-listen', at: local(0) }],
  ])('%s', (text, plan) => {
    expect(parseLink(text)).toEqual(plan)
  })

  it.each(['localhost', 'can:0', 'zmq:', 'zmq:a,b', 'udp:x', 'udp:a:1,b:2,c:3', 'kiss:tcp:x'])(
    '%s is none',
    text => {
      expect(() => parseLink(text)).toThrow()
    },
  )
})

describe('who we are', () => {
  it('has defaults for each version', () => {
    expect(parseCsp({})).toEqual({
      version: 2,
      address: 10,
      netmask: 8,
      links: [],
      zmqLayout: '2.1',
      hmacKeyFile: undefined,
      crc32: true,
      rdp: 'libcsp',
    })
    expect(parseCsp({ cspVersion: '1' })).toMatchObject({ version: 1, netmask: 0 })
  })

  it('names the option at fault', () => {
    expect(() => parseCsp({ address: '16384' })).toThrow(/^--address: /)
    expect(() => parseCsp({ address: '32', cspVersion: '1' })).toThrow(/^--address: /)
    expect(() => parseCsp({ cspVersion: '3' })).toThrow(/^--csp-version: /)
    expect(() => parseCsp({ zmqLayout: '1.6' })).toThrow(/^--zmq-layout: .*1\.x/)
    expect(() => parseCsp({ rdp: 'big' })).toThrow(/^--rdp: /)
    expect(() => parseCsp({ link: ['x'] })).toThrow(/^--link: /)
    expect(() => requireLinks(parseCsp({}), 1)).toThrow(/--link is missing/)
    expect(() => requireLinks(parseCsp({ link: ['zmq:a'] }), 2)).toThrow(/needed 2 times/)
  })

  it('has neighbours', () => {
    expect(nodesAround(parseCsp({ address: '70' }))).toEqual({ from: 64, to: 127 })
    expect(nodesAround(parseCsp({ cspVersion: '1' }))).toEqual({ from: 1, to: 31 })
    expect(parseNodes('3-5', parseCsp({}))).toEqual({ from: 3, to: 6 })
    expect(parseNodes('3', parseCsp({}))).toEqual({ from: 3, to: 4 })
    expect(() => parseNodes('5-3', parseCsp({}))).toThrow(/ends before/)
    expect(() => parseNode('40', parseCsp({ cspVersion: '1' }))).toThrow(/above 31/)
    expect(() => parseNode(undefined, parseCsp({}))).toThrow(/NODE is missing/)
  })
})

describe('a hub', () => {
  it('passes everything at once unless a weather is given', () => {
    const chance = () => 7
    expect(parseHub({}, chance)).toMatchObject({
      publish: { port: 6000 },
      subscribe: { port: 7000 },
      weather: undefined,
    })
    expect(parseHub({ loss: '5%', seed: '3' }, chance)).toMatchObject({ weather: { loss: 0.05 }, seed: 3 })
    expect(parseHub({ loss: '5%' }, chance).weather).not.toHaveProperty('overheadOctets')
    expect(parseHub({ overhead: '10' }, chance).weather).toEqual({ overheadOctets: 10 })
    expect(() => parseHub({ publish: 'x' }, chance)).toThrow(/^--publish: /)
  })
})
