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
// meant for a single use, so remember it; Verification.ID is the token. JSON
// bodies carry them in the member signature, forms (routes, older webhooks) in
// fields of their own. The body is parsed before the signature is checked, so
// bound it. Mailgun states no tolerance, and none is set. ("Securing Webhooks")
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
	e, err := v.read(m)
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

func (v mailgunVerifier) read(m *Message) (e envelope, err error) {
	s, err := m.mailgunSignature()
	if err != nil {
		return e, err
	}
	if s.Timestamp == "" || s.Token == "" || s.Signature == "" {
		return e, fmt.Errorf("%w: field signature", ErrMissing)
	}
	var ok bool
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

func (m *Message) mailgunSignature() (s mailgunSignature, err error) {
	if s, ok := leadingSignature(m.Body); ok {
		return s, nil
	}
	isObject := bytes.HasPrefix(bytes.TrimLeft(m.Body, " \t\r\n"), []byte("{"))
	if media := m.mediaType(); !isObject && (media == formMedia || media == multipartMedia) {
		err = m.eachField(s.set)
		return s, err
	}
	var event struct {
		Signature mailgunSignature `json:"signature"`
	}
	if json.Unmarshal(m.Body, &event) != nil {
		return s, fmt.Errorf("%w: the body is not the JSON of an event", ErrMalformed)
	}
	return event.Signature, nil
}

// set keeps a field of a form or object; it refuses one that comes twice.
func (s *mailgunSignature) set(name, value string) bool {
	var twice bool
	switch name {
	case "timestamp":
		twice, s.Timestamp = s.Timestamp != "", json.Number(value)
	case "token":
		twice, s.Token = s.Token != "", value
	case "signature":
		twice, s.Signature = s.Signature != "", value
	}
	return !twice
}

// leadingSignature reads the signature where it is the first member of the
// body, as Mailgun sends it: the event then need not be decoded. Anything but
// plain strings in it is left to encoding/json.
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
	if end < 0 {
		return s, false
	}
	object := scanner{string(rest[:end+1])}
	return s, object.stringMembers(s.set)
}

// stringMembers takes a JSON object of plain strings, to the end of the text, and
// hands its members to use, which returns false to refuse one.
func (s *scanner) stringMembers(use func(name, value string) bool) bool {
	space := func() { s.while(func(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }) }
	for opening := "{"; s.take(opening); opening = "," {
		space()
		name, ok := s.quoted()
		space()
		if !ok || !s.take(":") {
			return false
		}
		space()
		value, ok := s.quoted()
		space()
		if !ok || !use(name, value) {
			return false
		}
	}
	return s.rest == "}"
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
