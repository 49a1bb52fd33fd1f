import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Queue } from './queue.ts'

test('gives back what went in, in the same order, whatever the mix of pushes and shifts', () => {
  const steps = fc.array(fc.oneof(fc.integer(), fc.constant('shift' as const)), { maxLength: 300 })
  fc.assert(
    fc.property(steps, commands => {
      const queue = new Queue<number>()
      const model: number[] = []
      for (const command of commands) {
        if (command === 'shift') expect(queue.shift()).toBe(model.shift())
        else {
          queue.push(command)
          model.push(command)
        }
        expect(queue.size).toBe(model.length)
        expect(queue.peek()).toBe(model[0])
        expect([...queue]).toEqual(model)
      }
    }),
  )
})

test('keeps its order when it drops the part already taken, far past the first thousand', () => {
  const queue = new Queue<number>()
  let pushed = 0
  let taken = 0
  for (let round = 0; round < 200; round++) {
    for (let count = 0; count < 50; count++) queue.push(pushed++)
    for (let count = 0; count < 45; count++) expect(queue.shift()).toBe(taken++)
  }
  expect(queue.size).toBe(pushed - taken)
  while (queue.size > 0) expect(queue.shift()).toBe(taken++)
  expect(taken).toBe(pushed)
})

test('an empty queue answers undefined, and can be filled again', () => {
  const queue = new Queue<string>()
  expect(queue.shift()).toBeUndefined()
  expect(queue.peek()).toBeUndefined()
  queue.push('a')
  expect(queue.shift()).toBe('a')
  expect(queue.shift()).toBeUndefined()
  queue.push('b')
  expect(queue.peek()).toBe('b')
  expect(queue.size).toBe(1)
})

test('walking through a queue takes nothing out of it', () => {
  const queue = new Queue<number>()
  for (const item of [1, 2, 3]) queue.push(item)
  queue.shift()
  expect([...queue]).toEqual([2, 3])
  expect(queue.size).toBe(2)
})
