package dudect_test

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/internal/dudect"
)

// subject takes about a microsecond, and so much longer in its second class.
// Every fiftieth call is interrupted. Time is fake, so a call takes what is
// written here and nothing else.
func subject(slower time.Duration, leaks bool) dudect.Subject {
	noise := rand.New(rand.NewPCG(7, 7))
	call := func(more time.Duration) func(int) {
		return func(int) {
			took := time.Microsecond + time.Duration(noise.IntN(100)) + more
			if noise.IntN(50) == 0 {
				took += time.Millisecond
			}
			time.Sleep(took) // fake time
		}
	}
	return dudect.Subject{Name: "sleep", First: call(0), Last: call(slower), Leaks: leaks}
}

var plan = dudect.Plan{Rounds: 2000, Batch: 2, Round: 100 * time.Microsecond}

// TestPlan_Report tells a leak of a tenth from no leak, under interruptions a
// thousand times as long, and says so when it was told the contrary.
func TestPlan_Report(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		slower  time.Duration
		leaks   bool
		right   bool
		verdict string
	}{
		"constant":               {0, false, true, "  constant\n"},
		"control":                {100, true, true, "  LEAKS (control)\n"},
		"faster for the second":  {-100, true, true, "  LEAKS (control)\n"},
		"leak":                   {100, false, false, "  LEAKS\n"},
		"control that leaks not": {0, true, false, "  constant (control)\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				require.Equal(t, c.right, plan.Report(&out, []dudect.Subject{subject(c.slower, c.leaks)}), out.String())
				require.Contains(t, out.String(), c.verdict)
			})
		})
	}
}

// TestPlan_Measure_Inputs compares classes whose twenty inputs take from 1,000 to
// 1,570 ns: that one class has by chance the slower ones, by 100 ns, is no leak,
// though calling them thousands of times would make it look like one.
func TestPlan_Measure_Inputs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		plan := dudect.Plan{Rounds: 8000, Batch: 2, Round: time.Microsecond}
		call := func(more time.Duration) func(int) {
			return func(input int) { time.Sleep(1000 + 30*time.Duration(input) + more) }
		}
		require.Less(t, plan.Measure(dudect.Subject{First: call(0), Last: call(100), Inputs: 20}), dudect.Threshold)
		require.Greater(t, plan.Measure(dudect.Subject{First: call(0), Last: call(900), Inputs: 20}), dudect.Threshold)
	})
}

// TestPlan_Report_All reports every subject, and one that is wrong fails all.
func TestPlan_Report_All(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		require.False(t, plan.Report(&out, []dudect.Subject{subject(100, false), subject(0, false)}))
		require.Equal(t, 2, bytes.Count(out.Bytes(), []byte("\n")))
	})
}

// TestPlan_Measure says which class is slower.
func TestPlan_Measure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		require.Greater(t, plan.Measure(subject(100, true)), dudect.Threshold)
		require.Less(t, plan.Measure(subject(-100, true)), -dudect.Threshold)
	})
}
