package webhook

import "crypto"

// LINE signs the body with the channel secret. There is no signed time or id.
// ("Verify webhook signature")
const LINE Scheme = "line"

var line = spec{
	scheme:   LINE,
	header:   "X-Line-Signature",
	signed:   "{body}",
	hash:     crypto.SHA256,
	encoding: Base64,
}
