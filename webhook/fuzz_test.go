package webhook_test

import (
	"bytes"
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/centrala-go/centrala/webhook"
)

func FuzzStandardWebhooks(f *testing.F) { fuzzScheme(f, "standard") }
func FuzzStandardV1a(f *testing.F)      { fuzzScheme(f, "standard-v1a") }
func FuzzSvix(f *testing.F)             { fuzzScheme(f, "svix") }
func FuzzStripe(f *testing.F)           { fuzzScheme(f, "stripe") }
func FuzzGitHub(f *testing.F)           { fuzzScheme(f, "github") }
func FuzzGitHubSHA1(f *testing.F)       { fuzzScheme(f, "github-sha1") }
func FuzzSlack(f *testing.F)            { fuzzScheme(f, "slack") }
func FuzzShopify(f *testing.F)          { fuzzScheme(f, "shopify") }
func FuzzTwilio(f *testing.F)           { fuzzScheme(f, "twilio") }
func FuzzSendGrid(f *testing.F)         { fuzzScheme(f, "sendgrid") }
func FuzzSquare(f *testing.F)           { fuzzScheme(f, "square") }
func FuzzPaddle(f *testing.F)           { fuzzScheme(f, "paddle") }
func FuzzDiscord(f *testing.F)          { fuzzScheme(f, "discord") }
func FuzzPagerDuty(f *testing.F)        { fuzzScheme(f, "pagerduty") }
func FuzzTwitch(f *testing.F)           { fuzzScheme(f, "twitch") }
func FuzzHubSpotV1(f *testing.F)        { fuzzScheme(f, "hubspot-v1") }
func FuzzHubSpotV2(f *testing.F)        { fuzzScheme(f, "hubspot-v2") }
func FuzzHubSpotV3(f *testing.F)        { fuzzScheme(f, "hubspot-v3") }
func FuzzLinear(f *testing.F)           { fuzzScheme(f, "linear") }
func FuzzMailgun(f *testing.F)          { fuzzScheme(f, "mailgun") }
func FuzzLINE(f *testing.F)             { fuzzScheme(f, "line") }
func FuzzHMAC(f *testing.F)             { fuzzScheme(f, "hmac") }
func FuzzStaticToken(f *testing.F)      { fuzzScheme(f, "token") }
func FuzzBasicAuth(f *testing.F)        { fuzzScheme(f, "basic") }
func FuzzMessageSignature(f *testing.F) { fuzzScheme(f, "rfc9421-hmac-sha256") }

// fuzzScheme changes everything a sender controls. A message is valid only if
// its signed fields are those of the one message that was signed.
func fuzzScheme(f *testing.F, name string) {
	f.Helper()
	fixtures := fixtures()
	fx := fixtures[slices.IndexFunc(fixtures, func(fx fixture) bool { return fx.name == name })]
	good := fx.sign(f, []byte("body"))
	if fx.resign != nil { // the fuzzer's processes must agree on one message
		fx.resign(good)
	}
	proven, err := fx.verifier.Verify(good)
	if err != nil {
		f.Fatal(err)
	}
	var values [3]string
	for i, name := range fx.headers {
		values[i] = good.Header.Get(name)
	}
	contentType, query := good.Header.Get("Content-Type"), "shop=7"
	f.Add(values[0], values[1], values[2], contentType, query, good.Body)
	f.Add(strings.ToUpper(values[0]), values[1]+","+values[1], values[2], "", "", []byte("{}"))
	f.Add(values[2], values[0], values[1], contentType, "bodySHA256=", good.Body[1:])
	f.Fuzz(func(t *testing.T, a, b, c, contentType, query string, body []byte) {
		m := &webhook.Message{Method: http.MethodPost, URL: hookURL, RawQuery: query,
			Header: http.Header{"Content-Type": {contentType}}, Body: body, Now: signedAt}
		for i, name := range fx.headers {
			m.Header[name] = []string{[]string{a, b, c}[i]}
		}
		proof, err := fx.verifier.Verify(m)
		if err != nil {
			oneKind(t, err)
			return
		}
		if proof != proven || fx.body && !fx.form && !bytes.Equal(body, good.Body) {
			t.Fatalf("accepted %+v for %+v", proof, m)
		}
		if fx.form && !sameForm(m, good) {
			t.Fatalf("accepted form %q?%s", body, query)
		}
		if strings.HasPrefix(fx.name, "rfc9421") && query != "" && query != "shop=7" {
			t.Fatalf("accepted query %q", query)
		}
	})
}

// oneKind fails unless err is of exactly one kind.
func oneKind(t *testing.T, err error) {
	t.Helper()
	n := 0
	for _, kind := range []error{webhook.ErrMissing, webhook.ErrMalformed, webhook.ErrMismatch, webhook.ErrTooOld, webhook.ErrTooNew} {
		if errors.Is(err, kind) {
			n++
		}
	}
	if n != 1 {
		t.Fatalf("%v is of %d kinds", err, n)
	}
}

// sameForm compares what two form messages say, or else their signed texts:
// Twilio puts nothing between query, names and values.
func sameForm(m, good *webhook.Message) bool {
	pairs, _ := webhook.ParseForm(m.Body)
	wanted, _ := webhook.ParseForm(good.Body)
	_, goodQuery, _ := strings.Cut(good.URL, "?")
	query := cmp.Or(m.RawQuery, goodQuery)
	got, err := url.ParseQuery(query)
	want, _ := url.ParseQuery(goodQuery)
	if err == nil && got.Encode() == want.Encode() && slices.Equal(pairs, wanted) {
		return true
	}
	return signedText(query, pairs) == signedText(goodQuery, wanted)
}

func signedText(query string, pairs [][2]string) string {
	for _, p := range pairs {
		query += p[0] + p[1]
	}
	return query
}

// FuzzForm compares the form parser with the standard library's, which refuses
// semicolons.
func FuzzForm(f *testing.F) {
	f.Add([]byte("a=1&b=%2B+&a=1&&=&c"))
	f.Add([]byte("%zz=1"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if bytes.IndexByte(body, ';') >= 0 {
			return
		}
		got, err := webhook.ParseForm(body)
		values, wantErr := url.ParseQuery(string(body))
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%q: %v, not %v", body, err, wantErr)
		}
		if err != nil {
			return
		}
		var want [][2]string
		for name, list := range values {
			for _, value := range list {
				want = append(want, [2]string{name, value})
			}
		}
		slices.SortFunc(want, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
		if want = slices.Compact(want); !slices.Equal(got, want) {
			t.Fatalf("%q: %q, not %q", body, got, want)
		}
	})
}

// FuzzContentDigest accepts a digest only of the body it was made for.
func FuzzContentDigest(f *testing.F) {
	good := []byte(`{"hello": "world"}`)
	f.Add(webhook.ContentDigest(good), good)
	f.Add("md5=:AA==:, "+webhook.ContentDigest(good), good)
	f.Add("sha-512=::", good)
	known := webhook.ContentDigest(good)
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		err := webhook.VerifyContentDigest(message(string(body), "Content-Digest", header))
		if err != nil {
			oneKind(t, err)
		} else if strings.Contains(header, known) && !bytes.Equal(body, good) {
			t.Fatalf("accepted %q for %q", header, body)
		}
	})
}

// FuzzTemplate verifies what it signed by any description it can build.
func FuzzTemplate(f *testing.F) {
	f.Add("v0:{timestamp}:{body}", "", "X-Time", "id")
	f.Add("{id}.{timestamp}.{body}", "X-Id", "X-Time", "msg_1")
	f.Add("{id}{body", "X-Id", "", "a{b}")
	f.Fuzz(func(t *testing.T, signed, idHeader, timeHeader, id string) {
		headers := []string{"X-Signature", http.CanonicalHeaderKey(idHeader), http.CanonicalHeaderKey(timeHeader)}
		if headers[1] == headers[0] || headers[2] == headers[0] || headers[1] == headers[2] {
			return // two fields share a header
		}
		c := webhook.HMACConfig{Keys: webhook.OneKey("secret"), Signed: signed, IDHeader: idHeader, TimeHeader: timeHeader}
		signer, err := webhook.NewHMACSigner(c)
		if err != nil {
			return
		}
		m := message("body")
		m.URL, m.Now = hookURL, signedAt
		if idHeader != "" {
			m.Header.Set(idHeader, id)
		}
		if signer.Sign(m) != nil {
			return
		}
		verifier, err := webhook.NewHMAC(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := verifier.Verify(m); err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
	})
}
