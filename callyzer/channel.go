package callyzer

// Channel is how a call was carried, from version 2.2 on. The zero value
// stands for any, and is left out of requests.
type Channel struct {
	// Method is PhoneCall or WhatsAppCall, Mode Voice or Video.
	Method, Mode string
}

// PhoneVoice is an ordinary call.
func PhoneVoice() Channel { return Channel{"PhoneCall", "Voice"} }

// WhatsAppVoice is a call over WhatsApp.
func WhatsAppVoice() Channel { return Channel{"WhatsAppCall", "Voice"} }

// WhatsAppVideo is a video call over WhatsApp.
func WhatsAppVideo() Channel { return Channel{"WhatsAppCall", "Video"} }

// AllChannels returns every channel. Callyzer takes one per request, so a
// sequence over all of them makes three passes.
func AllChannels() []Channel { return []Channel{PhoneVoice(), WhatsAppVoice(), WhatsAppVideo()} }
