"""People: pages, masks, queries, deleted ones, one, photos."""

import base64

from support import case, control, equal, pages, people, read, refused, service


@case("users-pages")
def users_pages():
    equal((len(people()), pages()), (650, 7))
    equal(len({person["id"] for person in people()}), 650)


@case("users-fields")
def users_fields():
    page = service().users().list(customer="my_customer", maxResults=3, fields="nextPageToken,users(id,name/fullName)").execute()
    equal(sorted(page), ["nextPageToken", "users"])
    for person in page["users"]:
        equal((sorted(person), sorted(person["name"])), (["id", "name"], ["fullName"]))
    refused(400, "invalid", service().users().list(customer="my_customer", fields="users(id,nope)"))


@case("users-query")
def users_query():
    def below(path):
        return lambda person: (person["orgUnitPath"] + "/").startswith(path + "/")

    table = {
        "isSuspended=true": lambda person: person["suspended"],
        "orgUnitPath='/Sales/Jack\\'s Team'": below("/Sales/Jack's Team"),
        "orgUnitPath='/Engineering/R&D'": below("/Engineering/R&D"),
        "familyName='García Márquez'": lambda person: person["name"]["familyName"] == "García Márquez",
        "isArchived=true isSuspended=false": lambda person: person["archived"] and not person["suspended"],
    }
    for query, condition in table.items():
        wanted = sorted(person["id"] for person in people() if condition(person))
        assert wanted, f"nobody to find with {query}"
        found, _ = read(service().users(), "list", "users", customer="my_customer", query=query)
        equal(sorted(person["id"] for person in found), wanted)
    refused(400, "invalid", service().users().list(customer="my_customer", query="surname=x"))


@case("users-deleted")
def users_deleted():
    person = people()[7]["id"]
    control("DELETE", "users/" + person)
    listed = service().users().list(customer="my_customer", showDeleted="true").execute()["users"]
    equal([entry["id"] for entry in listed], [person])
    refused(404, "notFound", service().users().get(userKey=person))
    control("PATCH", "users/" + person, {"deletionTime": None})
    equal(service().users().get(userKey=person).execute()["id"], person)


@case("users-get")
def users_get():
    person = people()[3]
    for key in (person["id"], person["primaryEmail"], person["nonEditableAliases"][0]):
        equal(service().users().get(userKey=key).execute()["id"], person["id"])


@case("users-404")
def users_404():
    refused(404, "notFound", service().users().get(userKey="nobody@acme.example"))


@case("photo")
def photo():
    person = next(person for person in people() if "thumbnailPhotoEtag" in person)
    found = service().users().photos().get(userKey=person["id"]).execute()
    equal((found["etag"], found["primaryEmail"]), (person["thumbnailPhotoEtag"], person["primaryEmail"]))
    equal(base64.urlsafe_b64decode(found["photoData"])[:2], b"\xff\xd8")
    without = next(person for person in people() if "thumbnailPhotoEtag" not in person)
    refused(404, "notFound", service().users().photos().get(userKey=without["id"]))
