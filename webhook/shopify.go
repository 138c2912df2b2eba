package webhook

import "crypto"

// Shopify signs the body with the app's client secret. After a rotation it may
// sign with the old secret for up to an hour. The header of the newer Events
// API, named without "X-", is read where the other is absent. There is no
// signed time or id. ("Verify webhooks")
const Shopify Scheme = "shopify"

var shopify = spec{
	scheme:   Shopify,
	header:   "X-Shopify-Hmac-Sha256",
	signed:   "{body}",
	hash:     crypto.SHA256,
	encoding: Base64,
}

var shopifyEvents = spec{
	scheme:   Shopify,
	header:   "Shopify-Hmac-Sha256",
	signed:   "{body}",
	hash:     crypto.SHA256,
	encoding: Base64,
}
