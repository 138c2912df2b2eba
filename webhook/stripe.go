package webhook

import "crypto"

// Stripe signs time and body. The key is the endpoint's secret as it is shown,
// "whsec_" included and not decoded. Tolerance: five minutes. While a secret
// is rolled Stripe sends one signature for each. Only v1 signatures count.
// ("Verify webhook signatures")
const Stripe Scheme = "stripe"

var stripe = spec{
	scheme:    Stripe,
	header:    "Stripe-Signature",
	layout:    layout{item: ",", pair: "=", time: "t", signature: "v1"},
	signed:    "{timestamp}.{body}",
	hash:      crypto.SHA256,
	tolerance: defaultTolerance,
}
