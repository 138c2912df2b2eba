package webhook

import (
	"crypto"
	"crypto/rand"
	_ "crypto/sha1" //nolint:gosec // links the hash of two vendors' schemes
	_ "crypto/sha256"
	_ "crypto/sha512"
	"fmt"
	"strings"
	"time"
)

// spec describes a scheme that signs a text with a keyed hash. Most schemes
// are a spec and nothing else.
type spec struct {
	scheme   Scheme
	header   string // carries the signatures
	signed   string // template of the signed text
	layout   layout
	hash     crypto.Hash
	encoding Encoding
	prefix   bool // hash(secret, text), open to length extension, instead of HMAC

	idHeader   string
	timeHeader string
	timeFormat TimeFormat
	tolerance  time.Duration // where the user sets none

	// bodyTime reads the signed time from a body whose signature is right.
	bodyTime  func(body []byte) (time.Time, error)
	maxSecret int // bytes, 0: no limit
}

// layout says where the signatures stand in their header.
type layout struct {
	prefix string // of a header that holds one signature and nothing else
	// A list of named values: "t=1,v1=aa,v1=bb" has item ",", pair "=", time
	// "t" and signature "v1".
	item, pair, time, signature string
}

// macVerifier verifies and signs by a spec.
type macVerifier struct {
	spec
	text      template
	fixedTime bool
	keys      []*macKey
}

// envelope is what the headers of one message say.
type envelope struct {
	id, stamp string
	time      time.Time
	signatures
}

func (s spec) build(c SchemeConfig) (*macVerifier, error) {
	keys, err := c.Keys.Check(c.MinSecret)
	if err != nil {
		return nil, err
	}
	s.tolerance = c.tolerance(s.tolerance)
	v, err := s.buildText()
	if err != nil {
		return nil, err
	}
	keyed := hmacOf
	if s.prefix {
		keyed = prefixOf
	}
	for _, k := range keys {
		secret := []byte(k.Secret.Reveal())
		if s.maxSecret > 0 && len(secret) > s.maxSecret {
			return nil, fmt.Errorf("%w: key %q has more than %d bytes", ErrKey, k.Name, s.maxSecret)
		}
		v.keys = append(v.keys, newMACKey(k, keyed(s.hash.New), secret))
	}
	return v, nil
}

// buildText builds the verifier without keys.
func (s spec) buildText() (*macVerifier, error) {
	text, err := parseTemplate(s.signed)
	if err != nil {
		return nil, err
	}
	return &macVerifier{spec: s, text: text, fixedTime: text.touches(timeField)}, nil
}

// Verify reads the headers, checks the time, then the signature.
func (v *macVerifier) Verify(m *Message) (Verification, error) {
	var e envelope
	if err := v.read(m, &e); err != nil {
		return Verification{}, err
	}
	now := m.now()
	if v.timed() {
		if err := checkWindow(e.time, now, v.tolerance); err != nil {
			return Verification{}, err
		}
	}
	key, ok := v.match(m, &e, now)
	if !ok {
		return Verification{}, mismatchHeader(v.header)
	}
	if v.bodyTime != nil {
		if err := v.checkBodyTime(m, &e, now); err != nil {
			return Verification{}, err
		}
	}
	return Verification{
		Scheme: string(v.scheme), Key: key, ID: e.id, Timestamp: e.time,
		BodyAuthenticated: v.text.has(bodyField) && !v.prefix,
	}, nil
}

func (v *macVerifier) checkBodyTime(m *Message, e *envelope, now time.Time) (err error) {
	if e.time, err = v.bodyTime(m.Body); err != nil {
		return err
	}
	return checkWindow(e.time, now, v.tolerance)
}

func (v *macVerifier) timed() bool { return v.text.has(timeField) }

func (v *macVerifier) match(m *Message, e *envelope, now time.Time) (string, bool) {
	for _, k := range v.keys {
		found := false
		if k.Live(now) {
			k.sum(func(w *mac) { v.write(w, m, e) }, func(sum []byte) { found = e.contains(sum) })
		}
		if found {
			return k.Name, true
		}
	}
	return "", false
}

// write writes the signed text.
func (v *macVerifier) write(w *mac, m *Message, e *envelope) {
	for _, p := range v.text {
		switch p.field {
		case literal:
			w.writeString(p.text)
		case idField:
			w.writeString(e.id)
		case timeField:
			w.writeString(e.stamp)
		case urlField:
			w.writeString(m.URL)
		case verbField:
			w.writeString(m.Method)
		case bodyField:
			w.write(m.Body)
		}
	}
}

// read fills e from the headers of m.
func (v *macVerifier) read(m *Message, e *envelope) (err error) {
	value, err := m.HeaderValue(v.header)
	if err != nil {
		return err
	}
	if v.layout.item == "" {
		err = v.readBare(value, e)
	} else {
		err = v.readList(value, e)
	}
	if err != nil {
		return err
	}
	if v.text.has(urlField) && m.URL == "" {
		return errNoURL
	}
	return v.readSigned(m, e)
}

// readSigned reads the id and the time of headers of their own.
func (v *macVerifier) readSigned(m *Message, e *envelope) (err error) {
	if v.idHeader != "" {
		if e.id, err = m.HeaderValue(v.idHeader); err != nil {
			return err
		}
		if !v.text.validID(e.id) {
			return malformedHeader(v.idHeader)
		}
	}
	switch {
	case v.timeHeader != "":
		e.stamp, e.time, err = m.timeHeader(v.timeHeader, v.timeFormat, v.fixedTime)
	case v.timed():
		e.time, err = parseTime(e.stamp, v.timeFormat, v.fixedTime, v.header)
	}
	return err
}

func (v *macVerifier) readBare(value string, e *envelope) error {
	text, ok := strings.CutPrefix(value, v.layout.prefix)
	if !ok || !e.add(v.encoding, v.hash.Size(), text) {
		return malformedHeader(v.header)
	}
	return nil
}

// readList reads named values. Unknown names and unreadable signatures are
// passed over as long as one signature can be read; a value without a name or
// a second time is refused.
func (v *macVerifier) readList(value string, e *envelope) error {
	times := 0
	for item := range strings.SplitSeq(value, v.layout.item) {
		name, text, ok := strings.Cut(item, v.layout.pair)
		switch {
		case !ok:
			return malformedHeader(v.header)
		case name == v.layout.time:
			e.stamp = text
			times++
		case name == v.layout.signature:
			e.add(v.encoding, v.hash.Size(), text)
		}
	}
	if times > 1 {
		return fmt.Errorf("%w: two times in header %s", ErrMalformed, v.header)
	}
	if e.n == 0 {
		return fmt.Errorf("%w: no readable signature in header %s", ErrMalformed, v.header)
	}
	return nil
}

// Sign signs with every live key where the layout is a list, as senders do
// while they replace a secret, else with the first live one.
func (v *macVerifier) Sign(m *Message) error {
	if v.text.has(urlField) && m.URL == "" {
		return errNoURL
	}
	now := m.now()
	e := envelope{time: now}
	if v.timed() {
		e.stamp = v.timeFormat.format(now)
	}
	if v.timeHeader != "" {
		m.setHeader(v.timeHeader, e.stamp)
	}
	if v.idHeader != "" {
		if err := v.signID(m, v.idHeader, &e); err != nil {
			return err
		}
	}
	return v.signHeader(m, &e)
}

// signID keeps an id that is already set, and else makes one.
func (v *macVerifier) signID(m *Message, header string, e *envelope) error {
	if e.id = m.Header.Get(header); e.id == "" {
		e.id = "msg_" + rand.Text()
	}
	if !v.text.validID(e.id) {
		return malformedHeader(header)
	}
	m.setHeader(header, e.id)
	return nil
}

func (v *macVerifier) signHeader(m *Message, e *envelope) error {
	var items []string
	if v.layout.time != "" {
		items = append(items, v.layout.time+v.layout.pair+e.stamp)
	}
	signed := false
	for _, k := range v.keys {
		if !k.Live(m.now()) || signed && v.layout.item == "" {
			continue
		}
		signed = true
		k.sum(func(w *mac) { v.write(w, m, e) }, func(sum []byte) {
			items = append(items, v.layout.prefix+v.layout.signature+v.layout.pair+v.encoding.encode(sum))
		})
	}
	if !signed {
		return errNoLiveKey
	}
	m.setHeader(v.header, strings.Join(items, v.layout.item))
	return nil
}

// asVerifier and asSigner keep a nil pointer from becoming a non-nil interface.
func asVerifier(v *macVerifier, err error) (Verifier, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

func asSigner(v *macVerifier, err error) (Signer, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}
