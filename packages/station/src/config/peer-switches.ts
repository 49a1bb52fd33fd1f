/** The single habits of a peer, for one that no dialect describes: options of a remote entity. */
import type { PeerSwitches } from './configuration.ts'
import type { Option, Table } from './option-table.ts'
import { count, FLAG, oneOf } from './value-types.ts'

function flag(about: string): Option<boolean> {
  return { type: FLAG, usually: "the dialect's", origin: 'skyferry', about }
}

export const PEER_SWITCHES: Table<PeerSwitches> = {
  protocolVersion: {
    type: count(0, 1),
    usually: "the dialect's",
    origin: 'skyferry',
    about: 'The version in the header: 1, or 0 for peers that know no issue 5 of the standard',
  },
  closureBitMask: {
    type: oneOf(['0x40', '0x80'], 'one of'),
    usually: "the dialect's",
    origin: 'skyferry',
    about: 'The bit of Metadata that asks for closure: 0x40, or 0x80 as NASA CF has it',
  },
  emptySecondNameLv: flag('Filestore requests on one file carry an empty second name'),
  faultLocationLengthMinusOne: flag('The length of a fault location is written one too small'),
  dataFieldExtendsToDatagramEnd: flag(
    'The data field goes on to the end of the datagram, whatever its length says',
  ),
  anyResponseStatus: flag('Any status of a filestore response is accepted'),
  remoteMessageIdForm: {
    type: oneOf(['bare', 'nested'], 'one of'),
    usually: "the dialect's",
    origin: 'skyferry',
    about: 'How reserved messages name a transaction',
  },
  ackFinishedInClass1: flag('Class 1 with closure: its Finished is acknowledged'),
  expectAckFinishedInClass1: flag('Class 1 with closure: our Finished is repeated until it is acknowledged'),
  nakReplace: flag('Its newest NAK decides what is sent again, instead of adding to it'),
  nakRestate: flag('Our NAKs are one PDU each, from the beginning of the file'),
  eofForMetadataOnly: flag('A transaction without a file ends with EOF'),
  requireEqualMode: flag('Replies with another mode bit than the transaction are dropped'),
  metadataWithEof: flag('An EOF that is not answered follows Metadata once more'),
  oneAtATime: flag('It takes one transaction per direction at a time'),
}
