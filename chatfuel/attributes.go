package chatfuel

import (
	"cmp"
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Attributes are what the bot knows about its user. Names are matched as the
// bot wrote them and, failing that, without regard to letter case and to
// spaces, +, _ and - between words: "first name", "First_Name" and "firstName"
// are one attribute. A value that is nothing but an unfilled placeholder,
// {{name}}, counts as empty. The zero value has no attributes; Attributes are
// safe for concurrent reading.
type Attributes struct {
	exact map[string]string
	loose map[string]string // by folded name: the first non-empty value
}

// NewAttributes returns attributes with the given names and values.
func NewAttributes(values map[string]string) Attributes {
	a := Attributes{exact: make(map[string]string, len(values)), loose: make(map[string]string, len(values))}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value := filled(values[name])
		a.exact[name] = value
		a.loose[fold(name)] = cmp.Or(a.loose[fold(name)], value)
	}
	return a
}

// fold reduces a name to what distinguishes it.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" +_-", r) {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

// filled returns the value, or "" for a placeholder that Chatfuel left as it is.
func filled(value string) string {
	inner, ok := strings.CutPrefix(strings.TrimSpace(value), "{{")
	if !ok {
		return value
	}
	inner, ok = strings.CutSuffix(inner, "}}")
	if !ok || strings.ContainsAny(inner, "{}") {
		return value
	}
	return ""
}

// Get returns an attribute, "" when it is absent or unset.
func (a Attributes) Get(name string) string {
	return cmp.Or(a.exact[name], a.loose[fold(name)])
}

// First returns the first of the named attributes that is set.
func (a Attributes) First(names ...string) string {
	for _, name := range names {
		if v := a.Get(name); v != "" {
			return v
		}
	}
	return ""
}

// Has reports whether the attribute was sent, even if unset.
func (a Attributes) Has(name string) bool {
	_, ok := a.loose[fold(name)]
	return ok
}

// All yields names and values as received, sorted by name.
func (a Attributes) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, name := range slices.Sorted(maps.Keys(a.exact)) {
			if !yield(name, a.exact[name]) {
				return
			}
		}
	}
}

// Len returns how many attributes there are.
func (a Attributes) Len() int { return len(a.exact) }

// MarshalJSON encodes the attributes as an object, names as received.
func (a Attributes) MarshalJSON() ([]byte, error) {
	if a.exact == nil {
		return []byte("{}"), nil
	}
	return json.Marshal(a.exact)
}

// Require returns an InputError that names every attribute that is absent,
// unset or blank, nil when there is none.
func (a Attributes) Require(names ...string) error {
	missing := slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return strings.TrimSpace(a.Get(name)) != ""
	})
	switch len(missing) {
	case 0:
		return nil
	case 1:
		return badInput("%s is missing", missing[0])
	}
	return badInput("%s are missing", strings.Join(missing, ", "))
}

// UserID returns "messenger user id", else "chatfuel user id": what SendRequest
// wants. It is "" when the bot sends neither.
func (a Attributes) UserID() string { return a.First("messenger user id", "chatfuel user id") }

// Name returns "first name" and "last name", joined.
func (a Attributes) Name() string {
	return strings.TrimSpace(a.Get("first name") + " " + a.Get("last name"))
}

// LastInput returns what the user typed last.
func (a Attributes) LastInput() string { return a.Get("last user freeform input") }

// Int returns a whole number; 0 when the attribute is unset, an InputError
// when it is something else.
func (a Attributes) Int(name string) (int, error) {
	return number(name, a.Get(name), strconv.Atoi, "a whole number")
}

// Float returns a number; 0 when the attribute is unset, an InputError when it
// is something else. A decimal comma is accepted.
func (a Attributes) Float(name string) (float64, error) {
	return number(name, strings.Replace(a.Get(name), ",", ".", 1), parseFloat, "a number")
}

// Bool returns a yes or no, written true, yes, tak, 1, on or their opposites
// in any letter case; false when the attribute is unset, an InputError when it
// is something else.
func (a Attributes) Bool(name string) (bool, error) {
	switch strings.ToLower(strings.TrimSpace(a.Get(name))) {
	case "true", "yes", "tak", "1", "on":
		return true, nil
	case "", "false", "no", "nie", "0", "off":
		return false, nil
	}
	return false, badInput("%s is not a yes or no", name)
}

// Timezone returns the user's offset from UTC in hours, as Chatfuel keeps it.
func (a Attributes) Timezone() (float64, error) { return a.Float("timezone") }

func number[T any](name, value string, parse func(string) (T, error), what string) (T, error) {
	var zero T
	value = strings.TrimSpace(value)
	if value == "" {
		return zero, nil
	}
	n, err := parse(value)
	if err != nil {
		return zero, badInput("%s is not %s", name, what)
	}
	return n, nil
}

// parseFloat takes digits, a sign and a point: no infinity, exponent or hex.
func parseFloat(s string) (float64, error) {
	if strings.Trim(s, "+-.0123456789") != "" {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseFloat(s, 64)
}
