package twilio_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/notify/notifytest"
	"github.com/centrala-go/centrala/notify/twilio"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

func TestClient_Messages_Pages(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client) {
		for i := range 7 {
			send(t, c, fmt.Sprint(i))
		}
		before := len(srv.Requests())
		all := c.Messages(t.Context(), twilio.MessagesParams{To: anna, PageSize: 3})
		for range 2 { // the sequence can be ranged over again
			var bodies strings.Builder
			for m, err := range all {
				require.NoError(t, err)
				bodies.WriteString(m.Body)
			}
			require.Equal(t, "6543210", bodies.String())
		}
		require.Len(t, srv.Requests(), before+6)

		for range all {
			break
		}
		require.Len(t, srv.Requests(), before+7, "nothing is fetched after break")
	})
}

func TestClient_Messages_StopsAtTheFirstError(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client) {
		for i := range 4 {
			send(t, c, fmt.Sprint(i))
		}
		var got int
		var failed error
		for _, err := range c.Messages(t.Context(), twilio.MessagesParams{PageSize: 2}) {
			if err != nil {
				require.NoError(t, failed, "an error comes once")
				failed = err
				continue
			}
			if got++; got == 2 {
				srv.Inject(transporttest.Fault{Status: 401, Body: `{"code":20003,"message":"Authenticate","status":401}`})
			}
		}
		require.Equal(t, 2, got)
		require.ErrorIs(t, failed, transport.ErrAuth)
	})
}

// A vendor that names the same page for ever does not keep us for ever.
func TestClient_Messages_SamePageForEver(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client) {
		srv.Inject(transporttest.Fault{Status: 200, Body: `{"messages":[{"sid":"SM1"}],"next_page_uri":"/x?Page=1"}`, Times: -1})
		var n int
		var last error
		for _, err := range c.Messages(t.Context(), twilio.MessagesParams{}) {
			n, last = n+1, err
		}
		require.ErrorContains(t, last, "this page again")
		require.Equal(t, 3, n)
	})
}

// The next page's place never leads to another host or path.
func TestClient_ListMessages_KeepsItsHost(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client) {
		_, err := c.ListMessages(t.Context(), twilio.MessagesParams{Page: "https://evil.example/steal?Page=1&PageToken=PA1"})
		require.NoError(t, err)
		require.Equal(t, "/2010-04-01/Accounts/"+notifytest.TwilioAccount+"/Messages.json?Page=1&PageToken=PA1", srv.Requests()[0].URL.String())
	})
}

func TestClient_ListMessages_Filters(t *testing.T) {
	run(t, func(t *testing.T, _ *notifytest.Twilio, c *twilio.Client) {
		day := time.Now()
		for _, body := range []string{"1", "2", "3"} {
			send(t, c, body)
			time.Sleep(24 * time.Hour) // fake time
		}
		for _, tc := range []struct {
			want   string
			params twilio.MessagesParams
		}{
			{"321", twilio.MessagesParams{}},
			{"2", twilio.MessagesParams{SentOn: day.Add(36 * time.Hour)}},
			{"32", twilio.MessagesParams{SentSince: day.Add(24 * time.Hour)}},
			{"21", twilio.MessagesParams{SentUntil: day.Add(47 * time.Hour)}},
			{"2", twilio.MessagesParams{SentSince: day.Add(24 * time.Hour), SentUntil: day.Add(24 * time.Hour)}},
			{"", twilio.MessagesParams{To: "+48601000000"}},
			{"", twilio.MessagesParams{From: "+12025550123"}},
			{"321", twilio.MessagesParams{From: notifytest.TwilioNumber, To: anna}},
		} {
			page, err := c.ListMessages(t.Context(), tc.params)
			require.NoError(t, err)
			var got strings.Builder
			for _, m := range page.Messages {
				got.WriteString(m.Body)
			}
			require.Equal(t, tc.want, got.String())
			require.Empty(t, page.Next)
		}
	})
}

func TestClient_ListMessages_Behind(t *testing.T) {
	t.Parallel()
	for clock, want := range map[time.Duration]time.Duration{-time.Hour: time.Hour, 0: 0, time.Hour: 0} {
		synctest.Test(t, func(t *testing.T) {
			srv := notifytest.NewTwilio(notifytest.TwilioConfig{Clock: clock})
			page, err := newClient(t, srv).ListMessages(t.Context(), twilio.MessagesParams{})
			require.NoError(t, err)
			require.Equal(t, want, page.Behind)
		})
	}
}

func TestClient_ListMessages_Refuses(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client) {
		for field, p := range map[string]twilio.MessagesParams{
			"PageSize": {PageSize: 1001}, "PageSize is": {PageSize: -1}, "Page ": {Page: "%zz"},
		} {
			_, err := c.ListMessages(t.Context(), p)
			require.ErrorIs(t, err, transport.ErrInvalid)
			require.ErrorContains(t, err, field)
		}
		require.Empty(t, srv.Requests())
	})
}

// An answer that is no list is not an empty list: it is asked for again.
func TestClient_ListMessages_NoList(t *testing.T) {
	for name, body := range map[string]string{"empty": "", "html": "<html>", "null": `{"messages":null}`, "other": `{}`} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client) {
				sent := send(t, c, "x")
				srv.Inject(transporttest.Fault{Status: 200, Body: body})
				page, err := c.ListMessages(t.Context(), twilio.MessagesParams{})
				require.NoError(t, err)
				require.Len(t, page.Messages, 1)
				require.Equal(t, sent.ID, page.Messages[0].SID)
			})
		})
	}
}

func TestClient_FetchMessage(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client) {
		sent := send(t, c, "Do jutra")
		time.Sleep(2 * time.Second) // fake time
		m, err := c.FetchMessage(t.Context(), sent.ID)
		require.NoError(t, err)
		require.Equal(t, "delivered", m.Status)

		require.True(t, srv.SetStatus(sent.ID, "undelivered", 30003))
		m, err = c.FetchMessage(t.Context(), sent.ID)
		require.NoError(t, err)
		require.Equal(t, "undelivered", m.Status)
		require.Equal(t, 30003, m.ErrorCode)

		_, err = c.FetchMessage(t.Context(), "SM00000000000000000000000000000000")
		require.ErrorIs(t, err, transport.ErrNotFound)
		_, err = c.FetchMessage(t.Context(), "SM1/../..")
		require.ErrorIs(t, err, transport.ErrInvalid)
	})
}
