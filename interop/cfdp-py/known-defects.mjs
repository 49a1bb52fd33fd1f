/**
 * What cfdp-py 0.7.0 is known to get wrong, each with the traces by which it is recognised. An exchange that did not
 * end well and shows the traces of one of these is explained by it; anything else is a failure, ours until proven.
 *
 * `explains(exchange, outcome)` gets the exchange as it was asked for, and for each end what `processes.mjs` collected;
 * a peer.py end has a `result` with its step, PDU counts, faults and refusals.
 */
const dropped = (end, kind) => end.result?.pdus?.dropped?.[kind] ?? 0
const refused = (end, what) => end.result?.refused?.[what] ?? 0
/** Kinds of PDU in the order in which each was first received: peer.py counts them in that order. */
const cameAfter = (end, late, early) => {
  const order = Object.keys(end.result?.pdus?.received ?? {})
  return order.includes(late) && order.includes(early) && order.indexOf(late) > order.indexOf(early)
}
const isPeer = end => end.result?.refused !== undefined

export const KNOWN_DEFECTS = [
  {
    id: 'ack-eof-lost',
    text: 'the receiver does not acknowledge EOF again while it waits for ACK(Finished), and the sender ignores Finished until it has ACK(EOF): between two of them a lost ACK(EOF) is fatal, though the file is whole',
    explains: (_exchange, { sameFile, sender, receiver }) =>
      sameFile &&
      isPeer(sender) &&
      isPeer(receiver) &&
      dropped(sender, 'ack-eof') + dropped(receiver, 'ack-eof') > 0 &&
      sender.result.step === 'WAITING_FOR_EOF_ACK' &&
      refused(sender, 'PduIgnoredForSource at finished') > 0,
  },
  {
    id: 'finished-not-acknowledged-again',
    text: 'the sender forgets a transaction when it ends and refuses a repeated Finished: when its ACK(Finished) is lost, the receiver is never told, though both have the file',
    explains: (_exchange, { sameFile, sender, receiver }) =>
      sameFile &&
      isPeer(sender) &&
      sender.result.state === 'completed' &&
      dropped(sender, 'ack-finished') + dropped(receiver, 'ack-finished') > 0 &&
      refused(sender, 'NoRemoteEntityConfigFound at finished') > 0,
  },
  {
    id: 'metadata-during-repair',
    text: 'Metadata that arrives after EOF sends the receiver back to plain reception: it never looks again whether the file is whole, until another EOF comes',
    explains: (_exchange, { receiver }) =>
      isPeer(receiver) &&
      cameAfter(receiver, 'metadata', 'eof') &&
      receiver.result.step === 'RECEIVING_FILE_DATA' &&
      receiver.result.state === 'failed',
  },
  {
    id: 'eof-before-metadata',
    text: 'the checksum of an EOF that came before Metadata is not kept: an empty file, whole with its Metadata, is reported as a checksum failure',
    explains: (_exchange, { sameFile, receiver }) =>
      sameFile &&
      isPeer(receiver) &&
      cameAfter(receiver, 'metadata', 'eof') &&
      receiver.result.octets === 0 &&
      receiver.result.condition === 'FILE_CHECKSUM_FAILURE',
  },
  {
    id: 'eof-cancel',
    text: 'EOF(cancel) is decoded with its condition code unshifted: the receiver throws when it encodes the ACK',
    explains: (exchange, { sender, receiver }) =>
      exchange.cancelAfterMs !== undefined &&
      sender.status === 130 &&
      isPeer(receiver) &&
      receiver.result.state === 'crashed' &&
      /^ValueError while encoding/.test(receiver.result.reason),
  },
  {
    id: 'partial-overlap',
    text: 'the receiver throws on File Data that overlaps a gap it noted only in part',
    explains: (_exchange, { receiver }) =>
      isPeer(receiver) &&
      receiver.result.state === 'crashed' &&
      /Partial overlap with an existing lost segment/.test(receiver.result.reason),
  },
]
