"""Drives the simulator with google-api-python-client and google-auth, and validates every answer.

Usage: google_clients.py URL DIRECTORY, where DIRECTORY holds delegated.json and role.json (key files).
Answers are validated against the discovery document that ships with the client library.
"""

import base64
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
SCOPES = [AUTH + "admin.directory." + name + ".readonly" for name in ("user", "customer", "group", "orgunit")]
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
    "Groups": ["kind", "etag"],
    "Group": ["kind", "id", "etag", "email", "name", "description", "directMembersCount", "adminCreated"],
    "Members": ["kind", "etag"],
    "Member": ["kind", "id", "etag", "role", "type"],
    "MembersHasMember": ["isMember"],
    "OrgUnits": ["kind", "etag"],
    "OrgUnit": ["kind", "etag", "name", "orgUnitPath", "orgUnitId", "blockInheritance"],
    "UserPhoto": ["kind", "id", "etag", "primaryEmail", "mimeType", "width", "height", "photoData"],
    "Channel": ["kind", "id", "resourceId", "resourceUri", "expiration"],
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
    for lists, key, item in (("Groups", "groups", "Group"), ("Members", "members", "Member"),
                             ("OrgUnits", "organizationUnits", "OrgUnit")):
        if name == lists:
            assert value.get(key) != [], "an empty list must not have the key"
            for entry in value.get(key, []):
                validate(item, entry, required)
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
    customer = directory("delegated.json", ADMIN, [SCOPES[1]])
    refused(customer.users().list(customer="my_customer"), 403, "insufficientPermissions")
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


def read_list(collection, method, key, schema, **parameters):
    """Everything in a list with pages, by the client library's own paging."""
    request, items, pages = getattr(collection, method)(**parameters), [], 0
    while request is not None:
        page = validate(schema, request.execute())
        items += page.get(key, [])
        pages += 1
        request = getattr(collection, method + "_next")(request, page)
    return items, pages


def test_groups(service, people):
    groups, pages = read_list(service.groups(), "list", "groups", "Groups", customer="my_customer", maxResults=2)
    addresses = [group["email"] for group in groups]
    assert pages == 3 and addresses == sorted(addresses), (pages, addresses)
    assert addresses == [name + "@acme.example" for name in ("all", "contractors", "engineering", "phones", "sales")]
    found = validate("Groups", service.groups().list(domain="acme.example", query="email:sa*", orderBy="email").execute())
    assert [group["email"] for group in found["groups"]] == ["sales@acme.example"]
    person = next(person for person in people if person["orgUnitPath"].startswith("/Sales"))
    found = validate("Groups", service.groups().list(userKey=person["primaryEmail"]).execute())
    assert [group["email"] for group in found["groups"]] == ["sales@acme.example"]
    for group in groups:
        assert validate("Group", service.groups().get(groupKey=group["id"]).execute()) == group
    refused(service.groups().list(), 400, "badRequest")
    refused(service.groups().list(customer="my_customer", userKey=person["id"]), 400, "invalid")
    refused(service.groups().get(groupKey="nobody@acme.example"), 404, "notFound")


def test_members(service, people):
    members = service.members()
    sales, pages = read_list(members, "list", "members", "Members", groupKey="sales@acme.example", maxResults=50)
    wanted = {person["id"] for person in people if person["orgUnitPath"].startswith("/Sales")}
    owners = validate("Members", members.list(groupKey="sales@acme.example", roles="OWNER").execute())["members"]
    assert [member["email"] for member in owners] == [ADMIN]
    assert {member["id"] for member in sales} == wanted | {owners[0]["id"]} and pages == -(-len(sales) // 50), pages
    addresses = [member["email"].lower() for member in sales]
    assert addresses == sorted(addresses)
    states = {person["id"]: person for person in people}
    for member in sales:
        person = states[member["id"]]
        expected = "SUSPENDED" if person["suspended"] else "ARCHIVED" if person["archived"] else "ACTIVE"
        assert (member["email"], member["status"]) == (person["primaryEmail"], expected), member

    nested = validate("Members", members.list(groupKey="phones@acme.example").execute())["members"]
    assert sorted(member["type"] for member in nested) == ["GROUP", "GROUP", "USER"]
    outsider = next(member for member in nested if member["type"] == "USER")
    assert outsider["email"] == "partner@home.example" and "status" not in outsider
    derived, _ = read_list(members, "list", "members", "Members", groupKey="phones@acme.example", includeDerivedMembership=True)
    assert {member["id"] for member in sales} < {member["id"] for member in derived}
    everybody = validate("Members", members.list(groupKey="all@acme.example").execute())["members"]
    assert [(member["type"], member["id"], "email" in member) for member in everybody] == [("CUSTOMER", "C01acme42", False)]
    foreign = validate("Members", members.list(groupKey="contractors@acme.example", roles="MANAGER").execute())["members"][0]
    refused(members.list(groupKey=foreign["id"]), 403, "forbidden")
    refused(members.list(groupKey=foreign["email"]), 403, "forbidden")

    one = validate("Member", members.get(groupKey="sales@acme.example", memberKey=sales[0]["id"]).execute())
    assert one["email"] == sales[0]["email"] and "delivery_settings" in one
    refused(members.get(groupKey="sales@acme.example", memberKey="nobody@acme.example"), 404, "notFound")
    outside = next(person for person in people if person["orgUnitPath"] == "/Support")
    for group, key, expected in (("phones", sales[0]["email"], True), ("phones", outside["id"], False), ("all", outside["id"], True)):
        answer = members.hasMember(groupKey=group + "@acme.example", memberKey=key).execute()
        assert validate("MembersHasMember", answer) == {"isMember": expected}, (group, key, answer)
    refused(members.hasMember(groupKey="sales@acme.example", memberKey="partner@home.example"), 400, "invalid")


def test_org_units(service, people):
    units = service.orgunits()
    paths = lambda **parameters: [unit["orgUnitPath"] for unit in validate(
        "OrgUnits", units.list(customerId="my_customer", **parameters).execute()).get("organizationUnits", [])]
    everything = paths(type="all")
    assert set(everything) == {person["orgUnitPath"] for person in people} - {"/"}
    assert paths() == [path for path in everything if path.count("/") == 1]
    assert paths(type="allIncludingParent") == ["/"] + everything
    assert paths(orgUnitPath="/Engineering/R&D") == []
    for path in everything:
        unit = validate("OrgUnit", units.get(customerId="my_customer", orgUnitPath=path[1:]).execute())
        assert unit["orgUnitPath"] == path and unit["parentOrgUnitId"].startswith("id:")
        assert units.get(customerId="my_customer", orgUnitPath=unit["orgUnitId"]).execute() == unit
    refused(units.get(customerId="my_customer", orgUnitPath="Nowhere"), 404, "notFound")
    sales = units.get(customerId="my_customer", orgUnitPath="Sales").execute()
    control("PATCH", "orgunits/" + sales["orgUnitId"], {"name": "Sellers"})
    person = next(person for person in people if person["orgUnitPath"] == "/Sales/EMEA")
    assert service.users().get(userKey=person["id"]).execute()["orgUnitPath"] == "/Sellers/EMEA"
    control("PATCH", "orgunits/" + sales["orgUnitId"], {"name": "Sales"})


def test_custom_schemas(service):
    full = service.users().list(customer="my_customer", projection="full", maxResults=500).execute()["users"]
    person = next(person for person in full if "customSchemas" in person)
    get = lambda **parameters: validate("User", service.users().get(userKey=person["id"], **parameters).execute()).get("customSchemas")
    assert get() is None and get(projection="basic") is None
    assert get(projection="full") == person["customSchemas"]
    assert get(projection="custom", customFieldMask="Telephony,Nothing") == person["customSchemas"]
    assert get(projection="custom", customFieldMask="Nothing") is None


def test_photos(service, people):
    photos = service.users().photos()
    person = next(person for person in people if "thumbnailPhotoEtag" in person)
    for padding in ("equals", "dots", "asterisks", "none"):
        control("PATCH", "switches", {"photoPadding": padding})
        photo = validate("UserPhoto", photos.get(userKey=person["primaryEmail"]).execute())
        assert photo["etag"] == person["thumbnailPhotoEtag"]
        text = photo["photoData"].replace("*", "").replace(".", "").rstrip("=")
        picture = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        assert picture.startswith(b"\xff\xd8") and picture.endswith(b"\xff\xd9"), "a JPEG file"
    control("PATCH", "switches", {"photoPadding": "equals"})
    without = next(person for person in people if "thumbnailPhotoEtag" not in person)
    error = refused(photos.get(userKey=without["id"]), 404, "notFound")
    assert "Resource Not Found: photo" in str(error)


def test_channels(service):
    opened = []
    for event in ("add", "delete", "makeAdmin", "undelete", "update"):
        body = {"id": "python-" + event, "type": "web_hook", "address": "https://127.0.0.1:9/google", "token": "t",
                "params": {"ttl": "3600"}}
        opened.append(validate("Channel", service.users().watch(customer="my_customer", event=event, body=body).execute()))
    assert {channel["id"] for channel in control("GET", "channels")} == {channel["id"] for channel in opened}
    body = {"id": "plain", "type": "web_hook", "address": "http://127.0.0.1:9/google"}
    refused(service.users().watch(domain="acme.example", event="add", body=body), 400, "push.webhookUrlNotHttps")
    body = {"id": opened[0]["id"], "type": "web_hook", "address": "https://127.0.0.1:9/google"}
    refused(service.users().watch(domain="acme.example", event="add", body=body), 400, "channelIdNotUnique")
    for channel in opened:
        body = {"id": channel["id"], "resourceId": channel["resourceId"]}
        assert not service.channels().stop(body=body).execute(), "an empty answer"
        refused(service.channels().stop(body=body), 404, "notFound")
    assert control("GET", "channels") == []


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
    test_groups(service, people)
    test_members(service, people)
    test_org_units(service, people)
    test_custom_schemas(service)
    test_photos(service, people)
    test_channels(service)
    test_people(service, people)
    test_errors(service)
    test_role(people)
    test_retries(service)
    print(f"validated {validated} values against admin.directory_v1 {REVISION}")


main()
