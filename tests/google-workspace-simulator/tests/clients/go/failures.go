package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/googleapis/gax-go/v2"
	admin "google.golang.org/api/admin/directory/v1"
	"google.golang.org/api/googleapi"
)

// What a quota is called in a 403.
var quotas = []string{"quotaExceeded", "rateLimitExceeded", "userRateLimitExceeded"}

// Refusals, quotas, an unavailable service, and page tokens that are too old.
var failureCases = []namedCase{
	{"forbidden", func() error {
		customer := directory("delegated.json", administrator, admin.AdminDirectoryCustomerReadonlyScope)
		refused(403, "insufficientPermissions", customer.Users.List().Customer("my_customer").Do)
		plain := filter(people(), func(person *admin.User) bool {
			return !person.IsAdmin && !person.Suspended && !person.Archived
		})[0]
		nobody := directory("delegated.json", plain.PrimaryEmail, scopes...)
		refused(403, "forbidden", nobody.Users.List().Customer("my_customer").Do)
		return nil
	}},
	{"quota-429", func() error { return retried("concurrentLimit", 429) }},
	{"quota-403", func() error { return retried("rateLimitExceeded", 403) }},
	{"quota-exceeded", func() error { return retried("quotaExceeded", 403) }},
	{"quota-lasting", func() error { return givenUp("concurrentLimit", 429, "rateLimitExceeded") }},
	{"unavailable", func() error { return retried("serviceUnavailable", 503) }},
	{"unavailable-lasting", func() error { return givenUp("serviceUnavailable", 503, "backendError") }},
	{"page-token", func() error {
		token := must(one().Do()).NextPageToken
		advance("73h")
		refused(400, "invalid", one().PageToken(token).Do)
		return nil
	}},
}

func one() *admin.UsersListCall {
	return service().Users.List().Customer("my_customer").MaxResults(1)
}

func fault(reason string, more map[string]any) {
	// The token comes first, so that only the list is counted.
	must(one().Do())
	body := map[string]any{"method": "users.list", "reason": reason}
	for name, value := range more {
		body[name] = value
	}
	control("POST", "faults", body, nil)
}

// invoke calls with retries of what Google says is worth one, three times at most: the call itself has none.
func invoke(...googleapi.CallOption) (page *admin.Users, err error) {
	attempts := 0
	worth := func(err error) bool {
		var refusal *googleapi.Error
		if attempts > 3 || !errors.As(err, &refusal) {
			return false
		}
		quota := len(refusal.Errors) > 0 && slices.Contains(quotas, refusal.Errors[0].Reason)
		return slices.Contains([]int{429, 500, 502, 503, 504}, refusal.Code) || refusal.Code == 403 && quota
	}
	retryer := func() gax.Retryer {
		return gax.OnErrorFunc(gax.Backoff{Initial: 20 * time.Millisecond}, worth)
	}
	err = gax.Invoke(ctx, func(ctx context.Context, _ gax.CallSettings) error {
		attempts++
		page, err = one().Context(ctx).Do()
		return err
	}, gax.WithRetry(retryer))
	return page, err
}

func retried(reason string, status int) error {
	fault(reason, map[string]any{"count": 1})
	equal(statuses(listPath, func() { must(invoke()) }), []int{status, 200})
	return nil
}

func givenUp(reason string, status int, text string) error {
	fault(reason, nil)
	defer control("DELETE", "faults", nil, nil)
	equal(statuses(listPath, func() { refused(status, text, invoke) }), []int{status, status, status, status})
	return nil
}
