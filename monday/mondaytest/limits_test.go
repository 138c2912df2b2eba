package mondaytest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/monday/mondaytest"
)

func TestServer_CreationLimits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := mondaytest.New(mondaytest.Config{Limits: &mondaytest.Limits{}})
		const boards = `mutation { create_board(board_name: "x", board_kind: public) { id } }`
		const groups = `mutation($b: ID!) { duplicate_group(board_id: $b, group_id: "done") { id } }`
		for name, document := range map[string]string{"CreateBoard": boards, "DuplicateGroup": groups} {
			vars := map[string]any{"b": mondaytest.BoardID}
			for range 40 {
				_, out := post(t, srv, nil, document, vars)
				require.Nil(t, out["errors"])
			}
			time.Sleep(20 * time.Second)
			key := http.Header{"Idempotency-Key": {name}}
			resp, out := post(t, srv, key, document, vars)
			require.Equal(t, 429, resp.StatusCode)
			require.Equal(t, "40", resp.Header.Get("Retry-After"))
			require.Contains(t, fmt.Sprint(out["errors"]), "Call limit exceeded for "+name)
			time.Sleep(40 * time.Second)
			resp, _ = post(t, srv, key, document, vars)
			require.Equal(t, 200, resp.StatusCode, "a refusal is not kept under a key")
			require.Empty(t, resp.Header.Get("Idempotency-Replayed"))
		}
	})
}

func TestServer_AddressLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := mondaytest.New(mondaytest.Config{Limits: &mondaytest.Limits{}})
		for range 5000 {
			resp, _ := post(t, srv, nil, `{ __typename }`, nil)
			require.Equal(t, 200, resp.StatusCode)
		}
		resp, out := post(t, srv, nil, `{ __typename }`, nil)
		require.Equal(t, 429, resp.StatusCode)
		require.Equal(t, "IP_RATE_LIMIT_EXCEEDED", code(out))
		require.Equal(t, "10", resp.Header.Get("Retry-After"))
		time.Sleep(10 * time.Second)
		resp, _ = post(t, srv, nil, `{ __typename }`, nil)
		require.Equal(t, 200, resp.StatusCode)
	})
}

// Asking for the complexity costs a tenth of a call.
func TestServer_DailyPrice(t *testing.T) {
	t.Parallel()
	srv := mondaytest.New(mondaytest.Config{Limits: &mondaytest.Limits{RequestsPerDay: 2}})
	for range 10 {
		_, out := post(t, srv, nil, `{ complexity { after } }`, nil)
		require.Nil(t, out["errors"])
	}
	_, out := post(t, srv, nil, createOne, map[string]any{"b": mondaytest.BoardID})
	require.Nil(t, out["errors"])
	_, out = post(t, srv, nil, createOne, map[string]any{"b": mondaytest.BoardID})
	require.Equal(t, "DAILY_LIMIT_EXCEEDED", code(out))
}

func TestServer_ColumnLimits(t *testing.T) {
	t.Parallel()
	srv := mondaytest.New(mondaytest.Config{})
	write := func(columns string) any {
		_, out := post(t, srv, nil, `mutation($b: ID!, $c: JSON) { create_item(board_id: $b, item_name: "x", column_values: $c, create_labels_if_missing: true) { id } }`,
			map[string]any{"b": mondaytest.BoardID, "c": columns})
		if out["errors"] == nil {
			return nil
		}
		return code(out)
	}
	require.Nil(t, write(`{"long_text":{"text":"`+strings.Repeat("ż", 2000)+`"}}`))
	require.Equal(t, "ColumnValueException", write(`{"long_text":{"text":"`+strings.Repeat("ż", 2001)+`"}}`))
	for n := range 37 { // beside the three that there are
		require.Nil(t, write(fmt.Sprintf(`{"status":{"label":"label %d"}}`, n)))
	}
	require.Equal(t, "ColumnValueException", write(`{"status":{"label":"one too many"}}`))
}

func TestServer_Versions_Schema(t *testing.T) {
	t.Parallel()
	srv := mondaytest.New(mondaytest.Config{})
	for version, known := range map[string]bool{"2025-10": false, "2026-04": false, "2026-07": true, "2026-10": true, "dev": true} {
		_, out := post(t, srv, http.Header{"Api-Version": {version}}, `mutation($b: ID!) { ingest_items(board_id: $b, group_id: "topics") { job_id } }`,
			map[string]any{"b": mondaytest.BoardID})
		require.Equal(t, known, out["errors"] == nil, version)
		if !known {
			require.Equal(t, "undefinedField", code(out))
		}
	}
}

func TestServer_IngestRules(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := mondaytest.New(mondaytest.Config{})
		const start = `mutation($b: ID!, $c: String!) { ingest_items(board_id: $b, group_id: "topics", on_match: {match_column_id: $c, behaviour: SKIP}) { job_id } }`
		for column, want := range map[string]any{"name": nil, "email": nil, "status": nil, "people": "InvalidArgumentException", "none": "InvalidColumnIdException"} {
			_, out := post(t, srv, nil, start, map[string]any{"b": mondaytest.BoardID, "c": column})
			if want == nil {
				require.Nil(t, out["errors"], column)
				continue
			}
			require.Equal(t, want, code(out), column)
		}
		for range 97 {
			_, out := post(t, srv, nil, start, map[string]any{"b": mondaytest.BoardID, "c": "name"})
			require.Nil(t, out["errors"])
		}
		time.Sleep(time.Minute)
		resp, out := post(t, srv, nil, start, map[string]any{"b": mondaytest.BoardID, "c": "name"})
		require.Equal(t, 429, resp.StatusCode)
		extensions := out["errors"].([]any)[0].(map[string]any)["extensions"].(map[string]any)
		require.InDelta(t, 59*60*1000, extensions["retryAfterMs"], 0, "in milliseconds")
	})
}
