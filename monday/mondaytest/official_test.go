package mondaytest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/monday/mondaytest"
)

// monday's own JavaScript client must work against the fake. The script
// official.sh installs it and runs this test.
func TestServer_OfficialClient(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("CENTRALA_MONDAY_JS")
	if folder == "" {
		t.Skip("CENTRALA_MONDAY_JS does not name a folder where @mondaydotcomorg/api is installed; see official.sh")
	}
	srv := mondaytest.New(mondaytest.Config{})
	base, stop, err := srv.Start()
	require.NoError(t, err)
	defer stop()
	script, err := filepath.Abs("testdata/official.mjs")
	require.NoError(t, err)
	node := exec.CommandContext(t.Context(), "node", script, base+"/v2", mondaytest.Token, mondaytest.BoardID)
	node.Dir = folder
	out, err := node.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Equal(t, []string{
		`{"name":"me","value":"Ada Admin"}`,
		`{"name":"groups","value":["topics","done"]}`,
		`{"name":"create","value":"\"}) { id } } Zażółć 🚀"}`,
		`{"name":"change","value":["text1","email","status","numbers"]}`,
		`{"name":"items","value":1}`,
		`{"name":"upload","value":{"name":"contract.txt","file_size":6}}`,
		`{"name":"error","value":"InvalidBoardIdException"}`,
		`{"name":"auth","value":401}`,
		`{"name":"version","value":"2026-07"}`,
	}, strings.Split(strings.TrimSpace(string(out)), "\n"))
	item := srv.Items(mondaytest.BoardID)[0]
	require.Equal(t, "simple", item.Columns["text1"])
	require.Equal(t, "Done", item.Columns["status"])
	require.Equal(t, "ada@example.com", item.Columns["email"])
}
