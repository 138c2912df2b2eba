package analyticstest_test

import (
	"context"
	"fmt"
	"log"

	"github.com/centrala-go/centrala/analytics"
	"github.com/centrala-go/centrala/analytics/analyticstest"
	"github.com/centrala-go/centrala/transport"
)

func ExampleNew() {
	srv := analyticstest.New(analyticstest.Config{APISecret: "another-secret"})
	c, err := analytics.New(analytics.Config{
		MeasurementID: analyticstest.MeasurementID, APISecret: analyticstest.APISecret, BaseURL: analyticstest.URL,
	}, transport.WithTransport(srv.Transport()))
	if err != nil {
		log.Fatal(err)
	}
	_, err = c.Send(context.Background(), analytics.Request{ClientID: "1.2", Events: []analytics.Event{{Name: "login"}}})
	fmt.Println(err, len(srv.Events()), srv.Dropped()[0].Reason)
	// Output: <nil> 0 wrong api_secret
}
