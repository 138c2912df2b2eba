package door_test

import "fmt"

func ExampleNewClient() {
	c := door.New()
	c.Knock()
	door.WithBell()
	fmt.Println("ready")
	// Output: ready
}

func ExampleClient_Open_twice() {
	// Output:
}

func ExampleClient_Close() {
	door.WithLock()
}
