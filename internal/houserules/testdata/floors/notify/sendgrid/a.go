package sendgrid

import (
	_ "github.com/centrala-go/centrala/notify"
	_ "github.com/centrala-go/centrala/notify/notifytest" // want "notify/sendgrid must not import notify/notifytest"
	_ "github.com/centrala-go/centrala/notify/phone"      // want "notify/sendgrid must not import notify/phone"
	_ "github.com/centrala-go/centrala/notify/twilio"     // want "notify/sendgrid must not import notify/twilio"
)
