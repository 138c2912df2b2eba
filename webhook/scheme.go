package webhook

import "time"

// Scheme names a sender's way of signing.
type Scheme string

// SchemeConfig configures a scheme.
type SchemeConfig struct {
	// Keys are the keys of the source, in the notation its vendor shows them.
	Keys Keys
	// MinSecret refuses secrets with fewer bytes; zero sets no floor beyond
	// the scheme's own key format.
	MinSecret int
	// Tolerance is how far a signed time may lie from the time of receipt, in
	// either direction and inclusive. Zero means the scheme's own default.
	Tolerance time.Duration
}
