/** `node --expose-gc server-allocation.js COUNT`: what the heap has grown by after so many datagrams of the server. */
import {
  type ConnectionId,
  DIALECTS,
  type Endpoint,
  encodeMetaRequest,
  type NodeAddress,
  Port,
  Server,
  type SessionId,
} from '@skyferry/dtp'
import type { Millis, Slot } from '@skyferry/engine'

const MTU_OCTETS = 1008
const CHUNK = MTU_OCTETS - 8
const WARM_UP = 100_000

const count = Number(process.argv[2])
const server = new Server({
  payloads: {
    open: () => ({
      size: 0xffff_ffff,
      read(offset, target, at, length) {
        target.fill(offset & 0xff, at, at + length)
        return true
      },
      close() {},
    }),
  },
})
const connection = 1 as ConnectionId
const from = { node: 10 as NodeAddress, port: 18 }
server.happened({ kind: 'accepted', connection, from, port: Port.Control, reliable: true }, 0 as Millis)
const request = {
  // Above what this machine does: the next datagram is always due.
  throughput: 0xffff_ffff,
  payloadId: 1,
  sessionId: 5 as SessionId,
  mtuOctets: MTU_OCTETS,
  keepAliveMs: 0,
  intervals: [{ start: 0, end: Math.floor(0xffff_ffff / CHUNK) }],
}
const octets = encodeMetaRequest(request, DIALECTS.D2c)
server.happened({ kind: 'arrived', connection, octets }, 0 as Millis)
const bytes = new Uint8Array(2048)
const slot: Slot<Endpoint> = { bytes, view: new DataView(bytes.buffer), length: 0, to: undefined }
let now = 1000

function send(datagrams: number): void {
  for (let sent = 0; sent < datagrams; ) {
    now += 1
    server.tick(now as Millis)
    while (sent < datagrams && server.transmit(slot, now as Millis)) sent += 1
  }
}

send(WARM_UP)
gc!()
const before = process.memoryUsage()
const started = performance.now()
send(count)
const elapsed = performance.now() - started
gc!()
const after = process.memoryUsage()
console.log(
  JSON.stringify({
    heapOctetsPerPdu: (after.heapUsed - before.heapUsed) / count,
    bufferOctetsPerPdu: (after.arrayBuffers - before.arrayBuffers) / count,
    seconds: elapsed / 1000,
  }),
)
