package webhook

import (
	"crypto"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
)

// Twilio signs the URL and, for form posts, the sorted parameters; the URL of
// a JSON post carries the body's SHA-256 in the parameter bodySHA256. The key
// is the auth token. Message.URL must hold the configured scheme, host, path
// and, unless RawQuery replaces it, query. The URL is tried in the forms that
// Twilio and its libraries sign: with and without port and credentials, and
// with its query as received, as browsers encode it and as older libraries
// did. Nothing separates query, names and values in the signed text, so whoever
// has seen a message can move characters between them; read parameters whose
// names you know. There is no signed time or id. ("Security", "Validating Requests")
const Twilio Scheme = "twilio"

const (
	twilioSignature = "X-Twilio-Signature"
	twilioBodyHash  = "bodySHA256"
)

// twilioVerifier has HMAC keys and writes the signed text itself.
type twilioVerifier struct{ core *macVerifier }

func buildTwilio(c SchemeConfig) (twilioVerifier, error) {
	core, err := spec{scheme: Twilio, header: twilioSignature, hash: crypto.SHA1, encoding: Base64}.build(c)
	return twilioVerifier{core}, err
}

func newTwilio(c SchemeConfig) (Verifier, error) {
	v, err := buildTwilio(c)
	if err != nil {
		return nil, err
	}
	return v, nil
}

func newTwilioSigner(c SchemeConfig) (Signer, error) {
	v, err := buildTwilio(c)
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (v twilioVerifier) Verify(m *Message) (Verification, error) {
	var s signatures
	text, err := m.HeaderValue(twilioSignature)
	if err != nil {
		return Verification{}, err
	}
	if !s.add(Base64, v.core.hash.Size(), text) {
		return Verification{}, malformedHeader(twilioSignature)
	}
	address, err := m.address()
	if err != nil {
		return Verification{}, err
	}
	room := texts.Get().(*[]byte)
	defer texts.Put(room)
	form, err := twilioForm(m, address, room)
	if err != nil {
		return Verification{}, err
	}
	for candidate := range twilioURLs(address) {
		for _, k := range v.core.keys {
			found := false
			if k.Live(m.now()) {
				k.sum(form.writer(candidate), func(sum []byte) { found = s.contains(sum) })
			}
			if found {
				return Verification{Scheme: string(Twilio), Key: k.Name, BodyAuthenticated: true}, nil
			}
		}
	}
	return Verification{}, mismatchHeader(twilioSignature)
}

// twilioForm returns the parameters that are signed with the URL. Where the
// URL carries a hash of the body it must be right, whatever the body is; and
// a body that is no form must have one.
func twilioForm(m *Message, address string, room *[]byte) (form, error) {
	_, query, _ := strings.Cut(address, "?")
	hashed, err := checkBodyHash(query, m.Body)
	if err != nil || len(m.Body) == 0 {
		return nil, err
	}
	if m.mediaType() == formMedia {
		f, grown, err := parseForm(m.Body, (*room)[:0])
		keepRoom(room, grown)
		return f, err
	}
	if !hashed {
		return nil, fmt.Errorf("%w: URL parameter %s", ErrMissing, twilioBodyHash)
	}
	return nil, nil
}

// checkBodyHash reports whether the query carries a hash of the body.
func checkBodyHash(query string, body []byte) (found bool, err error) {
	for pair := range strings.SplitSeq(query, "&") {
		text, ok := strings.CutPrefix(pair, twilioBodyHash+"=")
		if !ok {
			continue
		}
		var want [sha256.Size]byte
		if found || !Hex.decode(want[:], text) {
			return false, fmt.Errorf("%w: URL parameter %s", ErrMalformed, twilioBodyHash)
		}
		sum := sha256.Sum256(body)
		if subtle.ConstantTimeCompare(sum[:], want[:]) != 1 {
			return false, fmt.Errorf("%w: URL parameter %s", ErrMismatch, twilioBodyHash)
		}
		found = true
	}
	return found, nil
}

// Sign signs the URL as it is. To a body that is no form it adds the body's
// hash, in Message.URL or, where that is set, in RawQuery.
func (v twilioVerifier) Sign(m *Message) error {
	address, err := m.address()
	if err != nil {
		return err
	}
	form, err := twilioForm(m, address, new([]byte))
	if errors.Is(err, ErrMissing) {
		addBodyHash(m)
		if address, err = m.address(); err == nil {
			form, err = twilioForm(m, address, new([]byte))
		}
	}
	if err != nil {
		return err
	}
	for _, k := range v.core.keys {
		if k.Live(m.now()) {
			k.sum(form.writer(address), func(sum []byte) { m.setHeader(twilioSignature, Base64.encode(sum)) })
			return nil
		}
	}
	return errNoLiveKey
}

func addBodyHash(m *Message) {
	sum := sha256.Sum256(m.Body)
	parameter := twilioBodyHash + "=" + Hex.encode(sum[:])
	switch {
	case m.RawQuery != "":
		m.RawQuery += "&" + parameter
	case strings.Contains(m.URL, "?"):
		m.URL += "&" + parameter
	default:
		m.URL += "?" + parameter
	}
}
