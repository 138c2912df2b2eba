package webhook

import "crypto"

const (
	// Shopify signs the body with the app's client secret. After a rotation it
	// may sign with the old secret for up to an hour. There is no signed time
	// or id. ("Verify webhooks")
	Shopify Scheme = "shopify"
	// ShopifyEvents is the same for the newer Events API, whose header is
	// named without "X-".
	ShopifyEvents Scheme = "shopify-events"
)

var shopify = spec{
	scheme:   Shopify,
	header:   "X-Shopify-Hmac-Sha256",
	signed:   "{body}",
	hash:     crypto.SHA256,
	encoding: Base64,
}

var shopifyEvents = spec{
	scheme:   ShopifyEvents,
	header:   "Shopify-Hmac-Sha256",
	signed:   "{body}",
	hash:     crypto.SHA256,
	encoding: Base64,
}
