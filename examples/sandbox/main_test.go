package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every address that is printed answers with what took effect there.
func TestRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- run(ctx, []string{"-port", "0"}, w) }()
	lines := bufio.NewScanner(r)
	for range 21 {
		require.True(t, lines.Scan())
		name, value, ok := strings.Cut(lines.Text(), "=")
		require.True(t, ok)
		require.NotEmpty(t, value, name)
		if base, ok := strings.CutPrefix(value, "http://"); ok {
			host, _, _ := strings.Cut(base, "/")
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+host+"/_fake/state", nil)
			require.NoError(t, err)
			resp, err := http.DefaultClient.Do(req)
			require.NoError(t, err, name)
			require.NoError(t, resp.Body.Close())
			require.Equal(t, http.StatusOK, resp.StatusCode, name)
		}
	}
	cancel()
	require.NoError(t, <-done)
}
