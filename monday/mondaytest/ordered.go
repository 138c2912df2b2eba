package mondaytest

import (
	"bytes"
	"encoding/json"
)

// pair is a member of an ordered object.
type pair struct {
	name  string
	value any
}

// ordered is a JSON object that keeps the order of its members, as GraphQL
// wants it.
type ordered []pair

// MarshalJSON writes the members in order.
func (o ordered) MarshalJSON() ([]byte, error) {
	if o == nil {
		return []byte("null"), nil
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for i, p := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(p.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(p.value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
