package chatfuel

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// DefaultMaxBody is the largest body that is read by default, in bytes. A full
// profile is a few kilobytes.
const DefaultMaxBody = 256 << 10

// InputError is a call that cannot be understood or lacks something. Its text
// names attributes, never their values.
type InputError struct {
	// Status is the HTTP status that fits: 400, 405, 413 or 415.
	Status int
	// Problem says what is wrong.
	Problem string
}

// Error returns the problem.
func (e *InputError) Error() string { return "chatfuel: " + e.Problem }

func badInput(format string, args ...any) error {
	return &InputError{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// ReadAttributes reads a call in any of the forms that Chatfuel offers: a URL
// with attributes, a full JSON profile, a JSON body, a URL-encoded form. What
// the body sets wins over the query. The body is read whole, up to maxBody
// bytes (0 means DefaultMaxBody), and put back so that it can be read again.
// Errors are *InputError.
func ReadAttributes(r *http.Request, maxBody int64) (Attributes, error) {
	body, err := readBody(r, maxBody)
	if err != nil {
		return Attributes{}, err
	}
	return DecodeAttributes(r.URL.RawQuery, r.Header.Get("Content-Type"), body)
}

func readBody(r *http.Request, limit int64) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	if limit <= 0 {
		limit = DefaultMaxBody
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	switch {
	case int64(len(body)) > limit:
		return nil, &InputError{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is over %d bytes", limit)}
	case err != nil:
		return nil, badInput("the body broke off")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

// DecodeAttributes reads attributes from the parts of a request: its raw
// query, its content type and its body. A missing content type, or text/plain,
// is read as JSON when the body starts with a brace and as a form otherwise.
// Errors are *InputError.
func DecodeAttributes(rawQuery, contentType string, body []byte) (Attributes, error) {
	values := map[string]string{}
	if err := addForm(values, rawQuery, "query"); err != nil {
		return Attributes{}, err
	}
	if body = bytes.TrimSpace(body); len(body) == 0 {
		return NewAttributes(values), nil
	}
	var err error
	switch kind(contentType, body) {
	case "json":
		err = addJSON(values, body)
	case "form":
		err = addForm(values, string(body), "form")
	default:
		err = &InputError{http.StatusUnsupportedMediaType, "the content type is neither JSON nor a URL-encoded form"}
	}
	if err != nil {
		return Attributes{}, err
	}
	return NewAttributes(values), nil
}

func kind(contentType string, body []byte) string {
	mediaType, _, _ := mime.ParseMediaType(contentType)
	switch {
	case mediaType == "application/json", strings.HasSuffix(mediaType, "+json"):
		return "json"
	case mediaType == "application/x-www-form-urlencoded":
		return "form"
	case contentType != "" && mediaType != "text/plain":
		return ""
	case body[0] == '{':
		return "json"
	}
	return "form"
}

// addForm reads the form encoding. Spaces arrive as %20, from older bots as +.
// A phone number whose + was not encoded is recognised.
func addForm(values map[string]string, encoded, where string) error {
	form, err := url.ParseQuery(encoded)
	if err != nil {
		return badInput("the %s is not URL-encoded", where)
	}
	for name, list := range form {
		for _, value := range list {
			add(values, name, unspacedPlus(value))
		}
	}
	return nil
}

// unspacedPlus gives an international number the + back that decoding turned
// into a space.
func unspacedPlus(value string) string {
	number, ok := strings.CutPrefix(value, " ")
	if ok && len(number) >= 7 && len(number) <= 15 && strings.Trim(number, "0123456789") == "" {
		return "+" + number
	}
	return value
}

// addJSON reads an object. Scalars become their text, null becomes unset, and
// what is nested stays JSON.
func addJSON(values map[string]string, body []byte) error {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(body, &object); err != nil || object == nil {
		return badInput("the body is not a JSON object")
	}
	for name, raw := range object {
		text, err := scalar(raw)
		if err != nil {
			return badInput("%s cannot be read", strings.ToValidUTF8(name, "?"))
		}
		add(values, name, text)
	}
	return nil
}

func scalar(raw json.RawMessage) (string, error) {
	switch raw[0] {
	case '"':
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err
	case '{', '[':
		var b bytes.Buffer
		err := json.Compact(&b, raw)
		return b.String(), err
	case 'n':
		return "", nil
	}
	return string(raw), nil
}

// add sets a value unless it is unset and an earlier one was not.
func add(values map[string]string, name, value string) {
	value = filled(strings.ToValidUTF8(value, "\uFFFD"))
	name = strings.ToValidUTF8(name, "\uFFFD")
	if _, there := values[name]; value != "" || !there {
		values[name] = value
	}
}
