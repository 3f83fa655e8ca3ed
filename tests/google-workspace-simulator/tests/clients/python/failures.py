"""Refusals, quotas, an unavailable service, and page tokens that are too old."""

from support import LIST, SCOPES, Cannot, advance, case, control, directory, equal, people, refused, service, statuses


def list_users():
    return service().users().list(customer="my_customer", maxResults=1)


def fault(reason, **more):
    # The token comes first, so that only the list is counted.
    list_users().execute()
    control("POST", "faults", {"method": "users.list", "reason": reason, **more})


def retried(reason, status):
    fault(reason, count=1)
    equal(statuses(LIST, lambda: list_users().execute(num_retries=2)), [status, 200])


def given_up(reason, status, text):
    fault(reason)
    try:
        seen = statuses(LIST, lambda: refused(status, text, list_users(), num_retries=1))
    finally:
        control("DELETE", "faults")
    equal(seen, [status] * 2)


@case("forbidden")
def forbidden():
    customer = directory(scopes=SCOPES[1:2])
    refused(403, "insufficientPermissions", customer.users().list(customer="my_customer"))
    plain = next(person for person in people() if not (person["isAdmin"] or person["suspended"] or person["archived"]))
    nobody = directory(subject=plain["primaryEmail"])
    refused(403, "forbidden", nobody.users().list(customer="my_customer"))


@case("quota-429")
def quota_429():
    retried("concurrentLimit", 429)


@case("quota-403")
def quota_403():
    retried("rateLimitExceeded", 403)


@case("quota-exceeded")
def quota_exceeded():
    # Only rateLimitExceeded and userRateLimitExceeded are worth a retry to this client.
    fault("quotaExceeded", count=1)
    equal(statuses(LIST, lambda: refused(403, "quotaExceeded", list_users(), num_retries=2)), [403])
    raise Cannot


@case("quota-lasting")
def quota_lasting():
    given_up("concurrentLimit", 429, "rateLimitExceeded")


@case("unavailable")
def unavailable():
    retried("serviceUnavailable", 503)


@case("unavailable-lasting")
def unavailable_lasting():
    given_up("serviceUnavailable", 503, "backendError")


@case("page-token")
def page_token():
    token = list_users().execute()["nextPageToken"]
    advance("73h")
    refused(400, "invalid", service().users().list(customer="my_customer", maxResults=1, pageToken=token))
