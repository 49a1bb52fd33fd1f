/** The golden transcripts of reference section 22, datagram by datagram. P and Q need a server: `strangers.test.ts`. */
import { describe, expect, it } from 'vitest'
import { Duo, text } from '../duo.ts'

const ends = (duo: Duo): string[] => [duo.client.state, duo.server.state]
const reasons = (duo: Duo): unknown[] =>
  (['client', 'server'] as const).map(end => {
    const closed = duo.events(end).find(event => event.kind === 'closed')
    return closed?.kind === 'closed' ? closed.reason : undefined
  })

describe('transcripts', () => {
  it('A: two exchanges, QuickHalt (CDP-29)', () => {
    const duo = new Duo()
    duo.ask('client', 'hi').line('> 20 00 "hi"')
    duo.ask('server', 'HI').line('< 20 01 "HI"')
    duo.ask('client', 'yo').line('> 20 02 "yo"')
    duo.ask('server', 'YO').line('< 20 03 "YO"')
    duo.client.halt()
    duo.line('> f0').quiet()
    expect(reasons(duo)).toEqual(['local-halt', 'peer-halt'])
  })

  it('B: three payloads, ack, empty Close answered by Halt (CDP-71)', () => {
    const duo = new Duo()
    duo.send('client', 'a')
    duo.send('client', 'b')
    duo.send('client', 'c', { ack: true })
    duo.lines('> 00 00 "a"; > 00 01 "b"; > 10 02 "c"; < 80 02')
    duo.client.close()
    duo.lines('> 50 03; < f0').quiet()
    expect(reasons(duo)).toEqual(['answered', 'clean'])
  })

  it('C: LongHalt (CDP-71)', () => {
    const duo = new Duo()
    duo.client.close(text('bye'))
    duo.lines('> 50 00 "bye"; < 80 00; > f0').quiet()
    expect(reasons(duo)).toEqual(['verified', 'clean'])
  })

  it('D: give lost (CDP-49)', () => {
    const duo = new Duo()
    duo.ask('client', 'hi').line('x> 20 00 "hi"')
    duo.timer('client').lines('> * 30 00 "hi"; < 80 00')
    duo.ask('server', 'HI').line('< 20 01 "HI"')
    duo.quiet().wait(100).line('> 80 01').quiet()
    expect(ends(duo)).toEqual(['controlling', 'handling'])
  })

  it('E: answer lost, server timer first (CDP-50)', () => {
    const duo = new Duo()
    duo.ask('client', 'hi').line('> 20 00 "hi"')
    duo.ask('server', 'HI').line('x< 20 01 "HI"')
    duo.timer('server').lines('< * 30 01 "HI"; > 80 01')
    duo.ask('client', 'yo').line('> 20 02 "yo"')
    duo.ask('server', 'YO').lines('< 30 03 "YO"; > 80 03').quiet()
    expect(ends(duo)).toEqual(['controlling', 'handling'])
  })

  it('F: answer lost, client timer first (CDP-50)', () => {
    const duo = new Duo()
    duo.ask('client', 'hi').line('> 20 00 "hi"')
    duo.ask('server', 'HI').line('x< 20 01 "HI"')
    duo.timer('client').lines('> * 30 00 "hi"; < 80 00')
    duo.timer('server').lines('< * 30 01 "HI"; > 80 01').quiet()
    expect(ends(duo)).toEqual(['controlling', 'handling'])
  })

  it.each([
    ['G: middle payload lost, reorder span 255', 255],
    ['H: same datagrams with reorder span 0', 0],
  ])('%s (CDP-51)', (_, reorder) => {
    const duo = new Duo({ reorder })
    duo.send('client', 'a')
    duo.send('client', 'b')
    duo.ask('client', 'c')
    duo.lines('> 00 00 "a"; x> 00 01 "b"; > 20 02 "c"; < 90 01; > * 00 01 "b"')
    // With a span the server has kept 2, and is controller already.
    expect(duo.server.state).toBe(reorder === 0 ? 'handling' : 'controlling')
    duo.lines('> * 30 02 "c"; < 80 02').quiet()
    expect(duo.payloads('server')).toEqual(['a', 'b', 'c'])
    expect(ends(duo)).toEqual(['handling', 'controlling'])
  })

  it('I: everything lost (CDP-52)', () => {
    const duo = new Duo()
    duo.send('client', 'a')
    duo.send('client', 'b')
    duo.ask('client', 'c')
    duo.lines('x> 00 00 "a"; x> 00 01 "b"; x> 20 02 "c"')
    duo.timer('client').lines('> * 30 02 "c"; < 90 00')
    duo.lines('> * 00 00 "a"; > * 00 01 "b"; > * 30 02 "c"; < 80 02').quiet()
    expect(duo.payloads('server')).toEqual(['a', 'b', 'c'])
  })

  it('J: slow answer (CDP-53)', () => {
    const duo = new Duo()
    duo.ask('client', 'hi').line('> 20 00 "hi"').quiet()
    duo.wait(100).line('< 80 00').quiet()
    duo.wait(2000).quiet()
    duo.ask('server', 'HI').line('< 20 01 "HI"').quiet()
    duo.wait(100).line('> 80 01').quiet()
  })

  it('K: ack lost (CDP-56)', () => {
    const duo = new Duo()
    duo.send('client', '', { ack: true })
    duo.lines('> 10 00; x< 80 00').timer('client').lines('> * 10 00; < 80 00').quiet()
    expect(duo.client.outstanding).toBe(0)
  })

  it('L: duplicate of the give without and with I after the answer was sent (CDP-54)', () => {
    const duo = new Duo()
    duo.ask('client', 'hi').line('> 20 00 "hi"')
    duo.ask('server', 'HI').line('< 20 01 "HI"')
    duo.hear('> 20 00 "hi"')
    expect(duo.says('server')).toBeUndefined()
    duo.hear('> 30 00 "hi"').line('< 80 00')
    expect(ends(duo)).toEqual(['controlling', 'yielding'])
  })

  it('M: pass (CDP-59)', () => {
    const duo = new Duo()
    duo.ask('client', 'q').line('> 20 00 "q"')
    duo.ask('server', '').line('< 20 01')
    duo.ask('client', 'q').line('> 20 02 "q"')
  })

  it('N: Halt lost; the tombstone of the client answers', () => {
    const duo = new Duo()
    duo.ask('client', 'hi').line('> 20 00 "hi"')
    duo.ask('server', 'HI').line('< 20 01 "HI"')
    duo.client.halt()
    duo.line('x> f0').timer('server').lines('< * 30 01 "HI"; > f0').quiet()
    expect(reasons(duo)).toEqual(['local-halt', 'peer-halt'])
  })

  it('O: wrap, acks requested (CDP-13)', () => {
    const duo = new Duo({ mdl: 0 as never })
    for (let id = 0; id < 4094; id++) {
      expect(duo.send('client', '', { ack: true })).toBe(id)
      duo.settle().events('server')
    }
    for (const id of ['f fe', 'f ff', '0 00', '0 01']) {
      duo.send('client', '', { ack: true })
      duo.lines(`> 1${id}; < 8${id}`)
    }
  })

  it('R: answer to Close lost (CDP-71)', () => {
    const duo = new Duo()
    duo.client.close()
    duo.lines('> 50 00; x< f0').timer('client').lines('> * 50 00; < f0').quiet()
    expect(reasons(duo)).toEqual(['answered', 'clean'])
  })

  it('S: random payload, no answer', () => {
    const duo = new Duo()
    duo.client.sendRandom(text('ping'))
    duo.line('> 60 "ping"').quiet()
    expect(duo.events('server')).toEqual([{ kind: 'random', data: text('ping') }])
  })

  it('T: CheckConnection', () => {
    const duo = new Duo()
    duo.send('client', '')
    duo.line('> 00 00')
    duo.client.check()
    duo.lines('> df ff; < -').quiet()
  })
})
