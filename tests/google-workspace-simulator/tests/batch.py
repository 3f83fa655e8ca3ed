"""Google's Python client reads the simulator's discovery document, sends a batch, and hides a long GET in a POST.

Usage: batch.py URL DIRECTORY, where DIRECTORY holds role.json, the key file of a service account with an admin role.
"""

import pathlib
import sys

from google.auth import jwt
from googleapiclient.discovery import build

URL, WORK = sys.argv[1], pathlib.Path(sys.argv[2])
AUDIENCE = "https://admin.googleapis.com/"

credentials = jwt.Credentials.from_service_account_file(WORK / "role.json", audience=AUDIENCE)
service = build("admin", "directory_v1", credentials=credentials, static_discovery=False, cache_discovery=False,
                discoveryServiceUrl=URL + "/$discovery/rest?version={apiVersion}")

answers = {}


def note(identifier, answer, error):
    answers[identifier] = error.resp.status if error else answer["primaryEmail"]


batch = service.new_batch_http_request(callback=note)
people = ["admin@acme.example", "nobody@acme.example", "TELLER@acme.example"]
for person in people:
    batch.add(service.users().get(userKey=person), request_id=person)
batch.execute()
assert answers == dict(zip(people, ["admin@acme.example", 404, "teller@acme.example"])), answers

nobody = service.users().list(customer="C01acme42", query="email:" + 2500 * "x" + "*").execute()
assert nobody["kind"] == "admin#directory#users" and "users" not in nobody, nobody
