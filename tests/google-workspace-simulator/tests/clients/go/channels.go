package main

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	admin "google.golang.org/api/admin/directory/v1"
	"google.golang.org/api/googleapi"
)

type delivery struct {
	header http.Header
	body   []byte
}

var (
	received = make(chan delivery, 16)
	hook     = receiver()
	open     *admin.Channel
)

// Channels of users.watch, and a receiver for their messages.
var channelCases = []namedCase{
	{"watch-sync", func() error {
		open = must(watch("go-1").Do())
		equal([]string{open.Kind, open.Id}, []string{"api#channel", "go-1"})
		number, body := message(open, "sync")
		equal([]int{number, len(body)}, []int{1, 0})
		return nil
	}},
	{"watch-event", func() error {
		person := rename("Renamed")
		number, body := message(open, "update")
		check(number > 1, "number %d", number)
		var told admin.User
		must(0, json.Unmarshal(body, &told))
		equal([]string{told.Id, told.PrimaryEmail}, []string{person.Id, person.PrimaryEmail})
		return nil
	}},
	{"watch-stop", func() error {
		stop(open)
		var left []any
		control("GET", "channels", nil, &left)
		equal(len(left), 0)
		err := service().Channels.Stop(reference(open)).Do()
		refused(404, "notFound", func(...googleapi.CallOption) (int, error) { return 0, err })
		refused(400, "channelIdNotUnique", watch("go-1").Do)
		// What is received next is of the next channel: the stopped one tells nothing any more.
		rename("Again")
		second := must(watch("go-2").Do())
		message(second, "sync")
		stop(second)
		return nil
	}},
}

func receiver() string {
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	receive := func(_ http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err == nil {
			received <- delivery{request.Header, body}
		}
	}
	go http.Serve(listener, http.HandlerFunc(receive))
	return "http://" + listener.Addr().String() + "/google"
}

func watch(id string) *admin.UsersWatchCall {
	channel := &admin.Channel{
		Id: id, Type: "web_hook", Address: hook, Token: "secret", Params: map[string]string{"ttl": "3600"},
	}
	return service().Users.Watch(channel).Customer("my_customer").Event("update")
}

func reference(channel *admin.Channel) *admin.Channel {
	return &admin.Channel{Id: channel.Id, ResourceId: channel.ResourceId}
}

func stop(channel *admin.Channel) {
	must(0, service().Channels.Stop(reference(channel)).Do())
}

// message is the next message, which must be of that channel: its number and body.
func message(channel *admin.Channel, state string) (int, []byte) {
	select {
	case next := <-received:
		var found []string
		for _, name := range []string{"Channel-ID", "Channel-Token", "Resource-ID", "Resource-State"} {
			found = append(found, next.header.Get("X-Goog-"+name))
		}
		equal(found, []string{channel.Id, "secret", channel.ResourceId, state})
		return must(strconv.Atoi(next.header.Get("X-Goog-Message-Number"))), next.body
	case <-time.After(20 * time.Second):
		panic("no message came")
	}
}

// rename is what the channels are told about.
func rename(name string) admin.User {
	var person admin.User
	body := map[string]any{"name": map[string]any{"givenName": name}}
	control("PATCH", "users/"+people()[5].Id, body, &person)
	return person
}
