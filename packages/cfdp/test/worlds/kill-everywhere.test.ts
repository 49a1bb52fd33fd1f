import { transferWith } from '@skyferry/worlds'
import { describe, expect, it } from 'vitest'

const SEED = 7

describe('a transfer of 200 PDUs', () => {
  const touches = transferWith(undefined, SEED)

  it('has hundreds of moments in which an end can die', () => {
    expect(touches.earth).toBeGreaterThan(200)
    expect(touches.craft).toBeGreaterThan(200)
  })

  it.each([
    ['earth', 'kill'],
    ['earth', 'power loss'],
    ['craft', 'kill'],
    ['craft', 'power loss'],
  ] as const)('arrives whole although %s dies (%s) in any of them', (who, how) => {
    for (let touch = 1; touch <= touches[who]; touch++) {
      transferWith({ who, touch, fall: { how, downMs: touch % 2 === 0 ? 0 : 1500 } }, SEED)
    }
  })
})
