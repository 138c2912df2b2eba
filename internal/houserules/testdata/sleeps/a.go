package a

import "time"

// Nap is the linter's business, not this rule's.
func Nap() { time.Sleep(time.Second) }
