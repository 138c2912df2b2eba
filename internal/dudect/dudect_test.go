package dudect_test

import (
	"bytes"
	"crypto/subtle"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/internal/dudect"
)

// subject compares a token of 4 KiB with ones that are wrong at either end.
func subject(equal func(a, b string) bool, leaks bool) dudect.Subject {
	token := bytes.Repeat([]byte("x"), 4<<10)
	wrong := func(i int) string {
		b := bytes.Clone(token)
		b[i] = 'y'
		return string(b)
	}
	right, first, last := string(token), wrong(0), wrong(len(token)-1)
	var sink bool
	return dudect.Subject{Name: "compare", Leaks: leaks,
		First: func() { sink = equal(right, first) || sink },
		Last:  func() { sink = equal(right, last) || sink },
	}
}

var quick = dudect.Plan{Rounds: 2000, Batch: 50, Round: 20 * time.Microsecond}

func constantTime(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func plain(a, b string) bool { return a == b }

// TestPlan_Report tells a plain comparison from one in constant time, and says
// so when it was told the contrary.
//
//nolint:paralleltest // measures time
func TestPlan_Report(t *testing.T) {
	var out bytes.Buffer
	require.True(t, quick.Report(&out, []dudect.Subject{subject(plain, true)}), out.String())
	require.Contains(t, out.String(), "LEAKS (control)")
	require.False(t, quick.Report(&out, []dudect.Subject{subject(plain, false)}), out.String())
	out.Reset()
	require.True(t, quick.Report(&out, []dudect.Subject{subject(constantTime, false)}), out.String())
	require.Contains(t, out.String(), "constant\n")
}
