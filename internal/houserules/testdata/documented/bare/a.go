package bare // want "package bare has no package comment"

func Open() {} // want "Open is not documented"

func inner() {}

type Door struct { // want "Door is not documented"
	Width int
}

func (d *Door) Close() {} // want "Door.Close is not documented"

func (d Door) width() int { return d.Width }

// Box has a comment.
type Box[T any] struct{ in T }

func (b *Box[T]) Get() T { return b.in } // want "Box.Get is not documented"

type hidden struct{}

func (hidden) Open() {}

const Loose = 1 // want "Loose is not documented"

var Shared int // want "Shared is not documented"
