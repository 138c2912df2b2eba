package webhook

import (
	"crypto"
	"errors"
)

const (
	// GitHub signs the body; form deliveries sign the raw form. There is no
	// signed time or id, so remembering what came is the only protection from
	// replays. ("Validating webhook deliveries")
	GitHub Scheme = "github"
	// GitHubSHA1 is GitHub that falls back to the legacy X-Hub-Signature, an
	// HMAC-SHA1, where a message has no X-Hub-Signature-256. For old
	// installations only.
	GitHubSHA1 Scheme = "github-sha1"
)

var github = spec{
	scheme: GitHub,
	header: "X-Hub-Signature-256",
	layout: layout{prefix: "sha256="},
	signed: "{body}",
	hash:   crypto.SHA256,
}

var githubSHA1 = spec{
	scheme: GitHubSHA1,
	header: "X-Hub-Signature",
	layout: layout{prefix: "sha1="},
	signed: "{body}",
	hash:   crypto.SHA1,
}

// fallback asks second only about messages without anything of first.
type fallback struct{ first, second Verifier }

func newGitHubSHA1(c SchemeConfig) (Verifier, error) {
	first, err := github.build(c)
	if err != nil {
		return nil, err
	}
	second, err := githubSHA1.build(c)
	if err != nil {
		return nil, err
	}
	return fallback{first, second}, nil
}

func (f fallback) Verify(m *Message) (Verification, error) {
	proof, err := f.first.Verify(m)
	if errors.Is(err, ErrMissing) {
		return f.second.Verify(m)
	}
	return proof, err
}
