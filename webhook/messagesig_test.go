package webhook_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

const (
	sharedKey = "hmac-sha256:c2VjcmV0LXNlY3JldC1zZWNyZXQ=" // base64 of sharedRaw
	sharedRaw = "secret-secret-secret"
	created   = ";created=1700000000"
)

// signedBy returns a message whose signature covers lines of the signature
// base that are given as they must be.
func signedBy(input string, lines ...string) *webhook.Message {
	m := message(testBody, "Content-Digest", webhook.ContentDigest([]byte(testBody)), "X-Event", "lead", "Content-Type", "application/json")
	m.URL, m.Now = "https://Hooks.Example.com:443/in/crm?id=7&name=Ada%20L.&id=8", stamped
	base := strings.Join(append(lines, `"@signature-params": `+input), "\n")
	m.Header.Set("Signature-Input", "sig1="+input)
	m.Header.Set("Signature", "sig1=:"+base64MAC(sharedRaw, base)+":")
	return m
}

func messageVerifier(t *testing.T, c webhook.MessageSignatureConfig) webhook.Verifier {
	t.Helper()
	if c.Keys == nil {
		c.Keys = webhook.OneKey(sharedKey)
	}
	v, err := webhook.NewMessageSignature(c)
	require.NoError(t, err)
	return v
}

// TestNewMessageSignature_Base signs bases written by hand.
func TestNewMessageSignature_Base(t *testing.T) {
	t.Parallel()
	v := messageVerifier(t, webhook.MessageSignatureConfig{Require: []string{}})
	digest := webhook.ContentDigest([]byte(testBody))
	for name, m := range map[string]*webhook.Message{
		"nothing":    signedBy(`()` + created),
		"method":     signedBy(`("@method")`+created, `"@method": POST`),
		"target":     signedBy(`("@target-uri")`+created, `"@target-uri": https://Hooks.Example.com:443/in/crm?id=7&name=Ada%20L.&id=8`),
		"authority":  signedBy(`("@authority" "@scheme")`+created, `"@authority": hooks.example.com`, `"@scheme": https`),
		"path":       signedBy(`("@path" "@query")`+created, `"@path": /in/crm`, `"@query": ?id=7&name=Ada%20L.&id=8`),
		"request":    signedBy(`("@request-target")`+created, `"@request-target": /in/crm?id=7&name=Ada%20L.&id=8`),
		"parameter":  signedBy(`("@query-param";name="name")`+created, `"@query-param";name="name": Ada%20L.`),
		"field":      signedBy(`("x-event" "content-digest")`+created, `"x-event": lead`, `"content-digest": `+digest),
		"taken out":  signedBy(`("host" "content-length")`+created, `"host": hooks.example.com`, `"content-length": 14`),
		"parameters": signedBy(`("@method");nonce="n";alg="hmac-sha256";tag="x";x=-5;flag`+created, `"@method": POST`),
	} {
		proof, err := v.Verify(m)
		require.NoError(t, err, name)
		require.Equal(t, name == "field", proof.BodyAuthenticated, name)
		require.Equal(t, name == "parameters", proof.ID == "n", name)
		require.True(t, stamped.Equal(proof.Timestamp), name)
	}
	combined := signedBy(`("x-list")`+created, `"x-list": a, b`)
	combined.Header["X-List"] = []string{" a", "b\t"}
	_, err := v.Verify(combined)
	require.NoError(t, err)
	query := signedBy(`("@query")`+created, `"@query": ?q=1`)
	query.RawQuery = "q=1"
	_, err = v.Verify(query)
	require.NoError(t, err)
	bare := signedBy(`("@path" "@query")`+created, `"@path": /`, `"@query": ?`)
	bare.URL = "https://hooks.example.com"
	_, err = v.Verify(bare)
	require.NoError(t, err)
}

func TestNewMessageSignature_Refuses(t *testing.T) {
	t.Parallel()
	v := messageVerifier(t, webhook.MessageSignatureConfig{Require: []string{}})
	change := func(f func(h http.Header)) *webhook.Message {
		m := signedBy(`("@method")`+created, `"@method": POST`)
		f(m.Header)
		return m
	}
	set := func(name, value string) *webhook.Message {
		return change(func(h http.Header) { h.Set(name, value) })
	}
	input := `sig1=("@method")` + created
	injected := signedBy(`("x-event")`+created, `"x-event": a`, `"b": c`)
	injected.Header["X-Event"] = []string{"a\n\"b\": c"}
	for name, test := range map[string]struct {
		m    *webhook.Message
		want error
	}{
		"no input":            {change(func(h http.Header) { h.Del("Signature-Input") }), webhook.ErrMissing},
		"no signature":        {change(func(h http.Header) { h.Del("Signature") }), webhook.ErrMissing},
		"two inputs":          {change(func(h http.Header) { h.Add("Signature-Input", input) }), webhook.ErrMalformed},
		"label only in input": {set("Signature-Input", "sig2"+input[4:]), webhook.ErrMissing},
		"label twice":         {change(func(h http.Header) { h.Set("Signature", h.Get("Signature")+", "+h.Get("Signature")) }), webhook.ErrMalformed},
		"parameter changed":   {set("Signature-Input", `sig1=("@method");created=1700000001`), webhook.ErrMismatch},
		"component changed":   {set("Signature-Input", `sig1=("@scheme")`+created), webhook.ErrMismatch},
		"other algorithm":     {signedBy(`("@method");alg="ed25519"`+created, `"@method": POST`), webhook.ErrMismatch},
		"component twice":     {signedBy(`("@method" "@method")`+created, `"@method": POST`, `"@method": POST`), webhook.ErrMalformed},
		"two spaces":          {signedBy(`("@method"  "@path")`+created, `"@method": POST`, `"@path": /in/crm`), webhook.ErrMalformed},
		"created twice":       {signedBy(`("@method")`+created+created, `"@method": POST`), webhook.ErrMalformed},
		"created a string":    {signedBy(`("@method");created="1700000000"`, `"@method": POST`), webhook.ErrMalformed},
		"created with zero":   {signedBy(`("@method");created=01700000000`, `"@method": POST`), webhook.ErrMalformed},
		"no created":          {signedBy(`("@method")`, `"@method": POST`), webhook.ErrMissing},
		"stale":               {signedBy(`("@method");created=1699999699`, `"@method": POST`), webhook.ErrTooOld},
		"from the future":     {signedBy(`("@method");created=1700000301`, `"@method": POST`), webhook.ErrTooNew},
		"expired":             {signedBy(`("@method");expires=1699999999`+created, `"@method": POST`), webhook.ErrTooOld},
		"absent field":        {signedBy(`("x-none")`+created, `"x-none": `), webhook.ErrMissing},
		"upper-case field":    {signedBy(`("X-Event")`+created, `"X-Event": lead`), webhook.ErrMalformed},
		"status":              {signedBy(`("@status")`+created, `"@status": 200`), webhook.ErrMalformed},
		"field parameter":     {signedBy(`("x-event";sf)`+created, `"x-event";sf: lead`), webhook.ErrMalformed},
		"repeated parameter":  {signedBy(`("@query-param";name="id")`+created, `"@query-param";name="id": 7`), webhook.ErrMalformed},
		"absent parameter":    {signedBy(`("@query-param";name="no")`+created, `"@query-param";name="no": `), webhook.ErrMissing},
		"unnamed parameter":   {signedBy(`("@query-param")`+created, `"@query-param": `), webhook.ErrMalformed},
		"line break":          {injected, webhook.ErrMalformed},
		"not a list":          {set("Signature-Input", "sig1=1"), webhook.ErrMalformed},
		"unclosed":            {set("Signature-Input", `sig1=("@method"`), webhook.ErrMalformed},
		"trailing comma":      {set("Signature-Input", input+","), webhook.ErrMalformed},
		"text behind":         {set("Signature-Input", input+"x"), webhook.ErrMalformed},
		"token parameter":     {set("Signature-Input", input+";a=b"), webhook.ErrMalformed},
		"not binary":          {set("Signature", "sig1=x"), webhook.ErrMalformed},
		"not base64":          {set("Signature", "sig1=:?:"), webhook.ErrMalformed},
		"empty":               {set("Signature", "sig1=::"), webhook.ErrMismatch},
		"many components":     {set("Signature-Input", `sig1=(`+strings.Repeat(`"a" `, 40)+`"b")`), webhook.ErrMalformed},
	} {
		_, err := v.Verify(test.m)
		require.ErrorIs(t, err, test.want, name)
	}
}

func TestNewMessageSignature_Requires(t *testing.T) {
	t.Parallel()
	digest := webhook.ContentDigest([]byte(testBody))
	full := signedBy(`("@method" "@authority" "@path" "content-digest")`+created,
		`"@method": POST`, `"@authority": hooks.example.com`, `"@path": /in/crm`, `"content-digest": `+digest)
	noDigest := signedBy(`("@method" "@authority" "@path")`+created,
		`"@method": POST`, `"@authority": hooks.example.com`, `"@path": /in/crm`)
	standard := messageVerifier(t, webhook.MessageSignatureConfig{})
	proof, err := standard.Verify(full)
	require.NoError(t, err)
	require.True(t, proof.BodyAuthenticated)
	_, err = standard.Verify(noDigest)
	require.ErrorIs(t, err, webhook.ErrMissing)
	noDigest.Body = nil
	_, err = standard.Verify(noDigest)
	require.NoError(t, err)
	full.Body = append(full.Body, ' ')
	_, err = standard.Verify(full)
	require.ErrorIs(t, err, webhook.ErrMismatch)

	chosen := messageVerifier(t, webhook.MessageSignatureConfig{Require: []string{"x-event", `@query-param;name="name"`}})
	_, err = chosen.Verify(signedBy(`("x-event" "@query-param";name="name")`+created, `"x-event": lead`, `"@query-param";name="name": Ada%20L.`))
	require.NoError(t, err)
	_, err = chosen.Verify(signedBy(`("x-event")`+created, `"x-event": lead`))
	require.ErrorIs(t, err, webhook.ErrMissing)
	require.ErrorContains(t, err, `"@query-param";name="name" is not covered`)

	timeless := messageVerifier(t, webhook.MessageSignatureConfig{Require: []string{}, Tolerance: webhook.NoTolerance})
	proof, err = timeless.Verify(signedBy(`("x-event")`, `"x-event": lead`))
	require.NoError(t, err)
	require.Zero(t, proof.Timestamp)
}

func TestNewMessageSignature_LabelsAndKeys(t *testing.T) {
	t.Parallel()
	good := signedBy(`("@method");keyid="a"`+created, `"@method": POST`)
	both := clone(good)
	both.Header.Set("Signature-Input", `proxy=("@path")`+created+", \t"+good.Header.Get("Signature-Input"))
	both.Header.Set("Signature", "proxy=:AAAA:,"+good.Header.Get("Signature"))
	keys := func(names ...string) (keys webhook.Keys) {
		for _, name := range names {
			keys = append(keys, webhook.Key{Name: name, Secret: webhook.NewSecret(sharedKey)})
		}
		return keys
	}
	for _, test := range []struct {
		name string
		c    webhook.MessageSignatureConfig
		m    *webhook.Message
		key  string
		want error
	}{
		{"any label", webhook.MessageSignatureConfig{Keys: keys("a")}, both, "a", nil},
		{"the right label", webhook.MessageSignatureConfig{Keys: keys("a"), Label: "sig1"}, both, "a", nil},
		{"the wrong label", webhook.MessageSignatureConfig{Keys: keys("a"), Label: "proxy"}, both, "", webhook.ErrMismatch},
		{"an absent label", webhook.MessageSignatureConfig{Keys: keys("a"), Label: "none"}, both, "", webhook.ErrMissing},
		{"by keyid", webhook.MessageSignatureConfig{Keys: keys("b", "a")}, good, "a", nil},
		{"unknown keyid", webhook.MessageSignatureConfig{Keys: keys("b", "c")}, good, "b", nil},
	} {
		test.c.Require = []string{}
		proof, err := messageVerifier(t, test.c).Verify(test.m)
		require.ErrorIs(t, err, test.want, test.name)
		require.Equal(t, test.key, proof.Key, test.name)
	}
}

func TestNewMessageSignature_Keys(t *testing.T) {
	t.Parallel()
	encode := base64.StdEncoding.EncodeToString
	edPublic, _, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	require.NoError(t, err)
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	spki := func(public any) string {
		der, err := x509.MarshalPKIXPublicKey(public)
		require.NoError(t, err)
		return encode(der)
	}
	weak := &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 1023, 1), E: 65537}
	for name, key := range map[string]string{
		"no algorithm":      encode([]byte("secret")),
		"unknown algorithm": "hmac-md5:" + encode([]byte("secret")),
		"empty secret":      "hmac-sha256:",
		"not base64":        "hmac-sha256:?",
		"not a key":         "ed25519:" + encode([]byte("secret")),
		"raw key":           "ed25519:" + encode(edPublic),
		"another algorithm": "ecdsa-p256-sha256:" + spki(edPublic),
		"another curve":     "ecdsa-p384-sha384:" + spki(&p256.PublicKey),
		"unknown curve":     "ecdsa-p256-sha256:" + spki(&p224.PublicKey),
		"all zero":          "ed25519:" + spki(ed25519.PublicKey(make([]byte, 32))),
		"short RSA key":     "rsa-pss-sha512:" + spki(weak),
		"RSA for EC":        "rsa-pss-sha512:" + spki(&p256.PublicKey),
	} {
		_, err := webhook.NewMessageSignature(webhook.MessageSignatureConfig{Keys: webhook.OneKey(key)})
		require.ErrorIs(t, err, webhook.ErrKey, name)
		_, err = webhook.NewMessageSigner(webhook.MessageSignerConfig{Key: webhook.OneKey(key)[0]})
		require.ErrorIs(t, err, webhook.ErrKey, name)
	}
	_, err = webhook.NewMessageSignature(webhook.MessageSignatureConfig{Keys: webhook.OneKey(sharedKey), MinSecret: 21})
	require.ErrorIs(t, err, webhook.ErrKey)
	signer, err := webhook.NewMessageSigner(webhook.MessageSignerConfig{Key: webhook.Key{Name: `a"b`, Secret: webhook.NewSecret(sharedKey)}})
	require.NoError(t, err)
	require.Error(t, signer.Sign(&webhook.Message{URL: hookURL}))
}

// TestNewMessageSignature_RSAForms takes an RSA key in each of its notations.
func TestNewMessageSignature_RSAForms(t *testing.T) {
	t.Parallel()
	private, err := fixedRSA()
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	spki, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	require.NoError(t, err)
	pkcs1 := x509.MarshalPKCS1PublicKey(&private.PublicKey)
	encode := base64.StdEncoding.EncodeToString
	for _, algorithm := range []string{"rsa-pss-sha512:", "rsa-v1_5-sha256:"} {
		signer, err := webhook.NewMessageSigner(webhook.MessageSignerConfig{Key: webhook.OneKey(algorithm + encode(pkcs8))[0]})
		require.NoError(t, err)
		m := message(testBody)
		m.URL = hookURL
		require.NoError(t, signer.Sign(m))
		for _, key := range []string{
			encode(spki), encode(pkcs1),
			string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})),
			string(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: pkcs1})),
		} {
			_, err := messageVerifier(t, webhook.MessageSignatureConfig{Keys: webhook.OneKey(algorithm + key)}).Verify(m)
			require.NoError(t, err)
		}
	}
}

func TestVerifyContentDigest(t *testing.T) {
	t.Parallel()
	good := webhook.ContentDigest([]byte(testBody))
	long := sha512.Sum512([]byte(testBody))
	right := "sha-512=:" + base64.StdEncoding.EncodeToString(long[:]) + ":"
	wrong := "sha-512=:" + base64.StdEncoding.EncodeToString(make([]byte, 64)) + ":"
	for value, want := range map[string]error{
		good:                                 nil,
		right:                                nil,
		good + ", " + right:                  nil,
		good + " ,\t" + right:                nil,
		"md5=:AA==:," + good:                 nil,
		good + ", " + wrong:                  webhook.ErrMismatch,
		wrong + ", " + good:                  webhook.ErrMismatch,
		"md5=:AA==:":                         webhook.ErrMissing,
		"":                                   webhook.ErrMissing,
		good + ", " + good:                   webhook.ErrMalformed,
		good + ",":                           webhook.ErrMalformed,
		strings.ReplaceAll(good, ":", ""):    webhook.ErrMalformed,
		strings.ToUpper(good[:7]) + good[7:]: webhook.ErrMalformed,
		"sha-256=::":                         webhook.ErrMalformed,
		"sha-256=:" + strings.Repeat("A", 44) + ":": webhook.ErrMalformed,
	} {
		require.ErrorIs(t, webhook.VerifyContentDigest(message(testBody, "Content-Digest", value)), want, value)
	}
}

func TestSignedTimes_OfEveryFormat(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"1700000000": true, "1700000000000": true, "2023-11-14T22:13:20Z": true, "2023-11-14T23:13:20.0+01:00": true,
		"1700000000.5": false, "17000000000000000": false, "2023-11-14T22:13:20": false, "T": false, "x": false,
		"2023-11-14T22:13:20.Z": false, "2023-11-14T22:13:20.1234567890Z": false, "2023-13-14T22:13:20Z": false,
	} {
		v, err := webhook.NewHMAC(webhook.HMACConfig{
			Keys: webhook.OneKey("s"), Signed: "{timestamp}.{body}", TimeHeader: "X-Time", TimeFormat: webhook.AnyTime,
		})
		require.NoError(t, err)
		m := message("b", "X-Time", text, "X-Signature", hexMAC("s", text+".b"))
		m.Now = stamped
		proof, err := v.Verify(m)
		require.Equal(t, want, err == nil, "%s: %v", text, err)
		require.Equal(t, want, proof.Timestamp.Equal(stamped), text)
		require.Equal(t, want, proof.Timestamp.Sub(stamped) == 0 && !proof.Timestamp.Equal(time.Time{}), text)
	}
}
