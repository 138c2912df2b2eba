package mondaytest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/monday/mondaytest"
)

// post sends a document with plain net/http.
func post(t *testing.T, srv *mondaytest.Server, header http.Header, query string, vars map[string]any) (*http.Response, map[string]any) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": vars})
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, mondaytest.URL, bytes.NewReader(body))
	require.NoError(t, err)
	req.Header = http.Header{"Authorization": {mondaytest.Token}, "Content-Type": {"application/json"}}
	maps.Copy(req.Header, header)
	return roundTrip(t, srv, req)
}

func roundTrip(t *testing.T, srv *mondaytest.Server, req *http.Request) (*http.Response, map[string]any) {
	t.Helper()
	resp, err := srv.Transport().RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	var out map[string]any
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		require.NoError(t, json.Unmarshal(raw, &out), "%s", raw)
	}
	return resp, out
}

// code is the code of an answer's first error.
func code(out map[string]any) any {
	return out["errors"].([]any)[0].(map[string]any)["extensions"].(map[string]any)["code"]
}

const createOne = `mutation($b: ID!) { create_item(board_id: $b, item_name: "x") { id } }`

func TestServer_Admission(t *testing.T) {
	t.Parallel()
	srv := mondaytest.New(mondaytest.Config{})
	resp, out := post(t, srv, http.Header{"Authorization": {"Bearer " + mondaytest.Token}}, createOne, nil)
	require.Equal(t, 401, resp.StatusCode)
	require.Equal(t, "NOT_AUTHENTICATED", code(out))

	resp, out = post(t, srv, http.Header{"Api-Version": {"2023"}}, createOne, nil)
	require.Equal(t, 200, resp.StatusCode)
	require.Equal(t, "InvalidVersionException", code(out))

	resp, out = post(t, srv, http.Header{"Content-Type": {"text/plain"}}, createOne, nil)
	require.Equal(t, 400, resp.StatusCode)
	require.Equal(t, "JsonParseException", code(out))

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, mondaytest.URL, nil)
	require.NoError(t, err)
	resp, _ = roundTrip(t, srv, req)
	require.Equal(t, 405, resp.StatusCode)
	req, err = http.NewRequestWithContext(t.Context(), http.MethodPost, "https://api.monday.test/v1", nil)
	require.NoError(t, err)
	resp, _ = roundTrip(t, srv, req)
	require.Equal(t, 404, resp.StatusCode)
	require.Empty(t, srv.Items(mondaytest.BoardID))
}

func TestServer_Versions(t *testing.T) {
	t.Parallel()
	srv := mondaytest.New(mondaytest.Config{})
	for asked, used := range map[string]string{
		"2026-10": "2026-10", "2025-10": "2025-10", "dev": "dev", "2024-10": "2026-07", "2024-02": "2026-10", "": "2026-10",
	} {
		resp, _ := post(t, srv, http.Header{"Api-Version": {asked}}, `{ __typename }`, nil)
		require.Equal(t, used, resp.Header.Get("Api-Version"), asked)
	}
}

func TestServer_Idempotency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := mondaytest.New(mondaytest.Config{Latency: 5 * time.Second})
		key := http.Header{"Idempotency-Key": {"k"}}
		vars := map[string]any{"b": mondaytest.BoardID}
		done := make(chan struct{})
		go func() {
			defer close(done)
			post(t, srv, key, createOne, vars) //nolint:testifylint // the test waits for it
		}()
		time.Sleep(time.Second)
		resp, out := post(t, srv, key, createOne, vars)
		require.Equal(t, 409, resp.StatusCode)
		require.Equal(t, "IDEMPOTENCY_CONFLICT", code(out))
		require.Equal(t, "4", resp.Header.Get("Retry-After"))
		<-done
		resp, _ = post(t, srv, key, createOne, vars)
		require.Equal(t, "true", resp.Header.Get("Idempotency-Replayed"))
		resp, _ = post(t, srv, key, createOne, map[string]any{"b": "other"})
		require.Equal(t, 422, resp.StatusCode)
		require.Len(t, srv.Items(mondaytest.BoardID), 1)

		time.Sleep(30 * time.Minute)
		post(t, srv, key, createOne, vars)
		require.Len(t, srv.Items(mondaytest.BoardID), 2)
	})
}

// An answer over 1 MB is not kept: the second request does the work again.
func TestServer_Idempotency_LargeAnswer(t *testing.T) {
	t.Parallel()
	for copies, items := range map[int]int{1: 100, 12: 200} { // a name takes 1,020 bytes
		srv := mondaytest.New(mondaytest.Config{})
		var names, creates strings.Builder
		for n := range copies {
			fmt.Fprintf(&names, "n%d: name ", n)
		}
		for n := range 100 {
			fmt.Fprintf(&creates, "x%d: create_item(board_id: $b, item_name: $n) { %s} ", n, names.String())
		}
		for range 2 {
			post(t, srv, http.Header{"Idempotency-Key": {"k"}}, "mutation($b: ID!, $n: String!) {"+creates.String()+"}",
				map[string]any{"b": mondaytest.BoardID, "n": strings.Repeat("🚀", 255)})
		}
		require.Len(t, srv.Items(mondaytest.BoardID), items)
	}
}

func TestServer_State(t *testing.T) {
	t.Parallel()
	srv := mondaytest.New(mondaytest.Config{})
	post(t, srv, nil, createOne, map[string]any{"b": mondaytest.BoardID})
	base, stop, err := srv.Start()
	require.NoError(t, err)
	defer stop()
	resp, err := http.Get(base + "/_fake/state")
	require.NoError(t, err)
	defer resp.Body.Close()
	var state struct {
		Boards []struct {
			ID    string
			Count int
			Items []mondaytest.Item
		}
	}
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&state))
	require.Equal(t, 1, state.Boards[0].Count)
	require.Equal(t, "x", state.Boards[0].Items[0].Name)
	require.Empty(t, srv.Items("none"))
}

func TestNew_UnknownColumnType(t *testing.T) {
	t.Parallel()
	require.Panics(t, func() {
		mondaytest.New(mondaytest.Config{Boards: []mondaytest.Board{{ID: "1", Columns: []mondaytest.Column{{ID: "x", Type: "nope"}}}}})
	})
}

func TestSchema_IsExecuted(t *testing.T) {
	t.Parallel()
	require.Empty(t, mondaytest.RootsWithoutResolver())
}
