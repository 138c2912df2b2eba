package analytics

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// kind is the type of a JSON value.
type kind uint8

const (
	null kind = iota
	boolean
	number
	text
	array
	object
)

// node is a JSON value that remembers the order and the repetition of keys,
// which a map would lose.
type node struct {
	kind   kind
	text   string // of a text or a number
	items  []node
	fields []field
}

type field struct {
	name  string
	value node
}

var errNotJSON = errors.New("not JSON")

// parse reads one JSON value. encoding/json's check comes first: it also
// bounds the nesting.
func parse(b []byte) (node, error) {
	if !json.Valid(b) {
		return node{}, errNotJSON
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	return read(dec)
}

func read(dec *json.Decoder) (node, error) {
	token, err := dec.Token()
	if err != nil {
		return node{}, err
	}
	switch t := token.(type) {
	case string:
		return node{kind: text, text: t}, nil
	case json.Number:
		return node{kind: number, text: t.String()}, nil
	case bool:
		return node{kind: boolean}, nil
	case json.Delim:
		if t == '[' {
			return readArray(dec)
		}
		return readObject(dec)
	}
	return node{}, nil
}

func readArray(dec *json.Decoder) (node, error) {
	n := node{kind: array}
	for dec.More() {
		item, err := read(dec)
		if err != nil {
			return node{}, err
		}
		n.items = append(n.items, item)
	}
	_, err := dec.Token()
	return n, err
}

func readObject(dec *json.Decoder) (node, error) {
	n := node{kind: object}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return node{}, err
		}
		value, err := read(dec)
		if err != nil {
			return node{}, err
		}
		n.fields = append(n.fields, field{key.(string), value})
	}
	_, err := dec.Token()
	return n, err
}

// empty reports whether a required value is as good as absent.
func (n node) empty() bool {
	return n.kind == null || n.kind == text && n.text == "" || n.kind == array && len(n.items) == 0
}

// scalar reports whether the value may be a parameter's.
func (n node) scalar() bool { return n.kind == text || n.kind == number || n.kind == boolean }

// runes counts characters: Google's limits are not in bytes.
func (n node) runes() int { return utf8.RuneCountInString(n.text) }

// float returns a number's value, 0 for anything else.
func (n node) float() float64 {
	if n.kind != number {
		return 0
	}
	f, _ := strconv.ParseFloat(n.text, 64) // an overflow keeps its sign
	return f
}

// integer returns a whole number's value.
func (n node) integer() (int64, bool) {
	if n.kind != number {
		return 0, false
	}
	i, err := strconv.ParseInt(n.text, 10, 64)
	return i, err == nil
}

// snake turns the lowerCamelCase form of a key, which the server accepts too,
// into the documented one: "clientId" is "client_id".
func snake(name string) string {
	if !strings.ContainsFunc(name, upper) {
		return name
	}
	var b strings.Builder
	for _, r := range name {
		if upper(r) {
			b.WriteByte('_')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

func upper(r rune) bool { return r >= 'A' && r <= 'Z' }
