package webhook_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

func TestMailgun_Rules(t *testing.T) {
	t.Parallel()
	v, err := webhook.Mailgun.Verifier(webhook.SchemeConfig{Keys: webhook.OneKey("s")})
	require.NoError(t, err)
	good := hexMAC("s", stamp+"tok")
	member := func(stamp, token, signature string) string {
		return `"signature":{"timestamp":"` + stamp + `","token":"` + token + `","signature":"` + signature + `"}`
	}
	for body, want := range map[string]error{
		`{` + member(stamp, "tok", good) + `,"event-data":{}}`:                                                nil,
		` { ` + member(stamp, "tok", good) + `}`:                                                              nil,
		`{"event-data":{"a":"}"},` + member(stamp, "tok", good) + `}`:                                         nil,
		`{"signature":{"timestamp":1700000000,"token":"tok","signature":"` + good + `"}}`:                     nil,
		`{"signature":{"t\u006fken":"t\u006fk","timestamp":"` + stamp + `","signature":"` + good + `"}}`:      nil,
		`{"signature":{"extra":["}"],"token":"tok","timestamp":"` + stamp + `","signature":"` + good + `"}}`:  nil,
		`{"signature" : { "signature" : "` + good + `" , "token" : "tok" , "timestamp" : "` + stamp + `" } }`: nil,
		`{"signature":{}}`:                                webhook.ErrMissing,
		`{"signature":{"token":"tok",}}`:                  webhook.ErrMalformed,
		`{` + member(stamp+"t", "ok", good) + `}`:         webhook.ErrMalformed,
		`{` + member(stamp[:9], "0tok", good) + `}`:       webhook.ErrMalformed,
		`{` + member(stamp, "", hexMAC("s", stamp)) + `}`: webhook.ErrMissing,
		`{` + member(stamp, "tok", "") + `}`:              webhook.ErrMissing,
		`{` + member(stamp, "tok", good[:62]) + `}`:       webhook.ErrMalformed,
		`{` + member(stamp, "tik", good) + `}`:            webhook.ErrMismatch,
		`{"event-data":{}}`:                               webhook.ErrMissing,
		`{"signature":null}`:                              webhook.ErrMissing,
		`{"signature":"x"}`:                               webhook.ErrMalformed,
		`{"signature":{"timestamp":"` + stamp:             webhook.ErrMalformed,
		``:                                                webhook.ErrMalformed,
	} {
		proof, err := v.Verify(message(body))
		require.ErrorIs(t, err, want, body)
		if want == nil {
			require.Equal(t, "tok", proof.ID)
			require.False(t, proof.BodyAuthenticated)
		}
	}
	s, err := webhook.Mailgun.Signer(webhook.SchemeConfig{Keys: webhook.OneKey("s")})
	require.NoError(t, err)
	for _, body := range []string{`{}`, `{"event-data":{"id":1}}`, `{"signature":1}`} {
		m := message(body)
		require.NoError(t, s.Sign(m))
		_, err = v.Verify(m)
		require.NoError(t, err, string(m.Body))
	}
	require.Error(t, s.Sign(message("[]")))
}

// TestMailgun_Forms reads the fields of both kinds of form.
func TestMailgun_Forms(t *testing.T) {
	t.Parallel()
	v, err := webhook.Mailgun.Verifier(webhook.SchemeConfig{Keys: webhook.OneKey("s")})
	require.NoError(t, err)
	good := hexMAC("s", stamp+"tok")
	type pairs = [][2]string
	fields := pairs{{"event", "a=b&c"}, {"timestamp", stamp}, {"token", "tok"}, {"signature", good}}
	for name, c := range map[string]struct {
		fields pairs
		want   error
	}{
		"valid":           {fields, nil},
		"no token":        {pairs{fields[1], fields[3]}, webhook.ErrMissing},
		"empty token":     {pairs{fields[1], {"token", ""}, {"signature", hexMAC("s", stamp)}}, webhook.ErrMissing},
		"two tokens":      {append(pairs{{"token", "tik"}}, fields...), webhook.ErrMalformed},
		"other token":     {pairs{fields[1], {"token", "tik"}, fields[3]}, webhook.ErrMismatch},
		"other time":      {pairs{{"timestamp", "1700000001"}, fields[2], fields[3]}, webhook.ErrMismatch},
		"time in millis":  {pairs{{"timestamp", stamp + "000"}, fields[2], fields[3]}, webhook.ErrMalformed},
		"short signature": {pairs{fields[1], fields[2], {"signature", good[:62]}}, webhook.ErrMalformed},
		"long signature":  {pairs{fields[1], fields[2], {"signature", strings.Repeat(good, 100)}}, webhook.ErrMalformed},
	} {
		values := url.Values{}
		var parts strings.Builder
		for _, f := range c.fields {
			values.Add(f[0], f[1])
			parts.WriteString("--b\r\nContent-Disposition: form-data; name=\"" + f[0] + "\"\r\n\r\n" + f[1] + "\r\n")
		}
		for media, body := range map[string]string{
			"application/x-www-form-urlencoded": values.Encode(), `Multipart/Form-Data; boundary="b"`: parts.String() + "--b--\r\n",
		} {
			proof, err := v.Verify(message(body, "Content-Type", media))
			require.ErrorIs(t, err, c.want, "%s %s", name, media)
			if c.want == nil {
				require.Equal(t, "tok", proof.ID)
				require.False(t, proof.BodyAuthenticated)
			}
		}
	}
	object := `{"event-data":{},"signature":{"timestamp":"` + stamp + `","token":"tok","signature":"` + good + `"}}`
	_, err = v.Verify(message(object, "Content-Type", "application/x-www-form-urlencoded"))
	require.NoError(t, err, "a JSON object is no form, whatever it is called")
	_, err = v.Verify(message(strings.Repeat("--b\r\n\r\n\r\n", 1001)+"--b--", "Content-Type", "multipart/form-data; boundary=b"))
	require.ErrorIs(t, err, webhook.ErrMalformed, "parts without end")
	for media, body := range map[string]string{
		"multipart/form-data": "--b--", "multipart/form-data; boundary=b": "--b\r\nX: y\r\n\r\ncut", "application/x-www-form-urlencoded": "a=%zz",
	} {
		_, err := v.Verify(message(body, "Content-Type", media))
		require.ErrorIs(t, err, webhook.ErrMalformed, media)
	}
}
