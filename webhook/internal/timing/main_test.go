package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/internal/dudect"
)

// TestSubjects runs every subject a few times and tells the plain control
// apart; whether the schemes are constant takes a longer measurement.
//
//nolint:paralleltest // measures time
func TestSubjects(t *testing.T) {
	all, err := subjects(3)
	require.NoError(t, err)
	require.Greater(t, len(all), len(places))
	var out bytes.Buffer
	plan := dudect.Plan{Rounds: 2000, Batch: 100, Round: 20 * time.Microsecond}
	for _, s := range all {
		s.First()
		s.Last()
		if s.Name == "control: token by ==" {
			require.True(t, plan.Report(&out, []dudect.Subject{s}), out.String())
		}
	}
}
