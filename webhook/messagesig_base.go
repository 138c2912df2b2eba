package webhook

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// signatureInput is one member of the header Signature-Input.
type signatureInput struct {
	raw     string // as received, which is as signed
	n       int
	covered [maxMembers]string // component ids, `"@query-param";name="a"`

	created, expires       int64
	hasCreated, hasExpires bool
	keyID, algorithm       string
	nonce                  string
}

// componentID writes a component's name as RFC 9421 does.
func componentID(component string) string {
	name, parameters, found := strings.Cut(component, ";")
	if found {
		parameters = ";" + parameters
	}
	return `"` + name + `"` + parameters
}

func (in *signatureInput) covers(id string) bool {
	return slices.Contains(in.covered[:in.n], id)
}

// coversWebhook says whether method, target and body are covered.
func (in *signatureInput) coversWebhook(body bool) bool {
	target := in.covers(`"@target-uri"`) || in.covers(`"@authority"`) && in.covers(`"@path"`)
	return in.covers(`"@method"`) && target && (!body || in.covers(`"content-digest"`))
}

// signatureInput takes a list of components and its parameters. It refuses a
// component or parameter that occurs twice.
func (s *scanner) signatureInput(in *signatureInput) bool {
	start := s.rest
	if !s.take("(") {
		return false
	}
	for !s.take(")") {
		if in.n == maxMembers || in.n > 0 && !s.take(" ") {
			return false
		}
		id, ok := s.component()
		if !ok || in.covers(id) {
			return false
		}
		in.covered[in.n] = id
		in.n++
	}
	if !s.parameters(in.set) {
		return false
	}
	in.raw = start[:len(start)-len(s.rest)]
	return true
}

// component takes a component with its parameters and returns its text.
func (s *scanner) component() (string, bool) {
	start := s.rest
	name, ok := s.quoted()
	if !ok || name == "" {
		return "", false
	}
	ok = s.parameters(func(string, string, int64) bool { return true })
	return start[:len(start)-len(s.rest)], ok
}

// set keeps a parameter of the signature; unknown ones are signed all the same.
func (in *signatureInput) set(name, text string, number int64) bool {
	once := func(p *string) bool {
		twice := *p != ""
		*p = text
		return !twice && text != ""
	}
	switch name {
	case "created":
		twice := in.hasCreated
		in.created, in.hasCreated = number, true
		return !twice && text == ""
	case "expires":
		twice := in.hasExpires
		in.expires, in.hasExpires = number, true
		return !twice && text == ""
	case "keyid":
		return once(&in.keyID)
	case "alg":
		return once(&in.algorithm)
	case "nonce":
		return once(&in.nonce)
	}
	return true
}

// appendBase appends the signature base (RFC 9421, section 2.5).
func (in *signatureInput) appendBase(base []byte, m *Message) (_ []byte, err error) {
	for _, id := range in.covered[:in.n] {
		base = append(append(base, id...), ": "...)
		start := len(base)
		if base, err = appendComponent(base, m, id); err != nil {
			return nil, err
		}
		for _, c := range base[start:] {
			if c == '\n' || c == '\r' {
				return nil, fmt.Errorf("%w: line break in a covered component", ErrMalformed)
			}
		}
		base = append(base, '\n')
	}
	return append(append(base, `"@signature-params": `...), in.raw...), nil
}

// appendComponent appends the value of a component.
func appendComponent(dst []byte, m *Message, id string) ([]byte, error) {
	name, parameters, _ := strings.Cut(id[1:], `"`)
	if name == "@query-param" {
		return appendQueryParam(dst, m, parameters)
	}
	if parameters != "" {
		return nil, fmt.Errorf("%w: parameter of a covered component", ErrMalformed)
	}
	if strings.HasPrefix(name, "@") {
		return appendDerived(dst, m, name)
	}
	return appendField(dst, m, name)
}

func appendDerived(dst []byte, m *Message, name string) ([]byte, error) {
	if name == "@method" {
		return append(dst, m.Method...), nil
	}
	address, err := m.address()
	if err != nil {
		return nil, err
	}
	u := splitURL(address)
	path := u.path
	if path == "" {
		path = "/"
	}
	switch name {
	case "@target-uri":
		return append(dst, address...), nil
	case "@scheme":
		return append(dst, strings.ToLower(strings.TrimSuffix(u.scheme, "://"))...), nil
	case "@authority":
		return append(dst, u.authority()...), nil
	case "@path":
		return append(dst, path...), nil
	case "@query":
		return append(append(dst, '?'), strings.TrimPrefix(u.query, "?")...), nil
	case "@request-target":
		return append(append(dst, path...), u.query...), nil
	}
	return nil, fmt.Errorf("%w: unknown derived component", ErrMalformed)
}

// authority is the host in lower case, with the port unless it is the scheme's.
func (u splitAddress) authority() string {
	port := u.port
	if u.scheme == "https://" && port == ":443" || u.scheme == "http://" && port == ":80" {
		port = ""
	}
	return strings.ToLower(u.host) + port
}

// appendField appends the values of a header field. Servers take Host, and
// may take Content-Length, out of the header; both are known all the same.
func appendField(dst []byte, m *Message, name string) ([]byte, error) {
	if name != strings.ToLower(name) {
		return nil, fmt.Errorf("%w: upper case in a covered component", ErrMalformed)
	}
	values := m.Header[http.CanonicalHeaderKey(name)]
	switch {
	case len(values) > 0:
	case name == "host":
		return appendDerived(dst, m, "@authority")
	case name == "content-length":
		return strconv.AppendInt(dst, int64(len(m.Body)), 10), nil
	default:
		return nil, fmt.Errorf("%w: a covered header", ErrMissing)
	}
	for i, value := range values {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(dst, strings.Trim(value, " \t")...)
	}
	return dst, nil
}

// appendQueryParam appends the value of the one parameter called name, encoded
// anew as RFC 9421, section 2.2.8, has it.
func appendQueryParam(dst []byte, m *Message, parameters string) ([]byte, error) {
	wanted, ok := strings.CutPrefix(parameters, `;name="`)
	wanted, closed := strings.CutSuffix(wanted, `"`)
	address, err := m.address()
	if !ok || !closed || err != nil {
		return nil, fmt.Errorf("%w: covered query parameter", ErrMalformed)
	}
	found := false
	for pair := range strings.SplitSeq(strings.TrimPrefix(splitURL(address).query, "?"), "&") {
		name, value, _ := strings.Cut(pair, "=")
		if formEscape(name) != wanted {
			continue
		}
		if found {
			return nil, fmt.Errorf("%w: covered query parameter is repeated", ErrMalformed)
		}
		found = true
		dst = append(dst, formEscape(value)...)
	}
	if !found {
		return nil, fmt.Errorf("%w: covered query parameter", ErrMissing)
	}
	return dst, nil
}

// formEscape decodes a component of a query and encodes it anew.
func formEscape(component string) string {
	raw, ok := appendUnescaped(nil, []byte(component))
	if !ok {
		return component
	}
	return escape(string(raw), func(c byte) bool {
		return isWord(c) && c != '=' || c == '.' || c == '*'
	})
}
