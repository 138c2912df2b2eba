package chatfuel_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/chatfuel"
)

func TestDecodeAttributes_Forms(t *testing.T) {
	t.Parallel()
	const form = "application/x-www-form-urlencoded"
	for name, tc := range map[string]struct{ query, contentType, body string }{
		"query, %20":        {"messenger%20user%20id=42&first%20name=%C5%BBaneta&phone=%2B48600100200", "", ""},
		"query, +":          {"messenger+user+id=42&first+name=%C5%BBaneta&phone=+48600100200", "", ""},
		"query, _ and case": {"Messenger_User_ID=42&firstName=%C5%BBaneta&PHONE=%2B48600100200", "", ""},
		"json":              {"", "application/json; charset=utf-8", `{"messenger user id":"42","first name":"Żaneta","phone":"+48600100200"}`},
		"json, numbers":     {"", "application/json", `{"messenger user id":42,"first_name":"\u017baneta","phone":"+48600100200","x":null,"y":true,"z":{"a":[1]}}`},
		"json, + in names":  {"", "application/json", `{"messenger+user+id":"42","first+name":"Żaneta","phone":"+48600100200"}`},
		"json, no type":     {"", "", ` {"messenger user id":"42","first name":"Żaneta","phone":"+48600100200"}`},
		"form":              {"", form, "messenger%20user%20id=42&first%20name=%C5%BBaneta&phone=%2B48600100200"},
		"form, plain +":     {"", form, "messenger user id=42&first+name=Żaneta&phone=+48600100200"},
		"both, body wins":   {"first+name=Ola&phone=%2B48600100200", "application/json", `{"messenger user id":"42","first name":"Żaneta","phone":"{{phone}}"}`},
		"placeholders":      {"messenger%20user%20id=%7B%7Bmessenger%20user%20id%7D%7D&chatfuel%20user%20id=42", form, "first+name=Żaneta&phone=%2B48600100200"},
	} {
		a, err := chatfuel.DecodeAttributes(tc.query, tc.contentType, []byte(tc.body))
		require.NoError(t, err, name)
		require.Equal(t, "42", a.UserID(), name)
		require.Equal(t, "Żaneta", a.Get("first name"), name)
		require.Equal(t, "Żaneta", a.Get("First_Name"), name)
		require.Equal(t, "+48600100200", a.Get("phone"), name)
	}
}

func TestDecodeAttributes_Refuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		query, contentType, body string
		status                   int
		text                     string
	}{
		{"a=%zz", "", "", 400, "the query is not URL-encoded"},
		{"", "application/x-www-form-urlencoded", "a=%zz", 400, "the form is not URL-encoded"},
		{"", "application/json", `{"a":`, 400, "not a JSON object"},
		{"", "application/json", `[1]`, 400, "not a JSON object"},
		{"", "application/json", `null`, 400, "not a JSON object"},
		{"", "application/json", `"secret"`, 400, "not a JSON object"},
		{"", "application/xml", `<a/>`, 415, "content type"},
		{"", "multipart/form-data; boundary=x", "--x--", 415, "content type"},
	} {
		_, err := chatfuel.DecodeAttributes(tc.query, tc.contentType, []byte(tc.body))
		var e *chatfuel.InputError
		require.ErrorAs(t, err, &e, tc.body)
		require.Equal(t, tc.status, e.Status)
		require.ErrorContains(t, err, tc.text)
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestAttributes_Unset(t *testing.T) {
	t.Parallel()
	a := chatfuel.NewAttributes(map[string]string{
		"a": "{{a}}", "b": " {{ b }} ", "c": "Hi {{c}}", "d": "{{d}} {{e}}", "e": "{{}}", "f": "{{f", "g": "", "first name": "", "first_name": "Jan",
	})
	for name, want := range map[string]string{
		"a": "", "b": "", "c": "Hi {{c}}", "d": "{{d}} {{e}}", "e": "", "f": "{{f", "g": "", "missing": "",
		"first name": "Jan", "First Name": "Jan",
	} {
		require.Equal(t, want, a.Get(name), name)
	}
	twice := chatfuel.NewAttributes(map[string]string{"first name": "Jan", "first_name": "Ola", "phone": "1", "Phone ": ""})
	require.Equal(t, "Jan", twice.Get("FirstName"), "the first of several that differ only in writing")
	require.Equal(t, "Ola", twice.Get("first_name"), "unless it is named exactly")
	require.Equal(t, "1", twice.Get("PHONE"))
	require.True(t, a.Has("A"))
	require.False(t, a.Has("missing"))
	require.Equal(t, 9, a.Len())
	require.Empty(t, chatfuel.Attributes{}.Get("a"), "the zero value works")
}

func TestAttributes_Typed(t *testing.T) {
	t.Parallel()
	a := chatfuel.NewAttributes(map[string]string{
		"sessions": " 7 ", "timezone": "5.5", "price": "12,50", "agreed": "TAK", "declined": "nie", "odd": "maybe", "hex": "0x10", "inf": "Inf",
		"first name": "Jan", "last name": "Kowalski", "last user freeform input": "dzień dobry",
	})
	n, err := a.Int("Sessions")
	require.NoError(t, err)
	require.Equal(t, 7, n)
	n, err = a.Int("missing")
	require.NoError(t, err)
	require.Zero(t, n)
	f, err := a.Timezone()
	require.NoError(t, err)
	require.InDelta(t, 5.5, f, 0)
	f, err = a.Float("price")
	require.NoError(t, err)
	require.InDelta(t, 12.5, f, 0)
	yes, err := a.Bool("agreed")
	require.NoError(t, err)
	require.True(t, yes)
	no, err := a.Bool("declined")
	require.NoError(t, err)
	require.False(t, no)
	require.Equal(t, "Jan Kowalski", a.Name())
	require.Equal(t, "dzień dobry", a.LastInput())
	_, err = a.Bool("odd")
	require.ErrorContains(t, err, "odd is not a yes or no")
	_, err = a.Int("price")
	require.ErrorContains(t, err, "price is not a whole number")
	for _, name := range []string{"hex", "inf", "odd"} {
		_, err = a.Float(name)
		require.ErrorContains(t, err, name+" is not a number")
	}
	require.NoError(t, a.Require("first name", "Last_Name"))
	require.EqualError(t, a.Require("phone"), "chatfuel: phone is missing")
	require.EqualError(t, a.Require("phone", "first name", "email"), "chatfuel: phone, email are missing")
}

func TestReadAttributes_Limit(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader("a="+strings.Repeat("x", 100)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	_, err := chatfuel.ReadAttributes(r, 101)
	var e *chatfuel.InputError
	require.ErrorAs(t, err, &e)
	require.Equal(t, http.StatusRequestEntityTooLarge, e.Status)
	r.Body = http.NoBody
	a, err := chatfuel.ReadAttributes(r, 0)
	require.NoError(t, err)
	require.Zero(t, a.Len())
}

func FuzzDecodeAttributes(f *testing.F) {
	f.Add("a+b=1&a%20b=2", "", []byte(nil))
	f.Add("", "application/json", []byte(`{"messenger user id":42,"first name":"{{first name}}","x":null,"y":{"z":[1,2]}}`))
	f.Add("x=%2B48600100200", "application/x-www-form-urlencoded", []byte("phone=+48600100200&phone=&ą=ę"))
	f.Add("", "text/plain", []byte("{"))
	f.Add("a;b", "application/json;", []byte("\xff\xfe"))
	f.Fuzz(func(t *testing.T, query, contentType string, body []byte) {
		a, err := chatfuel.DecodeAttributes(query, contentType, body)
		if err != nil {
			var e *chatfuel.InputError
			require.ErrorAs(t, err, &e)
			require.Contains(t, []int{400, 415}, e.Status)
			return
		}
		all := maps.Collect(a.All())
		require.Len(t, all, a.Len())
		form := url.Values{}
		for name, value := range all {
			require.True(t, a.Has(name))
			if value != "" {
				require.Equal(t, value, a.Get(name))
			}
			require.NotRegexp(t, `^\{\{[^{}]*\}\}$`, value)
			form.Set(name, value)
		}
		// What was understood can be sent again and is understood the same.
		b, err := json.Marshal(a)
		require.NoError(t, err)
		again, err := chatfuel.DecodeAttributes("", "application/json", b)
		require.NoError(t, err)
		require.Equal(t, all, maps.Collect(again.All()))
		_, err = chatfuel.DecodeAttributes(form.Encode(), "", nil)
		require.NoError(t, err)
	})
}
