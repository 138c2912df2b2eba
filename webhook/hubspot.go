package webhook

import (
	"crypto"
	"strings"
)

const (
	// HubSpotV1 is a plain hash of the app secret and the body. Whoever has
	// seen one message can append to its body (length extension), so the body
	// counts as not authenticated: prefer HubSpotV3.
	HubSpotV1 Scheme = "hubspot-v1"
	// HubSpotV2 is a plain hash of the app secret, method, URL and body, with
	// the weakness of HubSpotV1. Message.URL must be the configured URL.
	HubSpotV2 Scheme = "hubspot-v2"
	// HubSpotV3 signs method, URL, body and time (milliseconds). Message.URL
	// must be the configured URL; HubSpot decodes some escapes in it before it
	// signs, so both forms are tried. Tolerance: five minutes. ("Validating
	// requests from HubSpot")
	HubSpotV3 Scheme = "hubspot-v3"
)

var hubspotV1 = spec{
	scheme: HubSpotV1,
	header: "X-Hubspot-Signature",
	signed: "{body}",
	hash:   crypto.SHA256,
	prefix: true,
}

var hubspotV2 = spec{
	scheme: HubSpotV2,
	header: "X-Hubspot-Signature",
	signed: "{method}{url}{body}",
	hash:   crypto.SHA256,
	prefix: true,
}

var hubspotV3 = spec{
	scheme:     HubSpotV3,
	header:     "X-Hubspot-Signature-V3",
	timeHeader: "X-Hubspot-Request-Timestamp",
	timeFormat: UnixMillis,
	signed:     "{method}{url}{body}{timestamp}",
	hash:       crypto.SHA256,
	encoding:   Base64,
	tolerance:  defaultTolerance,
	signedURL:  hubspotEscapes.Replace,
}

// hubspotEscapes decodes what HubSpot's table of escapes lists.
var hubspotEscapes = strings.NewReplacer(
	"%3A", ":", "%2F", "/", "%3F", "?", "%40", "@", "%21", "!", "%24", "$", "%27", "'", "%28", "(", "%29", ")",
	"%2A", "*", "%2C", ",", "%3B", ";", "%3a", ":", "%2f", "/", "%3f", "?", "%2a", "*", "%2c", ",", "%3b", ";",
)
