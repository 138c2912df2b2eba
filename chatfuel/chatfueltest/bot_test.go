package chatfueltest_test

import (
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/chatfuel/chatfueltest"
)

// echo answers nothing and remembers what arrived.
type echo struct {
	got    []string
	header http.Header
	answer string
}

func (e *echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	e.got = append(e.got, r.Method+" "+r.URL.RequestURI()+" "+string(b))
	e.header = r.Header
	_, _ = w.Write([]byte(e.answer))
}

func TestBot_CallsLikeChatfuel(t *testing.T) {
	t.Parallel()
	e := &echo{}
	bot := chatfueltest.NewBot(e, map[string]string{"first name": "Jan Ż+"})
	bot.Header.Set("X-Webhook-Token", "t")
	_, err := bot.Get(t.Context(), "first name", "email")
	require.NoError(t, err)
	require.Equal(t, "Chatfuel", e.header.Get("User-Agent"))
	require.Equal(t, "t", e.header.Get("X-Webhook-Token"))
	_, err = bot.PostForm(t.Context(), "first name")
	require.NoError(t, err)
	_, err = bot.PostJSON(t.Context(), `{"n":"{{first name}}","e":"{{email}}"}`)
	require.NoError(t, err)
	_, err = bot.PostProfile(t.Context())
	require.NoError(t, err)
	bot.PlusSpaces = true
	_, err = bot.Get(t.Context(), "first name")
	require.NoError(t, err)
	require.Equal(t, []string{
		"GET /webhook?email=%7B%7Bemail%7D%7D&first%20name=Jan%20%C5%BB%2B ",
		"POST /webhook first%20name=Jan%20%C5%BB%2B",
		`POST /webhook {"n":"Jan Ż+","e":"{{email}}"}`,
		`POST /webhook {"chatfuel user id":"5f0000000000000000000001","first name":"Jan Ż+","messenger user id":"1234567890123456"}`,
		"GET /webhook?first+name=Jan+%C5%BB%2B ",
	}, e.got)
	_, err = bot.PostJSON(t.Context(), `{"n":{{first name}}}`)
	require.ErrorContains(t, err, "not JSON")
}

func TestBot_AppliesReplies(t *testing.T) {
	t.Parallel()
	e := &echo{answer: `{"set_attributes":{"first name":"Ola","vip":true},"redirect_to_blocks":["Koniec"]}`}
	bot := chatfueltest.NewBot(e, map[string]string{"first name": "Jan"})
	res, err := bot.Get(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"Koniec"}, res.Reply.RedirectToBlocks)
	require.Equal(t, "Ola", bot.Attributes()["first name"])
	require.Equal(t, true, bot.Attributes()["vip"])

	e.answer = ""
	res, err = bot.Get(t.Context())
	require.NoError(t, err, "an empty answer shows nothing")
	require.Empty(t, res.Reply)
	for _, bad := range []string{"<html>", `[]`, `{"messages":"x"}`, `{"messages":null}x`} {
		e.answer = bad
		_, err = bot.Get(t.Context())
		require.ErrorContains(t, err, "not a reply", bad)
	}
}

func TestBot_GivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		bot := chatfueltest.NewBot(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), nil)
		start := time.Now()
		_, err := bot.Get(t.Context())
		require.Error(t, err)
		require.Equal(t, chatfueltest.Timeout, time.Since(start))
	})
}
