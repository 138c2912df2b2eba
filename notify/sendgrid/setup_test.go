package sendgrid_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/notify/notifytest"
	"github.com/centrala-go/centrala/notify/sendgrid"
	"github.com/centrala-go/centrala/transport"
)

var (
	anna   = notify.Address{Email: "anna@example.com", Name: "Anna Żak"}
	sender = notify.Address{Email: "biuro@example.com", Name: "Biuro"}
)

// config is the account that the fake knows.
func config() sendgrid.Config {
	return sendgrid.Config{APIKey: notifytest.SendGridKey, BaseURL: notifytest.SendGridURL, From: sender}
}

func newClient(t *testing.T, srv *notifytest.SendGrid, opts ...transport.Option) *sendgrid.Client {
	t.Helper()
	c, err := sendgrid.New(config(), append([]transport.Option{transport.WithTransport(srv.Transport())}, opts...)...)
	require.NoError(t, err)
	return c
}

// run gives f a fake and a client under fake time.
func run(t *testing.T, f func(t *testing.T, srv *notifytest.SendGrid, c *sendgrid.Client)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := notifytest.NewSendGrid(notifytest.SendGridConfig{})
		f(t, srv, newClient(t, srv))
	})
}

// confirmation is a small valid mail.
func confirmation() sendgrid.SendRequest {
	return sendgrid.SendRequest{To: []notify.Address{anna}, Subject: "Potwierdzenie", Text: "Do zobaczenia!"}
}
