package notify

import (
	_ "github.com/centrala-go/centrala/notify/twilio" // want "notify must not import notify/twilio"
	_ "github.com/centrala-go/centrala/transport"
)
