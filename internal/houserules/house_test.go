package houserules_test

import (
	"bytes"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/internal/houserules"
)

// root is the repository, seen from this package's folder.
const root = "../.."

var repository = sync.OnceValues(func() (*houserules.Tree, error) {
	return houserules.Load(os.DirFS(root))
})

func house(t *testing.T) *houserules.Tree {
	t.Helper()
	tree, err := repository()
	require.NoError(t, err)
	require.NotEmpty(t, tree.Packages)
	return tree
}

// clean fails the test with one line per finding.
func clean(t *testing.T, found []houserules.Finding) {
	t.Helper()
	for _, f := range found {
		t.Error(f)
	}
}

func TestHouse_Floors(t *testing.T) {
	t.Parallel()
	clean(t, houserules.Floors(house(t)))
}

func TestHouse_Budget(t *testing.T) {
	t.Parallel()
	out := goCommand(t, "list", "-deps", "-json=ImportPath,DepOnly,Standard,Module,Deps", "./...")
	list, err := houserules.ReadLinked(bytes.NewReader(out))
	require.NoError(t, err)
	require.NotEmpty(t, list)
	clean(t, houserules.Budget(list))
}

func TestHouse_Documented(t *testing.T) {
	t.Parallel()
	clean(t, houserules.Documented(house(t)))
}

func TestHouse_Examples(t *testing.T) {
	t.Parallel()
	missing, err := os.ReadFile(root + "/" + houserules.MissingExamples)
	require.NoError(t, err)
	clean(t, houserules.Examples(house(t), strings.Split(string(missing), "\n")))
}

func TestHouse_Sizes(t *testing.T) {
	t.Parallel()
	clean(t, houserules.Sizes(house(t)))
}

func TestHouse_Names(t *testing.T) {
	t.Parallel()
	clean(t, houserules.Names(house(t)))
}

func TestHouse_Markers(t *testing.T) {
	t.Parallel()
	found, err := houserules.Markers(house(t))
	require.NoError(t, err)
	clean(t, found)
}

func TestHouse_Sleeps(t *testing.T) {
	t.Parallel()
	clean(t, houserules.Sleeps(house(t)))
}
