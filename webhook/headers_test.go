package webhook_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

// TestSchemes_BadHeaders takes away, empties, repeats and stretches every
// header of every scheme.
func TestSchemes_BadHeaders(t *testing.T) {
	t.Parallel()
	for _, f := range fixtures() {
		good := f.sign(t, []byte("body"))
		for _, name := range f.headers {
			value := good.Header.Get(name)
			for change, c := range map[string]struct {
				values []string
				want   error
			}{
				"absent":          {nil, webhook.ErrMissing},
				"empty":           {[]string{""}, webhook.ErrMissing},
				"repeated":        {[]string{value, value}, webhook.ErrMalformed},
				"empty and right": {[]string{"", value}, webhook.ErrMalformed},
				"over-long":       {[]string{value + strings.Repeat(" ", 4097-len(value))}, webhook.ErrMalformed},
				"far too long":    {[]string{strings.Repeat("x", 1<<20)}, webhook.ErrMalformed},
			} {
				m := clone(good)
				m.Header[name] = c.values
				proof, err := f.verifier.Verify(m)
				require.Zero(t, proof, "%s: %s %s", f.name, name, change)
				if name == "Content-Digest" && change != "absent" {
					require.Error(t, err) // a covered field: empty or repeated it has another value
					continue
				}
				require.ErrorIs(t, err, c.want, "%s: %s %s", f.name, name, change)
			}
		}
	}
}

// TestSchemes_CutHeaders cuts every header of every scheme at every place,
// which leaves prefixes without a signature, and signatures of every length.
func TestSchemes_CutHeaders(t *testing.T) {
	t.Parallel()
	for _, f := range fixtures() {
		good := f.sign(t, []byte("body"))
		for _, name := range f.headers {
			value := good.Header.Get(name)
			for i := range value {
				for _, part := range []string{value[:i], value[i+1:], value[:i] + value[i+1:], value[:i] + "\n" + value[i:], value[:i] + "\x00" + value[i+1:]} {
					m := clone(good)
					m.Header[name] = []string{part}
					_, err := f.verifier.Verify(m)
					require.Error(t, err, "%s: %s: %q", f.name, name, part)
					oneKind(t, err)
				}
			}
		}
	}
}

// TestSchemes_Precedence makes several things wrong at once: what is absent is
// said first, then what cannot be read, then the time, then the signature. A
// time in the body counts only once the body is proven.
func TestSchemes_Precedence(t *testing.T) {
	t.Parallel()
	for _, f := range fixtures() {
		if f.tolerance == 0 {
			continue
		}
		m := f.sign(t, []byte("body"))
		signature := f.headers[len(f.headers)-1]
		m.Now = signedAt.Add(f.tolerance + time.Second)
		_, err := f.verifier.Verify(m)
		require.ErrorIs(t, err, webhook.ErrTooOld, f.name)

		forged := clone(m)
		forged.Body = append(forged.Body, ' ')
		_, err = f.verifier.Verify(forged)
		if f.json {
			require.ErrorIs(t, err, webhook.ErrMismatch, f.name)
		} else {
			require.ErrorIs(t, err, webhook.ErrTooOld, f.name)
		}
		forged.Header.Del(signature)
		_, err = f.verifier.Verify(forged)
		require.ErrorIs(t, err, webhook.ErrMissing, f.name)
		forged.Header.Set(signature, "?")
		_, err = f.verifier.Verify(forged)
		require.ErrorIs(t, err, webhook.ErrMalformed, f.name)
		forged.Now = signedAt
		_, err = f.verifier.Verify(forged)
		require.ErrorIs(t, err, webhook.ErrMalformed, f.name)
	}
}

// TestSchemes_OtherKeys verifies every scheme's message under several keys, of
// which none, the first or the last is right.
func TestSchemes_OtherKeys(t *testing.T) {
	t.Parallel()
	for _, s := range webhook.Schemes() {
		key := func(i int) string { return strings.Repeat("0123456789abcdef"[i:i+1], 64) }
		if s == webhook.Discord || s == webhook.SendGrid {
			continue // see TestSchemes_ExpiredPublicKeys and TestSendGrid_Keys
		}
		named := func(i int) webhook.Key { return webhook.Key{Name: key(i)[:1], Secret: webhook.NewSecret(key(i))} }
		signer, err := s.Signer(webhook.SchemeConfig{Keys: webhook.Keys{named(7)}})
		require.NoError(t, err, s)
		m := message(`{"webhookTimestamp":1700000000000}`)
		m.URL, m.Now = hookURL, stamped
		m.Header.Set("Content-Type", "application/json")
		require.NoError(t, signer.Sign(m), s)
		for _, c := range []struct {
			keys []int
			want string
		}{{[]int{7}, "7"}, {[]int{7, 1}, "7"}, {[]int{1, 2, 3, 4, 7}, "7"}, {[]int{1, 2}, ""}} {
			var keys webhook.Keys
			for _, i := range c.keys {
				keys = append(keys, named(i))
			}
			v, err := s.Verifier(webhook.SchemeConfig{Keys: keys})
			require.NoError(t, err, s)
			proof, err := v.Verify(m)
			require.Equal(t, c.want, proof.Key, "%s: %v", s, err)
			require.Equal(t, c.want == "", errors.Is(err, webhook.ErrMismatch), "%s: %v", s, err)
		}
	}
}
