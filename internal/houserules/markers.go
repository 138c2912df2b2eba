package houserules

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
)

// marker is written in pieces, so that this file does not hold one.
var marker = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME)\b`)

// Markers reports notes about unfinished work, in any text file: what is not
// done is not merged, or is told where users read it.
func Markers(t *Tree) ([]Finding, error) {
	names := slices.Clone(t.Other)
	for _, f := range t.Files {
		names = append(names, f.Path)
	}
	var found []Finding
	for _, name := range names {
		if path.Base(name) == "go.sum" {
			continue
		}
		src, err := fs.ReadFile(t.FS, name)
		if err != nil {
			return nil, err
		}
		if bytes.IndexByte(src, 0) >= 0 { // not text
			continue
		}
		for i, line := range bytes.Split(src, []byte("\n")) {
			if m := marker.Find(line); m != nil {
				found = append(found, Finding{name, i + 1, fmt.Sprintf("marker %s", m)})
			}
		}
	}
	return found, nil
}
