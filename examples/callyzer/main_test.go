package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		start := time.Now()
		require.NoError(t, run(t.Context(), func(string) string { return "" }, &out))
		require.Equal(t, `Fri 09:00  Incoming Ada with 500600700 for 1m35s
Fri 10:00  Missed   Ada with 500600701 for 0s
Fri 11:00  Outgoing Ben with 500600702 for 1m0s
Ada: 2 calls, 1 missed, 1m35s in all
`, out.String())
		require.GreaterOrEqual(t, time.Since(start), 6*time.Second, "four requests, paced")
	})
}

func TestRun_UnknownZone(t *testing.T) {
	t.Parallel()
	err := run(t.Context(), func(string) string { return "Mars/Olympus" }, new(strings.Builder))
	require.ErrorContains(t, err, "Mars/Olympus")
}
