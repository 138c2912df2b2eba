package transport

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

const (
	// redacted stands where a secret was.
	redacted = "[redacted]"
	// minSecret is the length from which a text counts as a secret worth
	// removing: shorter ones would tear holes into ordinary words.
	minSecret = 8
	// maxRotated is how many rotating credentials are remembered: the vendor
	// may still echo one that has just been replaced.
	maxRotated = 16
)

// redactor removes every secret a client uses from texts that leave it. The
// secrets themselves lie behind a pointer, which no verb of fmt follows.
type redactor struct {
	mu    sync.Mutex
	known atomic.Pointer[known]
}

// known is what a redactor looks for: secrets kept for good, credentials that
// rotate, and all their forms with the longest first.
type known struct{ kept, rotated, forms []string }

// keep remembers secrets for good.
func (r *redactor) keep(secrets []string) {
	r.learn(secrets, func(k known, s string) *known {
		return newKnown(append(slices.Clip(k.kept), s), k.rotated)
	})
}

// use remembers the credential of an attempt until enough others have come.
func (r *redactor) use(secrets []string) {
	r.learn(secrets, func(k known, s string) *known {
		old := k.rotated[max(len(k.rotated)-maxRotated+1, 0):]
		return newKnown(k.kept, append(slices.Clone(old), s))
	})
}

func (r *redactor) learn(secrets []string, with func(known, string) *known) {
	for _, s := range secrets {
		if len(s) < minSecret || r.knows(s) {
			continue
		}
		r.mu.Lock()
		if !r.knows(s) {
			r.known.Store(with(r.now(), s))
		}
		r.mu.Unlock()
	}
}

// now returns what is known at the moment.
func (r *redactor) now() known {
	if k := r.known.Load(); k != nil {
		return *k
	}
	return known{}
}

func (r *redactor) knows(secret string) bool {
	k := r.known.Load()
	return k != nil && (slices.Contains(k.rotated, secret) || slices.Contains(k.kept, secret))
}

func newKnown(kept, rotated []string) *known {
	k := &known{kept: kept, rotated: rotated}
	for _, s := range slices.Concat(kept, rotated) {
		k.forms = append(k.forms, forms(s)...)
	}
	slices.Sort(k.forms)
	k.forms = slices.Compact(k.forms)
	slices.SortStableFunc(k.forms, func(a, b string) int { return len(b) - len(a) })
	return k
}

// forms are the ways in which a secret may come back: as it is, escaped for a
// URL, quoted for JSON, Go or HTML, and in the base64 of a basic credential.
func forms(secret string) []string {
	query, path := url.QueryEscape(secret), url.PathEscape(secret)
	all := []string{
		secret, query, path, lowerEscapes(query), lowerEscapes(path),
		html.EscapeString(secret), inside(strconv.Quote(secret)), inside(strconv.QuoteToASCII(secret)),
	}
	if text, err := json.Marshal(secret); err == nil {
		all = append(all, inside(string(text)))
	}
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		all = append(all, enc.EncodeToString([]byte(secret)))
	}
	return all
}

// inside strips the quotes.
func inside(quoted string) string { return quoted[1 : len(quoted)-1] }

// lowerEscapes writes %2F as %2f.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], bytes.ToLower(b[i+1:i+3]))
		}
	}
	return string(b)
}

// text returns s without secrets.
func (r *redactor) text(s string) string {
	k := r.known.Load()
	if k == nil || s == "" {
		return s
	}
	for _, f := range k.forms {
		s = strings.ReplaceAll(s, f, redacted)
	}
	return s
}

// bytes returns a copy of at most limit bytes of b, without secrets and
// without the beginning of one that the limit would cut in two.
func (r *redactor) bytes(b []byte, limit int) []byte {
	k := r.known.Load()
	if k == nil || len(k.forms) == 0 {
		return bytes.Clone(b[:min(len(b), limit)])
	}
	longest := len(k.forms[0])
	cut := len(b) > limit+longest
	if cut {
		b = b[:limit+longest]
	}
	b = bytes.Clone(b)
	for _, f := range k.forms {
		b = bytes.ReplaceAll(b, []byte(f), []byte(redacted))
	}
	if cut {
		b = b[:max(len(b)-longest, 0)]
	}
	return b[:min(len(b), limit)]
}

// err returns an error whose text holds no secret and which still matches
// what the cause matched.
func (r *redactor) err(cause error) error {
	if cause == nil {
		return nil
	}
	bare := stripURL(cause)
	text := bare.Error()
	if clean := r.text(text); clean != text {
		return &redactedError{text: clean, is: func(target error) bool { return errors.Is(bare, target) }}
	}
	return bare
}

// redactedError hides a cause whose text held a secret. It keeps errors.Is,
// but does not unwrap and holds the cause in a closure, so that no verb, no
// logger and no encoder can print it.
type redactedError struct {
	text string
	is   func(error) bool
}

func (e *redactedError) Error() string { return e.text }

func (e *redactedError) Is(target error) bool { return e.is(target) }

// shorten cuts s to at most limit bytes between two characters.
func shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit] + "…"
}
