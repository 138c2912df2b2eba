package webhook

// ParseForm decodes a form body for tests.
func ParseForm(body []byte) (pairs [][2]string, err error) {
	f, _, err := parseForm(body, nil)
	for _, p := range f {
		pairs = append(pairs, [2]string{string(p.name), string(p.value)})
	}
	return pairs, err
}

// TwilioURLs lists the forms of a URL that are tried.
func TwilioURLs(address string) (all []string) {
	for form := range twilioURLs(address) {
		all = append(all, form)
	}
	return all
}
