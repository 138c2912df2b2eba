package mondaytest_test

import (
	"context"
	"fmt"

	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

func Example() {
	srv := mondaytest.New(mondaytest.Config{})
	c, _ := monday.New(monday.Config{Token: mondaytest.Token, BaseURL: mondaytest.URL}, transport.WithTransport(srv.Transport()))
	srv.Inject(transporttest.Fault{Reset: true, After: true}) // the item is created, and the answer is lost
	_, err := c.CreateItem(context.Background(), monday.CreateItemRequest{BoardID: mondaytest.BoardID, Name: "Ada"})
	fmt.Println(err, len(srv.Requests()), len(srv.Items(mondaytest.BoardID)))
	// Output: <nil> 2 1
}
