package houserules

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// floor says which packages of this module one package may import. Paths are
// folders from the root; "x/..." stands for x and everything below it.
type floor struct {
	pkg   string
	may   []string
	tests []string // what its tests may import as well
}

// ground is what every vendor package stands on.
var ground = []string{"transport", "webhook"}

// floors is searched from the top: the first entry that matches counts. Every
// package may also import internal/... and, in its tests, what is below it
// and what the fakes are made of.
var floors = []floor{
	{pkg: "."},
	{pkg: "internal/..."},
	{pkg: "examples/...", may: []string{"..."}},

	// The ground: no vendor, and not each other.
	{pkg: "transport/...", may: []string{"transport/..."}},
	{pkg: "webhook/...", may: []string{"webhook/..."}},

	// Fakes: their vendor's types, and what all fakes are made of.
	{pkg: "monday/mondaytest", may: fake("monday")},
	{pkg: "booksy/booksytest", may: fake("booksy")},
	{pkg: "analytics/analyticstest", may: fake("analytics")},
	{pkg: "chatfuel/chatfueltest", may: fake("chatfuel")},
	{pkg: "callyzer/callyzertest", may: fake("callyzer")},
	{pkg: "notify/notifytest", may: fake("notify/...")},

	// Vendors: the ground and their own, never each other.
	{pkg: "monday/...", may: client("monday/...")},
	{pkg: "booksy/...", may: client("booksy/...")},
	{pkg: "analytics/...", may: client("analytics/...")},
	{pkg: "chatfuel/...", may: client("chatfuel/...")},

	// notify does not know its providers, nor they each other; their fakes
	// live together.
	{pkg: "notify", may: client()},
	{pkg: "notify/phone", may: client("notify")},
	{pkg: "notify/...", may: client("notify"), tests: []string{"notify/notifytest"}},

	// The call process is built on the client, not the other way round.
	{pkg: "callyzer", may: client()},
	{pkg: "callyzer/callsync/...", may: client("callyzer", "callyzer/callsync/...")},
}

func client(own ...string) []string { return slices.Concat(ground, own) }

func fake(own string) []string { return slices.Concat(ground, fakeParts, []string{own}) }

// fakeParts is what fakes are made of.
var fakeParts = []string{"transport/transporttest"}

// Floors reports imports that break the floors, and packages that stand on
// none: a new one needs an entry in the table.
func Floors(t *Tree) []Finding {
	var found []Finding
	for _, p := range t.Packages {
		i := slices.IndexFunc(floors, func(f floor) bool { return within(p.Dir, f.pkg) })
		if i < 0 {
			first := p.Files[0]
			found = append(found, first.Finding(first.AST.Name.Pos(), "package %s stands on no floor: add it to the table in floors.go", p.Dir))
			continue
		}
		for _, f := range p.Files {
			found = append(found, floors[i].check(p.Dir, f)...)
		}
	}
	return found
}

func (fl floor) check(dir string, f *File) []Finding {
	var found []Finding
	for _, spec := range f.AST.Imports {
		full, err := strconv.Unquote(spec.Path.Value)
		if err != nil || !within(full, Module+"/...") {
			continue
		}
		target := path.Clean(strings.TrimPrefix(strings.TrimPrefix(full, Module), "/"))
		switch {
		case within(target, "internal/..."), target == dir:
		case f.Test && matches(target, slices.Concat(fl.tests, fakeParts, []string{path.Join(dir, "...")})):
		case matches(target, fl.may):
		default:
			found = append(found, f.Finding(spec.Pos(), "%s must not import %s", dir, target))
		}
	}
	return found
}

func matches(name string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return within(name, pattern) })
}

// within says whether a path matches a pattern: itself, or "x/..." for x and
// everything below, or "..." for everything.
func within(name, pattern string) bool {
	prefix, ok := strings.CutSuffix(pattern, "...")
	if !ok {
		return name == pattern
	}
	return name == strings.TrimSuffix(prefix, "/") || strings.HasPrefix(name, prefix)
}
