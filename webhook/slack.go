package webhook

import "crypto"

// Slack signs time and body with the app's signing secret. Tolerance: five
// minutes. ("Verifying requests from Slack")
const Slack Scheme = "slack"

var slack = spec{
	scheme:     Slack,
	header:     "X-Slack-Signature",
	layout:     layout{prefix: "v0="},
	timeHeader: "X-Slack-Request-Timestamp",
	signed:     "v0:{timestamp}:{body}",
	hash:       crypto.SHA256,
	tolerance:  defaultTolerance,
}
