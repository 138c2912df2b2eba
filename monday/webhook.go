package monday

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/centrala-go/centrala/webhook"
)

// WebhookConfig describes webhooks that were created with an app's token and
// therefore carry a JWT. Webhooks created with a personal token are unsigned:
// put a secret into their URL and verify it with webhook.NewStaticToken, in
// the place of this verifier or, by webhook.AnyOf, beside it.
type WebhookConfig struct {
	// Keys are the app's Signing Secret for board and integration webhooks,
	// its Client Secret for those of the app's life cycle.
	Keys webhook.Keys
	// MinSecret refuses secrets with fewer bytes; zero sets no floor.
	MinSecret int
	// Audience is the URL of the endpoint, as it was given to monday.
	Audience string
	// Leeway is how far clocks may differ, inclusive: 30 seconds when zero.
	// webhook.NoTolerance switches the checks of time off.
	Leeway time.Duration
}

// WebhookClaims are what monday says of itself in the JWT.
type WebhookClaims struct {
	AccountID, UserID int64
	// ShortLivedToken calls the API on behalf of the user for some minutes.
	ShortLivedToken webhook.Secret
	// IssuedAt is zero where the JWT does not say.
	IssuedAt, ExpiresAt time.Time
}

// WebhookVerifier verifies the JWT in the header Authorization. The JWT says
// nothing about the body, so BodyAuthenticated is false: read the item again
// through the API before acting on it.
type WebhookVerifier struct {
	keys     webhook.Keys
	audience string
	leeway   time.Duration
}

// NewWebhookVerifier builds a verifier. It returns an error for keys that
// cannot be used, for an empty Audience and for a negative Leeway.
// ("Webhooks: verifying requests")
func NewWebhookVerifier(c WebhookConfig) (*WebhookVerifier, error) {
	keys, err := c.Keys.Check(c.MinSecret)
	if err != nil {
		return nil, err
	}
	if c.Audience == "" {
		return nil, errors.New("monday: webhook: Audience is empty")
	}
	if c.Leeway < 0 && c.Leeway != webhook.NoTolerance {
		return nil, fmt.Errorf("monday: webhook: Leeway is %s; webhook.NoTolerance switches the checks of time off", c.Leeway)
	}
	if c.Leeway == 0 {
		c.Leeway = 30 * time.Second
	}
	return &WebhookVerifier{keys, c.Audience, c.Leeway}, nil
}

// Verify implements webhook.Verifier.
func (v *WebhookVerifier) Verify(m *webhook.Message) (webhook.Verification, error) {
	_, proof, err := v.Claims(m)
	return proof, err
}

// Claims verifies m and returns the claims of its JWT.
func (v *WebhookVerifier) Claims(m *webhook.Message) (WebhookClaims, webhook.Verification, error) {
	now := m.Now
	if now.IsZero() {
		now = time.Now()
	}
	token, err := m.HeaderValue("Authorization")
	if err != nil {
		return WebhookClaims{}, webhook.Verification{}, err
	}
	key, parsed, err := v.parse(token, now)
	if err != nil {
		return WebhookClaims{}, webhook.Verification{}, err
	}
	claims, err := v.check(parsed, now)
	if err != nil {
		return WebhookClaims{}, webhook.Verification{}, err
	}
	return claims, webhook.Verification{Scheme: "monday", Key: key, Timestamp: claims.IssuedAt}, nil
}

// jwtParser leaves the claims to us: it would refuse the last second of the
// leeway, and count an absent time as right.
var jwtParser = jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}),
	jwt.WithJSONNumber(), jwt.WithStrictDecoding(), jwt.WithoutClaimsValidation())

// parse checks form and signature, and returns the name of the key.
func (v *WebhookVerifier) parse(token string, now time.Time) (string, jwt.MapClaims, error) {
	if !isCompactJWT(token) {
		return "", nil, fmt.Errorf("%w: the JWT in header Authorization", webhook.ErrMalformed)
	}
	for _, k := range v.keys {
		if !k.Live(now) {
			continue
		}
		claims := jwt.MapClaims{}
		_, err := jwtParser.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) {
			return []byte(k.Secret.Reveal()), nil
		})
		if err == nil {
			return k.Name, claims, nil
		}
		if !errors.Is(err, jwt.ErrTokenSignatureInvalid) {
			return "", nil, fmt.Errorf("%w: the JWT in header Authorization", webhook.ErrMalformed)
		}
	}
	return "", nil, fmt.Errorf("%w: the JWT in header Authorization", webhook.ErrMismatch)
}

// isCompactJWT says whether token is three segments of base64url without
// padding, the first two JSON objects, and nothing else, in which no name
// occurs twice.
func isCompactJWT(token string) bool {
	segments := strings.SplitN(token, ".", 4)
	if len(segments) != 3 {
		return false
	}
	for i, segment := range segments {
		raw, err := base64.RawURLEncoding.Strict().DecodeString(segment)
		if err != nil || strings.ContainsAny(segment, "\r\n") || i < 2 && !hasUniqueNames(raw) {
			return false
		}
	}
	return true
}

func hasUniqueNames(object []byte) bool {
	d := json.NewDecoder(bytes.NewReader(object))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return false
	}
	var names []string
	for d.More() {
		name, err := d.Token()
		text, ok := name.(string)
		var value json.RawMessage
		if err != nil || !ok || slices.Contains(names, text) || d.Decode(&value) != nil {
			return false
		}
		names = append(names, text)
	}
	_, closed := d.Token()
	_, end := d.Token()
	return closed == nil && errors.Is(end, io.EOF)
}

// check looks at the claims of a JWT whose signature is right.
func (v *WebhookVerifier) check(claims jwt.MapClaims, now time.Time) (c WebhookClaims, err error) {
	audience, err := claims.GetAudience()
	if err != nil || !slices.Contains(audience, v.audience) {
		return c, fmt.Errorf("%w: claim aud", webhook.ErrMismatch)
	}
	if c.ExpiresAt, err = timeClaim(claims, "exp"); err == nil && c.ExpiresAt.IsZero() {
		err = fmt.Errorf("%w: claim exp", webhook.ErrMissing)
	}
	if err != nil {
		return c, err
	}
	if c.IssuedAt, err = timeClaim(claims, "iat"); err != nil {
		return c, err
	}
	notBefore, err := timeClaim(claims, "nbf")
	switch {
	case err != nil:
		return c, err
	case v.leeway < 0:
	case now.Sub(c.ExpiresAt) > v.leeway:
		return c, fmt.Errorf("%w: claim exp", webhook.ErrTooOld)
	case c.IssuedAt.Sub(now) > v.leeway:
		return c, fmt.Errorf("%w: claim iat", webhook.ErrTooNew)
	case notBefore.Sub(now) > v.leeway:
		return c, fmt.Errorf("%w: claim nbf", webhook.ErrTooNew)
	}
	c.AccountID, c.UserID = idClaim(claims, "accountId"), idClaim(claims, "userId")
	token, _ := claims["shortLivedToken"].(string)
	c.ShortLivedToken = webhook.NewSecret(token)
	return c, nil
}

// timeClaim reads whole Unix seconds, at most to the year 5138. It returns the
// zero time for a claim that is absent.
func timeClaim(claims jwt.MapClaims, name string) (time.Time, error) {
	value, ok := claims[name]
	if !ok {
		return time.Time{}, nil
	}
	number, _ := value.(json.Number)
	seconds, err := number.Int64()
	if err != nil || seconds < 0 || seconds > 99_999_999_999 {
		return time.Time{}, fmt.Errorf("%w: claim %s", webhook.ErrMalformed, name)
	}
	return time.Unix(seconds, 0), nil
}

func idClaim(claims jwt.MapClaims, name string) int64 {
	number, _ := claims[name].(json.Number)
	id, _ := number.Int64()
	return id
}

// WebhookSignerConfig describes monday's side, for tests of receivers.
type WebhookSignerConfig struct {
	Key      webhook.Key
	Audience string
	Claims   WebhookClaims // IssuedAt and ExpiresAt are replaced
}

// NewWebhookSigner builds a signer that sets Authorization as monday does: the
// JWT is issued at the message's time and lives for five minutes.
func NewWebhookSigner(c WebhookSignerConfig) (webhook.Signer, error) {
	if _, err := (webhook.Keys{c.Key}).Check(0); err != nil {
		return nil, err
	}
	return webhookSigner(c), nil
}

type webhookSigner WebhookSignerConfig

func (s webhookSigner) Sign(m *webhook.Message) error {
	now := m.Now
	if now.IsZero() {
		now = time.Now()
	}
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"accountId": s.Claims.AccountID, "userId": s.Claims.UserID, "aud": s.Audience,
		"exp": now.Unix() + 300, "iat": now.Unix(), "shortLivedToken": s.Claims.ShortLivedToken.Reveal(),
	})
	text, err := token.SignedString([]byte(s.Key.Secret.Reveal()))
	if err != nil {
		return fmt.Errorf("monday: webhook: %w", err)
	}
	if m.Header == nil {
		m.Header = map[string][]string{}
	}
	m.Header.Set("Authorization", text)
	return nil
}

// agentCallback is the HMAC of agent callbacks (beta). monday does not say in
// what unit the time is, so any is taken.
func agentCallback(c webhook.SchemeConfig) webhook.HMACConfig {
	return webhook.HMACConfig{
		Name: "monday-agent", Keys: c.Keys, MinSecret: c.MinSecret, Tolerance: c.Tolerance,
		Header: "X-Monday-Signature", Prefix: "sha256=", Signed: "{timestamp}.{body}",
		TimeHeader: "X-Monday-Timestamp", TimeFormat: webhook.AnyTime,
	}
}

// NewAgentVerifier builds the verifier of agent callbacks (beta), which sign
// time and body. monday states no tolerance; five minutes when zero.
func NewAgentVerifier(c webhook.SchemeConfig) (webhook.Verifier, error) {
	return webhook.NewHMAC(agentCallback(c))
}

// NewAgentSigner builds monday's side of NewAgentVerifier.
func NewAgentSigner(c webhook.SchemeConfig) (webhook.Signer, error) {
	return webhook.NewHMACSigner(agentCallback(c))
}
