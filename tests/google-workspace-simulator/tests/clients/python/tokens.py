"""Tokens for a service account that acts for somebody."""

from google.auth.exceptions import RefreshError

from support import ADMIN, AUTH, LIST, SCOPES, advance, case, control, directory, equal, service, statuses


def no_token(expected, **arguments):
    try:
        directory(**arguments).users().get(userKey=ADMIN).execute()
    except RefreshError as error:
        equal(error.args[1]["error"], expected)
        return
    raise AssertionError(f"a token was granted: {arguments}")


@case("token")
def token():
    equal(service().users().get(userKey=ADMIN).execute()["primaryEmail"], ADMIN)


@case("token-subject")
def token_subject():
    no_token("invalid_grant", subject="nobody@acme.example")


@case("token-scope")
def token_scope():
    no_token("access_denied", scopes=SCOPES + [AUTH + "gmail.send"])
    no_token("unauthorized_client", key="role.json")


@case("token-503")
def token_503():
    control("POST", "faults", {"pathPrefix": "/token", "reason": "temporarily_unavailable", "count": 1})
    equal(statuses("/token", lambda: directory().users().get(userKey=ADMIN).execute()), [503, 200])


@case("token-expired")
def token_expired():
    users = service().users().list(customer="my_customer", maxResults=1)
    users.execute()
    advance("2h")
    equal(statuses(LIST, users.execute), [401, 200])
