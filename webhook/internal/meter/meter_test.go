package meter_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook/internal/meter"
)

func TestMeter_Read(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m meter.Meter
		read := func() (uint64, float64) { return m.Read() }
		for range 30 {
			m.Add(4)
			time.Sleep(time.Second)
		}
		m.Add(-1)
		total, rate := read()
		require.EqualValues(t, 120, total)
		require.InDelta(t, 2, rate, 1e-9)
		time.Sleep(45 * time.Second)
		_, rate = read()
		require.InDelta(t, 1, rate, 0.1, "half of it is older than a minute")
		time.Sleep(time.Hour)
		total, rate = read()
		require.EqualValues(t, 120, total)
		require.Zero(t, rate)
	})
}
