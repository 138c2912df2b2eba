package webhook

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Scheme names a sender's way of signing. The schemes that need nothing but
// keys are constants of this type; configurations can carry their names as
// they are. NewHMAC, NewStaticToken, NewBasicAuth and NewMessageSignature
// build the ones that need a description.
type Scheme string

// SchemeConfig configures a scheme.
type SchemeConfig struct {
	// Keys are the keys of the source, in the notation its vendor shows them.
	Keys Keys
	// MinSecret refuses secrets with fewer bytes; zero sets no floor beyond
	// the scheme's own key format.
	MinSecret int
	// Tolerance is how far a signed time may lie from the time of receipt, in
	// either direction and inclusive. Zero means the scheme's own default,
	// NoTolerance none.
	Tolerance time.Duration
}

// tolerance returns what is configured, else the scheme's default.
func (c SchemeConfig) tolerance(scheme time.Duration) time.Duration {
	return cmp.Or(c.Tolerance, scheme)
}

// maker builds the two sides of a scheme.
type maker struct {
	verifier func(SchemeConfig) (Verifier, error)
	signer   func(SchemeConfig) (Signer, error)
}

var schemes = map[Scheme]maker{
	Discord:          {newDiscord, newDiscordSigner},
	GitHub:           github.maker(),
	GitHubSHA1:       {githubSHA1.insteadOf(github), githubSHA1.maker().signer},
	HubSpotV1:        hubspotV1.maker(),
	HubSpotV2:        hubspotV2.maker(),
	HubSpotV3:        hubspotV3.maker(),
	LINE:             line.maker(),
	Linear:           linear.maker(),
	Mailgun:          {newMailgun, newMailgunSigner},
	Paddle:           paddle.maker(),
	PagerDuty:        pagerduty.maker(),
	SendGrid:         {newSendGrid, newSendGridSigner},
	Shopify:          {shopifyEvents.insteadOf(shopify), shopify.maker().signer},
	Slack:            slack.maker(),
	Square:           square.maker(),
	StandardWebhooks: {newStandard, newStandardSigner},
	Stripe:           stripe.maker(),
	Svix:             {newSvix, newSvixSigner},
	Twilio:           {newTwilio, newTwilioSigner},
	Twitch:           twitch.maker(),
}

// Schemes returns the names of all schemes that Scheme's methods know, sorted.
func Schemes() []Scheme { return slices.Sorted(maps.Keys(schemes)) }

// Verifier builds the verifier of the scheme. It returns an error that matches
// ErrKey for keys the scheme cannot use, and a plain one for an unknown scheme
// or a negative Tolerance other than NoTolerance.
func (s Scheme) Verifier(c SchemeConfig) (Verifier, error) {
	m, err := s.maker(c)
	if err != nil {
		return nil, err
	}
	return m.verifier(c)
}

// Signer builds the sender's side of the scheme. Where the scheme signs with
// a private key, c.Keys holds private keys; the scheme says in what notation.
func (s Scheme) Signer(c SchemeConfig) (Signer, error) {
	m, err := s.maker(c)
	if err != nil {
		return nil, err
	}
	return m.signer(c)
}

func (s Scheme) maker(c SchemeConfig) (maker, error) {
	m, ok := schemes[s]
	if !ok {
		return m, fmt.Errorf("webhook: unknown scheme %q", string(s))
	}
	return m, checkTolerance(c.Tolerance)
}

func (s spec) maker() maker {
	return maker{
		func(c SchemeConfig) (Verifier, error) { return asVerifier(s.build(c)) },
		func(c SchemeConfig) (Signer, error) { return asSigner(s.build(c)) },
	}
}
