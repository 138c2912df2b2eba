package mondaytest

import "slices"

// RootsWithoutResolver names root fields of the schema that nothing executes.
func RootsWithoutResolver() []string {
	var missing []string
	for _, f := range schema.Query.Fields {
		if queries[f.Name] == nil && !slices.Contains([]string{"__schema", "__type"}, f.Name) {
			missing = append(missing, f.Name)
		}
	}
	for _, f := range schema.Mutation.Fields {
		if mutations[f.Name] == nil {
			missing = append(missing, f.Name)
		}
	}
	return missing
}
