package bare

// What these have in common.
const (
	Red = iota
	Blue
)

// Types are told one by one.
type (
	// Known is documented.
	Known int
	Other int // want "Other is not documented"
)

var Naked, also int // want "Naked is not documented"

const (
	Tail = 2 // inside a block a comment at the end will do
)
