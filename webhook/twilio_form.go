package webhook

import (
	"bytes"
	"fmt"
	"slices"
)

// form is a form body: decoded parameters in byte order, every pair once.
type form []formPair

type formPair struct{ name, value []byte }

// maxPairs is how many parameters a form may have. Forms are parsed before they
// are proven, and a pair takes far more memory than its two bytes.
const maxPairs = 10_000

// parseForm decodes a form. The pairs refer to body or, where something had to
// be decoded, to room, which is returned grown.
func parseForm(body, room []byte) (form, []byte, error) {
	f := make(form, 0, min(bytes.Count(body, []byte("&"))+1, maxPairs))
	for raw := range bytes.SplitSeq(body, []byte("&")) {
		if len(raw) == 0 {
			continue
		}
		var pair formPair
		var nameOK, valueOK bool
		pair.name, pair.value, _ = bytes.Cut(raw, []byte("="))
		pair.name, room, nameOK = unescape(pair.name, room)
		pair.value, room, valueOK = unescape(pair.value, room)
		if !nameOK || !valueOK || len(f) == maxPairs {
			return nil, room, errForm
		}
		f = append(f, pair)
	}
	slices.SortFunc(f, formPair.compare)
	return slices.CompactFunc(f, func(a, b formPair) bool { return a.compare(b) == 0 }), room, nil
}

// unescape returns text decoded: itself if it holds no escape, else in room.
func unescape(text, room []byte) (decoded, grown []byte, ok bool) {
	if bytes.IndexByte(text, '%') < 0 && bytes.IndexByte(text, '+') < 0 {
		return text, room, true
	}
	start := len(room)
	room, ok = appendUnescaped(room, text)
	return room[min(start, len(room)):], room, ok
}

var errForm = fmt.Errorf("%w: the body is not a form", ErrMalformed)

func (p formPair) compare(q formPair) int {
	if c := bytes.Compare(p.name, q.name); c != 0 {
		return c
	}
	return bytes.Compare(p.value, q.value)
}

// writer writes the address and the parameters, without separators.
func (f form) writer(address string) func(*mac) {
	return func(w *mac) {
		w.writeString(address)
		for _, p := range f {
			w.write(p.name)
			w.write(p.value)
		}
	}
}

// appendUnescaped appends src with "+" and percent escapes decoded. It copies
// and searches whole runs, because most bodies hold few escapes.
func appendUnescaped(dst, src []byte) ([]byte, bool) {
	start := len(dst)
	for {
		i := bytes.IndexByte(src, '%')
		if i < 0 {
			dst = append(dst, src...)
			break
		}
		if len(src) < i+3 {
			return nil, false
		}
		dst = append(dst, src[:i]...)
		high, low := unhex(src[i+1]), unhex(src[i+2])
		if high < 0 || low < 0 {
			return nil, false
		}
		dst = append(plusToSpace(dst, start), byte(high<<4|low)) //nolint:gosec // both are below 16
		start = len(dst)
		src = src[i+3:]
	}
	return plusToSpace(dst, start), true
}

// plusToSpace decodes "+" in b[start:], which holds no decoded escape.
func plusToSpace(b []byte, start int) []byte {
	for {
		i := bytes.IndexByte(b[start:], '+')
		if i < 0 {
			return b
		}
		start += i
		b[start] = ' '
	}
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c - 'a' + 10)
	case c >= 'A' && c <= 'F':
		return int(c - 'A' + 10)
	}
	return -1
}
