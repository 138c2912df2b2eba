package webhook

import "crypto"

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
