package httpapi

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/centrala-go/centrala/examples/server/internal/config"
	"github.com/centrala-go/centrala/examples/server/internal/effect"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/webhook"
)

// work reads a request's input and does its one effect; it returns the answer
// besides "success":true.
type work func(ctx context.Context, in *input, at effect.Attempt) (map[string]any, error)

// direct lists the routes with a single effect. A repeated Idempotency-Key
// gets the first answer; when that attempt ended unclear, the effect looks for
// itself before it acts.
func (s *Server) direct() map[string]http.Handler {
	routes := map[string]work{
		"/monday-webhook":      s.lead,
		"/booksy-webhook":      s.appointment,
		"/booksy-availability": s.availability,
		"/booksy-reschedule":   s.reschedule,
		"/booksy-cancel":       s.cancel,
		"/ga-webhook":          s.event,
		"/email-webhook":       s.email,
		"/sms-webhook":         s.sms,
	}
	handlers := make(map[string]http.Handler, len(routes))
	for route, do := range routes {
		handlers[route] = s.handle(do)
	}
	return handlers
}

// keyLifetime is how long an Idempotency-Key is remembered: an earlier attempt
// under the same key is not older.
const keyLifetime = 24 * time.Hour

func (s *Server) handle(do work) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), s.config.AnswerWithin)
		defer cancel()
		in, err := body(r)
		if err != nil {
			s.fail(w, r, err, "")
			return
		}
		at := effect.Attempt{Since: time.Now()}
		if a, ok := webhook.AttemptFrom(r.Context()); ok && a.Unsettled {
			at = effect.Attempt{Unsettled: true, Since: at.Since.Add(-keyLifetime)}
		}
		answer, err := do(ctx, in, at)
		if err != nil && transport.OutcomeOf(err) != transport.Done {
			s.fail(w, r, err, cmp.Or(in.key, strings.ToLower(rand.Text())))
			return
		}
		if err != nil { // it took effect, but the vendor's answer is not readable
			s.log.WarnContext(ctx, "vendor's answer", "path", r.URL.Path, "error", err)
		}
		answer["success"] = true
		reply(w, http.StatusOK, answer)
	})
}

func (s *Server) lead(ctx context.Context, in *input, at effect.Attempt) (map[string]any, error) {
	lead := effect.Lead{
		Name: in.required("name"), Email: in.email("email", in.text("email")), Phone: in.phone("phone", in.text("phone")),
		Topic: in.text("topic"), Source: in.text("source"),
		MeetingDate: in.date("meetingDate", in.text("meetingDate")), MeetingTime: in.clock("meetingTime", in.text("meetingTime")),
		Package: in.text("package"), Status: in.text("status"), Key: in.key,
	}
	if err := in.err(); err != nil {
		return nil, err
	}
	if s.vendors.CRM == nil {
		return nil, off("monday")
	}
	id, err := s.vendors.CRM.Save(ctx, lead, at)
	return map[string]any{"monday_item_id": id}, err
}

func (s *Server) appointment(ctx context.Context, in *input, at effect.Attempt) (map[string]any, error) {
	a := in.appointment()
	if err := in.err(); err != nil {
		return nil, err
	}
	if s.vendors.Calendar == nil {
		return nil, off("booksy")
	}
	c, err := s.vendors.Calendar.Make(ctx, a, at)
	return confirmation(c), err
}

func (in *input) appointment() effect.Appointment {
	return effect.Appointment{
		Name: in.required("name"), Email: in.email("email", in.required("email")), Phone: in.phone("phone", in.required("phone")),
		Date: in.date("date", in.required("date")), Time: in.clock("time", in.required("time")),
		ServiceID: in.required("serviceId"), StaffID: in.required("staffId"),
	}
}

func confirmation(c effect.Confirmation) map[string]any {
	return map[string]any{
		"booksy_appointment_id": c.ID,
		"confirmation_details":  map[string]string{"date": c.Date, "time": c.Time, "service": c.Service, "staff": c.Staff},
	}
}

func (s *Server) availability(ctx context.Context, in *input, _ effect.Attempt) (map[string]any, error) {
	date, service, staff := in.date("date", in.required("date")), in.required("serviceId"), in.required("staffId")
	if err := in.err(); err != nil {
		return nil, err
	}
	if s.vendors.Calendar == nil {
		return nil, off("booksy")
	}
	slots, err := s.vendors.Calendar.Slots(ctx, date, service, staff)
	if slots == nil {
		slots = []string{}
	}
	return map[string]any{"available_slots": slots}, err
}

func (s *Server) reschedule(ctx context.Context, in *input, _ effect.Attempt) (map[string]any, error) {
	id, date, clock := in.required("appointmentId"), in.date("date", in.required("date")), in.clock("time", in.required("time"))
	if err := in.err(); err != nil {
		return nil, err
	}
	if s.vendors.Calendar == nil {
		return nil, off("booksy")
	}
	c, err := s.vendors.Calendar.Move(ctx, id, date, clock)
	return confirmation(c), noAppointment(err)
}

func (s *Server) cancel(ctx context.Context, in *input, _ effect.Attempt) (map[string]any, error) {
	id := in.required("appointmentId")
	if err := in.err(); err != nil {
		return nil, err
	}
	if s.vendors.Calendar == nil {
		return nil, off("booksy")
	}
	return map[string]any{"booksy_appointment_id": id}, noAppointment(s.vendors.Calendar.Cancel(ctx, id))
}

// noAppointment turns the vendor's "not found" into a refusal of the caller's
// id, and so an id that cannot stand in the vendor's path.
func noAppointment(err error) error {
	if _, odd := errors.AsType[*transport.FieldError](err); odd {
		return webhook.Refuse(http.StatusBadRequest, "appointmentId is not an id")
	}
	if errors.Is(err, transport.ErrNotFound) {
		return webhook.Refuse(http.StatusNotFound, "appointmentId names no appointment")
	}
	return err
}

func (s *Server) event(ctx context.Context, in *input, at effect.Attempt) (map[string]any, error) {
	e := effect.Event{
		Category: in.text("category"), Action: in.required("action"), Label: in.upTo(maxLabel, "label"),
		Value: in.number("value"), UserID: in.text("userId"), Source: in.upTo(maxLabel, "source"),
	}
	if err := in.err(); err != nil {
		return nil, err
	}
	if s.vendors.Analytics == nil {
		return nil, off("analytics")
	}
	return map[string]any{}, s.vendors.Analytics.Count(ctx, e, at)
}

func (s *Server) email(ctx context.Context, in *input, at effect.Attempt) (map[string]any, error) {
	m := in.message(sendgridID)
	m.To, m.Data = in.email("to", m.To), in.object("dynamicData")
	if err := in.err(); err != nil {
		return nil, err
	}
	if s.vendors.Mail == nil {
		return nil, off("sendgrid")
	}
	id, err := s.vendors.Mail.SendMail(ctx, m, at)
	return map[string]any{"message_id": id}, err
}

func (s *Server) sms(ctx context.Context, in *input, at effect.Attempt) (map[string]any, error) {
	m := in.message(nil)
	m.To = in.phone("to", m.To)
	if err := in.err(); err != nil {
		return nil, err
	}
	if s.vendors.Text == nil {
		return nil, off("twilio")
	}
	id, err := s.vendors.Text.SendText(ctx, m, at)
	return map[string]any{"message_id": id}, err
}

// sendgridID reports whether a template id looks like SendGrid's: "d-…", or
// the UUID of a legacy template.
func sendgridID(id string) bool { return strings.HasPrefix(id, "d-") || len(id) == 36 }

// message reads what all messages have; vendorID tells which template ids
// besides the known names are the vendor's, nil for none.
func (in *input) message(vendorID func(string) bool) effect.Message {
	template := in.required("templateId")
	if template == "bookingReminder" { // the name older bots use
		template = "booking_reminder"
	}
	if template != "" && !slices.Contains(config.TemplateNames, template) && (vendorID == nil || !vendorID(template)) {
		in.problem("templateId", "%q is not one of %s", template, strings.Join(config.TemplateNames, ", "))
	}
	return effect.Message{
		To: in.required("to"), Template: template, Name: in.text("name"),
		Date: in.date("meetingDate", in.text("meetingDate")), Time: in.clock("meetingTime", in.text("meetingTime")),
		Service: in.text("service"), Consultant: in.text("consultant"), Key: in.key,
	}
}
