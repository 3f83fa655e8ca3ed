"""What the cases share: Google's client pointed at the simulator, the control paths, and the report."""

import json
import pathlib
import sys
import traceback
import urllib.parse
import urllib.request

from google.oauth2 import service_account
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

URL, KEYS = sys.argv[1], pathlib.Path(sys.argv[2])
AUTH = "https://www.googleapis.com/auth/"
SCOPES = [AUTH + "admin.directory." + name + ".readonly" for name in ("user", "customer", "group", "orgunit")]
ADMIN = "admin@acme.example"
LIST = "/admin/directory/v1/users"

CASES = []


class Cannot(Exception):
    """The client has no means for this; the case has shown what comes instead."""


def case(name):
    """Names a case as the table does."""

    def register(function):
        CASES.append((name, function))
        return function

    return register


def run():
    """Runs the cases in order and reports each of them: `yes NAME`, `no NAME` or `failed NAME: WHY`."""
    failed = 0
    for name, function in CASES:
        try:
            function()
            print("yes", name, flush=True)
        except Cannot:
            print("no", name, flush=True)
        except Exception as error:  # a case that fails must not hide the others
            failed += 1
            print(f"failed {name}: {error!r}", flush=True)
            traceback.print_exc()
    return 1 if failed else 0


def directory(key="delegated.json", subject=ADMIN, scopes=SCOPES):
    """A client with a token of its own."""
    credentials = service_account.Credentials.from_service_account_file(KEYS / key, scopes=scopes, subject=subject)
    return build("admin", "directory_v1", credentials=credentials, client_options={"api_endpoint": URL + "/"})


_kept = {}


def service():
    """The administrator's client, whose token the cases share."""
    if "service" not in _kept:
        _kept["service"] = directory()
    return _kept["service"]


def advance(by):
    """Moves the simulator's clock; the shared token may be too old afterwards."""
    control("POST", "clock", {"advance": by})
    _kept.pop("service", None)


def people():
    """Everybody, read once, in pages of 100."""
    if "people" not in _kept:
        _kept["people"], _kept["pages"] = read(service().users(), "list", "users", customer="my_customer", maxResults=100)
    return _kept["people"]


def pages():
    people()
    return _kept["pages"]


def read(collection, method, key, **parameters):
    """A whole list and its number of pages, by the client's own paging."""
    request, items, count = getattr(collection, method)(**parameters), [], 0
    while request is not None:
        page = request.execute()
        items += page.get(key, [])
        count += 1
        request = getattr(collection, method + "_next")(request, page)
    return items, count


def control(method, path, body=None):
    """A request to the simulator's control paths."""
    data = None if body is None else json.dumps(body).encode()
    address = URL + "/_simulator/" + urllib.parse.quote(path)
    with urllib.request.urlopen(urllib.request.Request(address, data=data, method=method)) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def equal(found, wanted):
    assert found == wanted, f"{found!r} instead of {wanted!r}"


def refused(status, reason, request, **arguments):
    """Expects an error of the API."""
    try:
        request.execute(**arguments)
    except HttpError as error:
        equal((error.resp.status, json.loads(error.content)["error"]["errors"][0]["reason"]), (status, reason))
        return error
    raise AssertionError(f"was not refused: {request.uri}")


def statuses(path, call):
    """What the simulator answered to the requests for a path while something was called."""
    before = len(control("GET", "requests"))
    call()
    return [seen["status"] for seen in control("GET", "requests")[before:] if seen["path"] == path]
