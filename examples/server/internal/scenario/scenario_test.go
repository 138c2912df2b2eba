package scenario_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/examples/server/internal/effect"
	"github.com/centrala-go/centrala/examples/server/internal/flow"
	"github.com/centrala-go/centrala/examples/server/internal/scenario"
	"github.com/centrala-go/centrala/transport"
)

// A flow that was started while its vendors were on waits for them.
func TestKinds_StepsOfAVendorThatIsOffWait(t *testing.T) {
	t.Parallel()
	for _, kind := range scenario.Kinds(effect.Vendors{}) {
		require.NotEmpty(t, scenario.Missing(kind.Name, effect.Vendors{}))
		for _, step := range kind.Steps {
			_, err := step.Effect.Do(t.Context(), &flow.Flow{Kind: kind.Name, Input: []byte(`{}`)}, flow.Attempt{Unsettled: true})
			require.Equal(t, transport.NotSent, transport.OutcomeOf(err), step.Name)
			require.ErrorIs(t, err, transport.ErrUnavailable)
		}
	}
}
