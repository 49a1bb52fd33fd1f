/** `receiver.js FILE SIZE DATAGRAM-OCTETS [synced]`: prints `{"port":…}`, and one line of JSON when the file is written. */
import { createSocket, type RemoteInfo } from 'node:dgram'
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { ACK_OCTETS, blockOctets, HEADER_OCTETS, HELLO, payloadOctets } from './frame.ts'

const [file, sizeText, datagram, synced] = process.argv.slice(2)
const size = Number(sizeText)
const payload = payloadOctets(Number(datagram))
const count = Math.ceil(size / payload)

/** One in so many is acknowledged; libuv reads at most as many per turn. */
const ACK_EVERY = 32
const acks = Array.from({ length: 64 }, () => Buffer.alloc(ACK_OCTETS))
let acksSent = 0

const descriptor = openSync(file!, 'w')
const block = Buffer.allocUnsafe(blockOctets(payload))
let gathered = 0
let written = 0
let wanted = 0
let unacknowledged = 0

const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 })
socket.once('message', (_, from) => meet(from))
socket.bind(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ port: (socket.address() as AddressInfo).port }))
})

function meet(from: RemoteInfo): void {
  socket.connect(from.port, from.address, () => {
    socket.on('message', receive)
    acknowledge()
  })
}

function receive(message: Buffer): void {
  const index = message.readUInt32BE(0)
  if (index === HELLO) return
  if (index === wanted) {
    wanted += 1
    message.copy(block, gathered, HEADER_OCTETS)
    gathered += message.length - HEADER_OCTETS
    if (gathered === block.length || wanted === count) writeBlock()
  }
  unacknowledged += 1
  if (unacknowledged >= ACK_EVERY || wanted === count) acknowledge()
}

function writeBlock(): void {
  writeSync(descriptor, block, 0, gathered, written)
  written += gathered
  gathered = 0
  if (wanted !== count) return
  if (synced !== undefined) fdatasyncSync(descriptor)
  closeSync(descriptor)
  const { user, system } = process.cpuUsage()
  console.log(JSON.stringify({ octets: written, cpuSeconds: (user + system) / 1e6 }))
}

function acknowledge(): void {
  const ack = acks[acksSent++ % acks.length]!
  ack.writeUInt32BE(wanted, 0)
  socket.send(ack)
  unacknowledged = 0
}
