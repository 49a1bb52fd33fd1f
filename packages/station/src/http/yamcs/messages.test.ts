/** The frames of the reference, octet for octet. */
import { describe, expect, it } from 'vitest'
import { readMessage, writeMessage } from './messages.ts'

const TRANSFER = {
  id: '12',
  state: 'RUNNING',
  direction: 'UPLOAD',
  bucket: 'up',
  objectName: 'a.bin',
  remotePath: '/a.bin',
  totalSize: '300',
  sizeTransferred: '0',
  reliable: false,
  startTime: '2026-01-02T03:04:05.600Z',
  creationTime: '2026-01-02T03:04:05.600Z',
  localEntity: { name: 'ground', id: '1' },
  remoteEntity: { name: 'sat', id: '10' },
}
const TRANSFER_HEX =
  '080c120c08a5ebdcca0610808c8d9e021801220275702a05612e62696e32062f612e62696e380140ac02480050006a0c08a5ebdcca0610808c8d9e027a0a0a0667726f756e6410018201070a03736174100a'

const VECTORS: readonly (readonly [name: string, value: object, hex: string])[] = [
  ['yamcs.protobuf.filetransfer.TransferInfo', TRANSFER, TRANSFER_HEX],
  [
    'yamcs.api.ExceptionMessage',
    { code: 404, type: 'NotFoundException', msg: 'No such transfer' },
    '08940312114e6f74466f756e64457863657074696f6e1a104e6f2073756368207472616e73666572',
  ],
  [
    'yamcs.api.ServerMessage',
    { type: 'reply', call: 5, data: { '@type': '/yamcs.api.Reply', replyTo: 1 } },
    '0a057265706c79100522160a102f79616d63732e6170692e5265706c7912020801',
  ],
  [
    'yamcs.api.ServerMessage',
    {
      type: 'reply',
      data: {
        '@type': '/yamcs.api.Reply',
        replyTo: 2,
        exception: { code: 404, type: 'NotFoundException', msg: "No topic 'x'" },
      },
    },
    '0a057265706c79223c0a102f79616d63732e6170692e5265706c7912280802122408940312114e6f74466f756e64457863657074696f6e1a0c4e6f20746f70696320277827',
  ],
  [
    'yamcs.api.ServerMessage',
    {
      type: 'file-transfers',
      call: 5,
      seq: 1,
      data: { '@type': '/yamcs.protobuf.filetransfer.TransferInfo', ...TRANSFER },
    },
    `0a0e66696c652d7472616e736665727310051801227f0a292f79616d63732e70726f746f6275662e66696c657472616e736665722e5472616e73666572496e666f1252${TRANSFER_HEX}`,
  ],
  [
    'yamcs.protobuf.filetransfer.CreateTransferRequest',
    {
      direction: 'UPLOAD',
      bucket: 'up',
      objectName: 'a.bin',
      remotePath: '/a.bin',
      options: { reliable: true },
    },
    '10011a0275702205612e62696e2a062f612e62696e5a100a0e0a0872656c6961626c6512022001',
  ],
  ['yamcs.protobuf.auth.AuthInfo', { requireAuthentication: false }, '0800'],
  ['yamcs.protobuf.events.Event', { severity: 'INFO' }, '3800'],
]

describe.each(VECTORS)('%s', (name, value, hex) => {
  it('is made of its JSON form', () => {
    expect(Buffer.from(writeMessage(name, value as never)).toString('hex')).toBe(hex)
  })
  it('is read to its JSON form', () => {
    expect(readMessage(name, Buffer.from(hex, 'hex'))).toEqual(value)
  })
})

describe('a message that is none', () => {
  it('is told apart from one with fields nobody knows', () => {
    expect(readMessage('yamcs.api.CancelOptions', { call: 'x' })).toBeUndefined()
    expect(readMessage('yamcs.api.CancelOptions', [])).toBeUndefined()
    expect(readMessage('yamcs.api.CancelOptions', Buffer.from('ffff', 'hex'))).toBeUndefined()
    expect(readMessage('yamcs.api.CancelOptions', { call: 7, colour: 'red' })).toEqual({ call: 7 })
  })

  it('as a client sends it, options and all', () => {
    const hex =
      '0a0e66696c652d7472616e736665727312590a49747970652e676f6f676c65617069732e636f6d2f79616d63732e70726f746f6275662e66696c657472616e736665722e5375627363726962655472616e736665727352657175657374120c0a036f7073120563666470301801'
    expect(readMessage('yamcs.api.ClientMessage', Buffer.from(hex, 'hex'))).toEqual({
      type: 'file-transfers',
      id: 1,
      options: {
        '@type': 'type.googleapis.com/yamcs.protobuf.filetransfer.SubscribeTransfersRequest',
        instance: 'ops',
        serviceName: 'cfdp0',
      },
    })
  })
})
