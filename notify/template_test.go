package notify_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/transport"
)

var full = notify.Values{
	Name: "Anna", Business: "Salon Żuraw", Phone: "+48221234567", Date: "24.11.2026", Time: "10:30",
	Service: "Konsultacja", Consultant: "Jan Nowak",
}

func TestPolish_Texts(t *testing.T) {
	t.Parallel()
	const thanks = "Witaj Anna! Dziękujemy za kontakt z Salon Żuraw. W razie pytań, zadzwoń: +48221234567"
	const reminder = "Przypomnienie: jutro (24.11.2026) o godz. 10:30 masz spotkanie w Salon Żuraw. " +
		"Temat: Konsultacja. Konsultant: Jan Nowak. Do zobaczenia!"
	for name, want := range map[string]string{
		"booking_confirmation": "Witaj Anna! Potwierdzamy Twoje spotkanie w Salon Żuraw dnia 24.11.2026 o godz. 10:30. " +
			"Temat: Konsultacja. Konsultant: Jan Nowak. Pytania? Zadzwoń: +48221234567",
		"booking_reminder": reminder,
		"bookingReminder":  reminder,
		"consultant_contact": "Witaj Anna! Twoje zapytanie zostało przekazane do konsultanta (Jan Nowak). " +
			"Skontaktuje się z Tobą w ciągu 24h. Dziękujemy za zainteresowanie Salon Żuraw!",
		"thank_you": thanks,
		"default":   thanks,
	} {
		got, err := notify.Polish().Render(name, full)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

func TestTemplates_LeavesSentencesOut(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*notify.Values)
		want   string
	}{
		"phone": {func(v *notify.Values) { v.Phone = "" }, "Witaj Anna! Potwierdzamy Twoje spotkanie w Salon Żuraw dnia 24.11.2026 o godz. 10:30. " +
			"Temat: Konsultacja. Konsultant: Jan Nowak."},
		"name": {func(v *notify.Values) { v.Name = " \t" }, "Potwierdzamy Twoje spotkanie w Salon Żuraw dnia 24.11.2026 o godz. 10:30. " +
			"Temat: Konsultacja. Konsultant: Jan Nowak. Pytania? Zadzwoń: +48221234567"},
		"time and service": {func(v *notify.Values) { v.Time, v.Service = "", "" },
			"Witaj Anna! Konsultant: Jan Nowak. Pytania? Zadzwoń: +48221234567"},
	} {
		v := full
		tc.change(&v)
		got, err := notify.Polish().Render(notify.BookingConfirmation, v)
		require.NoError(t, err, name)
		require.Equal(t, tc.want, got, name)
	}
}

func TestTemplates_ValuesAreNotExpanded(t *testing.T) {
	t.Parallel()
	v := full
	v.Name, v.Business = "{phone}\n{name}. A", "{{x}} {"
	got, err := notify.Polish().Render(notify.ThankYou, v)
	require.NoError(t, err)
	require.Equal(t, "Witaj {phone}\n{name}. A! Dziękujemy za kontakt z {{x}} {. W razie pytań, zadzwoń: +48221234567", got)
}

func TestTemplates_Refuse(t *testing.T) {
	t.Parallel()
	for text, problem := range map[string]string{
		"Witaj {imie}!": "{imie}",
		"Witaj {name":   "{ without a }",
		"Witaj name}!":  "} without a {",
		"Witaj {{name}": "{{name}",
		"Witaj {}!":     "{}",
	} {
		_, err := notify.NewTemplates(map[string]string{"powitanie": text})
		require.ErrorIs(t, err, transport.ErrInvalid)
		require.ErrorContains(t, err, "powitanie")
		require.ErrorContains(t, err, problem)
	}
	_, err := notify.Polish().Render("nie_ma", full)
	require.ErrorIs(t, err, transport.ErrInvalid)
	require.ErrorContains(t, err, "nie_ma")
	_, err = notify.Polish().Render(notify.ThankYou, notify.Values{})
	require.ErrorIs(t, err, transport.ErrInvalid)
	require.ErrorContains(t, err, notify.ThankYou)
}

func TestTemplates_With(t *testing.T) {
	t.Parallel()
	own, err := notify.Polish().With(map[string]string{notify.ThankYou: "Hej {name}! {business} dziękuje."})
	require.NoError(t, err)
	got, err := own.Render(notify.ThankYou, notify.Values{Business: "Salon"})
	require.NoError(t, err)
	require.Equal(t, "Salon dziękuje.", got)
	_, err = own.Render("bookingReminder", full)
	require.NoError(t, err, "the other texts are still there")
	got, err = notify.Polish().Render(notify.ThankYou, full)
	require.NoError(t, err)
	require.Contains(t, got, "Witaj", "the original is unchanged")
}
