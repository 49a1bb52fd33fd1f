"""One UDP socket that carries PDUs, loses some of them on purpose, and counts all of them."""

from __future__ import annotations

import random
import select
import socket
from collections import Counter

from spacepackets.cfdp import CrcFlag, PduType
from spacepackets.cfdp.pdu import DirectiveType
from spacepackets.cfdp.pdu.helper import PduFactory

_NAMES = {
    DirectiveType.METADATA_PDU: "metadata",
    DirectiveType.EOF_PDU: "eof",
    DirectiveType.FINISHED_PDU: "finished",
    DirectiveType.NAK_PDU: "nak",
    DirectiveType.PROMPT_PDU: "prompt",
    DirectiveType.KEEP_ALIVE_PDU: "keep-alive",
}


def kind_of(pdu) -> str:
    """The kind of a PDU, in the words that --drop uses."""
    if pdu.pdu_type == PduType.FILE_DATA:
        return "file-data"
    if pdu.directive_type == DirectiveType.ACK_PDU:
        acknowledged = pdu.directive_code_of_acked_pdu
        return "ack-eof" if acknowledged == DirectiveType.EOF_PDU else "ack-finished"
    return _NAMES[pdu.directive_type]


class Wire:
    """Sends to one peer and receives from anyone.

    Each direction loses PDUs with probability `loss`, drawn from one seed, and besides that the first ones of the
    kinds in `drop` (kind to count).
    """

    def __init__(self, listen, peer, loss: float, seed: int, drop: dict[str, int]):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
        self._socket.bind(listen)
        self._peer = peer
        self._loss = loss
        self._random = random.Random(seed)
        self._drop = dict(drop)
        self.sent = Counter()
        self.received = Counter()
        self.dropped = Counter()
        self.undecodable = Counter()

    @property
    def address(self) -> str:
        return "{}:{}".format(*self._socket.getsockname())

    def send(self, pdu) -> None:
        if self._is_lost(pdu):
            return
        self.sent[kind_of(pdu)] += 1
        self._socket.sendto(bytes(pdu.pack()), self._peer)

    def receive(self, wait: float):
        """The next PDU that arrived intact and was not lost, or None after `wait` seconds."""
        readable, _, _ = select.select([self._socket], [], [], wait)
        if not readable:
            return None
        try:
            datagram = self._socket.recv(65536)
        except ConnectionError:  # The peer's port is not open, or no longer.
            return None
        try:
            pdu = PduFactory.from_raw(datagram)
        except Exception as error:  # The library has no common class for what it cannot decode.
            self.undecodable[type(error).__name__] += 1
            return None
        if pdu is None or self._is_lost(pdu):
            return None
        self.received[kind_of(pdu)] += 1
        if pdu.crc_flag == CrcFlag.WITH_CRC:
            self.received["with-crc"] += 1
        return pdu

    def counts(self) -> dict[str, dict[str, int]]:
        return {
            "sent": dict(self.sent),
            "received": dict(self.received),
            "dropped": dict(self.dropped),
            "undecodable": dict(self.undecodable),
        }

    def _is_lost(self, pdu) -> bool:
        kind = kind_of(pdu)
        chosen = self._drop.get(kind, 0) > 0
        if chosen:
            self._drop[kind] -= 1
        if chosen or self._random.random() < self._loss:
            self.dropped[kind] += 1
            return True
        return False
