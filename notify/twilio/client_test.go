package twilio_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
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

func TestNew_Refuses(t *testing.T) {
	t.Parallel()
	token := transport.StaticCredential("x")
	for field, change := range map[string]func(*twilio.Config){
		"AuthToken is empty":  func(c *twilio.Config) { c.AuthToken = "" },
		"AuthToken and":       func(c *twilio.Config) { c.AuthTokenFunc = token },
		"AccountSID":          func(c *twilio.Config) { c.AccountSID = "" },
		"AccountSID is":       func(c *twilio.Config) { c.AccountSID = "AC1/../2" },
		"APIKeySID":           func(c *twilio.Config) { c.APIKeySID = "AC1" },
		"MessagingServiceSID": func(c *twilio.Config) { c.MessagingServiceSID = "x" },
		"From":                func(c *twilio.Config) { c.From = "+48 1" },
		"StatusCallback":      func(c *twilio.Config) { c.StatusCallback = "https://a_b.pl" },
		"Settle":              func(c *twilio.Config) { c.Settle = -1 },
		"BaseURL":             func(c *twilio.Config) { c.BaseURL = "http://api.twilio.com" },
	} {
		cfg := config()
		change(&cfg)
		_, err := twilio.New(cfg)
		require.ErrorIs(t, err, transport.ErrInvalid, field)
		require.ErrorContains(t, err, field)
	}
}

func TestClient_HidesTheToken(t *testing.T) {
	t.Parallel()
	cfg := config()
	c, err := twilio.New(cfg)
	require.NoError(t, err)
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, nil))
	for _, v := range []any{cfg, &cfg, c} {
		fmt.Fprintf(&out, "%v %+v %#v %s %q %d\n", v, v, v, v, v, v)
		log.Info("m", "v", v)
		require.NoError(t, json.NewEncoder(&out).Encode(v))
	}
	require.NotContains(t, out.String(), notifytest.TwilioToken)
	require.Contains(t, out.String(), notifytest.TwilioAccount)
}

func TestClient_APIKey(t *testing.T) {
	t.Parallel()
	srv := notifytest.NewTwilio(notifytest.TwilioConfig{APIKeys: map[string]string{"SK1": "key-secret"}})
	cfg := config()
	cfg.APIKeySID, cfg.AuthToken = "SK1", ""
	cfg.AuthTokenFunc = func(context.Context) (string, error) { return "key-secret", nil }
	c, err := twilio.New(cfg, transport.WithTransport(srv.Transport()))
	require.NoError(t, err)
	send(t, c, "x")
	require.Len(t, srv.Messages(), 1)

	cfg.AuthTokenFunc = transport.StaticCredential("wrong-secret")
	c, err = twilio.New(cfg, transport.WithTransport(srv.Transport()))
	require.NoError(t, err)
	_, err = c.SendSMS(t.Context(), notify.SMS{To: anna, Body: "x"})
	require.ErrorIs(t, err, transport.ErrAuth)
	require.NotContains(t, err.Error(), "wrong-secret")
}

func TestError_SurvivesAnyBody(t *testing.T) {
	for name, tc := range map[string]struct {
		status  int
		body    string
		kind    error
		outcome transport.Outcome
		sent    int
	}{
		"opted out on a channel": {400, `{"code":63014,"message":"blocked"}`, notify.ErrOptedOut, transport.Rejected, 1},
		"trial":                  {400, `{"code":21608,"message":"unverified"}`, notify.ErrSender, transport.Rejected, 1},
		"auth":                   {403, `{"code":20003,"message":"no"}`, transport.ErrAuth, transport.Rejected, 1},
		"unknown code":           {400, `{"code":99999,"message":"new"}`, transport.ErrInvalid, transport.Rejected, 1},
		"a code with 500":        {500, `{"code":21610,"message":"odd"}`, transport.ErrUnavailable, transport.Rejected, 4},
		"throttled by code":      {400, `{"code":20429,"message":"slow"}`, transport.ErrRateLimited, transport.Rejected, 4},
		"html":                   {404, `<html>`, transport.ErrNotFound, transport.Rejected, 1},
		"empty":                  {400, ``, transport.ErrInvalid, transport.Rejected, 1},
		"newer problem":          {400, `{"code":20422,"title":"x","detail":"what is wrong"}`, transport.ErrInvalid, transport.Rejected, 1},
		"newer shape":            {400, `{"code":"x","httpStatusCode":400}`, transport.ErrInvalid, transport.Rejected, 1},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client) {
				srv.Inject(transporttest.Fault{Status: tc.status, Body: tc.body, Match: post, Times: -1})
				_, err := c.SendSMS(t.Context(), notify.SMS{To: anna, Body: "x"})
				require.ErrorIs(t, err, tc.kind)
				require.Equal(t, tc.outcome, transport.OutcomeOf(err))
				var te *twilio.Error
				require.ErrorAs(t, err, &te)
				require.Equal(t, tc.kind == notify.ErrOptedOut, errors.Is(err, notify.ErrOptedOut))
				require.Equal(t, tc.sent, posts(srv))
			})
		})
	}
}

func TestClient_Do(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client) {
		sent := send(t, c, "x")
		path := "/2010-04-01/Accounts/" + notifytest.TwilioAccount + "/Messages/" + sent.ID + ".json"
		_, err := c.Do(t.Context(), &transport.Op{Name: "twilio.delete_message", Safety: transport.Idempotent},
			transport.Request{Method: "DELETE", Path: path})
		require.NoError(t, err)
		require.Empty(t, srv.Messages())
	})
}

// Twilio refuses too many requests at once; the client never has that many.
func TestClient_CapsConcurrency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := notifytest.NewTwilio(notifytest.TwilioConfig{Concurrency: 20, Latency: time.Second})
		c := newClient(t, srv)
		start := time.Now()
		var wg sync.WaitGroup
		for i := range 60 {
			wg.Go(func() {
				if _, err := c.SendSMS(t.Context(), notify.SMS{To: anna, Body: fmt.Sprint(i)}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.Len(t, srv.Requests(), 60, "nothing was refused")
		require.Equal(t, 3*time.Second, time.Since(start))
	})
}

// The same over a real connection.
func TestClient_OverTCP(t *testing.T) {
	t.Parallel()
	srv := notifytest.NewTwilio(notifytest.TwilioConfig{})
	url, stop, err := srv.Start()
	require.NoError(t, err)
	defer stop()
	cfg := config()
	cfg.BaseURL = url
	c, err := twilio.New(cfg)
	require.NoError(t, err)
	defer c.CloseIdleConnections()
	receipt := send(t, c, "Do jutra")
	require.Equal(t, srv.Messages()[0].SID, receipt.ID)
	for m, err := range c.Messages(t.Context(), twilio.MessagesParams{To: anna}) {
		require.NoError(t, err)
		require.Equal(t, receipt.ID, m.SID)
	}
}

// No answer makes the client panic, or send a message twice.
func FuzzClient_Answers(f *testing.F) {
	f.Add(201, `{"sid":"SM1","num_segments":"1","error_code":null,"date_sent":"Thu, 24 Aug 2023 05:01:45 +0000"}`, false)
	f.Add(200, `{"messages":[{"body":"x","num_segments":"1e999"}]}`, true)
	f.Add(429, `{"code":20429}`, false)
	f.Add(500, `{`, true)
	f.Fuzz(func(t *testing.T, status int, body string, after bool) {
		if status < 200 || status > 599 {
			return
		}
		synctest.Test(t, func(t *testing.T) {
			srv := notifytest.NewTwilio(notifytest.TwilioConfig{})
			// A refusal after the effect is a lie that nobody could see through.
			srv.Inject(transporttest.Fault{Status: status, Body: body, After: after && (status < 300 || status >= 500)})
			_, _ = newClient(t, srv).SendSMS(t.Context(), notify.SMS{To: anna, Body: "x"})
			require.LessOrEqual(t, len(srv.Messages()), 1)
		})
	})
}
