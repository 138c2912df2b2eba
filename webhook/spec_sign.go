package webhook

import (
	"bytes"
	"crypto/rand"
	"strings"
)

// Sign signs with every live key where the layout is a list, as senders do
// while they replace a secret, else with the first live one.
func (v *macVerifier) Sign(m *Message) error {
	if v.text.has(urlField) && m.URL == "" {
		return errNoURL
	}
	now := m.now()
	e := envelope{time: now, url: m.URL}
	if v.signedURL != nil {
		e.url = v.signedURL(m.URL)
	}
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

// firstSum returns the keyed hash of the first live key, for signers.
func (v *macVerifier) firstSum(m *Message, e *envelope) (sum []byte, err error) {
	for _, k := range v.keys {
		if k.Live(m.now()) {
			k.sum(func(w *mac) { v.write(w, m, e) }, func(s []byte) { sum = bytes.Clone(s) })
			return sum, nil
		}
	}
	return nil, errNoLiveKey
}
