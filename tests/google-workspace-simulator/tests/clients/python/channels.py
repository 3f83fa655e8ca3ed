"""Channels of users.watch, and a receiver for their messages."""

import http.server
import json
import queue
import threading

from support import case, control, equal, people, refused, service

RECEIVED = queue.Queue()


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        RECEIVED.put((self.headers, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def receiver():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}/google"


def watch(name):
    body = {"id": name, "type": "web_hook", "address": ADDRESS, "token": "secret", "params": {"ttl": "3600"}}
    return service().users().watch(customer="my_customer", event="update", body=body)


def message(channel, state):
    """The next message, which must be of that channel: its number and body."""
    headers, body = RECEIVED.get(timeout=20)
    found = [headers["X-Goog-" + name] for name in ("Channel-ID", "Channel-Token", "Resource-ID", "Resource-State")]
    equal(found, [channel["id"], "secret", channel["resourceId"], state])
    return int(headers["X-Goog-Message-Number"]), body


def rename(name):
    """What the channels are told about."""
    return control("PATCH", "users/" + people()[5]["id"], {"name": {"givenName": name}})


ADDRESS = receiver()
OPEN = {}


@case("watch-sync")
def watch_sync():
    OPEN.update(watch("python-1").execute())
    equal((OPEN["kind"], OPEN["id"]), ("api#channel", "python-1"))
    equal(message(OPEN, "sync"), (1, b""))


@case("watch-event")
def watch_event():
    person = rename("Renamed")
    number, body = message(OPEN, "update")
    assert number > 1, number
    told = json.loads(body)
    equal((told["id"], told["primaryEmail"]), (person["id"], person["primaryEmail"]))


@case("watch-stop")
def watch_stop():
    stop = service().channels().stop(body={"id": OPEN["id"], "resourceId": OPEN["resourceId"]})
    stop.execute()
    equal(control("GET", "channels"), [])
    refused(404, "notFound", stop)
    refused(400, "channelIdNotUnique", watch("python-1"))
    # What is received next is of the next channel: the stopped one tells nothing any more.
    rename("Again")
    second = watch("python-2").execute()
    message(second, "sync")
    service().channels().stop(body={"id": second["id"], "resourceId": second["resourceId"]}).execute()
