package mondaytest

// queries and mutations are the root fields that the fake executes: those of
// its schema, all of them.
var (
	queries = map[string]resolver{
		"items_page_by_column_values": byColumnValues,
	}
	mutations = map[string]resolver{
		"create_item":                   createItem,
		"change_multiple_column_values": changeColumns,
	}
)
