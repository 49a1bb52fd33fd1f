"""A foreign end for CSP over ZeroMQ, on libzmq through pyzmq: a hub, a node that answers pings, a node that sends them.

It shares no code with Skyferry: the header, the CRC and the layouts are written here a second time.

    peer.py hub  --publish PORT --subscribe PORT
    peer.py node --publish PORT --subscribe PORT --layout LAYOUT --address N
    peer.py ping --publish PORT --subscribe PORT --layout LAYOUT --address N --to N
"""

import argparse
import json
import sys
import time

import zmq


def crc32c(octets):
    crc = 0xFFFFFFFF
    for octet in octets:
        crc ^= octet
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def pack(layout, header, payload):
    priority, source, target, target_port, source_port, flags = header
    body = payload + crc32c(payload).to_bytes(4, "big")
    if layout == "v2":
        word = priority << 46 | target << 32 | source << 18 | target_port << 12 | source_port << 6 | flags
        return word.to_bytes(6, "big") + body
    word = priority << 30 | source << 25 | target << 20 | target_port << 14 | source_port << 8 | flags
    order = "little" if layout == "1.x" else "big"
    prefix = b"" if layout == "bare" else bytes([target])
    return prefix + word.to_bytes(4, order) + body


def unpack(layout, message):
    if layout == "v2":
        word, body = int.from_bytes(message[:6], "big"), message[6:]
        header = (word >> 46, word >> 18 & 0x3FFF, word >> 32 & 0x3FFF, word >> 12 & 63, word >> 6 & 63, word & 63)
    else:
        at = 0 if layout == "bare" else 1
        word = int.from_bytes(message[at : at + 4], "little" if layout == "1.x" else "big")
        body = message[at + 4 :]
        header = (word >> 30, word >> 25 & 31, word >> 20 & 31, word >> 14 & 63, word >> 8 & 63, word & 255)
    payload, crc = body[:-4], int.from_bytes(body[-4:], "big")
    return header, payload, crc == crc32c(payload)


def topics(layout, address):
    if layout == "v2":
        return [(p << 14 | a).to_bytes(2, "big") for p in range(4) for a in (address, address | 63, 16383)]
    return [bytes([address]), bytes([31])] if layout == "1.x" else [b""]


def sockets(options):
    context = zmq.Context()
    publisher, subscriber = context.socket(zmq.PUB), context.socket(zmq.SUB)
    publisher.connect(f"tcp://127.0.0.1:{options.publish}")
    subscriber.connect(f"tcp://127.0.0.1:{options.subscribe}")
    for topic in topics(options.layout, options.address):
        subscriber.subscribe(topic)
    time.sleep(0.5)
    return publisher, subscriber


def hub(options):
    context = zmq.Context()
    ins, outs = context.socket(zmq.XSUB), context.socket(zmq.XPUB)
    ins.bind(f"tcp://127.0.0.1:{options.publish}")
    outs.bind(f"tcp://127.0.0.1:{options.subscribe}")
    zmq.proxy(ins, outs)


def node(options):
    publisher, subscriber = sockets(options)
    print(json.dumps({"type": "ready"}), flush=True)
    while True:
        header, payload, is_good = unpack(options.layout, subscriber.recv())
        priority, source, target, target_port, source_port, flags = header
        if target == options.address and target_port == 1 and is_good and flags & 1:
            publisher.send(pack(options.layout, (priority, target, source, source_port, target_port, flags), payload))


def ping(options):
    publisher, subscriber = sockets(options)
    answered = 0
    for count in range(5):
        payload = bytes(range(count * 60))
        header = (2, options.address, options.to, 1, 20 + count, 1)
        publisher.send(pack(options.layout, header, payload))
        until = time.time() + 2
        while time.time() < until:
            if not subscriber.poll(100):
                continue
            reply, echoed, is_good = unpack(options.layout, subscriber.recv())
            if is_good and reply[1:5] == (options.to, options.address, 20 + count, 1) and echoed == payload:
                answered += 1
                break
    print(json.dumps({"type": "result", "sent": 5, "answered": answered}), flush=True)
    return 0 if answered == 5 else 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=["hub", "node", "ping"])
    parser.add_argument("--publish", type=int, required=True)
    parser.add_argument("--subscribe", type=int, required=True)
    parser.add_argument("--layout", choices=["v2", "1.x", "2.1", "bare"], default="v2")
    parser.add_argument("--address", type=int, default=1)
    parser.add_argument("--to", type=int, default=2)
    options = parser.parse_args()
    sys.exit({"hub": hub, "node": node, "ping": ping}[options.role](options))


main()
