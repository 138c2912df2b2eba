package monday

// Documents are all documents that the package can send, by operation name;
// of the batches, which are written for their items, one with two items.
func Documents() map[string]string {
	all := map[string]string{}
	for _, op := range operations {
		all[op.Name] = op.document
	}
	for _, k := range []*batchKind{&createBatch, &changeBatch} {
		vars := map[string]any{}
		for _, v := range k.vars {
			vars[v.name] = "x"
		}
		all[k.name] = k.document([]batchItem{{vars: vars}, {vars: vars}})
	}
	return all
}

// Since tells which API version brought what a document asks for, "" for one
// that all supported versions know.
func Since(name string) string {
	for _, op := range operations {
		if op.Name == name {
			return op.since
		}
	}
	return ""
}

// KindOf is what a document is taken for.
func KindOf(document string) string { return kindOf(document) }

// DocumentCount is how many documents there are.
func DocumentCount() int { return len(operations) + 2 }
