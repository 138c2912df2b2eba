package monday

import "strings"

// kindOf tells which operations a document holds: "mutation" if there is one,
// else "subscription", else "query"; "nothing" for a document without text.
// It reads the words that stand first or after a closing brace, outside of any
// bracket: names come later.
func kindOf(document string) string {
	kind, depth, first := "nothing", 0, true
	for s := document; s != ""; {
		token, rest := nextToken(s)
		s = rest
		if strings.TrimSpace(token) == "" || token == "," {
			continue
		}
		opens := first
		first = token == "}" && depth == 1
		switch token {
		case "{", "(", "[":
			if token == "{" && depth == 0 && kind == "nothing" {
				kind = "query"
			}
			depth++
		case "}", ")", "]":
			depth--
		case "mutation":
			if opens {
				return token
			}
		case "subscription":
			if opens {
				kind = token
			}
		}
	}
	return kind
}

// byteOrderMark may stand anywhere between tokens, at the start of a file above
// all.
const byteOrderMark = "\ufeff"

// nextToken cuts the first word or sign off s; strings, comments and byte order
// marks come as "".
func nextToken(s string) (token, rest string) {
	switch {
	case strings.HasPrefix(s, `"""`):
		return "", afterString(s[3:], `"""`)
	case s[0] == '"':
		return "", afterString(s[1:], `"`)
	case strings.HasPrefix(s, byteOrderMark):
		return "", s[len(byteOrderMark):]
	case s[0] == '#':
		return "", s[commentEnd(s):]
	}
	n := 0
	for n < len(s) && isNameByte(s[n]) {
		n++
	}
	n = max(n, 1)
	return s[:n], s[n:]
}

func isNameByte(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// commentEnd returns where a comment's line ends.
func commentEnd(s string) int {
	if end := strings.IndexAny(s, "\r\n"); end >= 0 {
		return end
	}
	return len(s)
}

// afterString returns what follows the closing quote. A backslash hides a quote,
// and in a string with one quote any character.
func afterString(s, quote string) string {
	hidden := "\\" + quote
	for i := 0; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], hidden):
			i += len(quote)
		case s[i] == '\\' && len(quote) == 1:
			i++
		case strings.HasPrefix(s[i:], quote):
			return s[i+len(quote):]
		}
	}
	return ""
}
