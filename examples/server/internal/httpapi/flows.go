package httpapi

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"

	"github.com/centrala-go/centrala/chatfuel"
	"github.com/centrala-go/centrala/examples/server/internal/effect"
	"github.com/centrala-go/centrala/examples/server/internal/flow"
	"github.com/centrala-go/centrala/examples/server/internal/scenario"
	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/webhook"
)

// booking makes the appointment while the customer waits and leaves the rest
// to the flow.
func (s *Server) booking(w http.ResponseWriter, r *http.Request) {
	in, err := body(r)
	if err != nil {
		s.fail(w, r, err, "")
		return
	}
	a := in.appointment()
	req := scenario.Request{
		UserID: in.required("userId"), Name: a.Name, Email: a.Email, Phone: a.Phone, Package: in.text("package"),
		Topic: in.text("topic"), Source: in.upTo(maxLabel, "source"), ServiceID: a.ServiceID, StaffID: a.StaffID, Date: a.Date, Time: a.Time,
	}
	f, err := s.start(r, scenario.Booking, in, req)
	if err != nil {
		s.fail(w, r, err, "")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.config.AnswerWithin)
	defer cancel()
	if f, err = s.engine.Await(ctx, f.ID, "appointment"); err != nil {
		s.fail(w, r, err, "")
		return
	}
	s.answerBooking(w, f, req)
}

// start creates the flow under the caller's key, or under one that follows
// from the user and the body.
func (s *Server) start(r *http.Request, kind string, in *input, req scenario.Request) (*flow.Flow, error) {
	if err := in.err(); err != nil {
		return nil, err
	}
	if vendor := scenario.Missing(kind, s.vendors); vendor != "" {
		return nil, off(vendor)
	}
	key := in.key
	if key == "" {
		content, err := json.Marshal(req)
		if err != nil {
			return nil, err
		}
		key = derivedKey(kind, req.UserID, content)
	}
	return s.engine.Start(context.WithoutCancel(r.Context()), kind, key, req)
}

// answerBooking tells the bot how the appointment stands.
func (s *Server) answerBooking(w http.ResponseWriter, f *flow.Flow, req scenario.Request) {
	step := f.Step("appointment")
	switch step.State {
	case flow.Done:
		var c effect.Confirmation
		_ = json.Unmarshal(step.Result, &c) // an unreadable answer leaves what was asked for
		s.confirm(w, f, effect.Confirmation{
			ID: step.Ref, Date: cmp.Or(c.Date, req.Date), Time: cmp.Or(c.Time, req.Time), Service: cmp.Or(c.Service, req.Topic), Staff: c.Staff,
		})
	case flow.Failed:
		status, text := http.StatusBadGateway, "the booking system refused: "+step.Error
		say := "Przepraszamy, nie udało się zarezerwować spotkania. Skontaktujemy się z Tobą."
		var why scenario.Refusal
		if json.Unmarshal(step.Result, &why) == nil && why.SlotTaken {
			status, text, say = http.StatusConflict, "the slot is taken", "Ten termin jest już zajęty. Wybierz proszę inny."
		}
		s.say(w, status, f, "failed", say, map[string]any{"error": text})
	case flow.Unknown:
		s.say(w, http.StatusGatewayTimeout, f, "unknown", "Nie wiemy, czy rezerwacja się powiodła. Sprawdzimy to i damy Ci znać.",
			map[string]any{"error": "outcome unknown: the appointment may or may not have been made; it was not sent again", "reference": f.ID})
	default:
		s.say(w, http.StatusOK, f, "pending", "Twoja rezerwacja jest przetwarzana. Potwierdzenie wyślemy wkrótce.", nil)
	}
}

func (s *Server) confirm(w http.ResponseWriter, f *flow.Flow, c effect.Confirmation) {
	values := notify.Values{
		Business: s.config.Business.Name, Date: c.Date, Time: c.Time, Service: c.Service,
		Consultant: cmp.Or(c.Staff, s.config.Business.Consultant),
	}
	text, err := bookedText.Render("booked", values)
	if err != nil {
		text = "Potwierdzamy Twoje spotkanie."
	}
	s.say(w, http.StatusOK, f, "confirmed", text, map[string]any{
		"booking_id": c.ID, "booking_date": c.Date, "booking_time": c.Time, "booking_service": c.Service, "booking_staff": c.Staff,
	})
}

// bookedText is what the bot says at once; the full confirmation follows by
// e-mail and text message.
var bookedText = func() *notify.Templates {
	t, err := notify.NewTemplates(map[string]string{
		"booked": "Potwierdzamy Twoje spotkanie w {business} dnia {date} o godz. {time}. Temat: {service}. Konsultant: {consultant}.",
	})
	if err != nil {
		panic(err)
	}
	return t
}()

// contact answers at once; lead, event, e-mail and text follow.
func (s *Server) contact(w http.ResponseWriter, r *http.Request) {
	in, err := body(r)
	if err != nil {
		s.fail(w, r, err, "")
		return
	}
	req := scenario.Request{
		UserID: in.required("userId"), Name: in.required("name"), Email: in.email("email", in.required("email")),
		Phone: in.phone("phone", in.required("phone")), Topic: in.text("topic"), Question: in.upTo(maxQuestion, "question"), Source: in.upTo(maxLabel, "source"),
	}
	f, err := s.start(r, scenario.Contact, in, req)
	if err != nil {
		s.fail(w, r, err, "")
		return
	}
	s.say(w, http.StatusOK, f, "accepted", "Dziękujemy! Konsultant odezwie się do Ciebie w ciągu 24 godzin.", nil)
}

// say answers with a Chatfuel reply: a message and attributes for the bot's
// rules. A failure carries the contract's fields beside them.
func (s *Server) say(w http.ResponseWriter, status int, f *flow.Flow, state, text string, more map[string]any) {
	answer := chatfuel.Reply{
		Messages:      []chatfuel.Message{chatfuel.Text(text)},
		SetAttributes: map[string]any{"flow_id": f.ID, "flow_status": state},
	}
	if status == http.StatusOK {
		maps.Copy(answer.SetAttributes, more)
	} else {
		answer.Extra = map[string]any{"success": false}
		maps.Copy(answer.Extra, more)
	}
	reply(w, status, answer)
}

// derivedKey is the key of a request that brought none: the same user sending
// the same content means the same request.
func derivedKey(kind, userID string, content []byte) string {
	sum := webhook.Fingerprint([]byte(kind), []byte(userID), content)
	return kind + "-" + hex.EncodeToString(sum[:16])
}
