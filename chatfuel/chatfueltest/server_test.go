package chatfueltest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/chatfuel/chatfueltest"
)

const path = "/bots/chatfueltest-bot/users/42/send?chatfuel_token=chatfueltest-token"

// post sends a request the way a client in any language would.
func post(t *testing.T, srv *chatfueltest.Server, path, contentType, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, chatfueltest.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", contentType)
	resp, err := srv.Transport().RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(b)
}

func TestServer_Refuses(t *testing.T) {
	t.Parallel()
	srv := chatfueltest.New(chatfueltest.Config{Users: []string{"42"}, Blocks: []string{"a"}})
	for _, tc := range []struct {
		path, contentType, body string
		status                  int
		reason                  string
	}{
		{strings.Replace(path, "chatfueltest-bot", "another", 1), "application/json", "", 404, "Bot not found"},
		{strings.Replace(path, "=chatfueltest-token", "=wrong", 1), "application/json", "", 401, "Invalid token"},
		{"/bots/chatfueltest-bot/users/42/send", "application/json", "", 401, "Invalid token"},
		{path + "&chatfuel_block_name=a", "text/plain", "", 400, "Content-Type"},
		{path, "application/json", "", 400, "required"},
		{path + "&chatfuel_block_name=a&chatfuel_flow_name=b", "application/json", "", 400, "required"},
		{path + "&chatfuel_block_name=a", "application/json", "{", 400, "cannot be read"},
		{path + "&chatfuel_block_name=b", "application/json", "", 200, "Block not found"},
		{strings.Replace(path, "42", "43", 1) + "&chatfuel_block_name=a", "application/json", "", 200, "User not found"},
	} {
		status, body := post(t, srv, tc.path, tc.contentType, tc.body)
		require.Equal(t, tc.status, status, "%+v %s", tc, body)
		require.Contains(t, body, tc.reason)
		require.Contains(t, body, `"success":false`)
	}
	require.Empty(t, srv.Messages())
}

// The vendor takes parameters from the query and from the body.
func TestServer_BodyParameters(t *testing.T) {
	t.Parallel()
	srv := chatfueltest.New(chatfueltest.Config{})
	status, body := post(t, srv, path, "application/json", `{"chatfuel_block_name":"a","first name":"Jan","visits":12345678,"vip":true,"odd":{},"tags":"x,y"}`)
	require.Equal(t, 200, status, body)
	m := srv.Messages()[0]
	require.Equal(t, "a", m.Block)
	require.Equal(t, []string{"x", "y"}, m.Tags)
	require.Equal(t, map[string]string{"first name": "Jan", "visits": "12345678", "vip": "true"}, srv.Attributes("42"))
	b, err := json.Marshal(srv.State())
	require.NoError(t, err)
	require.Contains(t, string(b), `"user_id":"42","block":"a"`)
}

func TestServer_Limit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := chatfueltest.New(chatfueltest.Config{})
		var mu sync.Mutex
		count := map[int]int{}
		var wg sync.WaitGroup
		for range 30 {
			wg.Go(func() {
				status, _ := post(t, srv, path+"&chatfuel_block_name=a", "application/json", "")
				mu.Lock()
				defer mu.Unlock()
				count[status]++
			})
		}
		wg.Wait()
		require.Equal(t, map[int]int{200: 25, 429: 5}, count)
		time.Sleep(time.Second)
		status, _ := post(t, srv, path+"&chatfuel_block_name=a", "application/json", "")
		require.Equal(t, 200, status)
	})
}
