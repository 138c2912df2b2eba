package transport

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
)

// redacted stands where a secret was.
const redacted = "[redacted]"

// minSecret is the length from which a text counts as a secret worth
// removing: shorter ones would tear holes into ordinary words.
const minSecret = 8

// redactor removes every secret a client has used from texts that leave it.
type redactor struct{ forms atomic.Pointer[[]string] }

// learn adds secrets, in the forms in which they may come back.
func (r *redactor) learn(secrets []string) {
	for _, s := range secrets {
		if len(s) < minSecret || r.knows(s) {
			continue
		}
		r.add(s)
	}
}

func (r *redactor) knows(secret string) bool {
	p := r.forms.Load()
	return p != nil && slices.Contains(*p, secret)
}

func (r *redactor) add(secret string) {
	forms := []string{secret, url.QueryEscape(secret), url.PathEscape(secret),
		base64.StdEncoding.EncodeToString([]byte(secret))}
	for {
		old := r.forms.Load()
		next := forms
		if old != nil {
			next = slices.Concat(*old, forms)
		}
		slices.SortFunc(next, func(a, b string) int { return len(b) - len(a) })
		next = slices.Compact(next)
		if r.forms.CompareAndSwap(old, &next) {
			return
		}
	}
}

// text returns s without secrets.
func (r *redactor) text(s string) string {
	p := r.forms.Load()
	if p == nil || s == "" {
		return s
	}
	for _, f := range *p {
		s = strings.ReplaceAll(s, f, redacted)
	}
	return s
}

// bytes returns a copy of at most limit bytes of b, without secrets. A secret
// cut in two by the limit is removed too, because the search comes first.
func (r *redactor) bytes(b []byte, limit int) []byte {
	p := r.forms.Load()
	if p != nil {
		for _, f := range *p {
			if bytes.Contains(b, []byte(f)) {
				b = bytes.ReplaceAll(b, []byte(f), []byte(redacted))
			}
		}
	}
	return bytes.Clone(b[:min(len(b), limit)])
}

// err returns an error whose text holds no secret and which still matches
// what the cause matched.
func (r *redactor) err(cause error) error {
	if cause == nil {
		return nil
	}
	cause = stripURL(cause)
	if clean := r.text(cause.Error()); clean != cause.Error() {
		return &redactedError{text: clean, is: cause}
	}
	return cause
}

// redactedError hides a cause whose text held a secret. It keeps errors.Is,
// but does not unwrap, so that no one can print the cause.
type redactedError struct {
	text string
	is   error
}

func (e *redactedError) Error() string { return e.text }

func (e *redactedError) Is(target error) bool { return errors.Is(e.is, target) }
