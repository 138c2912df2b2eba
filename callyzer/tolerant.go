package callyzer

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// fields is a JSON object whose values are read tolerantly: Callyzer sends
// numbers as texts, texts as numbers, and null for either.
type fields map[string]json.RawMessage

var errNotObject = errors.New("not a JSON object")

func decodeFields(b []byte) (fields, error) {
	var f fields
	if err := json.Unmarshal(b, &f); err != nil || f == nil {
		return nil, errNotObject
	}
	return f, nil
}

// text returns a text, or a number or boolean as it is written; "" for null,
// for what is absent and for anything else.
func (f fields) text(name string) string { return text(f[name]) }

func text(raw json.RawMessage) string {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return ""
	}
	switch raw[0] {
	case '"':
		var s string
		_ = json.Unmarshal(raw, &s) // raw is valid JSON
		return s
	case 'n', '{', '[':
		return ""
	}
	return string(raw)
}

// int returns a whole number, 0 when there is none.
func (f fields) int(name string) int {
	n, err := strconv.ParseFloat(strings.TrimSpace(f.text(name)), 64)
	if err != nil || math.IsNaN(n) || math.Abs(n) > math.MaxInt32 {
		return 0
	}
	return int(n)
}

// bool returns true for true, 1 and "yes" in whatever type.
func (f fields) bool(name string) bool {
	switch strings.ToLower(f.text(name)) {
	case "true", "1", "yes":
		return true
	}
	return false
}

// tags returns the employee's tags; a single text is a list of one.
func (f fields) tags() []string {
	var items []json.RawMessage
	if json.Unmarshal(f["emp_tags"], &items) != nil {
		items = []json.RawMessage{f["emp_tags"]}
	}
	var out []string
	for _, item := range items {
		if s := text(item); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// duration returns seconds, "HH:MM:SS" or "0h 0m 44s" as a duration, 0 when
// it is none of them.
func (f fields) duration(name string) time.Duration {
	s := strings.ReplaceAll(f.text(name), " ", "")
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		if !(n >= 0 && n <= math.MaxInt32) {
			return 0
		}
		return time.Duration(n * float64(time.Second))
	}
	if parts := strings.Split(s, ":"); len(parts) == 3 {
		s = parts[0] + "h" + parts[1] + "m" + parts[2] + "s"
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0
	}
	return d
}

// rest returns the fields that are not among the known names.
func (f fields) rest(known string) map[string]json.RawMessage {
	var extra map[string]json.RawMessage
	for name, raw := range f {
		if strings.Contains(known, " "+name+" ") {
			continue
		}
		if extra == nil {
			extra = map[string]json.RawMessage{}
		}
		extra[name] = raw
	}
	return extra
}
