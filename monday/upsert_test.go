package monday_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

func upsertRequest(name, address, phone string) monday.UpsertItemRequest {
	return monday.UpsertItemRequest{
		CreateItemRequest: monday.CreateItemRequest{BoardID: board, Name: name, Columns: monday.Columns{
			"email": monday.Email{Address: address}, "phone": monday.Phone{Number: phone, Country: "PL"},
		}},
		Match: []monday.Match{{ColumnID: "email", Values: []string{address}}, {ColumnID: "phone", Values: []string{phone}}},
	}
}

func TestClient_UpsertItem(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{})
		for _, tc := range []struct {
			name, address, phone string
			created              bool
			items                int
		}{
			{"Ada", "ada@example.com", "+48111111111", true, 1},
			{"Ada by mail", "ada@example.com", "+48222222222", false, 1},
			{"Ada by phone", "new@example.com", "+48222222222", false, 1},
			{"Bob", "bob@example.com", "+48333333333", true, 2},
		} {
			_, created, err := c.UpsertItem(t.Context(), upsertRequest(tc.name, tc.address, tc.phone))
			require.NoError(t, err)
			require.Equal(t, tc.created, created, tc.name)
			require.Len(t, srv.Items(board), tc.items)
		}
		require.Equal(t, "Ada by phone", srv.Items(board)[0].Name)

		time.Sleep(time.Minute)
		create(t, c, "newer Bob", monday.Columns{"email": monday.Email{Address: "bob@example.com"}})
		r := upsertRequest("ignored", "bob@example.com", "+48444444444")
		r.KeepName = true
		_, _, err := c.UpsertItem(t.Context(), r)
		require.NoError(t, err)
		require.Equal(t, "+48444444444", srv.Items(board)[2].Columns["phone"], "of several the newest counts")
		require.Equal(t, "newer Bob", srv.Items(board)[2].Name)
		require.Equal(t, "+48333333333", srv.Items(board)[1].Columns["phone"])
	})
}

// A caller that gives one key for its intent may repeat the call: the second
// finds the item and changes it, which is another body.
func TestClient_UpsertItem_SameKey(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	r := upsertRequest("Ada", "ada@example.com", "+48111111111")
	r.IdempotencyKey = "flow-1"
	for range 3 {
		_, _, err := c.UpsertItem(t.Context(), r)
		require.NoError(t, err)
	}
	require.Len(t, srv.Items(board), 1)
}

func TestClient_UpsertItem_Fails(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	_, _, err := c.UpsertItem(t.Context(), monday.UpsertItemRequest{})
	require.ErrorContains(t, err, "Match")
	_, _, err = c.UpsertItem(t.Context(), monday.UpsertItemRequest{Match: []monday.Match{{ColumnID: "x", Values: []string{"x"}}}})
	require.ErrorContains(t, err, "BoardID")
	require.Empty(t, srv.Requests())
	srv.Inject(transporttest.Fault{Status: 403})
	_, _, err = c.UpsertItem(t.Context(), upsertRequest("Ada", "ada@example.com", "+48111111111"))
	require.ErrorIs(t, err, transport.ErrAuth)
	require.Empty(t, srv.Items(board), "what cannot be looked up is not created")
}
