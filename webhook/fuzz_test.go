package webhook_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

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
func FuzzMessageEd25519(f *testing.F)   { fuzzScheme(f, "rfc9421-ed25519") }
func FuzzMessageECDSA256(f *testing.F)  { fuzzScheme(f, "rfc9421-ecdsa-p256-sha256") }
func FuzzMessageECDSA384(f *testing.F)  { fuzzScheme(f, "rfc9421-ecdsa-p384-sha384") }
func FuzzMessageRSAPSS(f *testing.F)    { fuzzScheme(f, "rfc9421-rsa-pss-sha512") }
func FuzzMessageRSA(f *testing.F)       { fuzzScheme(f, "rfc9421-rsa-v1_5-sha256") }

// TestFuzz_EveryScheme holds that no scheme lacks its target.
func TestFuzz_EveryScheme(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("fuzz_test.go")
	require.NoError(t, err)
	for _, fx := range fixtures() {
		require.Contains(t, string(source), `{ fuzzScheme(f, "`+fx.name+`") }`)
	}
}

// fuzzScheme changes everything a sender controls.
func fuzzScheme(f *testing.F, name string) {
	f.Helper()
	fixtures := fixtures()
	fx := fixtures[slices.IndexFunc(fixtures, func(fx fixture) bool { return fx.name == name })]
	o := fx.oracle(f)
	for _, in := range o.seeds {
		f.Add(in.a, in.b, in.c, in.contentType, in.query, in.body)
	}
	f.Fuzz(func(t *testing.T, a, b, c, contentType, query string, body []byte) {
		o.check(t, input{a, b, c, contentType, query, body})
	})
}

// TestFuzz_Neighbours gives every oracle the messages around the good one: each
// byte of what is signed is wrong in one of them, so that a verifier which
// overlooks something fails before anything is fuzzed.
func TestFuzz_Neighbours(t *testing.T) {
	t.Parallel()
	for _, fx := range fixtures() {
		t.Run(fx.name, func(t *testing.T) {
			t.Parallel()
			o := fx.oracle(t)
			good := o.seeds[0]
			for _, in := range o.seeds {
				o.check(t, in)
			}
			for _, in := range o.seeds[6:] { // other notations of the good message
				for i := range in.body {
					changed := in
					changed.body = []byte(nudge(string(in.body), i))
					o.check(t, changed)
				}
			}
			for i := range good.body {
				in := good
				in.body = []byte(nudge(string(good.body), i))
				o.check(t, in)
			}
			for _, part := range []func(*input) *string{
				func(in *input) *string { return &in.a }, func(in *input) *string { return &in.b }, func(in *input) *string { return &in.c },
			} {
				for i := range *part(&good) {
					in := good
					*part(&in) = nudge(*part(&in), i)
					o.check(t, in)
				}
			}
		})
	}
}

// input is what a sender controls: the headers of the fixture and the rest.
type input struct {
	a, b, c, contentType, query string
	body                        []byte
}

// oracle says whether a verdict can be right: a message is valid only if its
// signed fields are those of the one message that was signed.
type oracle struct {
	fixture
	good   *webhook.Message
	proven webhook.Verification
	seeds  []input // the good message first
}

func (f fixture) oracle(tb testing.TB) oracle {
	tb.Helper()
	o := oracle{fixture: f, good: f.sign(tb, []byte("body"))}
	if f.resign != nil { // the fuzzer's processes must agree on one message
		f.resign(o.good)
	}
	var err error
	o.proven, err = o.verify(o.good)
	require.NoError(tb, err)
	var values [3]string
	for i, name := range f.headers {
		values[i] = o.good.Header.Get(name)
	}
	contentType, body := o.good.Header.Get("Content-Type"), o.good.Body
	o.seeds = []input{
		{values[0], values[1], values[2], contentType, "shop=7", body},
		{values[0], values[1], values[2], contentType, "shop=8", body},
		{values[0], values[1], values[2], contentType, "shop=7", append(bytes.Clone(body), ' ')},
		{values[2], values[0], values[1], contentType, "bodySHA256=", body[1:]},
		{strings.ToUpper(values[0]), values[1] + "," + values[1], values[2], "", "", []byte("{}")},
		{"", "", "", contentType, "shop=7", body},
	}
	if f.name == "mailgun" {
		o.seeds = append(o.seeds, mailgunForms(tb, body)...)
	}
	return o
}

// mailgunForms writes the signature in a JSON body as both kinds of form.
func mailgunForms(tb testing.TB, body []byte) []input {
	tb.Helper()
	var event struct{ Signature map[string]string }
	require.NoError(tb, json.Unmarshal(body, &event))
	values, parts := url.Values{}, ""
	for _, name := range []string{"timestamp", "token", "signature"} {
		values.Set(name, event.Signature[name])
		parts += "--b\r\nContent-Disposition: form-data; name=" + name + "\r\n\r\n" + event.Signature[name] + "\r\n"
	}
	return []input{
		{contentType: "application/x-www-form-urlencoded", body: []byte(values.Encode())},
		{contentType: "multipart/form-data; boundary=b", body: []byte(parts + "--b--\r\n")},
	}
}

// verify forgets the nonce of RFC 9421, which differs from process to process.
func (o oracle) verify(m *webhook.Message) (webhook.Verification, error) {
	proof, err := o.verifier.Verify(m)
	if strings.HasPrefix(o.name, "rfc9421") {
		proof.ID = ""
	}
	return proof, err
}

func (o oracle) check(t *testing.T, in input) {
	t.Helper()
	m := &webhook.Message{Method: http.MethodPost, URL: hookURL, RawQuery: in.query,
		Header: http.Header{"Content-Type": {in.contentType}}, Body: in.body, Now: signedAt}
	for i, name := range o.headers {
		m.Header[name] = []string{[]string{in.a, in.b, in.c}[i]}
	}
	proof, err := o.verify(m)
	if err != nil {
		oneKind(t, err)
		return
	}
	if proof != o.proven || !o.sameSigned(m, o.good) {
		t.Fatalf("accepted %+v for %+v", proof, m)
	}
}

// nudge replaces a byte by another of its kind.
func nudge(text string, i int) string {
	c := text[i]
	switch {
	case c == '9', c == 'z', c == 'Z':
		c--
	case c >= '0' && c < '9', c >= 'a' && c < 'z', c >= 'A' && c < 'Z':
		c++
	default:
		c ^= 1
	}
	return text[:i] + string(c) + text[i+1:]
}

// sameSigned says whether two messages with the same proof have the same signed
// fields as far as a sender controls them.
func (f fixture) sameSigned(m, good *webhook.Message) bool {
	message := strings.HasPrefix(f.name, "rfc9421")
	for _, name := range f.headers[:f.signed] {
		if !message && m.Header.Get(name) != good.Header.Get(name) {
			return false // RFC 9421 leaves the spelling between the members open
		}
	}
	switch {
	case f.form:
		return sameForm(m, good)
	case f.name == "basic":
		return basicFields(m)[0].text == basicFields(good)[0].text
	case message && m.RawQuery != "" && m.RawQuery != "shop=7":
		return false
	}
	return !f.body || bytes.Equal(m.Body, good.Body)
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
		if bytes.IndexByte(body, ';') >= 0 || bytes.Count(body, []byte("&")) > 1000 {
			return // the two bound the number of parameters differently
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
