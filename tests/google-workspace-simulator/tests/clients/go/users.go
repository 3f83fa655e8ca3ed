package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	admin "google.golang.org/api/admin/directory/v1"
	"google.golang.org/api/googleapi"
)

// Everybody, read once, in pages of 100.
var (
	everybody []*admin.User
	pageCount int
)

func people() []*admin.User {
	if everybody == nil {
		must(0, service().Users.List().Customer("my_customer").MaxResults(100).Pages(ctx, func(page *admin.Users) error {
			everybody = append(everybody, page.Users...)
			pageCount++
			return nil
		}))
	}
	return everybody
}

// People: pages, masks, queries, deleted ones, one, photos.
var userCases = []namedCase{
	{"users-pages", func() error {
		equal([]int{len(people()), pageCount}, []int{650, 7})
		equal(len(ids(people())), 650)
		return nil
	}},
	{"users-fields", func() error {
		mask := []googleapi.Field{"nextPageToken", "users(id,name/fullName)"}
		page := must(service().Users.List().Customer("my_customer").MaxResults(3).Fields(mask...).Do())
		equal([]any{len(page.Users), page.NextPageToken != "", page.Etag, page.Kind}, []any{3, true, "", ""})
		for _, person := range page.Users {
			bare := admin.User{Id: person.Id, Name: &admin.UserName{FullName: person.Name.FullName}}
			equal(string(must(json.Marshal(person))), string(must(json.Marshal(bare))))
			check(person.Id != "" && person.Name.FullName != "", "nothing is left of %+v", person)
		}
		refused(400, "invalid", service().Users.List().Customer("my_customer").Fields("users(id,nope)").Do)
		return nil
	}},
	{"users-query", func() error {
		below := func(path string) func(*admin.User) bool {
			return func(person *admin.User) bool { return strings.HasPrefix(person.OrgUnitPath+"/", path+"/") }
		}
		for query, condition := range map[string]func(*admin.User) bool{
			"isSuspended=true":                  func(person *admin.User) bool { return person.Suspended },
			`orgUnitPath='/Sales/Jack\'s Team'`: below("/Sales/Jack's Team"),
			"orgUnitPath='/Engineering/R&D'":    below("/Engineering/R&D"),
			"familyName='García Márquez'":       func(person *admin.User) bool { return person.Name.FamilyName == "García Márquez" },
			"isArchived=true isSuspended=false": func(person *admin.User) bool { return person.Archived && !person.Suspended },
		} {
			var found []*admin.User
			must(0, service().Users.List().Customer("my_customer").Query(query).Pages(ctx, func(page *admin.Users) error {
				found = append(found, page.Users...)
				return nil
			}))
			wanted := ids(filter(people(), condition))
			check(len(wanted) > 0, "nobody to find with %s", query)
			equal(ids(found), wanted)
		}
		refused(400, "invalid", service().Users.List().Customer("my_customer").Query("surname=x").Do)
		return nil
	}},
	{"users-deleted", func() error {
		person := people()[7].Id
		control("DELETE", "users/"+person, nil, nil)
		listed := must(service().Users.List().Customer("my_customer").ShowDeleted("true").Do()).Users
		equal(ids(listed), []string{person})
		refused(404, "notFound", service().Users.Get(person).Do)
		control("PATCH", "users/"+person, map[string]any{"deletionTime": nil}, nil)
		equal(must(service().Users.Get(person).Do()).Id, person)
		return nil
	}},
	{"users-get", func() error {
		person := people()[3]
		for _, key := range []string{person.Id, person.PrimaryEmail, person.NonEditableAliases[0]} {
			equal(must(service().Users.Get(key).Do()).Id, person.Id)
		}
		return nil
	}},
	{"users-404", func() error {
		refused(404, "notFound", service().Users.Get("nobody@acme.example").Do)
		return nil
	}},
	{"photo", func() error {
		person := filter(people(), func(person *admin.User) bool { return person.ThumbnailPhotoEtag != "" })[0]
		photo := must(service().Users.Photos.Get(person.Id).Do())
		equal([]string{photo.Etag, photo.PrimaryEmail}, []string{person.ThumbnailPhotoEtag, person.PrimaryEmail})
		picture := must(base64.URLEncoding.DecodeString(photo.PhotoData))
		equal(fmt.Sprintf("%x", picture[:2]), "ffd8")
		without := filter(people(), func(person *admin.User) bool { return person.ThumbnailPhotoEtag == "" })[0]
		refused(404, "notFound", service().Users.Photos.Get(without.Id).Do)
		return nil
	}},
}

// ids are the different ids of people, sorted.
func ids(people []*admin.User) []string {
	var found []string
	for _, person := range people {
		found = append(found, person.Id)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func filter[T any](items []T, condition func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(items), func(item T) bool { return !condition(item) })
}
