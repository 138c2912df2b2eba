package houserules

import (
	"slices"
	"strings"
)

// vague names tell a reader nothing about what is inside.
var vague = []string{"util", "utils", "common", "types", "models", "helpers", "misc"}

// Names reports packages whose name does not say what they are about.
func Names(t *Tree) []Finding {
	var found []Finding
	for _, p := range t.Packages {
		for _, f := range p.Files {
			if name := f.AST.Name; slices.Contains(vague, strings.TrimSuffix(name.Name, "_test")) {
				found = append(found, f.Finding(name.Pos(), "package %s: name it after what it is about", name))
			}
		}
	}
	return found
}
