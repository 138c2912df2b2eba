package webhook

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"
)

const (
	formMedia      = "application/x-www-form-urlencoded"
	multipartMedia = "multipart/form-data"
)

// maxParts is how many parts of a multipart form are read.
const maxParts = 1000

// mediaType returns the media type of the body in lower case.
func (m *Message) mediaType() string {
	media, _, _ := strings.Cut(m.Header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(media))
}

// eachField hands the fields of a form of either kind to use, which returns
// false to refuse one. Values longer than a header may be are cut.
func (m *Message) eachField(use func(name, value string) bool) error {
	if m.mediaType() == multipartMedia {
		return m.eachPart(use)
	}
	f, _, err := parseForm(m.Body, nil)
	for _, p := range f {
		if !use(string(p.name), string(p.value[:min(len(p.value), maxHeader+1)])) {
			return errForm
		}
	}
	return err
}

func (m *Message) eachPart(use func(name, value string) bool) error {
	_, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || parameters["boundary"] == "" {
		return errForm
	}
	parts := multipart.NewReader(bytes.NewReader(m.Body), parameters["boundary"])
	for range maxParts {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errForm
		}
		value, err := io.ReadAll(io.LimitReader(part, maxHeader+1))
		if err != nil || !use(part.FormName(), string(value)) {
			return errForm
		}
	}
	return errForm
}
