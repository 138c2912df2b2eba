package webhook

import (
	"fmt"
	"strings"
	"time"
)

// envelope is what the headers of one message say, and its URL.
type envelope struct {
	id, stamp string
	time      time.Time
	url       string // that is signed
	signatures
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
	e.url = m.URL
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
