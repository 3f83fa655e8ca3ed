"""Groups, members and organizational units."""

from support import ADMIN, case, equal, people, read, refused, service

NAMES = ["all", "contractors", "engineering", "phones", "sales"]


def in_unit(path):
    return {person["id"] for person in people() if person["orgUnitPath"].startswith(path)}


def members(group, **parameters):
    return read(service().members(), "list", "members", groupKey=group + "@acme.example", **parameters)


@case("groups")
def groups():
    found, count = read(service().groups(), "list", "groups", customer="my_customer", maxResults=2)
    equal(([group["email"] for group in found], count), ([name + "@acme.example" for name in NAMES], 3))
    for group in found:
        equal(service().groups().get(groupKey=group["id"]).execute(), group)
    some = service().groups().list(domain="acme.example", query="email:sa*").execute()["groups"]
    equal([group["email"] for group in some], ["sales@acme.example"])
    refused(404, "notFound", service().groups().get(groupKey="nobody@acme.example"))


@case("members")
def members_of_a_group():
    owners, _ = members("sales", roles="OWNER")
    equal([owner["email"] for owner in owners], [ADMIN])
    found, count = members("sales", maxResults=50)
    equal({member["id"] for member in found}, in_unit("/Sales") | {owners[0]["id"]})
    equal(count, -(-len(found) // 50))


@case("members-nested")
def members_nested():
    found, _ = members("phones")
    equal(sorted((member["type"], member["email"]) for member in found),
          [("GROUP", "engineering@acme.example"), ("GROUP", "sales@acme.example"), ("USER", "partner@home.example")])
    equal([(member["type"], "email" in member) for member in members("all")[0]], [("CUSTOMER", False)])
    foreign, _ = members("contractors", roles="MANAGER")
    refused(403, "forbidden", service().members().list(groupKey=foreign[0]["id"]))


@case("members-derived")
def members_derived():
    found, _ = members("phones", includeDerivedMembership=True)
    equal(len(found), len({member["id"] for member in found}))
    missing = (in_unit("/Sales") | in_unit("/Engineering")) - {member["id"] for member in found}
    equal(missing, set())


@case("members-has")
def members_has():
    inside = next(person for person in people() if person["orgUnitPath"].startswith("/Sales"))
    outside = next(person for person in people() if person["orgUnitPath"] == "/Support")
    for group, person, wanted in (("phones", inside["primaryEmail"], True), ("phones", outside["id"], False),
                                  ("all", outside["id"], True)):
        answer = service().members().hasMember(groupKey=group + "@acme.example", memberKey=person).execute()
        equal((group, person, answer), (group, person, {"isMember": wanted}))


@case("orgunits")
def orgunits():
    units = service().orgunits()
    found = units.list(customerId="my_customer", type="all").execute()["organizationUnits"]
    equal({unit["orgUnitPath"] for unit in found}, {person["orgUnitPath"] for person in people()} - {"/"})
    for unit in found:
        for key in (unit["orgUnitPath"][1:], unit["orgUnitId"]):
            equal(units.get(customerId="my_customer", orgUnitPath=key).execute()["orgUnitPath"], unit["orgUnitPath"])
    refused(404, "notFound", units.get(customerId="my_customer", orgUnitPath="Nowhere"))
