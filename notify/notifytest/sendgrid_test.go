package notifytest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/notify/notifytest"
)

const validMail = `{"personalizations":[{"to":[{"email":"a@example.com"}]}],"from":{"email":"b@example.com"},` +
	`"subject":"s","content":[{"type":"text/plain","value":"t"}]}`

// with returns the valid mail with one top-level member replaced.
func with(t *testing.T, member string, value any) string {
	t.Helper()
	var m map[string]any
	require.NoError(t, json.Unmarshal([]byte(validMail), &m))
	m[member] = value
	if value == nil {
		delete(m, member)
	}
	out, err := json.Marshal(m)
	require.NoError(t, err)
	return string(out)
}

func TestSendGrid_Accepts(t *testing.T) {
	t.Parallel()
	srv := notifytest.NewSendGrid(notifytest.SendGridConfig{})
	resp, body := post(t, srv, notifytest.SendGridKey, validMail)
	require.Equal(t, http.StatusAccepted, resp.StatusCode)
	require.Empty(t, body)
	require.Equal(t, srv.Mails()[0].MessageID, resp.Header.Get("X-Message-Id"))
	for _, name := range []string{"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} {
		require.NotEmpty(t, resp.Header.Get(name), name)
	}
}

func TestSendGrid_Refuses(t *testing.T) {
	t.Parallel()
	type list []any
	type object map[string]any
	next := 0
	to := func(n int) list { // never the same address twice
		out := make(list, n)
		for i := range out {
			next++
			out[i] = object{"email": fmt.Sprintf("a%d@example.com", next)}
		}
		return out
	}
	args := object{"k": strings.Repeat("x", 10_000)}
	for name, tc := range map[string]struct{ body, field string }{
		"not JSON":            {`{`, ""},
		"no personalizations": {with(t, "personalizations", nil), "personalizations"},
		"no recipients":       {with(t, "personalizations", list{object{}}), "personalizations.0.to"},
		"malformed recipient": {with(t, "personalizations", list{object{"to": list{object{"email": "x"}}}}), "personalizations.0.to.0.email"},
		"name with a comma":   {with(t, "personalizations", list{object{"to": list{object{"email": "a@b.pl", "name": "A, B"}}}}), "personalizations.0.to.0.name"},
		"1001 recipients":     {with(t, "personalizations", list{object{"to": to(1), "cc": to(500), "bcc": to(500)}}), "personalizations"},
		"the same twice": {with(t, "personalizations", list{
			object{"to": list{object{"email": "a@b.pl"}}},
			object{"to": list{object{"email": "a@b.pl"}}, "bcc": list{object{"email": "A@b.pl"}}},
		}), "personalizations.1.bcc"},
		"large arguments":      {with(t, "personalizations", list{object{"to": to(1), "custom_args": args}}), "personalizations.0.custom_args"},
		"arguments no object":  {with(t, "custom_args", "x"), "custom_args"},
		"no sender":            {with(t, "from", nil), "from"},
		"unicode sender":       {with(t, "from", object{"email": "ż@b.pl"}), "from.email"},
		"no subject":           {with(t, "subject", nil), "subject"},
		"no content":           {with(t, "content", nil), "content"},
		"empty content":        {with(t, "content", list{object{"type": "text/plain", "value": ""}}), "content.0.value"},
		"content without type": {with(t, "content", list{object{"value": "x"}}), "content.0.type"},
		"html first": {with(t, "content", list{
			object{"type": "text/html", "value": "x"}, object{"type": "text/plain", "value": "x"},
		}), "content.1.type"},
		"two reply addresses": {with(t, "reply_to_list", to(1)), ""},
		"malformed reply":     {with(t, "reply_to", object{"email": "x"}), "reply_to.email"},
		"attachment encoding": {with(t, "attachments", list{object{"content": "%", "filename": "a"}}), "attachments.0.content"},
		"attachment name":     {with(t, "attachments", list{object{"content": "eA=="}}), "attachments.0.filename"},
		"attachment kind":     {with(t, "attachments", list{object{"content": "eA==", "filename": "a", "disposition": "x"}}), "attachments.0.disposition"},
		"eleven categories":   {with(t, "categories", strings.Split("abcdefghijk", "")), "categories"},
		"same category":       {with(t, "categories", list{"a", "a"}), "categories.1"},
		"long category":       {with(t, "categories", list{strings.Repeat("x", 256)}), "categories.0"},
		"forbidden header":    {with(t, "headers", object{"bcc": "x"}), "headers.bcc"},
		"no group":            {with(t, "asm", object{}), "asm.group_id"},
		"26 groups":           {with(t, "asm", object{"group_id": 1, "groups_to_display": make([]int, 26)}), "asm.groups_to_display"},
		"short pool":          {with(t, "ip_pool_name", "x"), "ip_pool_name"},
		"too far ahead":       {with(t, "send_at", time.Now().Add(73*time.Hour).Unix()), "send_at"},
		"sandbox as text":     {with(t, "mail_settings", object{"sandbox_mode": object{"enable": "true"}}), "mail_settings.sandbox_mode.enable"},
	} {
		if name == "two reply addresses" {
			tc.body = strings.Replace(tc.body, `"subject"`, `"reply_to":{"email":"a@b.pl"},"subject"`, 1)
			tc.field = "reply_to_list"
		}
		srv := notifytest.NewSendGrid(notifytest.SendGridConfig{})
		resp, body := post(t, srv, notifytest.SendGridKey, tc.body)
		require.Equal(t, http.StatusBadRequest, resp.StatusCode, name)
		var answer struct {
			Errors []struct {
				Message string
				Field   *string
			}
		}
		require.NoError(t, json.Unmarshal([]byte(body), &answer), name)
		require.NotEmpty(t, answer.Errors[0].Message)
		if tc.field != "" {
			require.NotNil(t, answer.Errors[0].Field, name)
			require.Equal(t, tc.field, *answer.Errors[0].Field, name)
		}
		require.Empty(t, srv.Mails(), name)
	}
}

func TestSendGrid_RateLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := notifytest.NewSendGrid(notifytest.SendGridConfig{Limit: 2, Window: 10 * time.Second})
		for want := range 2 {
			resp, _ := post(t, srv, notifytest.SendGridKey, validMail)
			require.Equal(t, strconv.Itoa(1-want), resp.Header.Get("X-RateLimit-Remaining"))
		}
		resp, body := post(t, srv, notifytest.SendGridKey, validMail)
		require.Equal(t, http.StatusTooManyRequests, resp.StatusCode)
		require.JSONEq(t, `{"errors":[{"message":"too many requests","field":null,"help":null}]}`, body)
		require.Equal(t, fmt.Sprint(time.Now().Add(10*time.Second).Unix()), resp.Header.Get("X-RateLimit-Reset"))
		time.Sleep(10 * time.Second)
		resp, _ = post(t, srv, notifytest.SendGridKey, validMail)
		require.Equal(t, http.StatusAccepted, resp.StatusCode)
		require.Len(t, srv.Mails(), 3)
	})
}

func TestSendGrid_Guards(t *testing.T) {
	t.Parallel()
	srv := notifytest.NewSendGrid(notifytest.SendGridConfig{Credits: 1})
	resp, _ := post(t, srv, "SG.wrong", validMail)
	require.Equal(t, http.StatusUnauthorized, resp.StatusCode)
	resp, _ = post(t, srv, notifytest.SendGridKey, validMail)
	require.Equal(t, http.StatusAccepted, resp.StatusCode)
	resp, body := post(t, srv, notifytest.SendGridKey, validMail)
	require.Equal(t, http.StatusUnauthorized, resp.StatusCode)
	require.Contains(t, body, "Maximum credits exceeded")
	resp, _ = post(t, srv, notifytest.SendGridKey, strings.Repeat("x", 30<<20+1))
	require.Equal(t, http.StatusRequestEntityTooLarge, resp.StatusCode)
	for path, status := range map[string]int{"/v3/mail/send": http.StatusMethodNotAllowed, "/v3/x": http.StatusNotFound} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, notifytest.SendGridURL+path, http.NoBody)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+notifytest.SendGridKey)
		resp, _ := do(t, srv.Transport(), req)
		require.Equal(t, status, resp.StatusCode)
	}
}

// Programs in any language see what took effect.
func TestSendGrid_State(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := notifytest.NewSendGrid(notifytest.SendGridConfig{})
		state := func() string {
			out, err := json.Marshal(srv.State())
			require.NoError(t, err)
			return string(out)
		}
		require.JSONEq(t, `{"mails":[]}`, state())
		body := strings.Replace(validMail, `"subject"`, `"template_id":"d-1","custom_args":{"centrala_key":"k"},"subject"`, 1)
		_, _ = post(t, srv, notifytest.SendGridKey, body)
		require.JSONEq(t, `{"mails":[{"message_id":"`+srv.Mails()[0].MessageID+`","to":"a@example.com","from":"b@example.com",
			"subject":"s","text":"t","template_id":"d-1","custom_args":{"centrala_key":"k"},"at":"2000-01-01T00:00:00Z"}]}`, state())
	})
}
