package webhook

import (
	"encoding/base64"
	"slices"
	"strings"
)

// scanner reads structured fields (RFC 9651) in the one canonical form, the
// form in which RFC 9421 signs them; other spellings are refused. Between the
// members of a dictionary optional space is allowed.
type scanner struct{ rest string }

func (s *scanner) take(prefix string) bool {
	rest, ok := strings.CutPrefix(s.rest, prefix)
	s.rest = rest
	return ok
}

// while takes the longest run of bytes that fit.
func (s *scanner) while(fits func(byte) bool) string {
	i := 0
	for i < len(s.rest) && fits(s.rest[i]) {
		i++
	}
	run := s.rest[:i]
	s.rest = s.rest[i:]
	return run
}

// key takes the name of a member or parameter.
func (s *scanner) key() (string, bool) {
	if s.rest == "" || s.rest[0] != '*' && (s.rest[0] < 'a' || s.rest[0] > 'z') {
		return "", false
	}
	return s.while(func(c byte) bool {
		return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("_-.*", c) >= 0
	}), true
}

// next takes the comma before another member. It reports false at the end,
// and ok false where something else stands.
func (s *scanner) next() (more, ok bool) {
	isSpace := func(c byte) bool { return c == ' ' || c == '\t' }
	s.while(isSpace)
	if s.rest == "" {
		return false, true
	}
	ok = s.take(",")
	s.while(isSpace)
	return ok && s.rest != "", ok && s.rest != ""
}

// quoted takes a string and returns its text. Strings with a backslash are
// refused: no name, id or nonce needs one.
func (s *scanner) quoted() (string, bool) {
	if !s.take(`"`) {
		return "", false
	}
	text := s.while(func(c byte) bool { return c >= ' ' && c <= '~' && c != '"' && c != '\\' })
	return text, s.take(`"`)
}

// integer takes a whole number of at most fifteen digits.
func (s *scanner) integer() (int64, bool) {
	negative := s.take("-")
	digits := s.while(func(c byte) bool { return c >= '0' && c <= '9' })
	n, ok := canonicalUint(digits, 13, false)
	if negative {
		return -n, ok && n != 0
	}
	return n, ok
}

// bytes takes a byte sequence and returns its base64 text.
func (s *scanner) bytes() (string, bool) {
	if !s.take(":") {
		return "", false
	}
	text := s.while(func(c byte) bool { return c != ':' })
	return text, s.take(":")
}

// parameters takes ";name=value" pairs and hands them to use, which returns
// false to refuse one. Values are strings or integers; a name alone is true.
func (s *scanner) parameters(use func(name, text string, number int64) bool) bool {
	for s.take(";") {
		name, ok := s.key()
		if !ok {
			return false
		}
		var text string
		var number int64
		switch {
		case !s.take("="):
		case strings.HasPrefix(s.rest, `"`):
			text, ok = s.quoted()
		default:
			number, ok = s.integer()
		}
		if !ok || !use(name, text, number) {
			return false
		}
	}
	return true
}

// maxMembers bounds the members of a dictionary, and the components that a
// signature covers.
const maxMembers = 32

// eachBinary hands every member of a dictionary of byte sequences to use, as
// base64 text. It refuses a name that occurs twice.
func eachBinary(dictionary string, use func(key, text string) bool) bool {
	s := scanner{dictionary}
	var keys [maxMembers]string
	for n := range maxMembers {
		key, ok := s.key()
		if !ok || slices.Contains(keys[:n], key) || !s.take("=") {
			return false
		}
		keys[n] = key
		text, ok := s.bytes()
		if !ok || !use(key, text) {
			return false
		}
		if more, ok := s.next(); !more {
			return ok
		}
	}
	return false
}

// byteSequence writes raw as a structured field.
func byteSequence(raw []byte) string {
	return ":" + base64.StdEncoding.EncodeToString(raw) + ":"
}
