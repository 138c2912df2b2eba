package transporttest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/centrala-go/centrala/transport/transporttest"
)

func ExampleNewVendor() {
	orders := 0
	fake := transporttest.NewVendor(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		orders++
		w.WriteHeader(http.StatusCreated)
	}))
	fake.State = func() any { return map[string]int{"orders": orders} }
	fake.Inject(transporttest.Fault{Status: 503, Match: transporttest.PathIs("/orders")})

	client := &http.Client{Transport: fake.Transport()}
	for range 2 {
		resp, err := client.Post("https://acme.test/orders", "application/json", strings.NewReader("{}"))
		if err != nil {
			fmt.Println(err)
			return
		}
		_ = resp.Body.Close()
		fmt.Println(resp.StatusCode)
	}
	fmt.Println("orders:", orders, "requests:", len(fake.Requests()))
	// Output:
	// 503
	// 201
	// orders: 1 requests: 2
}

func ExampleListen() {
	fake := transporttest.NewVendor(http.NotFoundHandler())
	fake.State = func() any { return map[string]int{"orders": 7} }
	fake.Inject(transporttest.Fault{Status: 500, Match: transporttest.MethodIs("DELETE")})
	base, stop, err := transporttest.Listen("127.0.0.1:0", fake)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stop()
	resp, err := http.Get(base + "/_fake/state")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	fmt.Print(string(text), err)
	// Output:
	// {"orders":7}
	// <nil>
}

func ExampleHandlerTransport() {
	rt := transporttest.HandlerTransport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "hello "+r.URL.Query().Get("name"))
	}))
	resp, err := (&http.Client{Transport: rt}).Get("https://acme.test/?name=ada")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	fmt.Println(string(text), err)
	// Output: hello ada <nil>
}
