/**
 * `node --expose-gc --max-semi-space-size=… allocation.js SETTING-AS-JSON`: heap growth of one warm transfer, per PDU.
 *
 * The young generation is made so large that nothing is collected while the file moves; what the heap has grown by is
 * then what was allocated. Should a collection happen all the same, the line says so, and the figure is too low.
 */
import { PerformanceObserver } from 'node:perf_hooks'
import { Pair, type Setting } from './transfer.ts'

const setting = JSON.parse(process.argv[2]!) as Setting
const pair = new Pair(setting, 1)
for (let round = 0; round < 3; round++) pair.transfer()

let collections = 0
const observer = new PerformanceObserver(list => {
  collections += list.getEntries().length
})
gc!()
observer.observe({ entryTypes: ['gc'] })
const before = process.memoryUsage()
const { needed } = pair.transfer()
const after = process.memoryUsage()
observer.takeRecords()
setImmediate(() => {
  console.log(
    JSON.stringify({
      heapOctetsPerPdu: (after.heapUsed - before.heapUsed) / needed,
      bufferOctetsPerPdu: (after.arrayBuffers - before.arrayBuffers) / needed,
      collections,
    }),
  )
})
