import { describe, expect, it } from 'vitest'
import { STANDARD_DIALECT } from '../pdu/dialect.ts'
import { encodePdu } from '../pdu/encode.ts'
import {
  ConditionCode,
  type EntityId,
  type FilestoreResponse,
  type Header,
  type MetadataOption,
  type PduOf,
  type SequenceNumber,
} from '../pdu/model.ts'
import {
  destinationName,
  endingIncomplete,
  endingPlaced,
  finishedPdu,
  hasNoFile,
  owesFinished,
} from './completion.ts'
import { filestoreRequests, filestoreResponses } from './filestore-requests.ts'

const HEADER: Header = {
  version: 1,
  direction: 'to-sender',
  mode: 'acknowledged',
  crc: false,
  largeFile: false,
  segmentationControl: false,
  entityIdLength: 1,
  sequenceLength: 1,
  source: 1n as EntityId,
  sequence: 1n as SequenceNumber,
  destination: 2n as EntityId,
}

function metadata(source: string, destination: string, options: MetadataOption[] = []): PduOf<'metadata'> {
  return {
    kind: 'metadata',
    closureRequested: false,
    checksumType: 0,
    fileSize: 0,
    sourceName: source,
    destinationName: destination,
    options,
  }
}

describe('how a reception ends', () => {
  it('goes to the destination name, or to the last part of the source name', () => {
    expect(destinationName(metadata('a/b', 'c/d'))).toBe('c/d')
    expect(destinationName(metadata('a/b\\c', ''))).toBe('c')
    expect(hasNoFile(metadata('', ''))).toBe(true)
    expect(hasNoFile(metadata('', 'b'))).toBe(false)
    expect(hasNoFile(undefined)).toBe(false)
  })

  it('is told to the sender in class 2, or where closure was asked for, unless the sender cancelled', () => {
    const ending = endingPlaced(ConditionCode.NoError, 'a')
    expect(owesFinished(ending, true, undefined)).toBe(true)
    expect(owesFinished(ending, false, metadata('a', 'a'))).toBe(false)
    expect(owesFinished(ending, false, { ...metadata('a', 'a'), closureRequested: true })).toBe(true)
    expect(owesFinished({ ...ending, byPeer: true }, true, undefined)).toBe(false)
    expect(owesFinished({ ...ending, abandoned: true }, true, undefined)).toBe(false)
  })

  it('answers each filestore request, and answers that it was not performed', () => {
    const options: MetadataOption[] = [
      { tlv: 'message-to-user', value: new Uint8Array(1) },
      { tlv: 'filestore-request', action: 0, firstName: 'a' },
      { tlv: 'filestore-request', action: 2, firstName: 'b', secondName: 'c' },
    ]
    expect(filestoreResponses(filestoreRequests(metadata('', '', options)), [])).toEqual([
      { action: 0, firstName: 'a', status: 15, message: '' },
      { action: 2, firstName: 'b', secondName: 'c', status: 15, message: '' },
    ])
  })

  it('names where a fault is, and no place where there is none', () => {
    const room = new Uint8Array(100)
    const whole = finishedPdu(HEADER, endingPlaced(ConditionCode.NoError, 'a'), [], room, STANDARD_DIALECT)
    expect(whole).not.toHaveProperty('faultLocation')
    const ending = endingIncomplete(ConditionCode.NakLimitReached, false)
    expect(finishedPdu(HEADER, ending, [], room, STANDARD_DIALECT).faultLocation).toBe(2n)
  })

  it('leaves out words before it leaves out responses', () => {
    const responses = Array.from(
      { length: 5 },
      (): FilestoreResponse => ({ action: 0, firstName: 'a', status: 1, message: 'no space left' }),
    )
    const ending = endingPlaced(ConditionCode.NoError, 'a')
    const finished = finishedPdu(HEADER, ending, responses, new Uint8Array(60), STANDARD_DIALECT)
    expect(finished.responses).toEqual(responses.map(each => ({ ...each, message: '' })))
  })

  it('says as many responses as fit one PDU, in order', () => {
    const responses = Array.from(
      { length: 50 },
      (_, index): FilestoreResponse => ({
        action: 0,
        firstName: `file ${index}`,
        status: 15,
        message: '',
      }),
    )
    const ending = endingPlaced(ConditionCode.NoError, 'a')
    for (const octets of [16, 64, 128, 200]) {
      const room = new Uint8Array(octets)
      const finished = finishedPdu(HEADER, ending, responses, room, STANDARD_DIALECT)
      const fitting = finished.responses.length
      expect(finished.responses).toEqual(responses.slice(0, fitting))
      expect(encodePdu(HEADER, finished, room)).toBeGreaterThan(0)
      expect(encodePdu(HEADER, { ...finished, responses: responses.slice(0, fitting + 1) }, room)).toBe(0)
    }
    expect(
      finishedPdu(HEADER, ending, responses, new Uint8Array(4000), STANDARD_DIALECT).responses,
    ).toHaveLength(50)
  })
})
