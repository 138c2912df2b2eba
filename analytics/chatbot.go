package analytics

// ChatbotAction is something a person does in the chat; its text is the name
// of the event.
type ChatbotAction string

// The bot's actions. For a form that makes a lead, [GenerateLead] is the event
// that Google's own reports know; send one or the other.
const (
	ConversationStarted    ChatbotAction = "conversation_started"
	ContactFormFilled      ChatbotAction = "contact_form_filled"
	MeetingBooked          ChatbotAction = "meeting_booked"
	RedirectedToConsultant ChatbotAction = "redirected_to_consultant"
)

// Channel is where the chat takes place.
type Channel string

// The bot's channels.
const (
	Website   Channel = "Website"
	Instagram Channel = "Instagram"
	WhatsApp  Channel = "WhatsApp"
)

// ChatbotEvent is an event of category "Chatbot" with the channel as its
// label, in the shape that reports made for Universal Analytics expect.
type ChatbotEvent struct {
	Action  ChatbotAction
	Channel Channel
	// Value is optional; it is sent as event_value, because value means money
	// and needs a currency.
	Value *float64
}

// Event returns the event. An action of your own is sanitised like the action
// of a [UAEvent].
func (e ChatbotEvent) Event() (Event, error) {
	return UAEvent{Category: "Chatbot", Action: string(e.Action), Label: string(e.Channel), Value: e.Value}.Event()
}
