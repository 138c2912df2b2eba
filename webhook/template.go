package webhook

import (
	"fmt"
	"strings"
)

// field is one of the things a signed text is made of.
type field string

const (
	literal   field = ""
	idField   field = "id"
	timeField field = "timestamp"
	bodyField field = "body"
	urlField  field = "url"
	verbField field = "method"
)

type part struct {
	field field
	text  string // of a literal
}

// template is the shape of a signed text, "v0:{timestamp}:{body}" for example.
type template []part

// parseTemplate reads literals and the placeholders {id}, {timestamp}, {body},
// {url} and {method}.
func parseTemplate(text string) (template, error) {
	var t template
	for text != "" {
		before, rest, found := strings.Cut(text, "{")
		if before != "" {
			t = append(t, part{literal, before})
		}
		if !found {
			break
		}
		name, after, closed := strings.Cut(rest, "}")
		switch f := field(name); f {
		case idField, timeField, bodyField, urlField, verbField:
			t = append(t, part{field: f})
		default:
			return nil, fmt.Errorf("webhook: template: unknown placeholder {%s}", name)
		}
		if !closed {
			return nil, fmt.Errorf("webhook: template: unclosed {%s", name)
		}
		text = after
	}
	return t, nil
}

func (t template) has(f field) bool {
	for _, p := range t {
		if p.field == f {
			return true
		}
	}
	return false
}

// after returns the literal behind f, and "" where another field or the end
// follows directly.
func (t template) after(f field) string {
	for i, p := range t[:max(len(t)-1, 0)] {
		if p.field == f {
			return t[i+1].text
		}
	}
	return ""
}

// touches says whether f has another field as a direct neighbour.
func (t template) touches(f field) bool {
	for i := 1; i < len(t); i++ {
		a, b := t[i-1].field, t[i].field
		if a != literal && b != literal && (a == f || b == f) {
			return true
		}
	}
	return false
}

// validID says whether id can be told apart from what follows it in the text:
// it must not contain the start of the literal behind it, and where a field
// follows directly it may hold letters, digits, "-", "_" and "=" only, which
// no timestamp or body of the schemes in question consists of.
func (t template) validID(id string) bool {
	end := t.after(idField)
	for _, c := range []byte(id) {
		if c <= ' ' || c > '~' || end != "" && c == end[0] || end == "" && !isWord(c) {
			return false
		}
	}
	return len(id) <= 255
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		c == '-' || c == '_' || c == '='
}
