package webhook_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

func ExampleJoinKey() {
	fmt.Println(webhook.JoinKey("callyzer", "tenant/7", "a b"))
	// Output: callyzer/tenant%2F7/a%20b
}

func TestJoinKey_KeepsPartsApart(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	long := strings.Repeat("x", webhook.MaxKey)
	cut := webhook.JoinKey(long)
	for _, parts := range [][]string{
		{"a", "b"}, {"a/b"}, {"a", "", "b"}, {"a%2Fb"}, {"ab"}, {long}, {long + "x"}, {long, "x"}, {cut}, {cut[:webhook.MaxKey-1]},
	} {
		key := webhook.JoinKey(parts...)
		require.LessOrEqual(t, len(key), webhook.MaxKey)
		require.False(t, seen[key], "%q", key)
		seen[key] = true
	}
}

func TestFingerprint_BindsLengths(t *testing.T) {
	t.Parallel()
	a := webhook.Fingerprint([]byte("ab"), []byte("c"))
	require.Len(t, a, 32)
	require.NotEqual(t, a, webhook.Fingerprint([]byte("a"), []byte("bc")))
	require.NotEqual(t, a, webhook.Fingerprint([]byte("ab"), []byte("c"), nil))
}

func TestKeyError_Says(t *testing.T) {
	t.Parallel()
	o := webhook.Outcome{State: webhook.StateDead, Unsettled: true, Cause: "timeout"}
	require.EqualError(t, o.Err("k"), `webhook: key "k": dead, outcome unknown: timeout`)
	o = webhook.Outcome{State: webhook.StateInFlight, RetryAfter: time.Second}
	require.EqualError(t, o.Err("k"), `webhook: key "k": in flight, retry after 1s`)
	require.NoError(t, webhook.Outcome{State: webhook.StateAcquired}.Err("k"))
	require.Equal(t, "State(9)", webhook.State(9).String())
}
