package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// curl is a request as the sandbox prints it.
var curl = regexp.MustCompile(`^  curl -s (\S+) -H 'X-Webhook-Token: (.+?)' -H 'Content-Type: application/json' -d '(.+)'$`)

// TestRun_Sandbox starts the server as a newcomer does and sends what it
// prints: every request is answered, the booking three times at once, and the
// fakes tell of one effect each.
func TestRun_Sandbox(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	env := map[string]string{"ADDR": "127.0.0.1:0", "DATABASE_URL": "sqlite:" + filepath.Join(t.TempDir(), "centrala.db")}
	out, in := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, nil, func(name string) string { return env[name] }, in, t.Output())
		_ = in.Close()
	}()

	printed := readUntil(t, out, "Stop with Ctrl-C.")
	urls := map[string]string{}
	var requests [][]string
	for _, line := range printed {
		if m := curl.FindStringSubmatch(line); m != nil {
			requests = append(requests, m[1:])
		} else if f := strings.Fields(line); len(f) > 1 && strings.HasPrefix(f[1], "http://") {
			urls[f[0]] = f[1]
		}
	}
	require.Contains(t, requests[0][0], "/flows/booking")
	p := &process{url: strings.TrimSuffix(urls["dashboard"], "/")}
	for _, r := range append(requests, requests[0], requests[0]) {
		status, answer, err := p.postAs(t.Context(), r[1], strings.TrimPrefix(r[0], p.url), r[2])
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status, answer)
	}
	until(t, func() bool { return settled(p.flows(t)) })
	for _, f := range p.flows(t).Flows {
		require.Equal(t, "done", f.State, f.Steps)
	}
	// The booking, the contact request and, for the phone, the single message.
	for vendor, want := range map[string]int{"booksy": 1, "analytics": 2, "sendgrid": 2, "twilio": 3} {
		require.Equal(t, want, countState(t, urls[vendor]), vendor)
	}

	cancel() // as Ctrl-C does
	require.Zero(t, <-code)
}

// readUntil reads lines up to the last one, and the rest in the background.
func readUntil(t *testing.T, out io.Reader, last string) (lines []string) {
	t.Helper()
	scan := bufio.NewScanner(out)
	for scan.Scan() {
		lines = append(lines, scan.Text())
		if scan.Text() == last {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return lines
		}
	}
	require.FailNow(t, "the server did not start", "%v", lines)
	return nil
}

// countState is the length of the longest list that a fake's state holds.
func countState(t *testing.T, url string) (n int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/_fake/state", http.NoBody)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	var state map[string]json.RawMessage
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&state))
	for _, raw := range state {
		var list []any
		if json.Unmarshal(raw, &list) == nil {
			n = max(n, len(list))
		}
	}
	return n
}
