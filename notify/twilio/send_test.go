package twilio_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/notify/notifytest"
	"github.com/centrala-go/centrala/notify/twilio"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

func TestClient_SendMessage(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client) {
		m, err := c.SendMessage(t.Context(), twilio.SendMessageRequest{
			To: anna, Body: "Cześć & do zobaczenia + 😜", StatusCallback: "https://example.com/twilio/status",
		})
		require.NoError(t, err)
		require.Equal(t, "queued", m.Status)
		require.Equal(t, 1, m.Segments)
		require.Equal(t, time.Now().UTC().Truncate(time.Second), m.Created)

		got := srv.Messages()
		require.Len(t, got, 1)
		want := notifytest.Message{
			SID: m.SID, To: anna, From: notifytest.TwilioNumber, Body: "Cześć & do zobaczenia + 😜", Status: "queued",
			DateSent: time.Now(), DateCreated: time.Now(), StatusCallback: "https://example.com/twilio/status",
		}
		require.Empty(t, cmp.Diff(want, got[0]))
		require.Contains(t, string(srv.Requests()[0].Body), "Cze%C5%9B%C4%87%20%26%20do%20zobaczenia%20%2B%20")
	})
}

// The outcome that is reported and the effects that took place must agree,
// whatever goes wrong.
func TestClient_SendMessage_Faults(t *testing.T) {
	t.Parallel()
	hint := http.Header{"Retry-After": {"7"}}
	for _, tc := range []struct {
		name    string
		faults  []transporttest.Fault
		outcome transport.Outcome
		effects int
		posts   int
	}{
		{"refused dial", []transporttest.Fault{{Refuse: true}}, transport.Done, 1, 1},
		{"reset before", []transporttest.Fault{{Reset: true, Match: post}}, transport.Done, 1, 2},
		{"reset after", []transporttest.Fault{{Reset: true, After: true, Match: post}}, transport.Done, 1, 1},
		{"stall after", []transporttest.Fault{{Stall: time.Hour, After: true, Match: post}}, transport.Done, 1, 1},
		{"429 with a hint", []transporttest.Fault{{Status: 429, Header: hint}}, transport.Done, 1, 2},
		{"503 with a hint", []transporttest.Fault{{Status: 503, Header: hint}}, transport.Done, 1, 2},
		{"500 before", []transporttest.Fault{{Status: 500, Body: `{"code":20500}`}}, transport.Done, 1, 2},
		{"500 after", []transporttest.Fault{{Status: 500, Body: `{"code":20500}`, After: true, Match: post}}, transport.Done, 1, 1},
		{"HTML success before", []transporttest.Fault{{Status: 200, Body: "<html>welcome</html>"}}, transport.Done, 1, 2},
		{"empty success after", []transporttest.Fault{{Status: 201, After: true}}, transport.Done, 1, 1},
		{"cut success after", []transporttest.Fault{{Status: 201, Body: `{"sid":"SM1`, After: true}}, transport.Done, 1, 1},
		{"success without a SID before", []transporttest.Fault{{Status: 201, Body: `{"status":"queued","error_code":1}`}}, transport.Done, 1, 2},
		{"huge success after", []transporttest.Fault{{Status: 201, Body: strings.Repeat("x", 11<<20), After: true}}, transport.Done, 1, 1},
		{"always 500 after", []transporttest.Fault{{Status: 500, After: true, Times: -1}}, transport.Unknown, 1, 1},
		{"read-back down too", []transporttest.Fault{
			{Reset: true, After: true, Match: post}, {Status: 500, Match: get, Times: -1},
		}, transport.Unknown, 1, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := notifytest.NewTwilio(notifytest.TwilioConfig{})
				srv.Inject(tc.faults...)
				m, err := newClient(t, srv).SendMessage(t.Context(), twilio.SendMessageRequest{To: anna, Body: "Do jutra"})
				require.Equal(t, tc.outcome, transport.OutcomeOf(err), "%v", err)
				require.Len(t, srv.Messages(), tc.effects)
				require.Equal(t, tc.posts, posts(srv))
				if err == nil {
					require.Equal(t, srv.Messages()[0].SID, m.SID)
					require.Zero(t, m.ErrorCode, "of an attempt before")
				}
			})
		})
	}
}

// A number where a text belongs, and the reverse, does not lose a message.
func TestClient_SendMessage_OddTypes(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client) {
		srv.Inject(transporttest.Fault{
			Status: 201, After: true, Body: `{"sid":"SM7","price":-0.0075,"num_segments":1,"num_media":null,"error_code":"30003","date_sent":7}`,
		})
		m, err := c.SendMessage(t.Context(), twilio.SendMessageRequest{To: anna, Body: "Do jutra"})
		require.NoError(t, err)
		require.Equal(t, twilio.Message{SID: "SM7", Price: "-0.0075", Segments: 1, ErrorCode: 30003}, m)
		require.Len(t, srv.Requests(), 1)
	})
}

func post(r *http.Request) bool { return r.Method == http.MethodPost }

func get(r *http.Request) bool { return r.Method == http.MethodGet }

func posts(srv *notifytest.Twilio) int {
	n := 0
	for _, r := range srv.Requests() {
		if r.Method == http.MethodPost {
			n++
		}
	}
	return n
}

func TestClient_SendMessage_TwilioRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		to, from string
		code     int
		kinds    []error
	}{
		{to: "+15005550001", code: 21211, kinds: []error{notify.ErrInvalidRecipient, transport.ErrInvalid}},
		{to: "+15005550002", code: 21612, kinds: []error{notify.ErrInvalidRecipient}},
		{to: "+15005550003", code: 21408, kinds: []error{notify.ErrInvalidRecipient}},
		{to: "+15005550004", code: 21610, kinds: []error{notify.ErrOptedOut, transport.ErrInvalid}},
		{to: "+15005550009", code: 21614, kinds: []error{notify.ErrInvalidRecipient}},
		{to: anna, from: "+15005550001", code: 21212, kinds: []error{notify.ErrSender, transport.ErrInvalid}},
		{to: anna, from: "+15005550007", code: 21606, kinds: []error{notify.ErrSender}},
		{to: anna, from: "+15005550008", code: 21611, kinds: []error{transport.ErrRateLimited}},
		{to: anna, from: "+12025550123", code: 21606, kinds: []error{notify.ErrSender}},
	} {
		t.Run(tc.to+tc.from, func(t *testing.T) {
			run(t, func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client) {
				_, err := c.SendMessage(t.Context(), twilio.SendMessageRequest{To: tc.to, From: tc.from, Body: "x"})
				var te *twilio.Error
				require.ErrorAs(t, err, &te)
				require.Equal(t, tc.code, te.Code)
				require.NotEmpty(t, te.MoreInfo)
				for _, kind := range tc.kinds {
					require.ErrorIs(t, err, kind)
				}
				require.Equal(t, transport.Rejected, transport.OutcomeOf(err))
				require.Empty(t, srv.Messages())
				require.Len(t, srv.Requests(), 1)
			})
		})
	}
}
