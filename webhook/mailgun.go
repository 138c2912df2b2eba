package webhook

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
)

// Mailgun signs a time and a random token and puts both into the body beside
// the event, which it does not sign: treat the event as a hint. The token is
// meant for a single use, so remember it; Verification.ID is the token. The
// body is parsed before the signature is checked, so bound it. Mailgun states
// no tolerance, and none is set. ("Securing Webhooks")
const Mailgun Scheme = "mailgun"

type mailgunVerifier struct {
	core *macVerifier
}

// mailgunSignature is the member "signature" of the body.
type mailgunSignature struct {
	Timestamp json.Number `json:"timestamp"` // a string or a number
	Token     string      `json:"token"`
	Signature string      `json:"signature"`
}

func newMailgun(c SchemeConfig) (Verifier, error) {
	core, err := mailgunCore(c)
	if err != nil {
		return nil, err
	}
	return mailgunVerifier{core}, nil
}

func mailgunCore(c SchemeConfig) (*macVerifier, error) {
	s := spec{scheme: Mailgun, signed: "{timestamp}{id}", hash: crypto.SHA256, tolerance: NoTolerance}
	return s.build(c)
}

func (v mailgunVerifier) Verify(m *Message) (Verification, error) {
	e, err := v.read(m.Body)
	if err != nil {
		return Verification{}, err
	}
	now := m.now()
	if err := checkWindow(e.time, now, v.core.tolerance); err != nil {
		return Verification{}, err
	}
	key, ok := v.core.match(m, &e, now)
	if !ok {
		return Verification{}, fmt.Errorf("%w: field signature.signature", ErrMismatch)
	}
	return Verification{Scheme: string(Mailgun), Key: key, ID: e.id, Timestamp: e.time}, nil
}

func (v mailgunVerifier) read(body []byte) (e envelope, err error) {
	s, ok := leadingSignature(body)
	if !ok {
		var event struct {
			Signature mailgunSignature `json:"signature"`
		}
		if json.Unmarshal(body, &event) != nil {
			return e, fmt.Errorf("%w: the body is not the JSON of an event", ErrMalformed)
		}
		s = event.Signature
	}
	if s.Timestamp == "" || s.Token == "" || s.Signature == "" {
		return e, fmt.Errorf("%w: field signature", ErrMissing)
	}
	e.stamp, e.id = string(s.Timestamp), s.Token
	if e.time, ok = UnixSeconds.parse(e.stamp, true); !ok {
		return e, fmt.Errorf("%w: field signature.timestamp", ErrMalformed)
	}
	if !v.core.text.validID(e.id) {
		return e, fmt.Errorf("%w: field signature.token", ErrMalformed)
	}
	if !e.add(Hex, v.core.hash.Size(), s.Signature) {
		return e, fmt.Errorf("%w: field signature.signature", ErrMalformed)
	}
	return e, nil
}

// leadingSignature reads the signature where it is the first member of the
// body, as Mailgun sends it: the event then need not be decoded.
func leadingSignature(body []byte) (s mailgunSignature, ok bool) {
	const space, maxObject = " \t\r\n", 1 << 10
	rest := body
	for _, token := range []string{"{", `"signature"`, ":"} {
		if rest, ok = bytes.CutPrefix(bytes.TrimLeft(rest, space), []byte(token)); !ok {
			return s, false
		}
	}
	rest = bytes.TrimLeft(rest[:min(len(rest), maxObject)], space)
	end := bytes.IndexByte(rest, '}')
	if end < 0 || json.Unmarshal(rest[:end+1], &s) != nil {
		return mailgunSignature{}, false
	}
	return s, true
}

// newMailgunSigner builds a signer that puts the member "signature" in front of
// those of a body that is a JSON object; Message.Body is replaced.
func newMailgunSigner(c SchemeConfig) (Signer, error) {
	core, err := mailgunCore(c)
	if err != nil {
		return nil, err
	}
	return signerFunc(func(m *Message) error {
		var event map[string]json.RawMessage
		if err := json.Unmarshal(m.Body, &event); err != nil || event == nil {
			return errors.New("webhook: mailgun: the body is not a JSON object")
		}
		e := envelope{stamp: UnixSeconds.format(m.now()), id: rand.Text()}
		sum, err := core.firstSum(m, &e)
		if err != nil {
			return err
		}
		delete(event, "signature")
		rest, err := json.Marshal(event)
		if err != nil {
			return fmt.Errorf("webhook: mailgun: %w", err)
		}
		m.Body = fmt.Appendf(nil, `{"signature":{"timestamp":%q,"token":%q,"signature":%q}`, e.stamp, e.id, Hex.encode(sum))
		if len(event) > 0 {
			m.Body = append(m.Body, ',')
		}
		m.Body = append(m.Body, rest[1:]...)
		return nil
	}), nil
}
