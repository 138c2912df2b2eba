package notifytest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/notify/notifytest"
	"github.com/centrala-go/centrala/notify/twilio"
	"github.com/centrala-go/centrala/transport"
)

// do sends a bare request, so that what the clients refuse reaches the fakes.
func do(t *testing.T, rt http.RoundTripper, req *http.Request) (*http.Response, string) {
	t.Helper()
	resp, err := rt.RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(body)
}

// post sends a mail to the SendGrid fake.
func post(t *testing.T, srv *notifytest.SendGrid, key, body string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, notifytest.SendGridURL+"/v3/mail/send", strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+key)
	return do(t, srv.Transport(), req)
}

// call sends a form, or nothing, to the Twilio fake.
func call(t *testing.T, srv *notifytest.Twilio, method, path, form string) (int, string) {
	t.Helper()
	url := notifytest.TwilioURL + "/2010-04-01/Accounts/" + notifytest.TwilioAccount + path
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(form))
	require.NoError(t, err)
	req.SetBasicAuth(notifytest.TwilioAccount, notifytest.TwilioToken)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, body := do(t, srv.Transport(), req)
	return resp.StatusCode, body
}

func twilioClient(t *testing.T, srv *notifytest.Twilio) *twilio.Client {
	t.Helper()
	c, err := twilio.New(twilio.Config{
		AccountSID: notifytest.TwilioAccount, AuthToken: notifytest.TwilioToken, BaseURL: notifytest.TwilioURL,
	}, transport.WithTransport(srv.Transport()))
	require.NoError(t, err)
	return c
}
