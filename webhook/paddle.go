package webhook

import "crypto"

// Paddle (Billing) signs time and body; the key is the destination's secret as
// it is shown. Tolerance: five minutes. While a secret is rotated Paddle sends
// one signature for each. ("Verify webhook signatures")
const Paddle Scheme = "paddle"

var paddle = spec{
	scheme:    Paddle,
	header:    "Paddle-Signature",
	layout:    layout{item: ";", pair: "=", time: "ts", signature: "h1"},
	signed:    "{timestamp}:{body}",
	hash:      crypto.SHA256,
	tolerance: defaultTolerance,
}
