// Package fakes runs the fakes of all vendors on loopback ports, for programs
// that want a whole world to talk to.
package fakes

import (
	"cmp"
	"slices"

	"github.com/centrala-go/centrala/analytics/analyticstest"
	"github.com/centrala-go/centrala/booksy/booksytest"
	"github.com/centrala-go/centrala/callyzer/callyzertest"
	"github.com/centrala-go/centrala/chatfuel/chatfueltest"
	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/notify/notifytest"
	"github.com/centrala-go/centrala/transport/transporttest"
)

// ListPath is the route on which the booking fake lists appointments.
const ListPath = "/appointments"

// Fakes are running fakes. Start them with Start.
type Fakes struct {
	Monday    *mondaytest.Server
	Booksy    *booksytest.Server
	Analytics *analyticstest.Server
	SendGrid  *notifytest.SendGrid
	Twilio    *notifytest.Twilio
	Callyzer  *callyzertest.Server
	Chatfuel  *chatfueltest.Server
	// URLs are their base URLs, by vendor, without a vendor's own path.
	URLs map[string]string

	stops []func()
}

// Start starts all fakes on free loopback ports.
func Start() (*Fakes, error) { return StartAt(nil) }

// StartAt is Start with listen addresses by vendor; a vendor without one gets
// a free loopback port.
func StartAt(addresses map[string]string) (*Fakes, error) {
	f := &Fakes{
		Monday:    mondaytest.New(mondaytest.Config{}),
		Booksy:    booksytest.New(booksytest.Config{ListPath: ListPath}),
		Analytics: analyticstest.New(analyticstest.Config{}),
		SendGrid:  notifytest.NewSendGrid(notifytest.SendGridConfig{}),
		Twilio:    notifytest.NewTwilio(notifytest.TwilioConfig{}),
		Callyzer:  callyzertest.New(callyzertest.Config{}),
		Chatfuel:  chatfueltest.New(chatfueltest.Config{}),
		URLs:      map[string]string{},
	}
	for name, v := range f.vendors() {
		url, stop, err := transporttest.Listen(cmp.Or(addresses[name], "127.0.0.1:0"), v)
		if err != nil {
			f.Close()
			return nil, err
		}
		f.URLs[name] = url
		f.stops = append(f.stops, stop)
	}
	return f, nil
}

func (f *Fakes) vendors() map[string]*transporttest.Vendor {
	return map[string]*transporttest.Vendor{
		"monday": f.Monday.Vendor, "booksy": f.Booksy.Vendor, "analytics": f.Analytics.Vendor,
		"sendgrid": f.SendGrid.Vendor, "twilio": f.Twilio.Vendor, "callyzer": f.Callyzer.Vendor, "chatfuel": f.Chatfuel.Vendor,
	}
}

// Close stops the fakes.
func (f *Fakes) Close() {
	for _, stop := range slices.Backward(f.stops) {
		stop()
	}

}
