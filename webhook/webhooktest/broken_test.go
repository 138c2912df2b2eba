package webhooktest_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const brokenVar = "CENTRALA_TEST_BROKEN"

// TestSuites_Fail holds that the suites find what they are there to find: each
// broken store fails the test that is named beside it. They run in a process of
// their own, whose failure is what is wanted.
func TestSuites_Fail(t *testing.T) {
	t.Parallel()
	if os.Getenv(brokenVar) != "" {
		return
	}
	self, err := os.Executable()
	require.NoError(t, err)
	c := exec.CommandContext(t.Context(), self, "-test.run", "^TestBroken", "-test.v")
	c.Env = append(os.Environ(), brokenVar+"=1")
	out, err := c.CombinedOutput()
	require.Error(t, err, "broken stores passed")
	require.NotContains(t, string(out), "panic:")
	for fault := range brokenStores {
		require.Contains(t, string(out), "--- FAIL: TestBrokenStores/"+name(fault))
	}
	for fault := range brokenInboxes {
		require.Contains(t, string(out), "--- FAIL: TestBrokenInboxes/"+name(fault))
	}
}

// name is a subtest's.
func name(fault string) string { return strings.ReplaceAll(fault, " ", "_") }

// only runs one test of a suite.
func only(want string) func(*testing.T, string, func(*testing.T)) {
	return func(t *testing.T, name string, test func(*testing.T)) {
		t.Helper()
		if name == want {
			t.Run(name, test)
		}
	}
}
