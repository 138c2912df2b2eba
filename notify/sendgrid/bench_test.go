package sendgrid_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/notify/sendgrid"
	"github.com/centrala-go/centrala/transport"
)

// accepts answers every mail with 202, with as little work of its own as
// possible.
type accepts struct{ header http.Header }

func (a accepts) RoundTrip(r *http.Request) (*http.Response, error) {
	_, err := io.Copy(io.Discard, r.Body)
	return &http.Response{
		StatusCode: http.StatusAccepted, Header: a.header, Body: http.NoBody, Request: r,
	}, err
}

// BenchmarkClient_SendEmail measures one booking confirmation, without a
// network.
func BenchmarkClient_SendEmail(b *testing.B) {
	c, err := sendgrid.New(config(), transport.WithTransport(accepts{http.Header{"X-Message-Id": {"m1"}}}))
	require.NoError(b, err)
	e := notify.Email{
		To: []notify.Address{anna}, Template: "d-0123", Key: "flow-1",
		Data: map[string]any{"name": "Anna", "date": "24.11.2026", "time": "10:30", "service": "Konsultacja"},
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.SendEmail(b.Context(), e); err != nil {
			b.Fatal(err)
		}
	}
}
