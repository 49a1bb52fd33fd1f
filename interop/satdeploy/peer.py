"""satdeploy's DTP server on its own: serves one file at a hub until it is ended.

    peer.py --publish PORT --subscribe PORT --address N --payload ID FILE
"""
import argparse
import json
import signal
import threading

from satdeploy.csp.dtp_server import DTPServer

parser = argparse.ArgumentParser()
parser.add_argument("--publish", type=int, required=True)
parser.add_argument("--subscribe", type=int, required=True)
parser.add_argument("--address", type=int, required=True)
parser.add_argument("--payload", type=int, required=True)
parser.add_argument("file")
options = parser.parse_args()

server = DTPServer(
    options.file,
    options.payload,
    "tcp://127.0.0.1",
    options.address,
    zmq_pub_port=options.publish,
    zmq_sub_port=options.subscribe,
)
ended = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: ended.set())
server.start()
print(json.dumps({"type": "serving"}), flush=True)
ended.wait()
server.stop()
