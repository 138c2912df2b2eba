package notify_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/notify"
)

// A value stands in the text as it is, whatever it holds.
func FuzzTemplates_Render(f *testing.F) {
	f.Add("Anna", "{name}\n{phone}", "24.11. O 10! {")
	f.Fuzz(func(t *testing.T, name, business, date string) {
		v := full
		v.Name, v.Business, v.Date = name, business, date
		got, err := notify.Polish().Render(notify.BookingConfirmation, v)
		require.NoError(t, err)
		name, business, date = strings.TrimSpace(name), strings.TrimSpace(business), strings.TrimSpace(date)
		want := "Temat: Konsultacja. Konsultant: Jan Nowak. Pytania? Zadzwoń: +48221234567"
		if business != "" && date != "" {
			want = "Potwierdzamy Twoje spotkanie w " + business + " dnia " + date + " o godz. 10:30. " + want
		}
		if name != "" {
			want = "Witaj " + name + "! " + want
		}
		require.Equal(t, want, got)
	})
}

// Any text is either refused or, with all values set, rendered whole.
func FuzzNewTemplates(f *testing.F) {
	f.Add("Witaj {name}! Potwierdzamy {date} o godz. {time}.  Do zobaczenia! {phone}")
	f.Add("!\n{name}. Ż")
	f.Add("}{")
	f.Fuzz(func(t *testing.T, text string) {
		templates, err := notify.NewTemplates(map[string]string{"t": text})
		if err != nil {
			require.ErrorContains(t, err, "template t has")
			return
		}
		got, err := templates.Render("t", full)
		if text == "" {
			require.Error(t, err)
			return
		}
		require.NoError(t, err)
		want := strings.NewReplacer("{name}", full.Name, "{business}", full.Business, "{phone}", full.Phone, "{date}", full.Date,
			"{time}", full.Time, "{service}", full.Service, "{consultant}", full.Consultant).Replace(text)
		require.Equal(t, want, got)
	})
}
