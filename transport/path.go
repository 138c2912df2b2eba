package transport

import (
	"net/url"
	"strings"
)

// Path joins segments into a path that starts with a slash. Each segment is
// escaped; one that is empty, "." or ".." is refused, because it would name
// another resource.
func Path(segments ...string) (string, error) {
	var b strings.Builder
	for _, s := range segments {
		if s == "" || s == "." || s == ".." {
			return "", Invalid("transport.Path", "segment", "%q is not a path segment", s)
		}
		b.WriteByte('/')
		b.WriteString(url.PathEscape(s))
	}
	return b.String(), nil
}
