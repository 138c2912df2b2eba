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

// nextToken cuts the first word or sign off s; strings and comments come as "".
func nextToken(s string) (token, rest string) {
	switch {
	case strings.HasPrefix(s, `"""`):
		return "", afterString(s[3:], `"""`)
	case s[0] == '"':
		return "", afterString(s[1:], `"`)
	case s[0] == '#':
		_, rest, _ = strings.Cut(s, "\n")
		return "", rest
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

// afterString returns what follows the closing quote.
func afterString(s, quote string) string {
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
			continue
		}
		if strings.HasPrefix(s[i:], quote) {
			return s[i+len(quote):]
		}
	}
	return ""
}
