import { describe, expect, it } from 'vitest'
import { nearest, oneOf, option, UsageError } from './usage.ts'

describe('wrong usage', () => {
  it('names the option in front of the reason', () => {
    const refuse = (): never => {
      throw new UsageError('is odd')
    }
    expect(() => option('--rate', 'x', refuse)).toThrow(new UsageError('--rate: is odd'))
    expect(option('--rate', undefined, refuse)).toBeUndefined()
  })

  it('passes on what is not a matter of usage', () => {
    const breakDown = (): never => {
      throw new RangeError('ours')
    }
    expect(() => option('--rate', 'x', breakDown)).toThrow(RangeError)
  })

  it('names the nearest known word, or all of them', () => {
    expect(nearest('crc23', ['modular', 'crc32', 'null'])).toBe('crc32')
    expect(nearest('x', ['modular', 'crc32'])).toBeUndefined()
    expect(oneOf('null', ['modular', 'null'])).toBe('null')
    expect(() => oneOf('modulr', ['modular', 'null'])).toThrow(/did you mean 'modular'/)
    expect(() => oneOf('sha', ['modular', 'null'])).toThrow(/one of modular, null/)
  })
})
