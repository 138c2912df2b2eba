package sendgrid_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/notify/notifytest"
	"github.com/centrala-go/centrala/notify/sendgrid"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

// Whatever the texts hold, they arrive as encoding/json would carry them.
func FuzzClient_Send(f *testing.F) {
	f.Add("Anna", "Temat \"x\" \\", "Treść\n\x00\u2028😜\xff", "k", "v")
	f.Fuzz(func(t *testing.T, name, subject, text, key, value string) {
		srv := notifytest.NewSendGrid(notifytest.SendGridConfig{})
		c, err := sendgrid.New(config(), transport.WithTransport(srv.Transport()))
		require.NoError(t, err)
		_, err = c.Send(t.Context(), sendgrid.SendRequest{
			To: []notify.Address{{Email: anna.Email, Name: name}}, Subject: subject, Text: text, TemplateID: "d-1",
			DynamicTemplateData: map[string]any{key: value, key + "n": []string{value}}, Key: value,
		})
		if err != nil {
			require.ErrorIs(t, err, transport.ErrNotSent, "what is let through is accepted")
			return
		}
		require.True(t, json.Valid(srv.Requests()[0].Body))
		require.True(t, utf8.Valid(srv.Requests()[0].Body))
		m := srv.Mails()[0]
		require.Equal(t, carried(t, text), m.Text)
		require.Equal(t, carried(t, subject), m.Subject)
		require.Equal(t, carried(t, value), m.Data[carried(t, key)])
	})
}

// carried is what becomes of a text on its way through JSON.
func carried(t *testing.T, s string) string {
	t.Helper()
	raw, err := json.Marshal(s)
	require.NoError(t, err)
	var out string
	require.NoError(t, json.Unmarshal(raw, &out))
	return out
}

// No answer makes the client panic, or report a refusal as sent.
func FuzzClient_Answers(f *testing.F) {
	f.Add(400, `{"errors":[{"message":"bad","field":"from"}]}`, "1700000000")
	f.Add(429, ``, "99999999999999999999")
	f.Add(200, `<html>`, "-1")
	f.Fuzz(func(t *testing.T, status int, body, reset string) {
		if status < 200 || status > 599 || strings.ContainsAny(reset, "\r\n") {
			return
		}
		srv := notifytest.NewSendGrid(notifytest.SendGridConfig{})
		srv.Inject(transporttest.Fault{Status: status, Body: body, Header: http.Header{"X-RateLimit-Reset": {reset}}})
		c, err := sendgrid.New(config(), transport.WithTransport(srv.Transport()), transport.WithMaxAttempts(1))
		require.NoError(t, err)
		_, err = c.Send(t.Context(), confirmation())
		if status >= 300 {
			require.Error(t, err)
		}
		if status >= 500 {
			require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
		}
	})
}
