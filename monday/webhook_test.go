package monday_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/internal/dudect"
	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/webhook"
)

const (
	endpoint      = "https://hooks.example.com/monday"
	signingSecret = "monday-signing-secret-0123456789"
)

var issuedAt = time.Unix(1_760_000_000, 0)

func webhookVerifier(t testing.TB, keys webhook.Keys) *monday.WebhookVerifier {
	t.Helper()
	v, err := monday.NewWebhookVerifier(monday.WebhookConfig{Keys: keys, Audience: endpoint})
	require.NoError(t, err)
	return v
}

func webhookMessage(token string) *webhook.Message {
	return &webhook.Message{Header: http.Header{"Authorization": {token}}, Now: issuedAt}
}

// jwtOf signs any header and claims texts with HMAC-SHA256.
func jwtOf(t testing.TB, header, claims string) string {
	t.Helper()
	text := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
	sum, err := jwt.SigningMethodHS256.Sign(text, []byte(signingSecret))
	require.NoError(t, err)
	return text + "." + base64.RawURLEncoding.EncodeToString(sum)
}

func TestConformance_Webhooks(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("CENTRALA_CONFORMANCE")
	if folder == "" {
		t.Skip("CENTRALA_CONFORMANCE does not name the folder of published vectors")
	}
	raw, err := os.ReadFile(filepath.Join(folder, "webhook/vectors.json"))
	require.NoError(t, err)
	var vectors []struct {
		Name      string            `json:"name"`
		Scheme    string            `json:"scheme"`
		Secret    string            `json:"secret"`
		Secrets   []string          `json:"secrets"`
		Headers   map[string]string `json:"headers"`
		Now       int64             `json:"now"`
		Tolerance int64             `json:"tolerance_s"`
		Options   struct {
			Audience string `json:"audience"`
		} `json:"options"`
		Expect string `json:"expect"`
	}
	_ = json.Unmarshal(raw, &vectors) // other schemes have headers of other shapes
	ran := 0
	for _, v := range vectors {
		if v.Scheme != "monday" {
			continue
		}
		ran++
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			keys := webhook.OneKey(v.Secret)
			for i, secret := range v.Secrets { // in the place of the one
				keys = append(keys[:i], webhook.Key{Secret: webhook.NewSecret(secret)})
			}
			leeway := time.Duration(v.Tolerance) * time.Second
			if v.Tolerance < 0 {
				leeway = webhook.NoTolerance
			}
			verifier, err := monday.NewWebhookVerifier(monday.WebhookConfig{Keys: keys, Audience: v.Options.Audience, Leeway: leeway})
			if err != nil {
				require.ErrorIs(t, err, webhook.ErrKey, "only a key is refused at construction")
			} else {
				m := &webhook.Message{Header: http.Header{}, Now: time.Unix(v.Now, 0)}
				for name, value := range v.Headers {
					m.Header.Add(name, value)
				}
				_, err = verifier.Verify(m)
			}
			require.Equal(t, v.Expect == "valid", err == nil, "%v", err)
		})
	}
	require.NotZero(t, ran)
}

func TestWebhookVerifier_Verify(t *testing.T) {
	t.Parallel()
	const hs256 = `{"alg":"HS256","typ":"JWT"}`
	claims := func(format string, args ...any) string {
		return fmt.Sprintf(`{"accountId":7,"userId":8,"aud":%q,%s}`, endpoint, fmt.Sprintf(format, args...))
	}
	iat, exp := issuedAt.Unix(), issuedAt.Unix()+300
	good := jwtOf(t, hs256, claims(`"exp":%d,"iat":%d,"shortLivedToken":"tok"`, exp, iat))
	segments := strings.Split(good, ".")
	hs512, err := jwt.NewWithClaims(jwt.SigningMethodHS512, jwt.MapClaims{"aud": endpoint, "exp": exp}).SignedString([]byte(signingSecret))
	require.NoError(t, err)
	tests := []struct {
		name, token string
		want        error
	}{
		{"valid", good, nil},
		{"audience among others", jwtOf(t, hs256, fmt.Sprintf(`{"aud":["x",%q],"exp":%d}`, endpoint, exp)), nil},
		{"exp at the leeway", jwtOf(t, hs256, claims(`"exp":%d`, iat-30)), nil},
		{"exp past the leeway", jwtOf(t, hs256, claims(`"exp":%d`, iat-31)), webhook.ErrTooOld},
		{"iat at the leeway", jwtOf(t, hs256, claims(`"exp":%d,"iat":%d`, exp, iat+30)), nil},
		{"iat past the leeway", jwtOf(t, hs256, claims(`"exp":%d,"iat":%d`, exp, iat+31)), webhook.ErrTooNew},
		{"nbf past the leeway", jwtOf(t, hs256, claims(`"exp":%d,"nbf":%d`, exp, iat+31)), webhook.ErrTooNew},
		{"no exp", jwtOf(t, hs256, claims(`"iat":%d`, iat)), webhook.ErrMissing},
		{"exp null", jwtOf(t, hs256, claims(`"exp":null`)), webhook.ErrMalformed},
		{"exp a string", jwtOf(t, hs256, claims(`"exp":"%d"`, exp)), webhook.ErrMalformed},
		{"exp overflows", jwtOf(t, hs256, claims(`"exp":1e400`)), webhook.ErrMalformed},
		{"exp in milliseconds", jwtOf(t, hs256, claims(`"exp":%d000`, exp)), webhook.ErrMalformed},
		{"exp in upper case", jwtOf(t, hs256, claims(`"EXP":%d`, exp)), webhook.ErrMissing},
		{"claim twice", jwtOf(t, hs256, claims(`"exp":1,"exp":%d`, exp)), webhook.ErrMalformed},
		{"header name twice", jwtOf(t, `{"alg":"none","alg":"HS256"}`, claims(`"exp":%d`, exp)), webhook.ErrMalformed},
		{"text behind the claims", jwtOf(t, hs256, claims(`"exp":%d`, exp)+"{}"), webhook.ErrMalformed},
		{"text behind the header", jwtOf(t, hs256+" x", claims(`"exp":%d`, exp)), webhook.ErrMalformed},
		{"other audience", jwtOf(t, hs256, fmt.Sprintf(`{"aud":%q,"exp":%d}`, endpoint+"/", exp)), webhook.ErrMismatch},
		{"no audience", jwtOf(t, hs256, fmt.Sprintf(`{"exp":%d}`, exp)), webhook.ErrMismatch},
		{"alg none", jwtOf(t, `{"alg":"none"}`, claims(`"exp":%d`, exp)), webhook.ErrMismatch},
		{"alg nOnE", jwtOf(t, `{"alg":"nOnE"}`, claims(`"exp":%d`, exp)), webhook.ErrMalformed},
		{"alg HS512", hs512, webhook.ErrMismatch},
		{"header lies", "eyJhbGciOiJIUzUxMiJ9." + segments[1] + "." + segments[2], webhook.ErrMismatch},
		{"Bearer", "Bearer " + good, webhook.ErrMalformed},
		{"padded", good + "=", webhook.ErrMalformed},
		{"line break", segments[0] + "." + segments[1] + "\n." + segments[2], webhook.ErrMalformed},
		{"two segments", segments[0] + "." + segments[1], webhook.ErrMalformed},
		{"four segments", good + ".x", webhook.ErrMalformed},
		{"no signature", segments[0] + "." + segments[1] + ".", webhook.ErrMismatch},
		{"not JSON", jwtOf(t, "HS256", "claims"), webhook.ErrMalformed},
		{"empty", "", webhook.ErrMissing},
	}
	v := webhookVerifier(t, webhook.OneKey(signingSecret))
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			proof, err := v.Verify(webhookMessage(test.token))
			require.ErrorIs(t, err, test.want)
			require.Equal(t, test.want == nil, proof.Scheme == "monday")
			require.False(t, proof.BodyAuthenticated)
		})
	}
	got, proof, err := v.Claims(webhookMessage(good))
	require.NoError(t, err)
	require.Equal(t, "tok", got.ShortLivedToken.Reveal())
	require.Equal(t, []int64{7, 8}, []int64{got.AccountID, got.UserID})
	require.Equal(t, []time.Time{issuedAt, issuedAt.Add(5 * time.Minute)}, []time.Time{got.IssuedAt, got.ExpiresAt})
	require.Equal(t, webhook.Verification{Scheme: "monday", Key: "1", Timestamp: issuedAt}, proof)
}

func TestNewWebhookVerifier_Refuses(t *testing.T) {
	t.Parallel()
	_, err := monday.NewWebhookVerifier(monday.WebhookConfig{Audience: endpoint})
	require.ErrorIs(t, err, webhook.ErrKey)
	_, err = monday.NewWebhookVerifier(monday.WebhookConfig{Audience: endpoint, Keys: webhook.OneKey("")})
	require.ErrorIs(t, err, webhook.ErrKey)
	_, err = monday.NewWebhookVerifier(monday.WebhookConfig{Keys: webhook.OneKey(signingSecret)})
	require.ErrorContains(t, err, "Audience")
	_, err = monday.NewWebhookVerifier(monday.WebhookConfig{Audience: endpoint, Keys: webhook.OneKey(signingSecret), Leeway: -time.Second})
	require.ErrorContains(t, err, "Leeway")
	_, err = monday.NewWebhookSigner(monday.WebhookSignerConfig{})
	require.ErrorIs(t, err, webhook.ErrKey)
}

func TestWebhookVerifier_Rotation(t *testing.T) {
	t.Parallel()
	v := webhookVerifier(t, webhook.Keys{
		{Name: "new", Secret: webhook.NewSecret("new-secret")},
		{Name: "old", Secret: webhook.NewSecret(signingSecret), NotAfter: issuedAt},
	})
	s, err := monday.NewWebhookSigner(monday.WebhookSignerConfig{
		Key: webhook.Key{Secret: webhook.NewSecret(signingSecret)}, Audience: endpoint})
	require.NoError(t, err)
	m := &webhook.Message{Now: issuedAt}
	require.NoError(t, s.Sign(m))
	proof, err := v.Verify(m)
	require.NoError(t, err)
	require.Equal(t, "old", proof.Key)
	m.Now = issuedAt.Add(time.Second)
	_, err = v.Verify(m)
	require.ErrorIs(t, err, webhook.ErrMismatch)
}

// TestWebhookVerifier_BitFlips flips every bit of header and claims.
func TestWebhookVerifier_BitFlips(t *testing.T) {
	t.Parallel()
	v := webhookVerifier(t, webhook.OneKey(signingSecret))
	good := jwtOf(t, `{"alg":"HS256"}`, fmt.Sprintf(`{"accountId":1234567,"userId":7654321,"aud":%q,"exp":%d,"iat":%d,"shortLivedToken":"0123456789abcdef"}`,
		endpoint, issuedAt.Unix()+300, issuedAt.Unix()))
	_, err := v.Verify(webhookMessage(good))
	require.NoError(t, err)
	signed := strings.LastIndexByte(good, '.')
	require.Greater(t, signed, 200)
	for i := range signed {
		for bit := range 8 {
			changed := []byte(good)
			changed[i] ^= 1 << bit
			_, err := v.Verify(webhookMessage(string(changed)))
			require.Error(t, err, "byte %d, bit %d", i, bit)
		}
	}
}

func TestWebhookVerifier_RoundTrip(t *testing.T) {
	t.Parallel()
	v := webhookVerifier(t, webhook.OneKey(signingSecret))
	for i := range int64(10_000) {
		s, err := monday.NewWebhookSigner(monday.WebhookSignerConfig{
			Key: webhook.Key{Secret: webhook.NewSecret(signingSecret)}, Audience: endpoint,
			Claims: monday.WebhookClaims{AccountID: i * 7919, UserID: i},
		})
		require.NoError(t, err)
		m := &webhook.Message{Now: issuedAt.Add(time.Duration(i) * time.Minute)}
		require.NoError(t, s.Sign(m))
		claims, _, err := v.Claims(m)
		require.NoError(t, err)
		require.Equal(t, i*7919, claims.AccountID)
	}
}

func TestNewAgentVerifier(t *testing.T) {
	t.Parallel()
	c := webhook.SchemeConfig{Keys: webhook.OneKey(signingSecret)}
	v, err := monday.NewAgentVerifier(c)
	require.NoError(t, err)
	s, err := monday.NewAgentSigner(c)
	require.NoError(t, err)
	m := &webhook.Message{Body: []byte(`{"event":"agent_triggered"}`), Now: issuedAt}
	require.NoError(t, s.Sign(m))
	proof, err := v.Verify(m)
	require.NoError(t, err)
	require.Equal(t, webhook.Verification{
		Scheme: "monday-agent", Key: "1", Timestamp: issuedAt, BodyAuthenticated: true}, proof)
	for seconds, want := range map[int]error{
		-301: webhook.ErrTooNew, -300: nil, 300: nil, 301: webhook.ErrTooOld,
	} {
		m.Now = issuedAt.Add(time.Duration(seconds) * time.Second)
		_, err = v.Verify(m)
		require.ErrorIs(t, err, want, seconds)
	}
	m.Header.Set("X-Monday-Timestamp", "1760000000.{")
	_, err = v.Verify(m)
	require.ErrorIs(t, err, webhook.ErrMalformed)
}

func FuzzWebhookVerifier(f *testing.F) {
	v := webhookVerifier(f, webhook.OneKey(signingSecret))
	good := jwtOf(f, `{"alg":"HS256"}`, fmt.Sprintf(`{"aud":%q,"exp":%d}`, endpoint, issuedAt.Unix()+300))
	signed := good[:strings.LastIndexByte(good, '.')]
	f.Add(good)
	f.Add(signed + ".")
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, token string) {
		_, err := v.Verify(webhookMessage(token))
		if err == nil && !strings.HasPrefix(token, signed+".") {
			t.Fatalf("accepted %q", token)
		}
	})
}

// BenchmarkWebhookVerifier_Timing reports Welch's t of signatures that are
// wrong in their first and in their last byte: below 4.5 nothing leaks.
func BenchmarkWebhookVerifier_Timing(b *testing.B) {
	v := webhookVerifier(b, webhook.OneKey(signingSecret))
	good := jwtOf(b, `{"alg":"HS256"}`, fmt.Sprintf(`{"aud":%q,"exp":%d}`, endpoint, issuedAt.Unix()+300))
	at := strings.LastIndexByte(good, '.') + 1
	call := func(i int) func(int) {
		sum, err := base64.RawURLEncoding.DecodeString(good[at:])
		require.NoError(b, err)
		sum[i] ^= 1
		m := webhookMessage(good[:at] + base64.RawURLEncoding.EncodeToString(sum))
		_, err = v.Verify(m)
		require.ErrorIs(b, err, webhook.ErrMismatch)
		return func(int) { _, _ = v.Verify(m) }
	}
	plan := dudect.Plan{Rounds: 5000, Batch: 200, Round: 200 * time.Microsecond}
	for b.Loop() {
		b.ReportMetric(plan.Measure(dudect.Subject{First: call(0), Last: call(31)}), "t")
	}
}

func ExampleNewWebhookVerifier() {
	verifier, err := monday.NewWebhookVerifier(monday.WebhookConfig{
		Keys:     webhook.OneKey("the app's signing secret"),
		Audience: "https://hooks.example.com/monday",
	})
	if err != nil {
		panic(err)
	}
	signer, err := monday.NewWebhookSigner(monday.WebhookSignerConfig{
		Key:      webhook.Key{Secret: webhook.NewSecret("the app's signing secret")},
		Audience: "https://hooks.example.com/monday",
		Claims:   monday.WebhookClaims{AccountID: 182, UserID: 401},
	})
	if err != nil {
		panic(err)
	}
	m := &webhook.Message{Body: []byte(`{"event":{"type":"create_pulse"}}`)}
	if err := signer.Sign(m); err != nil {
		panic(err)
	}
	claims, proof, err := verifier.Claims(m)
	fmt.Println(claims.AccountID, proof.Key, proof.BodyAuthenticated, err)
	// Output: 182 1 false <nil>
}

func ExampleNewAgentVerifier() {
	config := webhook.SchemeConfig{Keys: webhook.OneKey("the agent's signing secret")}
	verifier, err := monday.NewAgentVerifier(config)
	if err != nil {
		panic(err)
	}
	signer, err := monday.NewAgentSigner(config)
	if err != nil {
		panic(err)
	}
	m := &webhook.Message{Body: []byte(`{"event":"agent_triggered"}`)}
	if err := signer.Sign(m); err != nil {
		panic(err)
	}
	proof, err := verifier.Verify(m)
	fmt.Println(proof.Scheme, proof.BodyAuthenticated, err)
	// Output: monday-agent true <nil>
}

func ExampleNewWebhookSigner() {
	signer, err := monday.NewWebhookSigner(monday.WebhookSignerConfig{
		Key:      webhook.Key{Secret: webhook.NewSecret("the app's signing secret")},
		Audience: "https://hooks.example.com/monday",
	})
	if err != nil {
		panic(err)
	}
	var m webhook.Message
	err = signer.Sign(&m)
	fmt.Println(strings.Count(m.Header.Get("Authorization"), "."), err)
	// Output: 2 <nil>
}

func ExampleNewAgentSigner() {
	signer, err := monday.NewAgentSigner(webhook.SchemeConfig{Keys: webhook.OneKey("the agent's signing secret")})
	if err != nil {
		panic(err)
	}
	m := &webhook.Message{Now: time.Unix(1_700_000_000, 0)}
	err = signer.Sign(m)
	fmt.Println(m.Header.Get("X-Monday-Timestamp"), m.Header.Get("X-Monday-Signature")[:11], err)
	// Output: 1700000000 sha256=9c52 <nil>
}
