"""CFDP over UDP with the cfdp-py library at this end: one file sent, or a number of files received.

Prints JSON lines: `ready` with the address it listens on, then one `result` per transaction. Ends with 0 when every
transaction completed with the file whole, else with 1.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections import Counter
from pathlib import Path

import cfdppy.exceptions
from cfdppy import (
    CfdpState,
    CfdpUserBase,
    IndicationConfig,
    LocalEntityConfig,
    PutRequest,
    RemoteEntityConfig,
    RemoteEntityConfigTable,
    RestrictedFilestore,
)
from cfdppy.filestore import NativeFilestore
from cfdppy.handler.dest import DestHandler, acknowledge_inactive_eof_pdu
from cfdppy.handler.source import SourceHandler
from cfdppy.mib import CheckTimerProvider, DefaultFaultHandlerBase
from spacepackets.cfdp import ChecksumType, ConditionCode, TransmissionMode
from spacepackets.cfdp.defs import DeliveryCode
from spacepackets.cfdp.pdu.ack import TransactionStatus
from spacepackets.countdown import Countdown
from spacepackets.seqcount import SeqCountProvider
from spacepackets.util import ByteFieldGenerator
from wire import Wire, kind_of

CHECKSUMS = {
    "modular": ChecksumType.MODULAR,
    "crc32": ChecksumType.CRC_32,
    "crc32c": ChecksumType.CRC_32C,
    "null": ChecksumType.NULL_CHECKSUM,
}
"""What the library raises when it will not take a PDU; its own failures are of other classes."""
REFUSALS = tuple(
    each
    for each in vars(cfdppy.exceptions).values()
    if isinstance(each, type) and each.__module__ == "cfdppy.exceptions" and issubclass(each, Exception)
)


def say(kind: str, **fields) -> None:
    print(json.dumps({"type": kind, **fields}), flush=True)


class User(CfdpUserBase):
    """Remembers what the library reports about the current transaction."""

    def __init__(self, vfs):
        super().__init__(vfs=vfs)
        self.forget()

    def forget(self) -> None:
        self.name = None
        self.finished = None

    def metadata_recv_indication(self, params) -> None:
        self.name = params.dest_file_name

    def transaction_finished_indication(self, params) -> None:
        self.finished = params.finished_params

    def _unused(self, *_args, **_kwargs) -> None:
        pass

    transaction_indication = eof_sent_indication = eof_recv_indication = _unused
    file_segment_recv_indication = report_indication = suspended_indication = _unused
    resumed_indication = fault_indication = abandoned_indication = _unused


class Faults(DefaultFaultHandlerBase):
    """The library's default handlers; what they handle is listed."""

    def __init__(self):
        super().__init__()
        self.seen: list[str] = []

    def notice_of_suspension_cb(self, transaction_id, cond, progress) -> None:
        self.seen.append(f"{cond.name}: suspend")

    def notice_of_cancellation_cb(self, transaction_id, cond, progress) -> None:
        self.seen.append(f"{cond.name}: cancel")

    def abandoned_cb(self, transaction_id, cond, progress) -> None:
        self.seen.append(f"{cond.name}: abandon")

    def ignore_cb(self, transaction_id, cond, progress) -> None:
        self.seen.append(f"{cond.name}: ignore")


class CheckTimers(CheckTimerProvider):
    def __init__(self, seconds: float):
        self._seconds = seconds

    def provide_check_timer(self, local_entity_id, remote_entity_id, entity_type) -> Countdown:
        return Countdown.from_seconds(self._seconds)


class Run:
    """One handler of the library, the wire it is on, and what went wrong with it."""

    def __init__(self, options, role: str, vfs):
        self.options = options
        self.role = role
        self.user = User(vfs)
        self.faults = Faults()
        self.refused = Counter()
        self.crash: str | None = None
        self.first_pdu: float | None = None
        self.last_pdu = 0.0
        self.wire = Wire(options.listen, options.peer, options.loss, options.seed, dict(options.drop))
        local = LocalEntityConfig(id_field(options.local_id, options), IndicationConfig(), self.faults)
        table = RemoteEntityConfigTable([remote_settings(options)])
        timers = CheckTimers(options.check_timeout)
        if role == "sender":
            sequence = SeqCountProvider(8 * options.sequence_width)
            sequence.count = options.first_sequence
            self.handler = SourceHandler(local, self.user, table, timers, sequence)
        else:
            self.handler = DestHandler(local, self.user, table, timers)
        say("ready", listen=self.wire.address)

    def step(self, pdu) -> None:
        """Gives the handler one PDU, or only the time, and sends all it has to say."""
        if pdu is not None:
            self.last_pdu = time.monotonic()
            self.first_pdu = self.first_pdu or self.last_pdu
        try:
            self.handler.state_machine(pdu)
        except REFUSALS as refusal:
            self.refused[f"{type(refusal).__name__} at {kind_of(pdu) if pdu else 'no PDU'}"] += 1
        except Exception as error:
            self.crash = f"{type(error).__name__} in step {self.handler.step.name}: {error}"
            return
        while (holder := self.handler.get_next_packet()) is not None:
            try:
                self.wire.send(holder.pdu)
            except Exception as error:
                self.crash = f"{type(error).__name__} while encoding: {error}"
                return

    def report(self, path: Path | None, why: str | None) -> bool:
        """Says how the transaction ended; true when the library calls the file complete."""
        finished = self.user.finished
        whole = (
            self.crash is None
            and finished is not None
            and finished.condition_code == ConditionCode.NO_ERROR
            and finished.delivery_code == DeliveryCode.DATA_COMPLETE
        )
        is_file = path is not None and path.is_file()
        say(
            "result",
            role=self.role,
            state="crashed" if self.crash else "completed" if whole else "failed",
            reason=self.crash or why or (None if whole else "ended by a fault"),
            step=self.handler.step.name,
            condition=name_of(finished.condition_code) if finished else None,
            delivery=finished.delivery_code.name if finished else None,
            fileStatus=finished.file_status.name if finished else None,
            path=str(path) if path else None,
            octets=path.stat().st_size if is_file else None,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest() if is_file else None,
            seconds=round(self.last_pdu - (self.first_pdu or self.last_pdu), 3),
            pdus=self.wire.counts(),
            faults=self.faults.seen,
            refused=dict(self.refused),
        )
        return whole


def name_of(condition) -> str:
    """A condition code's name; the library leaves that of a cancelling EOF a bare, unshifted number."""
    return condition.name if isinstance(condition, ConditionCode) else str(condition)


def id_field(value: int, options):
    return ByteFieldGenerator.from_int(options.id_width, value)


def remote_settings(options) -> RemoteEntityConfig:
    return RemoteEntityConfig(
        entity_id=id_field(options.remote_id, options),
        max_file_segment_len=options.segment,
        max_packet_len=options.max_packet,
        closure_requested=options.closure,
        crc_on_transmission=options.crc,
        default_transmission_mode=TransmissionMode.ACKNOWLEDGED,
        crc_type=CHECKSUMS[options.checksum],
        positive_ack_timer_interval_seconds=options.ack_timeout,
        positive_ack_timer_expiration_limit=options.ack_limit,
        check_limit=options.check_limit,
        immediate_nak_mode=not options.no_immediate_nak,
        nak_timer_interval_seconds=options.nak_timeout,
        nak_timer_expiration_limit=options.nak_limit,
    )


def send(options) -> bool:
    run = Run(options, "sender", NativeFilestore())
    acknowledged = TransmissionMode.ACKNOWLEDGED if options.cls == 2 else TransmissionMode.UNACKNOWLEDGED
    target = Path(options.to or options.file.name)
    request = PutRequest(
        id_field(options.remote_id, options), options.file, target, acknowledged, options.closure
    )
    started = run.first_pdu = run.last_pdu = time.monotonic()
    run.handler.put_request(request)
    octets = 0
    while run.handler.state != CfdpState.IDLE and run.crash is None:
        if time.monotonic() - started > options.give_up:
            return run.report(options.file, f"gave up in step {run.handler.step.name}")
        sending = run.handler.step.name in ("IDLE", "SENDING_METADATA", "SENDING_FILE_DATA", "SENDING_EOF")
        run.step(run.wire.receive(0 if sending else 0.01))
        octets += options.max_packet
        ahead = octets * 8 / options.rate - (time.monotonic() - started)
        if sending and ahead > 0:
            time.sleep(min(ahead, 0.1))
    linger(run, options.linger)
    return run.report(options.file, None)


def receive(options) -> bool:
    options.dir.mkdir(parents=True, exist_ok=True)
    run = Run(options, "receiver", RestrictedFilestore(options.dir))
    ended = set()
    whole = True
    for _ in range(options.count):
        started = time.monotonic()
        run.user.forget()
        run.first_pdu = None
        why = None
        while run.crash is None and not (run.user.finished and run.handler.state == CfdpState.IDLE):
            if time.monotonic() - started > options.give_up:
                why = f"gave up in step {run.handler.step.name}"
                break
            pdu = run.wire.receive(0.01)
            if not answer_ended(run, ended, pdu):
                run.step(pdu)
        ended.add(run.handler.states.transaction_id)
        path = options.dir / run.user.name.lstrip("/") if run.user.name else None
        if run.crash is not None or why is not None:
            run.report(path, why)
            return False
        whole = run.report(path, None) and whole
    linger(run, options.linger, ended)
    return whole


def answer_ended(run: Run, ended: set, pdu) -> bool:
    """Deals with a PDU of a transaction that is over, as the library leaves to its user; false for any other."""
    if pdu is None or (pdu.source_entity_id.value, pdu.transaction_seq_num.value) not in {
        (each.source_id.value, each.seq_num.value) for each in ended if each is not None
    }:
        return False
    if kind_of(pdu) == "eof":
        run.wire.send(acknowledge_inactive_eof_pdu(pdu, TransactionStatus.TERMINATED))
    return True


def linger(run: Run, seconds: float, ended: set | None = None) -> None:
    """Stays reachable for a while: what the peer repeats still gets the library's answer."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 and run.crash is None:
        pdu = run.wire.receive(left)
        if pdu is not None and not answer_ended(run, ended or set(), pdu):
            run.step(pdu)


def address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


def kind_and_count(text: str) -> tuple[str, int]:
    kind, _, count = text.partition(":")
    return kind, int(count or 1)


def parse(arguments: list[str]) -> argparse.Namespace:
    common = argparse.ArgumentParser(add_help=False)
    option = common.add_argument
    option("--listen", type=address, required=True, metavar="HOST:PORT")
    option("--peer", type=address, required=True, metavar="HOST:PORT", help="where our PDUs go")
    option("--local-id", type=int, required=True)
    option("--remote-id", type=int, required=True)
    option("--id-width", type=int, choices=(1, 2, 4, 8), default=2, help="octets of an entity id")
    option("--sequence-width", type=int, choices=(1, 2, 4), default=4, help="octets of a sequence number")
    option("--first-sequence", type=int, default=1)
    option("--checksum", choices=CHECKSUMS, default="modular", help="of the file, when sending")
    option("--crc", action="store_true", help="a CRC on every PDU of a transaction of ours")
    option("--max-packet", type=int, default=1024, help="octets of the largest PDU")
    option("--segment", type=int, default=None, help="most octets of file data in one PDU")
    option("--no-immediate-nak", action="store_true", help="ask for gaps only after EOF")
    for name, seconds in (("ack", 10.0), ("nak", 10.0), ("check", 10.0)):
        option(f"--{name}-timeout", type=float, default=seconds, metavar="SECONDS")
        option(f"--{name}-limit", type=int, default=2, help="as the library counts: the N-th expiry is the fault")
    option("--loss", type=float, default=0.0, help="probability that a PDU is lost, each direction")
    option("--seed", type=int, default=1, help="of the loss")
    option("--drop", type=kind_and_count, action="append", default=[], metavar="KIND[:N]", help="lose the first N")
    option("--give-up", type=float, default=60.0, metavar="SECONDS", help="longest time for one transaction")
    option("--linger", type=float, default=0.5, metavar="SECONDS", help="stay reachable after the end")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    sender = commands.add_parser("send", parents=[common])
    sender.add_argument("file", type=Path)
    sender.add_argument("--to", help="the file's name at the other end (default: its own)")
    sender.add_argument("--class", dest="cls", type=int, choices=(1, 2), default=2)
    sender.add_argument("--closure", action="store_true", help="class 1: ask for a Finished PDU")
    sender.add_argument("--rate", type=float, default=8e6, help="bit/s, first pass only")
    sender.set_defaults(act=send)
    receiver = commands.add_parser("receive", parents=[common])
    receiver.add_argument("--dir", type=Path, required=True, help="where received files go")
    receiver.add_argument("--count", type=int, default=1, help="transactions to wait for")
    receiver.set_defaults(act=receive, closure=False)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    chosen = parse(sys.argv[1:])
    sys.exit(0 if chosen.act(chosen) else 1)
