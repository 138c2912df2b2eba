package notify

// The names of the texts that [Polish] holds.
const (
	BookingConfirmation = "booking_confirmation"
	BookingReminder     = "booking_reminder"
	ConsultantContact   = "consultant_contact"
	ThankYou            = "thank_you"
	Default             = "default"
)

const (
	confirmation = "Witaj {name}! Potwierdzamy Twoje spotkanie w {business} dnia {date} o godz. {time}. " +
		"Temat: {service}. Konsultant: {consultant}. Pytania? Zadzwoń: {phone}"
	reminder = "Przypomnienie: jutro ({date}) o godz. {time} masz spotkanie w {business}. " +
		"Temat: {service}. Konsultant: {consultant}. Do zobaczenia!"
	contact = "Witaj {name}! Twoje zapytanie zostało przekazane do konsultanta ({consultant}). " +
		"Skontaktuje się z Tobą w ciągu 24h. Dziękujemy za zainteresowanie {business}!"
	thanks = "Witaj {name}! Dziękujemy za kontakt z {business}. W razie pytań, zadzwoń: {phone}"
)

var polish = must(NewTemplates(map[string]string{
	BookingConfirmation: confirmation,
	BookingReminder:     reminder,
	"bookingReminder":   reminder, // the name chatbots use
	ConsultantContact:   contact,
	ThankYou:            thanks,
	Default:             thanks,
}))

// Polish returns the Polish texts for a booking, its reminder, a question to a
// consultant and a first contact, under the names of the constants above; the
// reminder is also found as "bookingReminder".
func Polish() *Templates { return polish }

func must(t *Templates, err error) *Templates {
	if err != nil {
		panic(err) //nolint:forbidigo // a text of this file is wrong
	}
	return t
}
