package sendgrid_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/notify/notifytest"
	"github.com/centrala-go/centrala/notify/sendgrid"
	"github.com/centrala-go/centrala/transport"
)

// many returns n people, from the first on.
func many(first, n int) []notify.Address {
	list := make([]notify.Address, n)
	for i := range list {
		list[i] = notify.Address{Email: fmt.Sprintf("p%d@example.com", first+i), Name: "Anna Żak"}
	}
	return list
}

// Every input that SendGrid is known to refuse is refused before anything is
// sent, with its field named.
func TestClient_Send_RefusesLocally(t *testing.T) {
	type change = func(*sendgrid.SendRequest)
	long := strings.Repeat("x", 256)
	for name, tc := range map[string]struct {
		change change
		field  string
		kind   error
	}{
		"no recipient":     {func(r *sendgrid.SendRequest) { r.To = nil }, "To", notify.ErrInvalidRecipient},
		"empty recipient":  {func(r *sendgrid.SendRequest) { r.To = []notify.Address{anna, {}} }, "To[1]", notify.ErrInvalidRecipient},
		"no at sign":       {func(r *sendgrid.SendRequest) { r.To[0].Email = "anna" }, "To[0]", notify.ErrInvalidRecipient},
		"two at signs":     {func(r *sendgrid.SendRequest) { r.To[0].Email = "a@b@c.pl" }, "To[0]", notify.ErrInvalidRecipient},
		"list in one":      {func(r *sendgrid.SendRequest) { r.To[0].Email = "a@b.pl,c@d.pl" }, "To[0]", notify.ErrInvalidRecipient},
		"header injection": {func(r *sendgrid.SendRequest) { r.To[0].Email = "a@b.pl\r\nBcc: x@y.pl" }, "To[0]", notify.ErrInvalidRecipient},
		"comma in a name":  {func(r *sendgrid.SendRequest) { r.To[0].Name = "Żak, Anna" }, "To[0].Name", nil},
		"1001 recipients":  {func(r *sendgrid.SendRequest) { r.To = many(0, 1001) }, "To", nil},
		"1001 over envelopes": {func(r *sendgrid.SendRequest) {
			r.To = nil
			r.Personalizations = []sendgrid.Personalization{{To: many(0, 500), Cc: many(500, 500), Bcc: many(1000, 1)}}
		}, "To", nil},
		"both kinds of recipients": {func(r *sendgrid.SendRequest) {
			r.Personalizations = []sendgrid.Personalization{{To: many(0, 1)}}
		}, "To", nil},
		"envelope without recipient": {func(r *sendgrid.SendRequest) {
			r.To, r.Personalizations = nil, []sendgrid.Personalization{{To: many(0, 1)}, {Cc: many(1, 1)}}
		}, "Personalizations[1].To", notify.ErrInvalidRecipient},
		"bad copy": {func(r *sendgrid.SendRequest) {
			r.To, r.Personalizations = nil, []sendgrid.Personalization{{To: many(0, 1), Bcc: []notify.Address{{Email: "x"}}}}
		}, "Personalizations[0].Bcc[0]", notify.ErrInvalidRecipient},
		"the same twice": {func(r *sendgrid.SendRequest) {
			r.To, r.Personalizations = nil, []sendgrid.Personalization{
				{To: many(0, 2)}, {To: many(0, 1), Cc: many(1, 1), Bcc: []notify.Address{{Email: "b@x.pl"}, {Email: "P1@Example.com"}}},
			}
		}, "Personalizations[1].Bcc[1]", nil},
		"unicode sender":    {func(r *sendgrid.SendRequest) { r.From.Email = "biuro@żuraw.pl" }, "From", notify.ErrSender},
		"bad reply address": {func(r *sendgrid.SendRequest) { r.ReplyTo.Email = "x" }, "ReplyTo", nil},
		"no content":        {func(r *sendgrid.SendRequest) { r.Text = "" }, "Text", nil},
		"no subject":        {func(r *sendgrid.SendRequest) { r.Subject = "" }, "Subject", nil},
		"line break":        {func(r *sendgrid.SendRequest) { r.Subject = "a\nb" }, "Subject", nil},
		"data, no template": {func(r *sendgrid.SendRequest) { r.DynamicTemplateData = map[string]any{"a": 1} }, "DynamicTemplateData", nil},
		"data beside envelopes": {func(r *sendgrid.SendRequest) {
			r.TemplateID, r.DynamicTemplateData = "d-1", map[string]any{"a": 1}
			r.To, r.Personalizations = nil, []sendgrid.Personalization{{To: many(0, 1)}}
		}, "DynamicTemplateData", nil},
		"data without JSON": {func(r *sendgrid.SendRequest) {
			r.TemplateID, r.DynamicTemplateData = "d-1", map[string]any{"f": func() {}}
		}, "DynamicTemplateData", nil},
		"nameless attachment": {func(r *sendgrid.SendRequest) { r.Attachments = []notify.Attachment{{Content: []byte("x")}} }, "Attachments[0].Name", nil},
		"empty attachment":    {func(r *sendgrid.SendRequest) { r.Attachments = []notify.Attachment{{Name: "x"}} }, "Attachments[0].Content", nil},
		"huge attachment": {func(r *sendgrid.SendRequest) {
			r.Attachments = []notify.Attachment{{Name: "x", Content: make([]byte, 23<<20)}}
		}, "Attachments", nil},
		"forbidden header":    {func(r *sendgrid.SendRequest) { r.Headers = map[string]string{"REPLY-to": "x"} }, "Headers[REPLY-to]", nil},
		"broken header":       {func(r *sendgrid.SendRequest) { r.Headers = map[string]string{"X-A": "x\r\ny"} }, "Headers[X-A]", nil},
		"header without name": {func(r *sendgrid.SendRequest) { r.Headers = map[string]string{"": "x"} }, "Headers", nil},
		"eleven categories":   {func(r *sendgrid.SendRequest) { r.Categories = strings.Split("abcdefghijk", "") }, "Categories", nil},
		"long category":       {func(r *sendgrid.SendRequest) { r.Categories = []string{"a", long} }, "Categories[1]", nil},
		"same category":       {func(r *sendgrid.SendRequest) { r.Categories = []string{"a", "b", "a"} }, "Categories[2]", nil},
		"empty category":      {func(r *sendgrid.SendRequest) { r.Categories = []string{""} }, "Categories[0]", nil},
		"large arguments":     {func(r *sendgrid.SendRequest) { r.CustomArgs = map[string]string{"k": strings.Repeat("x", 9993)} }, "CustomArgs", nil},
		"escaped arguments":   {func(r *sendgrid.SendRequest) { r.CustomArgs = map[string]string{"k": strings.Repeat("\"", 5000)} }, "CustomArgs", nil},
		"arguments together": {func(r *sendgrid.SendRequest) {
			r.CustomArgs = map[string]string{"k": strings.Repeat("x", 5000), "l": ""}
			r.To, r.Personalizations = nil, []sendgrid.Personalization{{
				To: many(0, 1), CustomArgs: map[string]string{"l": strings.Repeat("x", 5000)},
			}}
		}, "Personalizations[0].CustomArgs", nil},
		"key given by a personalization": {func(r *sendgrid.SendRequest) {
			r.Key, r.To = "k", nil
			r.Personalizations = []sendgrid.Personalization{{To: many(0, 1), CustomArgs: map[string]string{sendgrid.KeyArg: "x"}}}
		}, "Personalizations[0].CustomArgs[centrala_key]", nil},
		"nameless argument":    {func(r *sendgrid.SendRequest) { r.CustomArgs = map[string]string{"": "x"} }, "CustomArgs", nil},
		"key given twice":      {func(r *sendgrid.SendRequest) { r.Key, r.CustomArgs = "k", map[string]string{sendgrid.KeyArg: "x"} }, "CustomArgs[centrala_key]", nil},
		"too far ahead":        {func(r *sendgrid.SendRequest) { r.SendAt = time.Now().Add(73 * time.Hour) }, "SendAt", nil},
		"one letter pool":      {func(r *sendgrid.SendRequest) { r.IPPool = "x" }, "IPPool", nil},
		"long pool":            {func(r *sendgrid.SendRequest) { r.IPPool = long[:65] }, "IPPool", nil},
		"26 groups":            {func(r *sendgrid.SendRequest) { r.UnsubscribeGroup, r.GroupsToDisplay = 1, make([]int, 26) }, "GroupsToDisplay", nil},
		"groups without group": {func(r *sendgrid.SendRequest) { r.GroupsToDisplay = []int{1} }, "GroupsToDisplay", nil},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, srv *notifytest.SendGrid, c *sendgrid.Client) {
				req := confirmation()
				tc.change(&req)
				_, err := c.Send(t.Context(), req)
				var fe *transport.FieldError
				require.ErrorAs(t, err, &fe)
				require.Equal(t, tc.field, fe.Field)
				require.ErrorIs(t, err, transport.ErrInvalid)
				require.Equal(t, transport.NotSent, transport.OutcomeOf(err))
				if tc.kind != nil {
					require.ErrorIs(t, err, tc.kind)
				}
				require.Empty(t, srv.Requests())
			})
		})
	}
}

// What lies just inside the limits is accepted, here and by the fake.
func TestClient_Send_AcceptsTheLimits(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.SendGrid, c *sendgrid.Client) {
		const odd = "\"\\\n\x01<&>ż😜\xff" // 2+2+2+6+1+1+1+2+4+3 bytes in JSON
		args := map[string]string{"k": strings.Repeat("x", 9999-24-len(`{"k":"","l":"x"}`)) + odd, "l": "x"}
		_, err := c.Send(t.Context(), sendgrid.SendRequest{
			Personalizations: []sendgrid.Personalization{{
				To: many(0, 500), Cc: many(500, 250), Bcc: many(750, 250), Subject: "s", Headers: map[string]string{"X-Flow": "1"},
				SendAt: time.Now().Add(72 * time.Hour), DynamicTemplateData: map[string]any{"list": []int{1, 2}, "name": "Anna"},
			}},
			TemplateID: "d-1", CustomArgs: args, Categories: strings.Split("abcdefghij", ""), BatchID: "b1",
			UnsubscribeGroup: 7, GroupsToDisplay: make([]int, 25), IPPool: strings.Repeat("x", 64),
			Headers: map[string]string{"X-Shop": "Łódź"}, ReplyTo: anna,
			From:        notify.Address{Email: "biuro@example.com", Name: "Salon Żuraw, Łódź"},
			Attachments: []notify.Attachment{{Name: "logo.png", Type: "image/png", Content: []byte{0, 1, 2}, ContentID: "logo"}},
		})
		require.NoError(t, err)
		mails := srv.Mails()
		require.Len(t, mails, 500)
		require.Len(t, mails[0].Cc, 250)
		require.Equal(t, carried(t, args["k"]), mails[0].CustomArgs["k"])
		require.Equal(t, map[string]any{"list": []any{1.0, 2.0}, "name": "Anna"}, mails[0].Data)

		args["l"] += "x"
		req := confirmation()
		req.CustomArgs = args
		_, err = c.Send(t.Context(), req)
		require.ErrorContains(t, err, "CustomArgs are 10000 bytes large, want less than 10000")
	})
}
