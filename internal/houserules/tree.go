package houserules

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// Module is the path every package of this repository starts with.
const Module = "github.com/centrala-go/centrala"

// Finding is one breach of a rule.
type Finding struct {
	File    string // slash-separated, from the root of the tree
	Line    int
	Message string
}

// String is the finding as compilers print theirs: file:line: message.
func (f Finding) String() string {
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Message)
}

// Tree is the source of one module, parsed.
type Tree struct {
	FS       fs.FS
	Files    []*File    // Go files, in lexical order
	Packages []*Package // in lexical order of Dir
	Other    []string   // paths of all other files
	fset     *token.FileSet
}

// Package is the Go files of one folder: the package itself and its tests.
type Package struct {
	Dir   string // "." for the root
	Files []*File
}

// File is a parsed Go file.
type File struct {
	Path      string
	Lines     int
	Test      bool // its name ends in _test.go
	Generated bool
	AST       *ast.File
	fset      *token.FileSet
}

// Line is the line of a position in the file.
func (f *File) Line(pos token.Pos) int { return f.fset.Position(pos).Line }

// Finding reports a breach at a position of the file.
func (f *File) Finding(pos token.Pos, format string, args ...any) Finding {
	return Finding{f.Path, f.Line(pos), fmt.Sprintf(format, args...)}
}

// Load parses the module at the root of the file system. Folders named
// testdata, folders whose name starts with a dot or an underscore and nested
// modules belong to somebody else; dot folders still count among Other.
func Load(fsys fs.FS) (*Tree, error) {
	t := &Tree{FS: fsys, fset: token.NewFileSet()}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && t.foreign(name):
			return fs.SkipDir
		case d.IsDir():
			return nil
		case path.Ext(name) == ".go" && !strings.HasPrefix(name, "."):
			return t.parse(name)
		}
		t.Other = append(t.Other, name)
		return nil
	})
	t.group()
	return t, err
}

// foreign says whether a folder is outside the module or holds test inputs.
func (t *Tree) foreign(dir string) bool {
	switch base := path.Base(dir); {
	case dir == ".":
		return false
	case base == ".git", base == "testdata", base[0] == '_':
		return true
	}
	_, err := fs.Stat(t.FS, path.Join(dir, "go.mod"))
	return !errors.Is(err, fs.ErrNotExist)
}

func (t *Tree) parse(name string) error {
	src, err := fs.ReadFile(t.FS, name)
	if err != nil {
		return err
	}
	parsed, err := parser.ParseFile(t.fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	t.Files = append(t.Files, &File{
		Path:      name,
		Lines:     bytes.Count(src, []byte("\n")),
		Test:      strings.HasSuffix(name, "_test.go"),
		Generated: ast.IsGenerated(parsed),
		AST:       parsed,
		fset:      t.fset,
	})
	return nil
}

func (t *Tree) group() {
	byDir := map[string]*Package{}
	for _, f := range t.Files {
		dir := path.Dir(f.Path)
		if byDir[dir] == nil {
			byDir[dir] = &Package{Dir: dir}
		}
		byDir[dir].Files = append(byDir[dir].Files, f)
	}
	t.Packages = slices.SortedFunc(maps.Values(byDir), func(a, b *Package) int {
		return cmp.Compare(a.Dir, b.Dir)
	})
}
