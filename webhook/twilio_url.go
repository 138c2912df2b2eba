package webhook

import (
	"iter"
	"slices"
	"strings"
)

// twilioURLs yields the forms of a URL that Twilio and its libraries are known
// to sign, the given one first and none twice.
func twilioURLs(address string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if !yield(address) {
			return
		}
		seen := []string{address}
		for _, form := range splitURL(address).forms() {
			if slices.Contains(seen, form) {
				continue
			}
			if seen = append(seen, form); !yield(form) {
				return
			}
		}
	}
}

func (u splitAddress) forms() (all []string) {
	for _, credentials := range []string{u.credentials, ""} {
		for _, port := range []string{"", u.explicitPort()} {
			for _, path := range u.paths() {
				for _, query := range []string{u.query, browserQuery(u.query), legacyQuery(u.query)} {
					all = append(all, u.scheme+credentials+u.host+port+path+query)
				}
			}
		}
	}
	return all
}

func (u splitAddress) explicitPort() string {
	switch {
	case u.port != "":
		return u.port
	case u.scheme == "https://" || u.scheme == "wss://":
		return ":443"
	}
	return ":80"
}

// paths adds the slash that libraries put behind a bare host, and that Twilio
// may put behind the path of a web socket.
func (u splitAddress) paths() []string {
	if u.path == "" || strings.HasPrefix(u.scheme, "ws") && !strings.HasSuffix(u.path, "/") {
		return []string{u.path, u.path + "/"}
	}
	return []string{u.path}
}

// browserQuery encodes a query as the WHATWG URL standard does.
func browserQuery(query string) string {
	return escape(query, func(c byte) bool {
		return c > ' ' && c < 0x7F && c != '"' && c != '\'' && c != '<' && c != '>'
	})
}

// legacyQuery decodes and encodes a query as Node's querystring module does:
// values of one name stand together, at the place of the first.
func legacyQuery(query string) string {
	if len(query) < 2 {
		return query
	}
	var names []string
	values := map[string][]string{}
	for pair := range strings.SplitSeq(query[1:], "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name = legacyEscape(name)
		if values[name] == nil {
			names = append(names, name)
		}
		values[name] = append(values[name], legacyEscape(value))
	}
	var b strings.Builder
	for _, name := range names {
		for _, value := range values[name] {
			b.WriteString("&" + name + "=" + value)
		}
	}
	return "?" + strings.TrimPrefix(b.String(), "&")
}

// legacyEscape encodes a component anew. One that cannot be decoded stays.
func legacyEscape(component string) string {
	raw, ok := appendUnescaped(nil, []byte(component))
	if !ok {
		return component
	}
	return escape(string(raw), func(c byte) bool {
		return c < 0x7F && (isWord(c) && c != '=' || strings.IndexByte("!'()*.~", c) >= 0)
	})
}
