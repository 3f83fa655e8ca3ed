// Drives the simulator with Google's Go client, case by case. See the table in ../README.md.
//
// Usage: client URL DIRECTORY, where DIRECTORY holds delegated.json and role.json (key files).
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"

	"golang.org/x/oauth2/google"
	admin "google.golang.org/api/admin/directory/v1"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
)

const (
	auth          = "https://www.googleapis.com/auth/"
	administrator = "admin@acme.example"
	listPath      = "/admin/directory/v1/users"
)

var (
	address, keys = os.Args[1], os.Args[2]
	ctx           = context.Background()
	scopes        = []string{
		admin.AdminDirectoryUserReadonlyScope, admin.AdminDirectoryCustomerReadonlyScope,
		admin.AdminDirectoryGroupReadonlyScope, admin.AdminDirectoryOrgunitReadonlyScope,
	}
	// The administrator's client, whose token the cases share.
	kept *admin.Service
)

// errCannot says that the client has no means for a case, which has shown what comes instead.
var errCannot = errors.New("the client cannot")

// A case of the table. A check that fails panics.
type namedCase struct {
	name string
	do   func() error
}

func main() {
	failed := false
	for _, cases := range [][]namedCase{tokenCases, userCases, groupCases, failureCases, channelCases} {
		for _, each := range cases {
			switch err := outcome(each.do); {
			case err == nil:
				fmt.Println("yes", each.name)
			case errors.Is(err, errCannot):
				fmt.Println("no", each.name)
			default:
				failed = true
				fmt.Printf("failed %s: %q\n", each.name, err)
			}
		}
	}
	if failed {
		os.Exit(1)
	}
}

// outcome makes an error of a panic: a case that fails must not hide the others.
func outcome(do func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%v", cause)
		}
	}()
	return do()
}

// directory is a client with a token of its own, for a key file, a subject and scopes.
func directory(key, subject string, scopes ...string) *admin.Service {
	file := must(os.ReadFile(filepath.Join(keys, key)))
	config := must(google.JWTConfigFromJSON(file, scopes...))
	config.Subject = subject
	return must(admin.NewService(ctx, option.WithTokenSource(config.TokenSource(ctx)), option.WithEndpoint(address+"/")))
}

func service() *admin.Service {
	if kept == nil {
		kept = directory("delegated.json", administrator, scopes...)
	}
	return kept
}

// advance moves the simulator's clock; the shared token may be too old afterwards.
func advance(by string) {
	control("POST", "clock", map[string]any{"advance": by}, nil)
	kept = nil
}

// control sends a request to the simulator's control paths and reads the answer, if one is wanted.
func control(method, path string, body, answer any) {
	var text io.Reader
	if body != nil {
		text = bytes.NewReader(must(json.Marshal(body)))
	}
	request := must(http.NewRequest(method, address+"/_simulator/"+path, text))
	response := must(http.DefaultClient.Do(request))
	defer response.Body.Close()
	content := must(io.ReadAll(response.Body))
	check(response.StatusCode < 300, "%s %s: %s", method, path, content)
	if answer != nil {
		must(0, json.Unmarshal(content, answer))
	}
}

// statuses is what the simulator answered to the requests for a path while something was called.
func statuses(path string, call func()) []int {
	type request struct {
		Path   string
		Status int
	}
	var before, after []request
	control("GET", "requests", nil, &before)
	call()
	control("GET", "requests", nil, &after)
	var found []int
	for _, each := range after[len(before):] {
		if each.Path == path {
			found = append(found, each.Status)
		}
	}
	return found
}

// refused expects an error of the API.
func refused[T any](status int, reason string, do func(...googleapi.CallOption) (T, error)) {
	_, err := do()
	var refusal *googleapi.Error
	check(errors.As(err, &refusal) && len(refusal.Errors) > 0, "was not refused with %d %s: %v", status, reason, err)
	equal([]any{refusal.Code, refusal.Errors[0].Reason}, []any{status, reason})
}

func must[T any](value T, err error) T {
	check(err == nil, "%v", err)
	return value
}

func check(holds bool, format string, values ...any) {
	if !holds {
		panic(fmt.Sprintf(format, values...))
	}
}

func equal(found, wanted any) {
	check(reflect.DeepEqual(found, wanted), "%#v instead of %#v", found, wanted)
}
