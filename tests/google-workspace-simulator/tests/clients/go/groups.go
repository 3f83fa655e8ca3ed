package main

import (
	"encoding/json"
	"slices"
	"strings"

	admin "google.golang.org/api/admin/directory/v1"
)

// Groups, members and organizational units.
var groupCases = []namedCase{
	{"groups", func() error {
		var found []*admin.Group
		pages := 0
		must(0, service().Groups.List().Customer("my_customer").MaxResults(2).Pages(ctx, func(page *admin.Groups) error {
			found = append(found, page.Groups...)
			pages++
			return nil
		}))
		equal(pages, 3)
		var addresses []string
		for _, group := range found {
			addresses = append(addresses, strings.TrimSuffix(group.Email, "@acme.example"))
			same := must(service().Groups.Get(group.Id).Do())
			equal(string(must(json.Marshal(same))), string(must(json.Marshal(group))))
		}
		equal(addresses, []string{"all", "contractors", "engineering", "phones", "sales"})
		some := must(service().Groups.List().Domain("acme.example").Query("email:sa*").Do()).Groups
		equal([]any{len(some), some[0].Email}, []any{1, "sales@acme.example"})
		refused(404, "notFound", service().Groups.Get("nobody@acme.example").Do)
		return nil
	}},
	{"members", func() error {
		owners, _ := members(service().Members.List("sales@acme.example").Roles("OWNER"))
		equal([]any{len(owners), owners[0].Email}, []any{1, administrator})
		found, pages := members(service().Members.List("sales@acme.example").MaxResults(50))
		equal(memberIDs(found), merged(inUnit("/Sales"), memberIDs(owners)))
		equal(pages, (len(found)+49)/50)
		return nil
	}},
	{"members-nested", func() error {
		found, _ := members(service().Members.List("phones@acme.example"))
		var told []string
		for _, member := range found {
			told = append(told, member.Type+" "+member.Email)
		}
		slices.Sort(told)
		equal(told, []string{"GROUP engineering@acme.example", "GROUP sales@acme.example", "USER partner@home.example"})
		all, _ := members(service().Members.List("all@acme.example"))
		equal([]any{len(all), all[0].Type, all[0].Email}, []any{1, "CUSTOMER", ""})
		foreign, _ := members(service().Members.List("contractors@acme.example").Roles("MANAGER"))
		refused(403, "forbidden", service().Members.List(foreign[0].Id).Do)
		return nil
	}},
	{"members-derived", func() error {
		found, _ := members(service().Members.List("phones@acme.example").IncludeDerivedMembership(true))
		equal(len(memberIDs(found)), len(found))
		for _, person := range merged(inUnit("/Sales"), inUnit("/Engineering")) {
			check(slices.Contains(memberIDs(found), person), "%s is missing", person)
		}
		return nil
	}},
	{"members-has", func() error {
		inside, outside := inUnit("/Sales")[0], inUnit("/Support")[0]
		for _, row := range []struct {
			group, person string
			wanted        bool
		}{{"phones", inside, true}, {"phones", outside, false}, {"all", outside, true}} {
			answer := must(service().Members.HasMember(row.group+"@acme.example", row.person).Do())
			equal([]any{row.group, answer.IsMember}, []any{row.group, row.wanted})
		}
		return nil
	}},
	{"orgunits", func() error {
		units := service().Orgunits
		all := must(units.List("my_customer").Type("all").Do()).OrganizationUnits
		var found, wanted []string
		for _, unit := range all {
			found = append(found, unit.OrgUnitPath)
			for _, key := range []string{unit.OrgUnitPath[1:], unit.OrgUnitId} {
				equal(must(units.Get("my_customer", key).Do()).OrgUnitPath, unit.OrgUnitPath)
			}
		}
		for _, person := range people() {
			if person.OrgUnitPath != "/" {
				wanted = append(wanted, person.OrgUnitPath)
			}
		}
		equal(merged(found), merged(wanted))
		refused(404, "notFound", units.Get("my_customer", "Nowhere").Do)
		return nil
	}},
}

// members are the members that a call lists, and the number of pages.
func members(call *admin.MembersListCall) (found []*admin.Member, pages int) {
	must(0, call.Pages(ctx, func(page *admin.Members) error {
		found = append(found, page.Members...)
		pages++
		return nil
	}))
	return found, pages
}

func memberIDs(members []*admin.Member) []string {
	var found []string
	for _, member := range members {
		found = append(found, member.Id)
	}
	return merged(found)
}

func inUnit(path string) []string {
	return ids(filter(people(), func(person *admin.User) bool { return strings.HasPrefix(person.OrgUnitPath, path) }))
}

// merged are the different texts of some lists, sorted.
func merged(lists ...[]string) []string {
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}
