package sendgrid

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// encoder appends JSON to a buffer. It sets commas itself: before everything
// that does not open an object, an array or a value.
type encoder struct{ buf []byte }

func (e *encoder) comma() {
	if n := len(e.buf); n > 0 && e.buf[n-1] != '{' && e.buf[n-1] != '[' && e.buf[n-1] != ':' {
		e.buf = append(e.buf, ',')
	}
}

// open begins an object or an array, close ends it.
func (e *encoder) open(bracket byte)  { e.comma(); e.buf = append(e.buf, bracket) }
func (e *encoder) close(bracket byte) { e.buf = append(e.buf, bracket) }

// name begins a member of an object; a value must follow.
func (e *encoder) name(name string) {
	e.text(name)
	e.buf = append(e.buf, ':')
}

// text writes a string.
func (e *encoder) text(s string) {
	e.comma()
	e.buf = appendText(e.buf, s)
}

// member writes a string member unless it is empty.
func (e *encoder) member(name, value string) {
	if value != "" {
		e.name(name)
		e.text(value)
	}
}

// number writes a number member unless it is zero.
func (e *encoder) number(name string, n int64) {
	if n != 0 {
		e.name(name)
		e.integer(n)
	}
}

// integer writes a number.
func (e *encoder) integer(n int64) {
	e.comma()
	e.buf = strconv.AppendInt(e.buf, n, 10)
}

// texts writes an object of strings unless it is empty.
func (e *encoder) texts(name string, m map[string]string) {
	if len(m) == 0 {
		return
	}
	e.name(name)
	e.open('{')
	for k, v := range m {
		e.name(k)
		e.text(v)
	}
	e.close('}')
}

// values writes an object of anything unless it is empty.
func (e *encoder) values(name string, m map[string]any) error {
	if len(m) == 0 {
		return nil
	}
	e.name(name)
	e.open('{')
	for k, v := range m {
		e.name(k)
		if s, ok := v.(string); ok {
			e.text(s)
			continue
		}
		raw, err := json.Marshal(v)
		if err != nil {
			return err
		}
		e.buf = append(e.buf, raw...)
	}
	e.close('}')
	return nil
}

// base64 writes bytes as a string member.
func (e *encoder) base64(name string, b []byte) {
	e.name(name)
	e.buf = append(e.buf, '"')
	e.buf = base64.StdEncoding.AppendEncode(e.buf, b)
	e.buf = append(e.buf, '"')
}

const hex = "0123456789abcdef"

// appendText appends s as a JSON string. What is not UTF-8 becomes U+FFFD, as
// with encoding/json.
func appendText(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				dst = append(append(dst, s[start:i]...), "\ufffd"...)
				start = i + 1
			}
			i += size
			continue
		}
		if c < ' ' || c == '"' || c == '\\' {
			dst = append(dst, s[start:i]...)
			dst = appendEscape(dst, c)
			start = i + 1
		}
		i++
	}
	return append(append(dst, s[start:]...), '"')
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, `\n`...)
	}
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xF])
}

// textSize is how many bytes appendText appends.
func textSize(s string) int {
	n := len(`""`)
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch {
		case r == utf8.RuneError && size == 1:
			n += len("\ufffd")
		case r == '"', r == '\\', r == '\n':
			n += 2
		case r < ' ':
			n += len(`\u0000`)
		default:
			n += size
		}
	}
	return n
}
