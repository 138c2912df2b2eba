package monday_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

func TestClient_AddFileToColumn_Replays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{})
		item := create(t, c, "x", nil)
		data := bytes.Repeat([]byte("0123456789"), 100_000)
		srv.Inject(transporttest.Fault{Reset: true}, transporttest.Fault{Status: 504, After: true})
		asset, err := c.AddFileToColumn(t.Context(), monday.AddFileToColumnRequest{
			ItemID: item.ID, ColumnID: "file", File: monday.File{Name: `a "b".bin`, Content: bytes.NewReader(data), Size: int64(len(data))},
		})
		require.NoError(t, err)
		require.Equal(t, int64(len(data)), asset.Size)
		require.Len(t, srv.Files(), 1)
		require.Equal(t, data, srv.Files()[0].Data)
		require.Equal(t, `a "b".bin`, srv.Files()[0].Name)
		require.Len(t, srv.Requests(), 4)
		require.Equal(t, "/v2/file", srv.Requests()[3].URL.Path)
		require.NotEmpty(t, byName(t, c, "x").Text("file"))

		for field, f := range map[string]monday.File{
			"Name": {}, "Content": {Name: "x"}, "Size": {Name: "x", Content: strings.NewReader("")},
			"Size is 4, and the content": {Name: "x", Content: strings.NewReader("abc"), Size: 4},
		} {
			_, err := c.AddFileToColumn(t.Context(), monday.AddFileToColumnRequest{ItemID: item.ID, ColumnID: "file", File: f})
			require.ErrorContains(t, err, "File."+field)
		}
	})
}

// A large file may take longer than a call.
func TestClient_AddFileToColumn_Large(t *testing.T) {
	t.Parallel()
	for size, requests := range map[int]int{1 << 10: 2, 8 << 20: 1} {
		synctest.Test(t, func(t *testing.T) {
			c, srv := setup(t, mondaytest.Config{})
			item := create(t, c, "x", nil)
			srv.Inject(transporttest.Fault{Stall: 2 * time.Minute, After: true})
			_, err := c.AddFileToColumn(t.Context(), monday.AddFileToColumnRequest{
				ItemID: item.ID, ColumnID: "file", File: monday.File{Name: "a.bin", Content: bytes.NewReader(make([]byte, size)), Size: int64(size)},
			})
			require.NoError(t, err)
			require.Len(t, srv.Requests(), 1+requests)
			require.Len(t, srv.Files(), 1)
		})
	}
}

// The endpoint for files takes no variables but the file: an id that is none
// arrives as the text it is.
func TestClient_AddFileToColumn_IDsAreText(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	item := create(t, c, "x", nil)
	for _, id := range []string{`$item`, `") { id } delete_item(item_id: 1`, `żółw\`} {
		_, err := c.AddFileToColumn(t.Context(), monday.AddFileToColumnRequest{
			ItemID: item.ID, ColumnID: id, File: monday.File{Name: "a.txt", Content: strings.NewReader("a"), Size: 1},
		})
		require.ErrorIs(t, err, transport.ErrNotFound, "%s: %v", id, err)
	}
	require.Empty(t, srv.Files())
	require.Len(t, srv.Items(board), 1)
}
