package callyzertest_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"time"

	"github.com/centrala-go/centrala/callyzer"
	"github.com/centrala-go/centrala/callyzer/callyzertest"
	"github.com/centrala-go/centrala/transport/transporttest"
)

// A call is delivered, and again when its recording has come.
func ExampleNew() {
	srv := callyzertest.New(callyzertest.Config{Employees: []callyzer.Employee{{Name: "Ada", Number: "600100200"}}})
	call := srv.AddCall(time.Now(), callyzer.Call{EmployeeNumber: "600100200", Type: callyzer.Incoming})
	receive := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		calls, err := callyzer.DecodeWebhook(body)
		fmt.Println(calls[0].ID, calls[0].EmployeeName, calls[0].RecordingURL, err)
	})
	hook := callyzertest.Webhook{
		URL: "https://hooks.test/callyzer", Secret: "the-secret",
		Client: &http.Client{Transport: transporttest.HandlerTransport(receive)},
	}
	for range 2 {
		if _, err := srv.Deliver(context.Background(), hook, call.ID); err != nil {
			log.Fatal(err)
		}
		srv.AttachRecording(call.ID, "https://media.test/1.mp3")
	}
	// Output:
	// call-1 Ada  <nil>
	// call-1 Ada https://media.test/1.mp3 <nil>
}

// Over a port, for programs in any language.
func ExampleBaseURL() {
	srv := callyzertest.New(callyzertest.Config{})
	address, stop, err := srv.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer stop()
	c, err := callyzer.New(callyzer.Config{Token: callyzertest.Token, BaseURL: callyzertest.BaseURL(address)})
	if err != nil {
		log.Fatal(err)
	}
	page, err := c.ListEmployees(context.Background(), callyzer.EmployeeParams{})
	fmt.Println(len(page.Employees), err)
	// Output: 0 <nil>
}
