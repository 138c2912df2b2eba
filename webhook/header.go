package webhook

import (
	"fmt"
	"net/http"
	"time"
)

// maxHeader is the longest header value a verifier reads, in bytes.
const maxHeader = 4096

// HeaderValue returns the value of a header that must be there exactly once.
// It returns ErrMissing when the header is absent or empty and ErrMalformed
// when it is repeated or longer than 4,096 bytes.
func (m *Message) HeaderValue(name string) (string, error) {
	values := m.Header[http.CanonicalHeaderKey(name)]
	switch {
	case len(values) == 0 || len(values) == 1 && values[0] == "":
		return "", fmt.Errorf("%w: header %s", ErrMissing, name)
	case len(values) > 1:
		return "", fmt.Errorf("%w: header %s is repeated", ErrMalformed, name)
	case len(values[0]) > maxHeader:
		return "", fmt.Errorf("%w: header %s is longer than %d bytes", ErrMalformed, name, maxHeader)
	}
	return values[0], nil
}

// timeHeader reads a signed time; see TimeFormat.parse for fixed.
func (m *Message) timeHeader(name string, f TimeFormat, fixed bool) (string, time.Time, error) {
	stamp, err := m.HeaderValue(name)
	if err != nil {
		return "", time.Time{}, err
	}
	t, err := parseTime(stamp, f, fixed, name)
	return stamp, t, err
}

func parseTime(stamp string, f TimeFormat, fixed bool, header string) (time.Time, error) {
	t, ok := f.parse(stamp, fixed)
	if !ok {
		return time.Time{}, fmt.Errorf("%w: the time in header %s", ErrMalformed, header)
	}
	return t, nil
}

func malformedHeader(name string) error {
	return fmt.Errorf("%w: header %s", ErrMalformed, name)
}

func mismatchHeader(name string) error {
	return fmt.Errorf("%w: header %s", ErrMismatch, name)
}
