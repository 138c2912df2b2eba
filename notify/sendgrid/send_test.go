package sendgrid_test

import (
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/notify/notifytest"
	"github.com/centrala-go/centrala/notify/sendgrid"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

func TestClient_SendEmail(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.SendGrid, c *sendgrid.Client) {
		receipt, err := c.SendEmail(t.Context(), notify.Email{
			To: []notify.Address{anna, {Email: "jan@example.com"}}, ReplyTo: notify.Address{Email: "odpowiedz@example.com"},
			Template: "d-0123", Data: map[string]any{"name": "Anna \"Żak\" 😜", "seats": 2},
			Key: "flow-1", Metadata: map[string]string{"step": "email"}, Tags: []string{"booking"},
			Attachments: []notify.Attachment{{Name: "plan.ics", Type: "text/calendar", Content: []byte("BEGIN:VCALENDAR")}},
			SendAt:      time.Now().Add(time.Hour),
		})
		require.NoError(t, err)
		require.Equal(t, "sendgrid", receipt.Provider)
		require.NotEmpty(t, receipt.ID)
		want := notifytest.Mail{
			MessageID: receipt.ID, To: anna.Email, From: sender.Email, ReplyTo: "odpowiedz@example.com", TemplateID: "d-0123",
			Data:       map[string]any{"name": "Anna \"Żak\" 😜", "seats": 2.0},
			CustomArgs: map[string]string{"step": "email", sendgrid.KeyArg: "flow-1"}, Categories: []string{"booking"},
			Attachments: []string{"plan.ics"}, SendAt: time.Now().Add(time.Hour), At: time.Now(),
		}
		other := want
		other.To = "jan@example.com"
		require.Empty(t, cmp.Diff([]notifytest.Mail{want, other}, srv.Mails()))
	})
}

func TestClient_Send_Content(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.SendGrid, c *sendgrid.Client) {
		req := confirmation()
		req.HTML = "<p>Do zobaczenia!</p>"
		_, err := c.Send(t.Context(), req)
		require.NoError(t, err)
		m := srv.Mails()[0]
		require.Equal(t, "Do zobaczenia!", m.Text)
		require.Equal(t, "<p>Do zobaczenia!</p>", m.HTML)
		require.Equal(t, "Potwierdzenie", m.Subject)
	})
}

// Only what there is travels: HTML alone, or a template without any content.
func TestClient_Send_ContentAlone(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.SendGrid, c *sendgrid.Client) {
		req := confirmation()
		req.Text, req.HTML = "", "<p>Do zobaczenia!</p>"
		_, err := c.Send(t.Context(), req)
		require.NoError(t, err)
		require.Contains(t, string(srv.Requests()[0].Body), `"content":[{"type":"text/html","value":"<p>Do zobaczenia!</p>"}]`)

		req.HTML, req.TemplateID = "", "d-1"
		_, err = c.Send(t.Context(), req)
		require.NoError(t, err)
		require.NotContains(t, string(srv.Requests()[1].Body), `"content"`)
	})
}

func TestClient_Send_Sandbox(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.SendGrid, c *sendgrid.Client) {
		req := confirmation()
		req.Sandbox = true
		receipt, err := c.Send(t.Context(), req)
		require.NoError(t, err)
		require.Empty(t, receipt.ID)
		require.Empty(t, srv.Mails())
	})
}

// The outcome that is reported and the effects that took place must agree,
// whatever goes wrong.
func TestClient_Send_Faults(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		fault    transporttest.Fault
		outcome  transport.Outcome
		effects  int
		requests int
	}{
		{"refused dial", transporttest.Fault{Refuse: true}, transport.Done, 1, 1},
		{"reset before", transporttest.Fault{Reset: true}, transport.Unknown, 0, 1},
		{"reset after", transporttest.Fault{Reset: true, After: true}, transport.Unknown, 1, 1},
		{"stall after", transporttest.Fault{Stall: time.Hour, After: true}, transport.Unknown, 1, 1},
		{"500", transporttest.Fault{Status: 500, Body: `{"errors":[{"message":"oops","field":null}]}`}, transport.Unknown, 0, 1},
		{"502 after", transporttest.Fault{Status: 502, Body: "<html>", After: true}, transport.Unknown, 1, 1},
		{"503", transporttest.Fault{Status: 503}, transport.Unknown, 0, 1},
		{"503 with a hint", transporttest.Fault{Status: 503, Header: http.Header{"Retry-After": {"3"}}}, transport.Done, 1, 2},
		{"504", transporttest.Fault{Status: 504}, transport.Unknown, 0, 1},
		{"proxy page", transporttest.Fault{Status: 200, Body: "<html>sign in</html>"}, transport.Unknown, 0, 1},
		{"413", transporttest.Fault{Status: 413}, transport.Rejected, 0, 1},
		{"451", transporttest.Fault{Status: 451}, transport.Rejected, 0, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := notifytest.NewSendGrid(notifytest.SendGridConfig{})
				srv.Inject(tc.fault)
				_, err := newClient(t, srv).Send(t.Context(), confirmation())
				require.Equal(t, tc.outcome, transport.OutcomeOf(err), "%v", err)
				require.Len(t, srv.Mails(), tc.effects)
				require.Len(t, srv.Requests(), tc.requests)
			})
		})
	}
}

func TestClient_Send_WaitsForReset(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.SendGrid, c *sendgrid.Client) {
		start := time.Now()
		reset := strconv.FormatInt(start.Add(4*time.Second).Unix(), 10)
		srv.Inject(transporttest.Fault{
			Status: 429, Header: http.Header{"X-RateLimit-Reset": {reset}},
			Body: `{"errors":[{"field":null,"message":"too many requests"}]}`,
		})
		_, err := c.Send(t.Context(), confirmation())
		require.NoError(t, err)
		require.GreaterOrEqual(t, time.Since(start), 4*time.Second)
		require.Less(t, time.Since(start), 5*time.Second)
		require.Len(t, srv.Mails(), 1)
	})
}

// The reset is a time of SendGrid's clock, whatever this machine's says.
func TestClient_Send_WaitsByTheVendorsClock(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.SendGrid, c *sendgrid.Client) {
		start := time.Now()
		there := start.Add(-time.Hour)
		srv.Inject(transporttest.Fault{Status: 429, Header: http.Header{
			"Date":              {there.UTC().Format(http.TimeFormat)},
			"X-RateLimit-Reset": {strconv.FormatInt(there.Add(4*time.Second).Unix(), 10)},
		}})
		_, err := c.Send(t.Context(), confirmation())
		require.NoError(t, err)
		require.GreaterOrEqual(t, time.Since(start), 4*time.Second)
		require.Less(t, time.Since(start), 5*time.Second)
	})
}

func TestClient_Send_PacesByHeaders(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := notifytest.NewSendGrid(notifytest.SendGridConfig{Limit: 2, Window: 10 * time.Second})
		c := newClient(t, srv)
		start := time.Now()
		for range 6 {
			_, err := c.Send(t.Context(), confirmation())
			require.NoError(t, err)
		}
		require.Len(t, srv.Requests(), 6, "no request was refused")
		require.Equal(t, 20*time.Second, time.Since(start))
	})
}

func TestClient_Send_SendGridRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		cfg  notifytest.SendGridConfig
		kind error
	}{
		"wrong key":       {notifytest.SendGridConfig{APIKeys: []string{"SG.other"}}, transport.ErrAuth},
		"unknown sender":  {notifytest.SendGridConfig{Senders: []string{"x@example.com"}}, notify.ErrSender},
		"no template":     {notifytest.SendGridConfig{Templates: []string{}}, transport.ErrInvalid},
		"credits used up": {notifytest.SendGridConfig{Credits: 1}, transport.ErrQuota},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := notifytest.NewSendGrid(tc.cfg)
			req := confirmation()
			req.TemplateID, req.To = "d-1", []notify.Address{anna, {Email: "jan@example.com"}}
			_, err := newClient(t, srv).Send(t.Context(), req)
			require.ErrorIs(t, err, tc.kind)
			require.Equal(t, transport.Rejected, transport.OutcomeOf(err))
			require.Empty(t, srv.Mails())
			var se *sendgrid.Error
			require.ErrorAs(t, err, &se)
			require.Len(t, se.Problems, 1)
		})
	}
}

// A name that SendGrid would refuse does not keep a neutral mail from going.
func TestClient_SendEmail_PlainNames(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.SendGrid, c *sendgrid.Client) {
		to := []notify.Address{{Email: "jan@example.com", Name: "Kowalski, Jan;\r\n senior"}, anna}
		_, err := c.SendEmail(t.Context(), notify.Email{To: to, Subject: "s", Text: "t"})
		require.NoError(t, err)
		require.Len(t, srv.Mails(), 2)
		require.Contains(t, string(srv.Requests()[0].Body), `"name":"Kowalski Jan senior"`)
		require.Contains(t, string(srv.Requests()[0].Body), `"name":"Anna Żak"`)
		require.Equal(t, "Kowalski, Jan;\r\n senior", to[0].Name, "the caller's list is unchanged")
	})
}
