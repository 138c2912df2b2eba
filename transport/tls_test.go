package transport_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/transport"
)

// The caller's certificate reaches the vendor, over HTTP/2, from the client's
// own transport, and the caller's configuration stays as it was.
func TestWithTLSConfig_MutualTLS(t *testing.T) {
	t.Parallel()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Proto+" "+r.TLS.PeerCertificates[0].Subject.Organization[0])
	}))
	srv.EnableHTTP2 = true
	donor := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(donor.Close)
	trusted := x509.NewCertPool()
	trusted.AddCert(donor.Certificate())
	srv.TLS = &tls.Config{ClientCAs: trusted, ClientAuth: tls.RequireAnyClientCert}
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	t.Cleanup(srv.Close)

	roots := srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	cfg := &tls.Config{RootCAs: roots, Certificates: donor.TLS.Certificates}
	c := socketClient(t, srv.URL, transport.WithTLSConfig(cfg))
	resp, err := c.Do(t.Context(), get, transport.Request{})
	require.NoError(t, err)
	require.Equal(t, "HTTP/2.0 Acme Co", string(resp.Body))
	require.Empty(t, cfg.NextProtos)

	// TLS 1.3 tells the client only after its handshake that its certificate is
	// missing; how far it got by then is chance.
	without := socketClient(t, srv.URL, transport.WithTLSConfig(&tls.Config{RootCAs: roots}), transport.WithMaxAttempts(2))
	_, err = without.Do(t.Context(), get, transport.Request{})
	require.ErrorIs(t, err, transport.ErrUnavailable)
}
