package webhook

import (
	"crypto"
	"crypto/ed25519"
	"fmt"
	"net/http"
	"strings"
	"time"
)

const (
	// StandardWebhooks signs id, time and body, with HMAC-SHA256 (v1) or
	// ed25519 (v1a); the key's prefix decides. "whsec_", or no prefix, and
	// base64 of 24 to 64 bytes is a shared secret; "whpk_" and base64 of 32
	// bytes is a public key; "whsk_" and base64 of 64 bytes is a private key,
	// for signers only. Ids without a dot, as the specification demands; up to
	// ten signatures. Tolerance: five minutes.
	StandardWebhooks Scheme = "standard"
	// Svix is StandardWebhooks with headers named svix-id, svix-timestamp and
	// svix-signature. Where a message has none of them the webhook- family is
	// read; the families are never mixed.
	Svix Scheme = "svix"
)

// family names the headers of one family.
type family struct{ id, time, signature string }

var (
	webhookFamily = family{"Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"}
	svixFamily    = family{"Svix-Id", "Svix-Timestamp", "Svix-Signature"}
)

func (f family) in(h http.Header) bool {
	return h[f.id] != nil || h[f.time] != nil || h[f.signature] != nil
}

// standardVerifier holds the shared secrets in an HMAC core and the ed25519
// keys beside it. A signature counts only for keys of its own version.
type standardVerifier struct {
	families  []family // the first one a message uses is read
	core      *macVerifier
	public    []edKey
	private   []edPrivate
	tolerance time.Duration
}

type edPrivate struct {
	Key
	sign func(text []byte) []byte
}

func newStandard(c SchemeConfig) (Verifier, error) {
	return standardVerifierOf(c, StandardWebhooks, webhookFamily)
}

func newSvix(c SchemeConfig) (Verifier, error) {
	return standardVerifierOf(c, Svix, svixFamily, webhookFamily)
}

func newStandardSigner(c SchemeConfig) (Signer, error) {
	return standardSignerOf(c, StandardWebhooks, webhookFamily)
}

func newSvixSigner(c SchemeConfig) (Signer, error) {
	return standardSignerOf(c, Svix, svixFamily)
}

func standardVerifierOf(c SchemeConfig, s Scheme, families ...family) (Verifier, error) {
	v, err := buildStandard(c, s, families)
	if err == nil && len(v.private) > 0 {
		err = fmt.Errorf("%w: key %q is a private key; verifiers take the whpk_ key", ErrKey, v.private[0].Name)
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

func standardSignerOf(c SchemeConfig, s Scheme, families ...family) (Signer, error) {
	v, err := buildStandard(c, s, families)
	if err == nil && len(v.public) > 0 {
		err = fmt.Errorf("%w: key %q is a public key; signers take the whsk_ key", ErrKey, v.public[0].Name)
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

func buildStandard(c SchemeConfig, s Scheme, families []family) (*standardVerifier, error) {
	keys, err := c.Keys.Check(c.MinSecret)
	if err != nil {
		return nil, err
	}
	core, err := spec{scheme: s, signed: "{id}.{timestamp}.{body}", hash: crypto.SHA256}.buildText()
	if err != nil {
		return nil, err
	}
	v := &standardVerifier{families: families, core: core, tolerance: c.tolerance(defaultTolerance)}
	for _, k := range keys {
		if err := v.addKey(k); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func (v *standardVerifier) addKey(k Key) error {
	text := k.Secret.Reveal()
	prefix := ""
	if i := strings.IndexByte(text, '_'); i >= 0 {
		prefix, text = text[:i+1], text[i+1:]
	}
	raw, ok := decodeBase64(text)
	if !ok {
		return fmt.Errorf("%w: key %q is not base64", ErrKey, k.Name)
	}
	switch prefix {
	case "", "whsec_":
		if len(raw) < 24 || len(raw) > 64 {
			return fmt.Errorf("%w: key %q has %d bytes, not 24 to 64", ErrKey, k.Name, len(raw))
		}
		v.core.keys = append(v.core.keys, newMACKey(k, hmacOf(v.core.hash.New), raw))
	case "whpk_":
		key, err := newEdKey(k, raw)
		if err != nil {
			return err
		}
		v.public = append(v.public, key)
	case "whsk_":
		key, err := newEdPrivate(k, raw)
		if err != nil {
			return err
		}
		k.Secret = Secret{}
		v.private = append(v.private, edPrivate{k, func(text []byte) []byte { return ed25519.Sign(key, text) }})
	default:
		return fmt.Errorf("%w: key %q has an unknown prefix", ErrKey, k.Name)
	}
	return nil
}

// Verify reads one family of headers, checks the time, then the signatures.
func (v *standardVerifier) Verify(m *Message) (Verification, error) {
	f := v.family(m)
	var e envelope
	var public signatures
	if err := v.read(m, f, &e, &public); err != nil {
		return Verification{}, err
	}
	now := m.now()
	if err := checkWindow(e.time, now, v.tolerance); err != nil {
		return Verification{}, err
	}
	key, ok := v.core.match(m, &e, now)
	if !ok && public.n > 0 {
		key, ok = matchEd(v.public, now, &public,
			[]byte(e.id), []byte("."), []byte(e.stamp), []byte("."), m.Body)
	}
	if !ok {
		return Verification{}, mismatchHeader(f.signature)
	}
	return Verification{
		Scheme: string(v.core.scheme), Key: key, ID: e.id, Timestamp: e.time, BodyAuthenticated: true,
	}, nil
}

func (v *standardVerifier) family(m *Message) family {
	for _, f := range v.families {
		if f.in(m.Header) {
			return f
		}
	}
	return v.families[0]
}

func (v *standardVerifier) read(m *Message, f family, e *envelope, public *signatures) (err error) {
	if e.id, err = m.HeaderValue(f.id); err != nil {
		return err
	}
	if !v.core.text.validID(e.id) {
		return malformedHeader(f.id)
	}
	if e.stamp, e.time, err = m.timeHeader(f.time, UnixSeconds, false); err != nil {
		return err
	}
	list, err := m.HeaderValue(f.signature)
	if err != nil {
		return err
	}
	for entry := range strings.SplitSeq(list, " ") {
		switch version, text, _ := strings.Cut(entry, ","); version {
		case "v1":
			e.add(Base64, v.core.hash.Size(), text)
		case "v1a":
			public.add(Base64, ed25519.SignatureSize, text)
		}
	}
	if e.n+public.n == 0 {
		return fmt.Errorf("%w: no readable signature in header %s", ErrMalformed, f.signature)
	}
	return nil
}

// Sign signs with every live key and keeps an id that is already set.
func (v *standardVerifier) Sign(m *Message) error {
	f, now := v.families[0], m.now()
	e := envelope{stamp: UnixSeconds.format(now)}
	if err := v.core.signID(m, f.id, &e); err != nil {
		return err
	}
	m.setHeader(f.time, e.stamp)
	var entries []string
	for _, k := range v.core.keys {
		if k.Live(now) {
			k.sum(func(w *mac) { v.core.write(w, m, &e) }, func(sum []byte) {
				entries = append(entries, "v1,"+Base64.encode(sum))
			})
		}
	}
	text := fmt.Appendf(nil, "%s.%s.%s", e.id, e.stamp, m.Body)
	for _, k := range v.private {
		if k.Live(now) {
			entries = append(entries, "v1a,"+Base64.encode(k.sign(text)))
		}
	}
	if len(entries) == 0 {
		return errNoLiveKey
	}
	m.setHeader(f.signature, strings.Join(entries, " "))
	return nil
}
