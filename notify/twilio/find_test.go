package twilio_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/notify/notifytest"
	"github.com/centrala-go/centrala/notify/twilio"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

var (
	lostBefore = transporttest.Fault{Reset: true, Match: post}
	lostAfter  = transporttest.Fault{Reset: true, After: true, Match: post}
)

func send(t *testing.T, c *twilio.Client, body string) notify.Receipt {
	t.Helper()
	receipt, err := c.SendSMS(t.Context(), notify.SMS{To: anna, Body: body})
	require.NoError(t, err)
	return receipt
}

// An older message with the same text, even of the same day, is not this one.
func TestClient_SendSMS_PassesOverOlder(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client) {
		old := send(t, newClient(t, srv), "Do jutra") // by another process
		time.Sleep(10 * time.Second)                  // fake time
		srv.Inject(lostBefore)
		receipt := send(t, c, "Do jutra")
		require.False(t, receipt.LookedUp)
		require.Equal(t, 2, receipt.Attempts)
		require.NotEqual(t, old.ID, receipt.ID)
		require.Len(t, srv.Messages(), 2)
	})
}

func TestClient_SendSMS_ReadsBack(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client) {
		srv.Inject(lostAfter)
		receipt := send(t, c, "Do jutra")
		require.True(t, receipt.LookedUp)
		require.Equal(t, srv.Messages()[0].SID, receipt.ID)
		require.Len(t, srv.Messages(), 1)
	})
}

// The same text sent twice on purpose, by one client, is two messages, whatever
// is lost.
func TestClient_SendSMS_TwiceOnPurpose(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]transporttest.Fault{"before": lostBefore, "after": lostAfter} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client) {
				first := send(t, c, "Do jutra")
				srv.Inject(fault)
				second := send(t, c, "Do jutra")
				srv.Inject(fault)
				third := send(t, c, "Do jutra")
				require.Len(t, srv.Messages(), 3)
				require.NotEqual(t, first.ID, second.ID)
				require.NotEqual(t, second.ID, third.ID)
			})
		})
	}
}

// What this client has sent is not forgotten in the middle of a call.
func TestClient_SendSMS_TwiceOnPurpose_WhileForgetting(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client) {
		send(t, c, "pierwsza")
		time.Sleep(10*time.Minute - time.Second) // fake time
		send(t, c, "Do jutra")
		time.Sleep(2 * time.Second) // fake time
		srv.Inject(lostBefore)
		require.False(t, send(t, c, "Do jutra").LookedUp)
		require.Len(t, srv.Messages(), 3)
	})
}

// Many different messages, each lost somewhere, arrive once each.
func TestClient_SendSMS_ExactlyOnceUnderFaults(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client) {
		srv.InjectSeeded(7,
			transporttest.Fault{Reset: true, After: true, Match: post, Probability: 0.1},
			transporttest.Fault{Reset: true, Match: post, Probability: 0.1},
			transporttest.Fault{Status: 500, After: true, Match: post, Probability: 0.1},
		)
		const n = 60
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				_, err := c.SendSMS(t.Context(), notify.SMS{To: anna, Body: fmt.Sprint("wiadomość ", i)})
				if err != nil && !errors.Is(err, transport.ErrOutcomeUnknown) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		seen := map[string]int{}
		for _, m := range srv.Messages() {
			seen[m.Body]++
			require.Equal(t, 1, seen[m.Body], m.Body)
		}
		require.Len(t, seen, n)
	})
}

// A message of a service has no sender yet, one that is scheduled no time.
func TestClient_SendMessage_ReadsBackScheduled(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client) {
		srv.Inject(lostAfter)
		m, err := c.SendMessage(t.Context(), twilio.SendMessageRequest{
			To: anna, Body: "Do jutra", MessagingServiceSID: service, SendAt: time.Now().Add(time.Hour),
		})
		require.NoError(t, err)
		require.Equal(t, "scheduled", m.Status)
		require.Len(t, srv.Messages(), 1)
	})
}

// What cannot be recognised is not sent again.
func TestClient_SendMessage_UnrecognisableAtMostOnce(t *testing.T) {
	for name, req := range map[string]twilio.SendMessageRequest{
		"discarded":           {DiscardContent: true, Body: "x"},
		"obfuscated":          {ObfuscateAddress: true, Body: "x"},
		"content":             {ContentSID: content},
		"content with a text": {ContentSID: content, Body: "x"},
		"only media":          {MediaURLs: []string{"https://example.com/a.png"}},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client) {
				srv.Inject(lostBefore)
				req.To = anna
				_, err := c.SendMessage(t.Context(), req)
				require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
				require.Len(t, srv.Requests(), 1)
			})
		})
	}
}

// Since makes the read-back of a restarted program look at its earlier life.
func TestClient_SendSMS_Since(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client) {
		began := time.Now()
		killed := send(t, newClient(t, srv), "Do jutra")
		time.Sleep(time.Minute) // fake time
		srv.Inject(lostBefore)
		receipt, err := c.SendSMS(t.Context(), notify.SMS{To: anna, Body: "Do jutra", Since: began})
		require.NoError(t, err)
		require.Equal(t, killed.ID, receipt.ID)
		require.Len(t, srv.Messages(), 1)
	})
}

func TestClient_FindMessage(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client) {
		srv2 := send(t, c, "wcześniej")
		time.Sleep(time.Minute) // fake time
		since := time.Now()
		first, second := send(t, c, "Do jutra"), send(t, c, "Do jutra")
		_, err := c.SendSMS(t.Context(), notify.SMS{To: "+48601000000", Body: "inna"})
		require.NoError(t, err)
		q := twilio.MessageQuery{To: anna, Body: "Do jutra", From: notifytest.TwilioNumber, Since: since}

		for name, tc := range map[string]struct {
			change func(*twilio.MessageQuery)
			want   string
		}{
			"oldest":           {func(*twilio.MessageQuery) {}, first.ID},
			"again":            {func(*twilio.MessageQuery) {}, first.ID},
			"except":           {func(q *twilio.MessageQuery) { q.Except = []string{first.ID} }, second.ID},
			"except both":      {func(q *twilio.MessageQuery) { q.Except = []string{first.ID, second.ID} }, ""},
			"other text":       {func(q *twilio.MessageQuery) { q.Body = "Do jutra " }, ""},
			"other recipient":  {func(q *twilio.MessageQuery) { q.To = "+48601000000" }, ""},
			"other sender":     {func(q *twilio.MessageQuery) { q.From = "+12025550123" }, ""},
			"too early":        {func(q *twilio.MessageQuery) { q.Body = "wcześniej" }, ""},
			"early enough":     {func(q *twilio.MessageQuery) { q.Body, q.Since = "wcześniej", since.Add(-time.Minute) }, srv2.ID},
			"within the skew":  {func(q *twilio.MessageQuery) { q.Since = since.Add(5 * time.Second) }, first.ID},
			"beyond the skew":  {func(q *twilio.MessageQuery) { q.Since = since.Add(7 * time.Second) }, ""},
			"ended before":     {func(q *twilio.MessageQuery) { q.Until = since.Add(-7 * time.Second) }, ""},
			"next day in UTC":  {func(q *twilio.MessageQuery) { q.Since = since.Add(24 * time.Hour) }, ""},
			"scheduled search": {func(q *twilio.MessageQuery) { q.Scheduled = true }, first.ID},
		} {
			q := q
			tc.change(&q)
			m, found, err := c.FindMessage(t.Context(), q)
			require.NoError(t, err, name)
			require.Equal(t, tc.want != "", found, name)
			require.Equal(t, tc.want, m.SID, name)
		}
	})
}

// A clock that is wrong, here or there, neither doubles a message nor takes an
// older one for it.
func TestClient_SendSMS_ClocksDisagree(t *testing.T) {
	t.Parallel()
	for _, clock := range []time.Duration{-23 * time.Hour, -time.Hour, -10 * time.Second, -time.Second, time.Second, time.Hour} {
		t.Run(clock.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := notifytest.NewTwilio(notifytest.TwilioConfig{Clock: clock})
				c := newClient(t, srv)
				srv.Inject(lostAfter)
				require.True(t, send(t, c, "Do jutra").LookedUp)
				require.Len(t, srv.Messages(), 1)
				if clock <= 0 {
					time.Sleep(10 * time.Second) // fake time
					srv.Inject(lostBefore)
					require.False(t, send(t, newClient(t, srv), "Do jutra").LookedUp)
					require.Len(t, srv.Messages(), 2)
				}
			})
		})
	}
}

func TestClient_FindMessage_AsksForTheDay(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client) {
		_, found, err := c.FindMessage(t.Context(), twilio.MessageQuery{To: anna, Body: "x", Since: time.Now().AddDate(0, 0, 1)})
		require.NoError(t, err)
		require.False(t, found)
		require.Contains(t, srv.Requests()[0].URL.RawQuery, "DateSent%3E=2000-01-01&PageSize=1000&To=%2B48501234567", "the day before")
	})
}

func TestClient_FindMessage_SmartEncoded(t *testing.T) {
	run(t, func(t *testing.T, _ *notifytest.Twilio, c *twilio.Client) {
		sent := send(t, c, `"Cześć"...`)
		q := twilio.MessageQuery{To: anna, Body: "“Cześć”…", Since: time.Now()}
		_, found, err := c.FindMessage(t.Context(), q)
		require.NoError(t, err)
		require.False(t, found)
		q.SmartEncoded = true
		m, found, err := c.FindMessage(t.Context(), q)
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, sent.ID, m.SID)
	})
}

// A message of another service is another, one whose service is unknown is not.
func TestClient_FindMessage_Service(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client) {
		since := time.Now()
		sent, err := c.SendMessage(t.Context(), twilio.SendMessageRequest{To: anna, Body: "x", MessagingServiceSID: service})
		require.NoError(t, err)
		bare := send(t, c, "y")
		for _, tc := range []struct{ body, service, want string }{
			{"x", service, sent.SID}, {"x", "", sent.SID}, {"x", "MG1", ""}, {"y", service, bare.ID},
		} {
			m, _, err := c.FindMessage(t.Context(), twilio.MessageQuery{To: anna, Body: tc.body, MessagingServiceSID: tc.service, Since: since})
			require.NoError(t, err)
			require.Equal(t, tc.want, m.SID, "%v", tc)
		}
	})
}

// A messaging service may encode smartly without being asked to.
func TestClient_SendMessage_ReadsBackFromAService(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client) {
		srv.Inject(lostBefore)
		time.AfterFunc(time.Second, func() { // what Twilio made of it, late
			_, _ = newClient(t, srv).SendMessage(t.Context(), twilio.SendMessageRequest{
				To: anna, Body: `"Do jutra"...`, MessagingServiceSID: service,
			})
		})
		m, err := c.SendMessage(t.Context(), twilio.SendMessageRequest{To: anna, Body: "“Do jutra”…", MessagingServiceSID: service})
		require.NoError(t, err)
		require.Equal(t, srv.Messages()[0].SID, m.SID)
		require.Len(t, srv.Messages(), 1)
	})
}

// A trial account puts a notice before every text.
func TestClient_SendSMS_ReadsBackFromATrial(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := notifytest.NewTwilio(notifytest.TwilioConfig{Trial: true})
		srv.Inject(lostAfter)
		require.True(t, send(t, newClient(t, srv), "Do jutra").LookedUp)
		require.Len(t, srv.Messages(), 1)
		require.Equal(t, "Sent from your Twilio trial account - Do jutra", srv.Messages()[0].Body)
	})
}

func TestClient_FindMessage_Refuses(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client) {
		for field, q := range map[string]twilio.MessageQuery{
			"To":    {Body: "x", Since: time.Now()},
			"Body":  {To: anna, Since: time.Now()},
			"Since": {To: anna, Body: "x"},
		} {
			_, _, err := c.FindMessage(t.Context(), q)
			require.ErrorIs(t, err, transport.ErrInvalid)
			require.ErrorContains(t, err, field)
		}
		require.Empty(t, srv.Requests())
	})
}

// When the caller's time runs out during the read-back, nothing is sent again.
func TestClient_SendSMS_DeadlineInReadBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := notifytest.NewTwilio(notifytest.TwilioConfig{})
		srv.Inject(lostBefore)
		ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
		defer cancel()
		_, err := newClient(t, srv).SendSMS(ctx, notify.SMS{To: anna, Body: "x"})
		require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
		require.Equal(t, 1, posts(srv))
	})
}

// Between its two looks the client waits as long as it was told.
func TestClient_SendSMS_Settles(t *testing.T) {
	t.Parallel()
	for settle, want := range map[time.Duration]time.Duration{0: 15 * time.Second, time.Minute: time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			srv := notifytest.NewTwilio(notifytest.TwilioConfig{})
			cfg := config()
			cfg.Settle = settle
			c, err := twilio.New(cfg, transport.WithTransport(srv.Transport()))
			require.NoError(t, err)
			srv.Inject(lostBefore)
			start := time.Now()
			send(t, c, "Do jutra")
			require.InDelta(t, want, time.Since(start), float64(time.Second))
			require.Len(t, srv.Messages(), 1)
		})
	}
}
