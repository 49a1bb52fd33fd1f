import { expect, test } from 'vitest'
import { assert, InvariantError, unreachable } from './assert.ts'

test('a claim that holds says nothing; one that does not throws its own sentence', () => {
  expect(() => assert([].length === 0, 'an empty list is empty')).not.toThrow()
  expect(() => assert([].length > 0, 'a range has octets in it')).toThrow(
    new InvariantError('a range has octets in it'),
  )
})

test('a value nobody thought of is named in the error, even where it holds an id of 64 bits', () => {
  const state = { name: 'limbo', entity: 2n ** 60n } as never
  expect(() => unreachable(state)).toThrow(InvariantError)
  expect(() => unreachable(state)).toThrow(/limbo.*1152921504606846976/)
})
