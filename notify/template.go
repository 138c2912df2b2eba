package notify

import (
	"maps"
	"regexp"
	"strings"

	"github.com/centrala-go/centrala/transport"
)

// Templates are message texts with placeholders, found by name. They never
// change once made, so they are safe for concurrent use.
type Templates struct {
	texts map[string][]sentence
}

// Values fill the placeholders of a text. White space around a value is
// dropped; a sentence that needs a value which is then empty is left out.
type Values struct {
	// Name is the recipient's, {name}.
	Name string
	// Business is the sender's, {business}, and Phone its number, {phone}.
	Business, Phone string
	// Date and Time of a meeting as people should read them, {date}, {time}.
	Date, Time string
	// Service is what the meeting is about, {service}.
	Service string
	// Consultant is who will be there, {consultant}.
	Consultant string
}

// placeholders are the names allowed between braces.
var placeholders = map[string]func(*Values) string{
	"name":       func(v *Values) string { return v.Name },
	"business":   func(v *Values) string { return v.Business },
	"phone":      func(v *Values) string { return v.Phone },
	"date":       func(v *Values) string { return v.Date },
	"time":       func(v *Values) string { return v.Time },
	"service":    func(v *Values) string { return v.Service },
	"consultant": func(v *Values) string { return v.Consultant },
}

// NewTemplates reads texts by name. The placeholders are {name}, {business},
// {phone}, {date}, {time}, {service} and {consultant}; another one, or a brace
// that is none, is an error that names text and placeholder.
//
// A sentence ends with a full stop or an exclamation mark before white space
// and a capital letter, with an exclamation mark also before a placeholder; "o
// godz. {time}" is therefore one sentence. A question belongs to the sentence
// after it, its answer.
func NewTemplates(texts map[string]string) (*Templates, error) {
	t := &Templates{texts: make(map[string][]sentence, len(texts))}
	for name, text := range texts {
		sentences, err := parse(name, text)
		if err != nil {
			return nil, err
		}
		t.texts[name] = sentences
	}
	return t, nil
}

// With returns the templates of t and texts together; where both have a name,
// the one in texts counts. The errors are those of [NewTemplates].
func (t *Templates) With(texts map[string]string) (*Templates, error) {
	added, err := NewTemplates(texts)
	if err != nil {
		return nil, err
	}
	all := maps.Clone(t.texts)
	maps.Copy(all, added.texts)
	return &Templates{texts: all}, nil
}

// Render fills a text. Values stand in it as they are: braces or line breaks
// in them mean nothing. A name that is unknown, and a text of which no sentence
// is left, is a *transport.FieldError that names it.
func (t *Templates) Render(name string, v Values) (string, error) {
	sentences, ok := t.texts[name]
	if !ok {
		return "", transport.Invalid("notify.Render", "template", "%q does not exist", name)
	}
	var b strings.Builder
	for _, s := range sentences {
		s.write(&b, &v)
	}
	if b.Len() == 0 {
		return "", transport.Invalid("notify.Render", "template", "%q has no sentence whose values are all set", name)
	}
	return b.String(), nil
}

// sentence is what stands or falls together; gap is the white space before it.
type sentence struct {
	gap    string
	pieces []piece
}

// piece is literal text followed by a value, if value is not nil.
type piece struct {
	text  string
	value func(*Values) string
}

func (s sentence) write(b *strings.Builder, v *Values) {
	for _, p := range s.pieces {
		if p.value != nil && strings.TrimSpace(p.value(v)) == "" {
			return
		}
	}
	if b.Len() > 0 {
		b.WriteString(s.gap)
	}
	for _, p := range s.pieces {
		b.WriteString(p.text)
		if p.value != nil {
			b.WriteString(strings.TrimSpace(p.value(v)))
		}
	}
}

// boundary matches from the last mark of a sentence to the first letter of the
// next. After an exclamation mark, which no abbreviation has, the next one may
// also begin with a placeholder.
var boundary = regexp.MustCompile(`(?:[.!]\s+\p{Lu})|(?:!\s+\{)`)

func parse(name, text string) ([]sentence, error) {
	var sentences []sentence
	gap, start := "", 0
	ends := boundary.FindAllStringIndex(text, -1)
	for _, m := range append(ends, []int{len(text), len(text)}) {
		end := min(m[0]+1, len(text)) // past the mark
		pieces, err := parseSentence(name, text[start:end])
		if err != nil {
			return nil, err
		}
		sentences = append(sentences, sentence{gap, pieces})
		start = end + len(text[end:]) - len(strings.TrimLeft(text[end:], " \t\r\n"))
		gap = text[end:start]
	}
	return sentences, nil
}

func parseSentence(name, text string) ([]piece, error) {
	var pieces []piece
	for {
		before, rest, found := strings.Cut(text, "{")
		if strings.Contains(before, "}") {
			return nil, invalidText(name, "has a } without a {")
		}
		if !found {
			return append(pieces, piece{text: before}), nil
		}
		word, after, closed := strings.Cut(rest, "}")
		if !closed {
			return nil, invalidText(name, "has a { without a }")
		}
		value := placeholders[word]
		if value == nil {
			return nil, invalidText(name, "has the unknown placeholder {%s}", word)
		}
		pieces, text = append(pieces, piece{before, value}), after
	}
}

func invalidText(name, problem string, args ...any) error {
	return transport.Invalid("notify.NewTemplates", "template "+name, problem, args...)
}
