/** `sender.js FILE PORT DATAGRAM-OCTETS WINDOW`: prints what it took as one line of JSON. */
import { createSocket } from 'node:dgram'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { blockOctets, HEADER_OCTETS, HELLO, payloadOctets } from './frame.ts'

const [file, port, datagram, windowText] = process.argv.slice(2)
const datagramOctets = Number(datagram)
const payload = payloadOctets(datagramOctets)
const windowDatagrams = Number(windowText)

/** As many as are worth a turn of the event loop, and as many as may wait in the socket's queue. */
const TURN = 64
const slots = Array.from({ length: 2 * TURN + 2 }, () => Buffer.alloc(datagramOctets))

const descriptor = openSync(file!, 'r')
const size = fstatSync(descriptor).size
const count = Math.ceil(size / payload)
const block = Buffer.allocUnsafe(blockOctets(payload))
let blockFrom = -1

const socket = createSocket({ type: 'udp4', recvBufferSize: 1024 * 1024 })
let started = 0n
let next = 0
let acknowledged = 0
let sent = 0
let isTurnSet = false
let acknowledgedBefore = 0

socket.on('message', message => {
  const upTo = message.readUInt32BE(0)
  if (started === 0n) {
    started = process.hrtime.bigint()
  } else if (upTo > acknowledged) {
    acknowledged = upTo
  }
  if (acknowledged === count) finish()
  else setTurn()
})
socket.connect(Number(port), '127.0.0.1', () => {
  const hello = Buffer.alloc(HEADER_OCTETS)
  hello.writeUInt32BE(HELLO, 0)
  socket.send(hello)
})
/** The only timer: a fifth of a second without progress means that something was lost. */
const watch = setInterval(() => {
  if (started !== 0n && acknowledged === acknowledgedBefore) {
    next = acknowledged
    setTurn()
  }
  acknowledgedBefore = acknowledged
}, 200)

function setTurn(): void {
  if (isTurnSet) return
  isTurnSet = true
  setImmediate(turn)
}

function turn(): void {
  isTurnSet = false
  for (let room = TURN; room > 0; room--) {
    if (next === count || next - acknowledged >= windowDatagrams) return
    if (socket.getSendQueueCount() > TURN) break
    socket.send(fill(slots[sent % slots.length]!, next))
    next += 1
    sent += 1
  }
  setTurn()
}

/** A connected socket has read the slot, or queued it, when `send` returns: the ring is longer than that queue. */
function fill(slot: Buffer, index: number): Buffer {
  const offset = index * payload
  const octets = Math.min(payload, size - offset)
  if (offset < blockFrom || offset >= blockFrom + block.length || blockFrom < 0) {
    blockFrom = offset - (offset % block.length)
    readSync(descriptor, block, 0, Math.min(block.length, size - blockFrom), blockFrom)
  }
  slot.writeUInt32BE(index, 0)
  block.copy(slot, HEADER_OCTETS, offset - blockFrom, offset - blockFrom + octets)
  return octets === payload ? slot : slot.subarray(0, HEADER_OCTETS + octets)
}

function finish(): void {
  const seconds = Number(process.hrtime.bigint() - started) / 1e9
  clearInterval(watch)
  closeSync(descriptor)
  socket.close()
  const { user, system } = process.cpuUsage()
  console.log(
    JSON.stringify({ seconds, octets: size, datagrams: count, sent, cpuSeconds: (user + system) / 1e6 }),
  )
}
