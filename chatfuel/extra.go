package chatfuel

import (
	"encoding/json"
	"reflect"
	"strings"
)

// encode marshals a struct and lays extra fields over it.
func encode(plain any, extra map[string]any) ([]byte, error) {
	b, err := json.Marshal(plain)
	if err != nil || len(extra) == 0 {
		return b, err
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(b, &fields); err != nil {
		return nil, err
	}
	for name, value := range extra {
		if fields[name], err = json.Marshal(value); err != nil {
			return nil, err
		}
	}
	return json.Marshal(fields)
}

// decode unmarshals into a pointer to a struct and returns the fields that the
// struct has no place for, nil when there are none.
func decode(b []byte, plain any) (map[string]any, error) {
	if err := json.Unmarshal(b, plain); err != nil {
		return nil, err
	}
	var extra map[string]any
	if err := json.Unmarshal(b, &extra); err != nil {
		return nil, err
	}
	t := reflect.TypeOf(plain).Elem()
	for field := range t.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		for key := range extra {
			if strings.EqualFold(key, name) { // as encoding/json matches
				delete(extra, key)
			}
		}
	}
	if len(extra) == 0 {
		return nil, nil
	}
	return extra, nil
}
