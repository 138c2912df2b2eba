package webhook

import "crypto"

// Twitch (EventSub) signs id, time and body, with nothing between them: ids are
// therefore held to letters, digits and "-_=+/", and times to RFC 3339. Secrets
// have at most 100 bytes; set MinSecret to 10 to enforce Twitch's own minimum.
// Tolerance: ten minutes. ("Handling webhook events")
const Twitch Scheme = "twitch"

var twitch = spec{
	scheme:     Twitch,
	header:     "Twitch-Eventsub-Message-Signature",
	layout:     layout{prefix: "sha256="},
	idHeader:   "Twitch-Eventsub-Message-Id",
	timeHeader: "Twitch-Eventsub-Message-Timestamp",
	timeFormat: RFC3339,
	signed:     "{id}{timestamp}{body}",
	hash:       crypto.SHA256,
	tolerance:  2 * defaultTolerance,
	maxSecret:  100,
}
