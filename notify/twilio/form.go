package twilio

// form is an application/x-www-form-urlencoded body under construction. Spaces
// are %20 as in Twilio's own clients.
type form []byte

// text adds a parameter, unless its value is empty.
func (f form) text(name, value string) form {
	if value == "" {
		return f
	}
	if len(f) > 0 {
		f = append(f, '&')
	}
	f = append(f, name...)
	return append(f, '=').escaped(value)
}

// flag adds a parameter when it is on.
func (f form) flag(name string, on bool, value string) form {
	if !on {
		return f
	}
	return f.text(name, value)
}

// texts adds a parameter once for each value.
func (f form) texts(name string, values []string) form {
	for _, v := range values {
		f = f.text(name, v)
	}
	return f
}

func (f form) escaped(s string) form {
	const hex = "0123456789ABCDEF"
	for _, c := range []byte(s) {
		if unreserved(c) {
			f = append(f, c)
		} else {
			f = append(f, '%', hex[c>>4], hex[c&15])
		}
	}
	return f
}

// unreserved reports whether c stands for itself, by RFC 3986.
func unreserved(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return c == '-' || c == '_' || c == '.' || c == '~'
}
