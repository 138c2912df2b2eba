package webhook

import "sync"

// texts holds the room in which texts are put together or decoded.
var texts = sync.Pool{New: func() any { return new([]byte) }}

// maxRoom is the largest room kept for the next message, in bytes.
const maxRoom = 64 << 10

// keepRoom makes a room that has grown the one to use again.
func keepRoom(room *[]byte, grown []byte) {
	if cap(grown) <= maxRoom {
		*room = grown
	}
}
