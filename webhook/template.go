package webhook

import (
	"fmt"
	"strings"
)

// field is one of the things a signed text is made of.
type field string

const (
	literal     field = ""
	idField     field = "id"
	timeField   field = "timestamp"
	bodyField   field = "body"
	urlField    field = "url"
	methodField field = "method"
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
		case idField, timeField, bodyField, urlField, methodField:
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

// validID says whether id can be told apart from its neighbours in the text: it
// must not contain the byte with which a literal beside it begins or ends, and
// with a field as its neighbour it may hold the characters of base64 and UUIDs
// only: every time and every JSON body has others.
func (t template) validID(id string) bool {
	onlyWord := t.touches(idField)
	for _, c := range []byte(id) {
		if c <= ' ' || c > '~' || onlyWord && !isWord(c) && c != '+' && c != '/' || t.bordersID(c) {
			return false
		}
	}
	return len(id) <= 255
}

// bordersID says whether a literal beside the id begins or ends with c there.
func (t template) bordersID(c byte) bool {
	for i, p := range t {
		if p.field != literal {
			continue
		}
		behind := i > 0 && t[i-1].field == idField && p.text[0] == c
		before := i+1 < len(t) && t[i+1].field == idField && p.text[len(p.text)-1] == c
		if behind || before {
			return true
		}
	}
	return false
}

// ambiguous says whether bytes could move between neighbouring fields. A URL
// is the receiver's own, so it holds them apart; so does a time of known width
// at either end of the text.
func (t template) ambiguous(f TimeFormat) bool {
	for i := 1; i < len(t); i++ {
		a, b := t[i-1].field, t[i].field
		apart := a == literal || b == literal || a == urlField || b == urlField
		anchored := f != AnyTime && (a == timeField && i == 1 || b == timeField && i == len(t)-1)
		if !apart && !anchored {
			return true
		}
	}
	return false
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		c == '-' || c == '_' || c == '='
}
