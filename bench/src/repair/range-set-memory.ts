/**
 * `node --expose-gc range-set-memory.js GAPS`: what a range set of so many gaps holds of memory, as one line of JSON.
 * A process of its own, so that the heap has nothing else to grow by.
 */
import { RangeSet } from '@skyferry/octets'

const SEGMENT = 1008
const gaps = Number(process.argv[2])

/** Every other segment, in the order `of` gives them. */
function filled(of: (index: number) => number): RangeSet {
  const set = new RangeSet()
  for (let index = 0; index <= gaps; index++) {
    const from = 2 * of(index) * SEGMENT
    set.add(from, from + SEGMENT)
  }
  return set
}

function memory(): number {
  gc!()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

// A stride that shares no factor with the count visits every index once, far apart.
const stride = 611_953
const count = gaps + 1
filled(index => index % 100)
const before = memory()
const inOrder = filled(index => index)
const between = memory()
const scattered = filled(index => (index * stride) % count)
const after = memory()
console.log(
  JSON.stringify({
    ranges: [inOrder.size, scattered.size],
    memoryOctets: [between - before, after - between],
  }),
)
