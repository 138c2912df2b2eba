package transport

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
)

// CredentialFunc returns the secret to use for the next attempt. It is asked
// once per attempt, so that keys rotate without a restart; it must be safe
// for concurrent use and should return at once.
type CredentialFunc func(ctx context.Context) (string, error)

// StaticCredential returns a CredentialFunc for a secret that never changes.
func StaticCredential(secret string) CredentialFunc {
	return func(context.Context) (string, error) { return secret, nil }
}

// Authorizer puts a credential on an attempt's request. It returns the secret
// texts it used, so that they can be kept out of errors and logs.
type Authorizer func(req *http.Request) (secrets []string, err error)

// AuthHeader sends prefix+secret in the named header.
func AuthHeader(name, prefix string, cred CredentialFunc) Authorizer {
	name = http.CanonicalHeaderKey(name)
	return func(req *http.Request) ([]string, error) {
		secret, err := cred(req.Context())
		if err != nil {
			return nil, err
		}
		req.Header[name] = []string{prefix + secret}
		return []string{secret}, nil
	}
}

// AuthBearer sends "Authorization: Bearer <secret>".
func AuthBearer(cred CredentialFunc) Authorizer {
	return AuthHeader("Authorization", "Bearer ", cred)
}

// AuthBasic sends HTTP basic authentication.
func AuthBasic(user string, cred CredentialFunc) Authorizer {
	return func(req *http.Request) ([]string, error) {
		secret, err := cred(req.Context())
		if err != nil {
			return nil, err
		}
		pair := base64.StdEncoding.EncodeToString([]byte(user + ":" + secret))
		req.Header["Authorization"] = []string{"Basic " + pair}
		return []string{secret, pair}, nil
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
		pair := url.QueryEscape(param) + "=" + url.QueryEscape(secret)
		u := *req.URL
		if u.RawQuery != "" {
			pair = u.RawQuery + "&" + pair
		}
		u.RawQuery = pair
		req.URL = &u
		return []string{secret}, nil
	}
}
