package transport

import (
	"iter"
	"strings"
)

// item is a member of a structured field (RFC 9651): a string or token with
// parameters in a list, or a key with a value in a dictionary. Parsing is
// lenient: what is malformed yields odd items, never a panic.
type item struct{ name, value, params string }

// members yields the items of a field that may be split over several lines.
func members(lines []string) iter.Seq[item] {
	return func(yield func(item) bool) {
		for _, line := range lines {
			for line != "" {
				var member string
				member, line = cutUnquoted(line, ',')
				head, params := cutUnquoted(member, ';')
				name, value := cutUnquoted(head, '=')
				it := item{name: bare(name), value: bare(value), params: params}
				if it.name != "" && !yield(it) {
					return
				}
			}
		}
	}
}

// param returns a parameter's value, "" when it is absent.
func (it item) param(name string) string {
	for rest := it.params; rest != ""; {
		var param string
		param, rest = cutUnquoted(rest, ';')
		if key, value := cutUnquoted(param, '='); strings.TrimSpace(key) == name {
			return bare(value)
		}
	}
	return ""
}

// cutUnquoted cuts s at the first sep that is not inside a quoted string.
func cutUnquoted(s string, sep byte) (before, after string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == sep && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// bare strips blanks and quotes, and the backslashes inside quotes.
func bare(s string) string {
	s = strings.TrimSpace(s)
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(s[1 : len(s)-1])
}
