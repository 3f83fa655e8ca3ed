package main

import (
	"encoding/json"
	"errors"

	"golang.org/x/oauth2"
	"google.golang.org/api/googleapi"
)

// Tokens for a service account that acts for somebody.
var tokenCases = []namedCase{
	{"token", func() error {
		equal(must(service().Users.Get(administrator).Do()).PrimaryEmail, administrator)
		return nil
	}},
	{"token-subject", func() error {
		noToken("invalid_grant", "delegated.json", "nobody@acme.example", scopes...)
		return nil
	}},
	{"token-scope", func() error {
		noToken("access_denied", "delegated.json", administrator, append(scopes[:4:4], auth+"gmail.send")...)
		noToken("unauthorized_client", "role.json", administrator, scopes...)
		return nil
	}},
	{"token-503", func() error {
		control("POST", "faults", map[string]any{"pathPrefix": "/token", "reason": "temporarily_unavailable", "count": 1}, nil)
		asked := statuses("/token", func() {
			noToken("temporarily_unavailable", "delegated.json", administrator, scopes...)
		})
		equal(asked, []int{503})
		return errCannot
	}},
	{"token-expired", func() error {
		users := one()
		must(users.Do())
		advance("2h")
		equal(statuses(listPath, func() { refused(401, "authError", users.Do) }), []int{401})
		return errCannot
	}},
}

func noToken(expected, key, subject string, scopes ...string) {
	_, err := directory(key, subject, scopes...).Users.Get(administrator).Do()
	var refusal *oauth2.RetrieveError
	check(errors.As(err, &refusal), "a token was granted, or: %v", err)
	var told struct{ Error string }
	must(0, json.Unmarshal(refusal.Body, &told))
	equal(told.Error, expected)
	var answered *googleapi.Error
	check(!errors.As(err, &answered), "the API was asked: %v", err)
}
