// Package monday is a client for the monday.com platform API (GraphQL v2).
//
// Every value travels as a GraphQL variable, so a name such as `"}) { id } }`
// arrives as it is; only the endpoint for files takes none, and there the ids
// are written as GraphQL strings. Every mutation carries an Idempotency-Key,
// the same on all attempts of a call, so that a retry after a timeout or a
// server error cannot take effect twice. Errors are read from all the shapes in
// which monday sends them, also from answers with status 200, and waits are
// taken from headers and bodies alike.
//
//	c, err := monday.New(monday.Config{Token: token})
//	item, err := c.CreateItem(ctx, monday.CreateItemRequest{
//		BoardID: board,
//		Name:    "Ada Lovelace",
//		Columns: monday.Columns{
//			"email": monday.Email{Address: "ada@example.com"},
//			"date":  monday.Day(2026, time.November, 21),
//		},
//	})
//
// The package mondaytest is a stateful fake of the API for tests.
package monday
