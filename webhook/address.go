package webhook

import (
	"fmt"
	"strings"
)

var errNoURL = fmt.Errorf("%w: the message's URL is not set", ErrMissing)

// address is the message's URL without fragment, with the query received.
func (m *Message) address() (string, error) {
	address, _, _ := strings.Cut(m.URL, "#")
	if address == "" {
		return "", errNoURL
	}
	if m.RawQuery != "" {
		address, _, _ = strings.Cut(address, "?")
		address += "?" + m.RawQuery
	}
	return address, nil
}

// splitAddress is a URL in pieces that give the same text when joined.
type splitAddress struct {
	scheme, // "https://"
	credentials, // "user:password@" or ""
	host, // without port
	port, // ":443" or ""
	path,
	query string // "?a=1" or ""
}

func splitURL(address string) (u splitAddress) {
	rest := address
	if i := strings.Index(rest, "://"); i >= 0 {
		u.scheme, rest = rest[:i+3], rest[i+3:]
	}
	if i := strings.IndexByte(rest, '?'); i >= 0 {
		rest, u.query = rest[:i], rest[i:]
	}
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		rest, u.path = rest[:i], rest[i:]
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		u.credentials, rest = rest[:i+1], rest[i+1:]
	}
	u.host = rest
	if i := strings.LastIndexByte(rest, ':'); i > strings.LastIndexByte(rest, ']') {
		u.host, u.port = rest[:i], rest[i:]
	}
	return u
}

// escape writes bytes that are not kept as percent escapes.
func escape(s string, kept func(byte) bool) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(s) {
		if kept(c) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}
