package webhook

import "crypto"

// PagerDuty (version 3 webhooks) signs the body, with every secret that is in
// use. There is no signed time or id. ("Webhook signatures")
const PagerDuty Scheme = "pagerduty"

var pagerduty = spec{
	scheme: PagerDuty,
	header: "X-Pagerduty-Signature",
	layout: layout{item: ",", pair: "=", signature: "v1"},
	signed: "{body}",
	hash:   crypto.SHA256,
}
