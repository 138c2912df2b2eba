package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

// mapInbox is as much of an inbox as a Handler needs.
type mapInbox struct {
	webhook.Inbox
	bodies map[string]string
	fail   error
}

func (m *mapInbox) Put(_ context.Context, events ...webhook.InboxEvent) ([]webhook.Receipt, error) {
	if m.fail != nil {
		return nil, m.fail
	}
	var receipts []webhook.Receipt
	for _, e := range events {
		body, known := m.bodies[e.Key]
		if !known {
			m.bodies[e.Key] = string(e.Body)
		}
		receipts = append(receipts, webhook.Receipt{ID: 1, Duplicate: known, Conflict: known && body != string(e.Body)})
	}
	return receipts, nil
}

func newInboxHandler(t *testing.T, set func(*webhook.Config)) (post func(body, id string) (int, webhook.Observation), in *mapInbox) {
	t.Helper()
	in = &mapInbox{bodies: map[string]string{}}
	var last webhook.Observation
	c := webhook.Config{Source: "shop", Verifier: token("good"), Inbox: in, Observe: func(o webhook.Observation) { last = o }}
	if set != nil {
		set(&c)
	}
	h, err := webhook.NewHandler(c, nil)
	require.NoError(t, err)
	return func(body, id string) (int, webhook.Observation) {
		code := serve(h, request(body, "X-Id", id)).Code
		return code, last
	}, in
}

func TestHandler_Inbox(t *testing.T) {
	t.Parallel()
	post, in := newInboxHandler(t, func(c *webhook.Config) { c.Replay = webhook.NewMemoryStore() })
	for _, c := range []struct{ body, id, result string }{
		{"a", "1", "accepted"}, {"a", "1", "duplicate"}, {"b", "1", "conflict"}, {"b", "2", "accepted"},
	} {
		code, o := post(c.body, c.id)
		require.Equal(t, 200, code)
		require.Equal(t, c.result, o.Result)
	}
	require.Equal(t, map[string]string{"shop/1": "a", "shop/2": "b"}, in.bodies)
}

func TestHandler_InboxFails(t *testing.T) {
	t.Parallel()
	post, in := newInboxHandler(t, nil)
	for reason, err := range map[string]error{"full": webhook.ErrFull, "unavailable": errors.New("disk I/O error")} {
		in.fail = err
		code, o := post("a", "1")
		require.Equal(t, 503, code)
		require.Equal(t, reason, o.Reason)
		require.Equal(t, "failed", o.Result)
	}
	in.fail = nil
	code, o := post("a", "1")
	require.Equal(t, 200, code)
	require.Equal(t, "accepted", o.Result)
}

func TestHandler_Split(t *testing.T) {
	t.Parallel()
	post, in := newInboxHandler(t, func(c *webhook.Config) {
		c.Split = func(e webhook.Event) (events []webhook.InboxEvent, err error) {
			var ids []int
			if err := json.Unmarshal(e.Body, &ids); err != nil {
				return nil, err
			}
			if len(ids) == 0 {
				return nil, webhook.Refuse(422, "no events")
			}
			for _, id := range ids {
				key := webhook.JoinKey(e.Source, fmt.Sprint(id))
				if id == 0 {
					key = "" // a mistake of Split
				}
				events = append(events, webhook.InboxEvent{Key: key})
			}
			return events, nil
		}
	})
	for _, c := range []struct {
		body, result string
		code         int
	}{
		{"[1,2]", "accepted", 200}, {"[2,1]", "duplicate", 200}, {"[2,3]", "accepted", 200}, {"[]", "refused", 422}, {"{", "refused", 400},
		{"[4,0]", "refused", 400},
	} {
		code, o := post(c.body, "")
		require.Equal(t, c.code, code)
		require.Equal(t, c.result, o.Result)
	}
	require.Len(t, in.bodies, 3)
	require.Contains(t, in.bodies, "shop/3")
}
