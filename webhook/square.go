package webhook

import "crypto"

// Square signs the notification URL and the body. Message.URL must be the
// configured URL and never the request's: nothing separates it from the body
// in the signed text. There is no signed time or id. ("Validate and process
// webhook events")
const Square Scheme = "square"

var square = spec{
	scheme:   Square,
	header:   "X-Square-Hmacsha256-Signature",
	signed:   "{url}{body}",
	hash:     crypto.SHA256,
	encoding: Base64,
}
