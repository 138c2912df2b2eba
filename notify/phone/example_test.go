package phone_test

import (
	"fmt"

	"github.com/centrala-go/centrala/notify/phone"
)

func ExampleE164() {
	fmt.Println(phone.E164("501 234 567", "PL"))
	fmt.Println(phone.E164("12 34", "PL"))
	// Output:
	// +48501234567 <nil>
	//  phone.E164: number does not exist in its country's numbering plan
}
