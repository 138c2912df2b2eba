package mondaytest

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// arguments are a field's arguments as the executor gives them.
type arguments map[string]any

// text reads a string or an id, which may come as a number.
func (a arguments) text(name string) string { return plain(a[name]) }

func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	return fmt.Sprint(v)
}

func (a arguments) flag(name string) bool {
	b, _ := a[name].(bool)
	return b
}

func (a arguments) number(name string) int {
	n, _ := strconv.Atoi(a.text(name))
	return n
}

func (a arguments) list(name string) []string {
	return plainList(a[name])
}

func plainList(v any) []string {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		out := make([]string, 0, len(v))
		for _, one := range v {
			out = append(out, plain(one))
		}
		return out
	case []string:
		return v
	}
	return []string{plain(v)}
}

// objects reads a list of input objects.
func (a arguments) objects(name string) []arguments {
	list, _ := a[name].([]any)
	var out []arguments
	for _, one := range list {
		if m, ok := one.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

func (a arguments) object(name string) arguments {
	m, _ := a[name].(map[string]any)
	return m
}

// jsonText reads an argument of the JSON scalar that monday wants as text.
func (a arguments) jsonText(name string) (map[string]json.RawMessage, error) {
	v, given := a[name]
	if !given || v == nil {
		return nil, nil //nolint:nilnil // absent
	}
	s, ok := v.(string)
	if !ok {
		return nil, fail("InvalidArgumentException", "%s must be a JSON-encoded string", name)
	}
	var out map[string]json.RawMessage
	if err := json.Unmarshal([]byte(s), &out); err != nil {
		return nil, fail("JsonParseException", "%s is not a JSON object", name)
	}
	return out, nil
}
