package monday

// Documents are all documents that the package can send, by operation name.
func Documents() map[string]string {
	all := map[string]string{}
	for _, op := range operations {
		all[op.Name] = op.document
	}
	return all
}

// DocumentCount is how many operations declared a document.
func DocumentCount() int { return len(operations) }
