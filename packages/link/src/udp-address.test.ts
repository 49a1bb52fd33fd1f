import { describe, expect, it } from 'vitest'
import { AddressBook, formatUdpAddress, sameUdpAddress } from './udp-address.ts'

describe('a UDP address', () => {
  it('is written so that the port can be told from the address', () => {
    expect(formatUdpAddress({ host: '192.0.2.1', port: 5111 })).toBe('192.0.2.1:5111')
    expect(formatUdpAddress({ host: '2001:db8::1', port: 5111 })).toBe('[2001:db8::1]:5111')
  })

  it('equals another by what it says', () => {
    const one = { host: '192.0.2.1', port: 1 }
    expect(sameUdpAddress(one, { ...one })).toBe(true)
    expect(sameUdpAddress(one, { ...one, port: 2 })).toBe(false)
    expect(sameUdpAddress(one, { ...one, host: '192.0.2.2' })).toBe(false)
  })
})

describe('an address book', () => {
  it('has one object for each address, in whatever order they come', () => {
    const book = new AddressBook()
    const first = book.at('192.0.2.1', 1)
    const second = book.at('192.0.2.1', 2)
    const third = book.at('192.0.2.2', 1)
    expect(new Set([first, second, third]).size).toBe(3)
    expect(book.at('192.0.2.1', 1)).toBe(first)
    expect(book.at('192.0.2.2', 1)).toBe(third)
    expect(book.at('192.0.2.1', 2)).toBe(second)
    expect(second).toEqual({ host: '192.0.2.1', port: 2 })
  })

  it('starts afresh when it is full, so that strangers cannot fill the memory', () => {
    const book = new AddressBook(3)
    const first = book.at('192.0.2.1', 1)
    for (let port = 2; port <= 4; port++) book.at('192.0.2.1', port)
    const again = book.at('192.0.2.1', 1)
    expect(again).toEqual(first)
    expect(again).not.toBe(first)
  })
})
