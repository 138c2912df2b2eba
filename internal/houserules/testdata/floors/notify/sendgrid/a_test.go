package sendgrid_test

import (
	_ "github.com/centrala-go/centrala/notify/notifytest"
	_ "github.com/centrala-go/centrala/notify/twilio" // want "notify/sendgrid must not import notify/twilio"
)
