"""Drives the simulator with google-api-python-client and google-auth, and validates every answer.

Usage: google_clients.py URL DIRECTORY, where DIRECTORY holds delegated.json and role.json (key files).
Answers are validated against the discovery document that ships with the client library.
"""

import json
import pathlib
import sys
import urllib.request

import googleapiclient
import jsonschema
from google.auth.exceptions import RefreshError
from google.oauth2 import service_account
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

URL, KEYS = sys.argv[1], pathlib.Path(sys.argv[2])
AUTH = "https://www.googleapis.com/auth/"
SCOPES = [AUTH + "admin.directory.user.readonly", AUTH + "admin.directory.customer.readonly"]
ADMIN = "admin@acme.example"
PEOPLE = 650

DOCUMENT = json.loads(
    (pathlib.Path(googleapiclient.__file__).parent / "discovery_cache/documents/admin.directory_v1.json").read_text()
)
REVISION = "20261104"

# Lists that the document leaves untyped, and the schemas that it nevertheless has for their elements.
ELEMENTS = {
    "addresses": "UserAddress",
    "emails": "UserEmail",
    "externalIds": "UserExternalId",
    "ims": "UserIm",
    "keywords": "UserKeyword",
    "languages": "UserLanguage",
    "locations": "UserLocation",
    "organizations": "UserOrganization",
    "phones": "UserPhone",
    "posixAccounts": "UserPosixAccount",
    "relations": "UserRelation",
    "sshPublicKeys": "UserSshPublicKey",
    "websites": "UserWebsite",
}

# The document names no required field for answers; these are in every recorded one.
REQUIRED = {
    "Users": ["kind", "etag"],
    "User": ["kind", "id", "etag", "primaryEmail", "name", "suspended", "archived", "isAdmin", "orgUnitPath",
             "customerId", "creationTime", "lastLoginTime", "emails", "isMailboxSetup"],
    "Customer": ["kind", "id", "etag", "customerDomain"],
}

DATE_TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"


def convert(schema):
    """A schema of the discovery document as JSON Schema."""
    if "$ref" in schema:
        return {"$ref": "#/$defs/" + schema["$ref"]}
    kind = schema.get("type", "any")
    if kind == "any":
        return {}
    made = {"type": kind}
    if kind == "array":
        made["items"] = convert(schema["items"])
    if kind == "object":
        if "properties" in schema:
            made["properties"] = {name: convert(part) for name, part in schema["properties"].items()}
            made["additionalProperties"] = False
        elif "additionalProperties" in schema:
            made["additionalProperties"] = convert(schema["additionalProperties"])
    if schema.get("format") in ("int64", "uint64"):
        made["pattern"] = r"^-?\d+$"
    if schema.get("format") == "date-time":
        made["pattern"] = DATE_TIME
        made["format"] = "date-time"
    if "enum" in schema:
        made["enum"] = schema["enum"]
    return made


DEFINITIONS = {name: convert(schema) for name, schema in DOCUMENT["schemas"].items()}
CHECKER = jsonschema.FormatChecker(["date-time"])
validated = 0


def validate(name, value, required=True):
    """Checks a value against a schema, the untyped lists inside a user, and the minimum of fields."""
    global validated
    schema = {"$defs": DEFINITIONS, "$ref": "#/$defs/" + name}
    jsonschema.Draft202012Validator(schema, format_checker=CHECKER).validate(value)
    missing = [field for field in REQUIRED.get(name, []) if required and field not in value]
    assert not missing, f"{name} lacks {missing}: {value}"
    validated += 1
    if name == "Users":
        assert value.get("users") != [], "an empty page must not have the key"
        for user in value.get("users", []):
            validate("User", user, required)
    if name == "User":
        for field, element in ELEMENTS.items():
            assert isinstance(value.get(field, []), list), f"{field} is no list: {value}"
            for item in value.get(field, []):
                validate(element, item)
    return value


def directory(key, subject=None, scopes=SCOPES):
    credentials = service_account.Credentials.from_service_account_file(KEYS / key, scopes=scopes, subject=subject)
    return build("admin", "directory_v1", credentials=credentials, client_options={"api_endpoint": URL + "/"})


def control(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + "/_simulator/" + path, data=data, method=method)
    with urllib.request.urlopen(request) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def read_all(service, **parameters):
    """All people, by the client library's own paging."""
    users = service.users()
    request, people, pages = users.list(**parameters), [], 0
    while request is not None:
        page = validate("Users", request.execute())
        people += page.get("users", [])
        pages += 1
        request = users.list_next(request, page)
    return people, pages


def refused(request, status, reason):
    try:
        request.execute(num_retries=0)
    except HttpError as error:
        got = (error.resp.status, json.loads(error.content)["error"]["errors"][0]["reason"])
        assert got == (status, reason), f"{got} instead of {(status, reason)}: {error.content}"
        return error
    raise AssertionError(f"was not refused: {request.uri}")


def token_refused(expected, **arguments):
    try:
        directory(**arguments).users().get(userKey=ADMIN).execute()
    except RefreshError as error:
        assert expected in str(error), f"{error} does not say {expected}"
        return
    raise AssertionError(f"a token was granted: {arguments}")


def test_paging(service):
    people, pages = read_all(service, customer="my_customer", maxResults=100)
    assert (len(people), pages) == (PEOPLE, 7), (len(people), pages)
    assert len({person["id"] for person in people}) == PEOPLE
    addresses = [person["primaryEmail"].lower() for person in people]
    assert addresses == sorted(addresses), "the default order is the primary address"
    assert not any("customSchemas" in person for person in people)
    full, _ = read_all(service, domain="acme.example", maxResults=500, projection="full", orderBy="familyName",
                       sortOrder="DESCENDING")
    assert any("customSchemas" in person for person in full)
    families = [person["name"]["familyName"].lower() for person in full]
    assert families == sorted(families, reverse=True)
    public, _ = read_all_public(service)
    assert len(public) == PEOPLE
    return people


def read_all_public(service):
    page = service.users().list(customer="my_customer", maxResults=500, viewType="domain_public").execute()
    validate("Users", page, required=False)
    assert "isAdmin" not in page["users"][0] and page["users"][0]["name"]
    rest = service.users().list(customer="my_customer", maxResults=500, viewType="domain_public",
                                pageToken=page["nextPageToken"]).execute()
    validate("Users", rest, required=False)
    return page["users"] + rest["users"], 2


def test_masks(service):
    page = service.users().list(customer="my_customer", maxResults=3, fields="nextPageToken,users(id,name/fullName)").execute()
    validate("Users", page, required=False)
    assert set(page) == {"nextPageToken", "users"} and set(page["users"][0]) == {"id", "name"}, page
    error = refused(service.users().list(customer="my_customer", fields="users(id,nope)"), 400, "invalid")
    assert "Invalid field selection nope" in str(error)


def test_queries(service, people):
    def find(query):
        return {person["id"] for person in read_all(service, customer="my_customer", query=query, maxResults=500)[0]}

    def expect(condition):
        return {person["id"] for person in people if condition(person)}

    below = lambda path: lambda person: person["orgUnitPath"] == path or person["orgUnitPath"].startswith(path + "/")
    table = {
        "isSuspended=true": lambda person: person["suspended"],
        "isArchived=true isSuspended=false": lambda person: person["archived"] and not person["suspended"],
        "isAdmin=true": lambda person: person["primaryEmail"] == ADMIN,
        "orgUnitPath='/Sales'": below("/Sales"),
        "orgUnitPath='/Sales/Jack\\'s Team'": below("/Sales/Jack's Team"),
        "orgUnitPath='/Büro Zürich'": below("/Büro Zürich"),
        "orgUnitPath='/Engineering/R&D'": below("/Engineering/R&D"),
        "familyName='García Márquez'": lambda person: person["name"]["familyName"] == "García Márquez",
        "familyName='O\\'Brien'": lambda person: person["name"]["familyName"].lower() == "o'brien",
        "givenName:zo*": lambda person: person["name"]["givenName"].lower().startswith("zo"),
        "externalId=E000007": lambda person: person["externalIds"][0]["value"] == "E000007",
    }
    for query, condition in table.items():
        expected = expect(condition)
        assert expected, f"nobody to find with {query}"
        assert find(query) == expected, query
    empty = validate("Users", service.users().list(customer="my_customer", query="email:nobody*").execute())
    assert "users" not in empty
    refused(service.users().list(customer="my_customer", query="surname=x"), 400, "invalid")


def test_people(service, people):
    person = people[7]
    for key in (person["id"], person["primaryEmail"], person["nonEditableAliases"][0]):
        assert validate("User", service.users().get(userKey=key).execute())["id"] == person["id"]
    renamed = control("PATCH", "users/" + person["id"], {"primaryEmail": "renamed+x@acme.example"})
    by_alias = validate("User", service.users().get(userKey=person["primaryEmail"]).execute())
    assert by_alias["primaryEmail"] == renamed["primaryEmail"] == "renamed+x@acme.example"
    assert person["primaryEmail"] in by_alias["aliases"]
    suspended = control("PATCH", "users/" + person["id"], {"suspended": True, "archived": True})
    validate("User", service.users().get(userKey=suspended["id"]).execute())

    control("DELETE", "users/" + person["id"])
    refused(service.users().get(userKey=person["id"]), 404, "notFound")
    page = service.users().list(customer="my_customer", showDeleted="true").execute()
    validate("Users", page, required=False)
    assert [entry["id"] for entry in page["users"]] == [person["id"]]
    control("PATCH", "users/" + person["id"], {"deletionTime": None})
    validate("User", service.users().get(userKey=person["id"]).execute())
    refused(service.users().get(userKey="sales@acme.example"), 400, "badRequest")
    refused(service.users().get(userKey="nobody@acme.example"), 404, "notFound")


def test_errors(service):
    refused(service.users().list(), 400, "badRequest")
    refused(service.users().list(customer="my_customer", pageToken="x"), 400, "invalid")
    refused(service.customers().get(customerKey="C0stranger"), 404, "notFound")
    group = directory("delegated.json", ADMIN, [SCOPES[1]])
    refused(group.users().list(customer="my_customer"), 403, "insufficientPermissions")
    plain = service.users().list(customer="my_customer", query="isAdmin=false isSuspended=false isArchived=false",
                                 maxResults=1).execute()["users"][0]
    nobody = directory("delegated.json", plain["primaryEmail"])
    refused(nobody.users().list(customer="my_customer"), 403, "forbidden")
    control("POST", "apis", {"service": "admin.googleapis.com", "enabled": False})
    refused(service.users().list(customer="my_customer"), 403, "accessNotConfigured")
    control("POST", "apis", {"service": "admin.googleapis.com", "enabled": True})
    token_refused("Invalid email or User ID", key="delegated.json", subject="nobody@acme.example")
    token_refused("unauthorized_client", key="role.json", subject=ADMIN)
    token_refused("access_denied", key="delegated.json", subject=ADMIN, scopes=SCOPES + [AUTH + "gmail.send"])


def test_role(people):
    service = directory("role.json")
    customer = people[0]["customerId"]
    assert len(read_all(service, customer=customer, maxResults=500)[0]) == PEOPLE
    refused(service.users().list(customer="my_customer"), 400, "invalid")
    validate("Customer", service.customers().get(customerKey=customer).execute())


def test_retries(service):
    control("POST", "faults", {"pathPrefix": "/admin/", "reason": "serviceUnavailable", "count": 1})
    validate("Users", service.users().list(customer="my_customer").execute(num_retries=1))
    control("POST", "faults", {"pathPrefix": "/admin/", "reason": "quotaExceeded", "count": 1})
    refused(service.users().list(customer="my_customer"), 403, "quotaExceeded")
    control("DELETE", "faults")


def main():
    assert DOCUMENT["revision"] == REVISION, f"pinned to {REVISION}, found {DOCUMENT['revision']}"
    service = directory("delegated.json", ADMIN)
    customer = validate("Customer", service.customers().get(customerKey="my_customer").execute())
    assert customer["customerDomain"] == "acme.example"
    people = test_paging(service)
    test_masks(service)
    test_queries(service, people)
    test_people(service, people)
    test_errors(service)
    test_role(people)
    test_retries(service)
    print(f"validated {validated} values against admin.directory_v1 {REVISION}")


main()
