package houserules

import (
	"bytes"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Snippet is a Go code block of a document.
type Snippet struct {
	File   string
	Line   int // of its first line of code
	Source string
}

// fence opens a Go code block. After "go" may stand "continues": the block
// is then read as if the one before stood in front of it.
var fence = regexp.MustCompile("^```go(?: +(continues))?\\s*$")

// Snippets finds the Go code blocks of all Markdown files.
func Snippets(t *Tree) ([]Snippet, error) {
	var all []Snippet
	for _, name := range t.Other {
		if path.Ext(name) != ".md" {
			continue
		}
		src, err := fs.ReadFile(t.FS, name)
		if err != nil {
			return nil, err
		}
		all = slices.Concat(all, blocks(name, src))
	}
	return all, nil
}

func blocks(name string, src []byte) []Snippet {
	var all []Snippet
	var body strings.Builder
	inside, continues, start := false, false, 0
	for i, line := range strings.Split(string(bytes.ReplaceAll(src, []byte("\r"), nil)), "\n") {
		switch m := fence.FindStringSubmatch(line); {
		case inside && strings.HasPrefix(line, "```"):
			s := Snippet{name, start, body.String()}
			if continues && len(all) > 0 {
				before := all[len(all)-1]
				gap := s.Line - before.Line - strings.Count(before.Source, "\n")
				s = Snippet{name, before.Line, before.Source + strings.Repeat("\n", gap) + s.Source}
			}
			all = append(all, s)
			inside = false
		case inside:
			body.WriteString(line + "\n")
		case m != nil:
			inside, continues, start = true, m[1] != "", i+2
			body.Reset()
		}
	}
	return all
}
