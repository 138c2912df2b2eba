package webhook

import (
	"fmt"
	"time"
)

// checkTolerance refuses what is meant as no tolerance but would switch the
// check of the signed time off.
func checkTolerance(d time.Duration) error {
	if d < 0 && d != NoTolerance {
		return fmt.Errorf("webhook: Tolerance is %s; NoTolerance switches the check off", d)
	}
	return nil
}

// windowed is a verifier that knows how far from now it takes signed times.
type windowed interface{ window() time.Duration }

// toleranceOf returns zero for a verifier that checks no time or does not say.
func toleranceOf(v Verifier) time.Duration {
	if w, ok := v.(windowed); ok {
		return max(w.window(), 0)
	}
	return 0
}

func (v *macVerifier) window() time.Duration {
	if v.timed() || v.bodyTime != nil {
		return v.tolerance
	}
	return 0
}

func (v *standardVerifier) window() time.Duration { return v.tolerance }
func (v *discordVerifier) window() time.Duration  { return v.tolerance }
func (v *sendgridVerifier) window() time.Duration { return v.tolerance }
func (v *messageVerifier) window() time.Duration  { return v.tolerance }
func (v mailgunVerifier) window() time.Duration   { return v.core.tolerance }

func (vs anyOf) window() (widest time.Duration) {
	for _, v := range vs {
		widest = max(widest, toleranceOf(v))
	}
	return widest
}
