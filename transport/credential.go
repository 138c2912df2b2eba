package transport

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
)

// CredentialFunc returns the secret to use for the next attempt. It is asked
// once per attempt, so that keys rotate without a restart; it must be safe
// for concurrent use and should return at once.
//
// When the vendor answers 401 it is asked once more, and the call goes on if
// the secret is another one. A function that caches should then look at
// [RefusedCredential].
type CredentialFunc func(ctx context.Context) (string, error)

// StaticCredential returns a CredentialFunc for a secret that never changes.
func StaticCredential(secret string) CredentialFunc {
	return func(context.Context) (string, error) { return secret, nil }
}

// RefusedCredential reports whether a credential is asked for because the
// vendor has just refused secret with status 401.
func RefusedCredential(ctx context.Context, secret string) bool {
	refused, _ := ctx.Value(refusedKey{}).([]string)
	return slices.Contains(refused, secret)
}

type refusedKey struct{}

// Authorizer puts a credential on an attempt's request. It returns the secret
// texts it used, so that they can be kept out of errors and logs.
type Authorizer func(req *http.Request) (secrets []string, err error)

// ready is a credential in the form in which it is sent.
type ready struct{ secrets, values []string }

// AuthHeader sends prefix+secret in the named header.
func AuthHeader(name, prefix string, cred CredentialFunc) Authorizer {
	return authHeader(name, cred, func(secret string) (string, []string) { return prefix + secret, []string{secret} })
}

// AuthBearer sends "Authorization: Bearer <secret>".
func AuthBearer(cred CredentialFunc) Authorizer {
	return AuthHeader("Authorization", "Bearer ", cred)
}

// AuthBasic sends HTTP basic authentication.
func AuthBasic(user string, cred CredentialFunc) Authorizer {
	return authHeader("Authorization", cred, func(secret string) (string, []string) {
		pair := base64.StdEncoding.EncodeToString([]byte(user + ":" + secret))
		return "Basic " + pair, []string{secret, strings.TrimRight(pair, "=")}
	})
}

// authHeader sends what render makes of the secret, and remembers it for as
// long as the secret stays the same.
func authHeader(name string, cred CredentialFunc, render func(secret string) (value string, secrets []string)) Authorizer {
	name = http.CanonicalHeaderKey(name)
	var cache atomic.Pointer[ready]
	return func(req *http.Request) ([]string, error) {
		secret, err := cred(req.Context())
		if err != nil {
			return nil, err
		}
		r := cache.Load()
		if r == nil || r.secrets[0] != secret {
			value, secrets := render(secret)
			r = &ready{secrets: secrets, values: []string{value}}
			cache.Store(r)
		}
		req.Header[name] = r.values
		return r.secrets, nil
	}
}

// AuthQuery sends the secret as a query parameter, for vendors that want it
// there. The client keeps queries out of every error and log.
func AuthQuery(param string, cred CredentialFunc) Authorizer {
	return func(req *http.Request) ([]string, error) {
		secret, err := cred(req.Context())
		if err != nil {
			return nil, err
		}
		u := *req.URL
		addQuery(&u, url.QueryEscape(param)+"="+url.QueryEscape(secret))
		req.URL = &u
		return []string{secret}, nil
	}
}

// AuthOAuth2 sends the tokens of an OAuth 2 token source, such as one of
// golang.org/x/oauth2, which caches and refreshes them itself:
//
//	transport.AuthOAuth2(conf.TokenSource(ctx))
func AuthOAuth2[T interface{ SetAuthHeader(req *http.Request) }](source interface{ Token() (T, error) }) Authorizer {
	return func(req *http.Request) ([]string, error) {
		token, err := source.Token()
		if err != nil {
			return nil, err
		}
		token.SetAuthHeader(req)
		value := req.Header.Get("Authorization")
		_, secret, _ := strings.Cut(value, " ")
		return []string{secret, value}, nil
	}
}

// credentialError says that no credential could be had.
type credentialError struct{ cause error }

func (e *credentialError) Error() string { return "credential: " + e.cause.Error() }

func (e *credentialError) Unwrap() error { return e.cause }

// authorize puts the credential on an attempt's request.
func (k *call) authorize(req *http.Request) error {
	secrets, err := k.client.cfg.Authorize(req)
	if err != nil {
		return &credentialError{err}
	}
	for _, s := range secrets {
		if !fieldValue(s) {
			return &credentialError{errors.New("contains a control character")}
		}
	}
	k.client.redact.use(secrets)
	k.secrets = secrets
	return nil
}

// fresh asks for a credential other than the one just refused.
func (k *call) fresh() bool {
	ctx := context.WithValue(k.caller, refusedKey{}, k.secrets)
	probe := (&http.Request{Method: k.req.Method, URL: &k.url, Header: http.Header{}}).WithContext(ctx)
	secrets, err := k.client.cfg.Authorize(probe)
	return err == nil && !slices.Equal(secrets, k.secrets)
}
