package transport_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

// renderings is everything that a program can make of a failure: all verbs,
// JSON, logs and events.
func renderings(tb testing.TB, secret string, fault transporttest.Fault, cause error) string {
	tb.Helper()
	var log bytes.Buffer
	var out strings.Builder
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	fake := transporttest.NewVendor(http.NotFoundHandler())
	fake.Inject(fault)
	var rt http.RoundTripper = fake.Transport()
	if cause != nil {
		rt = roundTripFunc(func(*http.Request) (*http.Response, error) { return nil, cause })
	}
	c, err := transport.New(transport.Config{
		Vendor: "test", BaseURL: "https://vendor.test", Secrets: []string{secret},
		Judge: func(r *transport.Response) transport.Verdict {
			v := transport.JudgeStatus(r)
			v.Message, v.Code, v.RequestID = string(r.Body), string(r.Body), string(r.Body)
			return v
		},
	}, transport.WithTransport(rt), transport.WithLogger(logger), transport.WithBackoff(0, 0), transport.WithMaxAttempts(2),
		transport.WithObserver(transport.ObserverFunc(func(_ context.Context, e transport.Event) {
			fmt.Fprintf(&out, "%v %+v %#v", e, e, e)
		})))
	require.NoError(tb, err)
	_, err = c.Do(tb.Context(), &transport.Op{Name: "test.get", Safety: transport.Read}, transport.Request{
		Path: "/" + url.PathEscape(secret) + "/x?key=" + url.QueryEscape(secret), Header: http.Header{"X-Api-Key": {"fixed"}},
	})
	if err == nil {
		return ""
	}
	if refused, ok := errors.AsType[*transport.FieldError](err); ok { // no path can hold this secret
		return fmt.Sprintf("%v %+v %#v", refused, refused, refused)
	}
	text, jsonErr := json.Marshal(err)
	require.NoError(tb, jsonErr)
	var te *transport.Error
	require.ErrorAs(tb, err, &te)
	logger.Error("failed", "err", err, "any", te)
	fmt.Fprintf(&out, "%v %+v %#v %s %q %x %s %s %s", err, err, err, err, err, "", text, te.Body, te.Message)
	for e := errors.Unwrap(err); e != nil; e = errors.Unwrap(e) {
		fmt.Fprintf(&out, "%v %+v %#v", e, e, e)
	}
	return out.String() + log.String()
}

func leaks(text, secret string) bool {
	for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret), base64.RawStdEncoding.EncodeToString([]byte(secret))} {
		if strings.Contains(text, form) {
			return true
		}
	}
	return false
}

func FuzzRedaction(f *testing.F) {
	f.Add("s3cr3t-token-value", "bad token ", true)
	f.Add(`quote"and\slash<&>`, "", false)
	f.Add("with space/slash+plus=%", "x", true)
	f.Add("zażółć gęślą jaźń", "y", false)
	f.Add("./000000", "0", true) // no path segment
	f.Fuzz(func(t *testing.T, secret, prefix string, answered bool) {
		if len(secret) < 8 || strings.Contains("https://vendor.test/ [redacted]", secret) || ordinary(secret) || unprintable(prefix) || overlaps(prefix, secret) {
			t.Skip("what the texts hold or make up anyway is no secret")
		}
		fault := transporttest.Fault{Status: 400, Body: prefix + secret, Header: http.Header{"X-Request-Id": {secret}}}
		var cause error
		if !answered {
			cause = fmt.Errorf("wrapped: %w", &url.Error{Op: "Get", URL: "https://v.test/?k=" + secret, Err: errors.New(prefix + secret)})
		}
		if text := renderings(t, secret, fault, cause); leaks(text, secret) {
			t.Errorf("%q survives in %s", secret, text)
		}
	})
}

// ordinary reports whether s occurs in what is written without any secret.
func ordinary(s string) bool {
	if unprintable(s) {
		return true // no credential: a header could not carry it
	}
	const words = "test.get: invalid request, status 400 [redacted]: (request rejected after 1 attempt(s)) transport.Error unavailable unknown wrapped failed level"
	return strings.Contains(words, s)
}

// overlaps reports whether text holds a piece of the secret.
func overlaps(text, secret string) bool {
	for i := range len(secret) - 3 {
		if strings.Contains(text, secret[i:i+4]) {
			return true
		}
	}
	return false
}

func unprintable(s string) bool {
	return strings.ContainsFunc(s, func(ch rune) bool { return ch < ' ' || ch == 0x7f || ch == 0xfffd })
}

func TestRedaction_EveryForm(t *testing.T) {
	t.Parallel()
	const awkward = `p@ss "w/rd"+&<\>=%`
	bodies := []string{awkward, url.QueryEscape(awkward), url.PathEscape(awkward), strings.ToLower(url.QueryEscape(awkward)),
		base64.StdEncoding.EncodeToString([]byte(awkward)), base64.URLEncoding.EncodeToString([]byte(awkward)),
		fmt.Sprintf("%q", awkward), `p@ss &#34;w/rd&#34;+&amp;&lt;\&gt;=%`, `p@ss \"w/rd\"+\u0026\u003c\\\u003e=%`}
	for _, body := range bodies {
		text := renderings(t, awkward, transporttest.Fault{Status: 400, Body: body}, nil)
		require.NotContains(t, text, body)
		require.Contains(t, text, "[redacted]")
	}
}

func TestRedaction_BodyIsCutBetweenSecrets(t *testing.T) {
	t.Parallel()
	body := strings.Repeat("x", 64<<10-5) + secret + strings.Repeat("y", 100)
	text := renderings(t, secret, transporttest.Fault{Status: 400, Body: body}, nil)
	require.NotContains(t, text, secret[:5]+`"`)
	require.False(t, leaks(text, secret))
}

// Secrets removed before the limit pull text forward from behind it: a piece
// of a secret must not come along.
func TestRedaction_BodyFullOfSecrets(t *testing.T) {
	t.Parallel()
	c, err := transport.New(transport.Config{BaseURL: "https://vendor.test", Secrets: []string{secret}},
		transport.WithTransport(transporttest.HandlerTransport(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, strings.Repeat(secret, 10_000), http.StatusBadRequest)
		}))))
	require.NoError(t, err)
	_, err = c.Do(t.Context(), get, transport.Request{})
	var te *transport.Error
	require.ErrorAs(t, err, &te)
	require.NotEmpty(t, te.Body)
	require.Empty(t, strings.Trim(strings.ReplaceAll(string(te.Body), "[redacted]", ""), "[redact]"), "nothing but marks, the last one cut")
}

func TestRedaction_BothAlphabetsOfBase64(t *testing.T) {
	t.Parallel()
	const odd = ">>>???>>>???" // encodes to what the alphabets disagree on
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		body := enc.EncodeToString([]byte(odd))
		require.NotContains(t, renderings(t, odd, transporttest.Fault{Status: 400, Body: body}, nil), body)
	}
}

func TestRedaction_RotatedCredentials(t *testing.T) {
	t.Parallel()
	n := 0
	cred := func(context.Context) (string, error) {
		n++
		return fmt.Sprintf("rotating-secret-%04d", n), nil
	}
	fake := transporttest.NewVendor(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, r.Header.Get("Authorization"), http.StatusBadRequest)
	}))
	c, err := transport.New(transport.Config{Vendor: "test", BaseURL: "https://vendor.test", Authorize: transport.AuthBasic("u", cred)},
		transport.WithTransport(fake.Transport()))
	require.NoError(t, err)
	for range 100 {
		_, err := c.Do(t.Context(), get, transport.Request{})
		var te *transport.Error
		require.ErrorAs(t, err, &te)
		require.Equal(t, "Basic [redacted]", strings.TrimRight(string(te.Body), "=\n"))
	}
}

func TestClient_PrintsNoSecret(t *testing.T) {
	t.Parallel()
	cfg := transport.Config{Vendor: "test", BaseURL: "https://vendor.test?key=" + secret, Secrets: []string{secret}, Header: http.Header{"X-Key": {secret}}}
	c, err := transport.New(cfg, transport.WithTransport(vendor().Transport()))
	require.NoError(t, err)
	_, err = c.Do(t.Context(), get, transport.Request{})
	require.NoError(t, err)
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "client", c, "config", cfg)
	type holder struct{ unexported *transport.Client }
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		log.WriteString(fmt.Sprintf(verb, c) + fmt.Sprintf(verb, cfg) + fmt.Sprintf(verb, holder{c}))
	}
	require.NotContains(t, log.String(), secret)
	require.Contains(t, log.String(), "https://vendor.test")
}

func TestError_OneLine(t *testing.T) {
	t.Parallel()
	text := renderings(t, secret, transporttest.Fault{Status: 400, Body: "line one\nline two\x1b[31m" + strings.Repeat("long ", 5000)}, nil)
	require.NotContains(t, text, "\x1b[31m (") // in Error's text
	c := handlerClient(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400) }))
	_, err := c.Do(t.Context(), &transport.Op{Name: "test.get", Safety: transport.Read, Judge: func(*transport.Response) transport.Verdict {
		return transport.Verdict{
			Result: transport.ResultRefused, Message: "a\nb\u2028c\u202ed" + strings.Repeat("ä", 5000),
			Code: strings.Repeat("c", 5000), RequestID: strings.Repeat("r", 5000),
		}
	}}, transport.Request{})
	require.NotContains(t, err.Error(), "\n")
	require.Contains(t, err.Error(), "a b c d")
	require.Less(t, len(err.Error()), 3000)
}

func handlerClient(tb testing.TB, h http.Handler, opts ...transport.Option) *transport.Client {
	tb.Helper()
	c, err := transport.New(transport.Config{Vendor: "test", BaseURL: "https://vendor.test"},
		append([]transport.Option{transport.WithTransport(transporttest.HandlerTransport(h)), transport.WithBackoff(0, time.Millisecond)}, opts...)...)
	require.NoError(tb, err)
	return c
}
