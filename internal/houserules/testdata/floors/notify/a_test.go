package notify_test

import _ "github.com/centrala-go/centrala/notify/twilio"
