package monday_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/transport"
)

// manyItems answers pages of a board with 100,000 items that it makes up as it
// goes, so that the memory measured is the client's.
func manyItems(w http.ResponseWriter, r *http.Request) {
	const total, size = 100_000, 500
	var in struct {
		Query     string
		Variables struct{ Cursor string }
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	from := 0
	_, _ = fmt.Sscan(in.Variables.Cursor, &from)
	cursor := "null"
	if from+size < total {
		cursor = fmt.Sprintf(`"%d"`, from+size)
	}
	open, end := `{"data":{"result":`, `}}`
	if from == 0 {
		open, end = `{"data":{"boards":[{"items_page":`, `}]}}`
	}
	_, _ = fmt.Fprintf(w, `%s{"cursor":%s,"items":[`, open, cursor)
	for i := from; i < from+size; i++ {
		if i > from {
			_, _ = w.Write([]byte(","))
		}
		_, _ = fmt.Fprintf(w, `{"id":"%d","name":"lead %d","column_values":[{"id":"email","type":"email","text":"a","email":"lead%d@example.com"}]}`, 5_000_000_000+i, i, i)
	}
	_, _ = w.Write([]byte("]}" + end))
}

//nolint:paralleltest // it measures the heap
func TestClient_Items_MemoryIsFlat(t *testing.T) {
	calls := 0
	c, err := monday.New(monday.Config{Token: "a-token-of-some-length", BaseURL: "https://api.monday.test/v2"},
		transport.WithTransport(roundTrip(func(req *http.Request) (*http.Response, error) {
			calls++
			rec := httptest.NewRecorder()
			manyItems(rec, req)
			return rec.Result(), nil
		})))
	require.NoError(t, err)
	start := heap()
	var most uint64
	n := 0
	for item, err := range c.Items(t.Context(), monday.ItemsParams{BoardID: "1", Columns: []string{"email"}}) {
		require.NoError(t, err)
		if n++; n%10_000 == 0 {
			require.NotEmpty(t, item.Columns())
			most = max(most, heap())
		}
	}
	require.Equal(t, 100_000, n)
	require.Equal(t, 200, calls, "one call for 500 items")
	require.Less(t, int64(most)-int64(start), int64(20<<20))
	t.Logf("%d KiB over the start", (int64(most)-int64(start))>>10)
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// heap is what is in use after a collection.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
