package houserules_test

import (
	"os"
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
