package twilio_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/notify/notifytest"
	"github.com/centrala-go/centrala/notify/twilio"
	"github.com/centrala-go/centrala/transport"
)

const (
	anna    = "+48501234567"
	service = "MG0123456789abcdef0123456789abcdef"
)

// config is the account that the fake knows.
func config() twilio.Config {
	return twilio.Config{
		AccountSID: notifytest.TwilioAccount, AuthToken: notifytest.TwilioToken,
		BaseURL: notifytest.TwilioURL, From: notifytest.TwilioNumber,
	}
}

func newClient(t *testing.T, srv *notifytest.Twilio, opts ...transport.Option) *twilio.Client {
	t.Helper()
	c, err := twilio.New(config(), append([]transport.Option{transport.WithTransport(srv.Transport())}, opts...)...)
	require.NoError(t, err)
	return c
}

// run gives f a fake and a client under fake time.
func run(t *testing.T, f func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := notifytest.NewTwilio(notifytest.TwilioConfig{})
		f(t, srv, newClient(t, srv))
	})
}
