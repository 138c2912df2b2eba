package analytics_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/analytics"
)

const sessionParams = `"session_id":"1768478000","engagement_time_msec":1`

// withTop returns a sound payload with more fields at the top.
func withTop(fields string) string {
	return `{"client_id":"1.2",` + fields + `"events":[{"name":"login","params":{` + sessionParams + `}}]}`
}

// withEvent returns a payload with one event that has a session.
func withEvent(name, params string) string {
	if params != "" {
		params = "," + params
	}
	return `{"client_id":"1.2","events":[{"name":"` + name + `","params":{` + sessionParams + params + `}}]}`
}

// withItem returns a payload that shows one item.
func withItem(fields string) string {
	return withEvent("view_item", `"value":1,"currency":"PLN","items":[{`+fields+`}]`)
}

// many returns n fields or items, joined.
func many(n int, format string) string {
	all := make([]string, n)
	for i := range all {
		all[i] = strings.ReplaceAll(format, "#", fmt.Sprint(i))
	}
	return strings.Join(all, ",")
}

// brief writes findings as "path CODE", warnings with a question mark.
func brief(found []analytics.Finding) []string {
	texts := []string{}
	for _, f := range found {
		mark := ""
		if f.Severity == analytics.SeverityWarning {
			mark = "?"
		}
		texts = append(texts, strings.TrimSpace(f.Path+" "+string(f.Code)+mark))
	}
	return texts
}

const params = "events[0].params."

// verdicts maps payloads to the findings of a web stream, at the start of
// the fake clock: 946684800000000 microseconds.
var verdicts = map[string][]string{
	``: {"VALUE_INVALID"}, `[]`: {"VALUE_INVALID"}, `{"client_id":`: {"VALUE_INVALID"}, `{} {}`: {"VALUE_INVALID"},
	`{}`: {"client_id VALUE_REQUIRED", "events VALUE_REQUIRED"},

	// The request's own fields.
	withTop(``):                                              {},
	withTop(`"client_id":"1.2",`):                            {"client_id NAME_DUPLICATED"},
	withTop(`"clientId":"1.2",`):                             {"client_id NAME_DUPLICATED"},
	withTop(`"nonPersonalizedAds":true,`):                    {},
	withTop(`"user_id":"` + strings.Repeat("ż", 256) + `",`): {},
	withTop(`"user_id":"` + strings.Repeat("z", 257) + `",`): {"user_id VALUE_OUT_OF_BOUNDS"},
	withTop(`"user_id":7,`):                                  {"user_id VALUE_INVALID"},
	withTop(`"timestamp_micros":946425600000000,`):           {},
	withTop(`"timestamp_micros":946425599999999,`):           {"timestamp_micros VALUE_INVALID"},
	withTop(`"timestamp_micros":946684800000000,`):           {},
	withTop(`"timestamp_micros":946684800000001,`):           {"timestamp_micros VALUE_INVALID"},
	withTop(`"timestamp_micros":"946684800000000",`):         {"timestamp_micros VALUE_INVALID"},
	withTop(`"timestamp_micros":1.5,`):                       {"timestamp_micros VALUE_INVALID"},
	withTop(`"validation_behavior":"STRICT",`):               {"validation_behavior VALUE_INVALID"},
	withTop(`"ip_override":"1.2.3.4",`):                      {},
	withTop(`"ip_override":"1.2.3.400",`):                    {"ip_override VALUE_INVALID"},
	withTop(`"ip_override":"::1","user_location":{},`):       {"ip_override VALUE_INVALID?"},

	// user_properties
	withTop(`"user_properties":[],`):                                                {"user_properties VALUE_INVALID"},
	withTop(`"user_properties":{"a":{}},`):                                          {"user_properties.a.value VALUE_REQUIRED"},
	withTop(`"user_properties":{"a":{"value":null}},`):                              {"user_properties.a.value VALUE_INVALID"},
	withTop(`"user_properties":{"a":{"value":[1]}},`):                               {"user_properties.a.value VALUE_INVALID"},
	withTop(`"user_properties":{"a":{"value":"` + strings.Repeat("ż", 37) + `"}},`): {"user_properties.a.value VALUE_OUT_OF_BOUNDS"},
	withTop(`"user_properties":{"a":{"value":1,"set":2}},`):                         {"user_properties.a.set NAME_INVALID"},
	withTop(`"user_properties":{"a":{"value":1},"a":{"value":2}},`):                 {"user_properties.a NAME_DUPLICATED"},
	withTop(`"user_properties":{"user_id":{"value":1}},`):                           {"user_properties.user_id NAME_RESERVED"},
	withTop(`"user_properties":{"_a":{"value":1}},`):                                {"user_properties._a NAME_RESERVED"},
	withTop(`"user_properties":{"a-b":{"value":1}},`):                               {"user_properties.a-b NAME_INVALID"},
	withTop(`"user_properties":{` + many(26, `"u#":{"value":1}`) + `},`):            {"user_properties EXCEEDED_MAX_ENTITIES"},

	withTop(`"user_properties":{"` + strings.Repeat("p", 25) + `":{"value":1}},`): {"user_properties." + strings.Repeat("p", 25) + " NAME_INVALID"},
	withTop(`"user_properties":{"a":1},`):                                         {"user_properties.a VALUE_INVALID"},
	withTop(`"clientID":"1.2","userID":7,`):                                       {"clientID NAME_INVALID", "userID NAME_INVALID"},
	withTop(`"non_personalized_ads":"true",`):                                     {"non_personalized_ads VALUE_INVALID"},

	// user_data, consent
	withTop(`"user_data":{},`):                                         {"user_id VALUE_REQUIRED?"},
	withTop(`"user_id":"a","user_data":7,`):                            {"user_data VALUE_INVALID"},
	withTop(`"user_id":"a","user_data":{"email":[]},`):                 {"user_data.email NAME_INVALID"},
	withTop(`"user_id":"a","user_data":{"sha256_phone_number":"ab"},`): {"user_data.sha256_phone_number VALUE_INVALID"},
	withTop(`"user_id":"a","user_data":{"address":[{"city":7,"sha256_street":"x"}]},`): {
		"user_data.address[0].city VALUE_INVALID", "user_data.address[0].sha256_street VALUE_INVALID",
	},
	withTop(`"user_id":"a","user_data":{"address":[7]},`): {"user_data.address[0] VALUE_INVALID"},
	withTop(`"consent":{"ad_user_data":"granted"},`):      {"consent.ad_user_data VALUE_INVALID"},
	withTop(`"consent":{"analytics":"GRANTED"},`):         {"consent.analytics NAME_INVALID?"},
	withTop(`"consent":"GRANTED",`):                       {"consent VALUE_INVALID"},

	// user_location, device
	withTop(`"user_location":{"country_id":"pl"},`):                 {"user_location.country_id VALUE_INVALID"},
	withTop(`"user_location":{"region_id":"CA"},`):                  {"user_location.region_id VALUE_INVALID"},
	withTop(`"user_location":{"continent_id":"15","city":7},`):      {"user_location.city VALUE_INVALID", "user_location.continent_id VALUE_INVALID"},
	withTop(`"user_location":{"city":"Kraków","country_id":"PL"},`): {},
	withTop(`"device":{"screen_resolution":"big","model":7},`):      {"device.model VALUE_INVALID", "device.screen_resolution VALUE_INVALID"},
	withTop(`"device":{"screenResolution":"1x1"},`):                 {},
	withTop(`"device":null,`):                                       {"device VALUE_INVALID"},

	withTop(`"user_location":{"city":"Boston","country_id":"US"},`): {"user_location.region_id VALUE_REQUIRED?"},
	withTop(`"device":{},"user_agent":"x",`):                        {"user_agent VALUE_INVALID?"},

	// events
	`{"client_id":"1.2","events":"login"}`:                                                    {"events VALUE_INVALID"},
	`{"client_id":"1.2","events":[7]}`:                                                        {"events[0] VALUE_INVALID"},
	`{"client_id":"1.2","events":[{"name":7,` + `"params":{` + sessionParams + `}}]}`:         {"events[0].name VALUE_INVALID"},
	`{"client_id":"1.2","events":[{"name":"a","params":[]}]}`:                                 {"events[0].params VALUE_INVALID"},
	`{"client_id":"1.2","events":[{"name":"a","items":[],"params":{` + sessionParams + `}}]}`: {"events[0].items NAME_INVALID"},
	`{"client_id":"1.2","events":[{"name":"a"}]}`:                                             {params + "session_id VALUE_REQUIRED?", params + "engagement_time_msec VALUE_REQUIRED?"},
	withEvent("screen_view", ``):                                                              {"events[0].name NAME_RESERVED"},
	withEvent("kliknięcie", ``):                                                               {"events[0].name NAME_INVALID?"},
	withEvent("a-b", ``):                                                                      {"events[0].name NAME_INVALID"},
	withEvent("custom", `"timestamp_micros":1`):                                               {params + "timestamp_micros VALUE_INVALID?"},

	`{"client_id":"1.2","events":[]}`: {"events VALUE_REQUIRED"},
	`{"client_id":"1.2","events":[` + many(26, `{"name":"e#","params":{`+sessionParams+`}}`) + `]}`: {"events EXCEEDED_MAX_ENTITIES"},
	withEvent("", ``):                      {"events[0].name VALUE_REQUIRED"},
	withEvent("session_start", ``):         {"events[0].name NAME_RESERVED"},
	withEvent(strings.Repeat("e", 41), ``): {"events[0].name NAME_INVALID"},

	// parameters
	withEvent("custom", many(23, `"p#":#`)):                                  {},
	withEvent("custom", many(24, `"p#":#`)):                                  {"events[0].params EXCEEDED_MAX_ENTITIES"},
	withEvent("custom", `"firebase_conversion":1`):                           {params + "firebase_conversion NAME_RESERVED"},
	withEvent("custom", `"_x":1`):                                            {params + "_x NAME_RESERVED"},
	withEvent("custom", `"ż":1`):                                             {params + "ż NAME_INVALID"},
	withEvent("custom", `"`+strings.Repeat("p", 41)+`":1`):                   {params + strings.Repeat("p", 41) + " NAME_INVALID"},
	withEvent("custom", `"k":null`):                                          {params + "k VALUE_INVALID"},
	withEvent("custom", `"k":{"a":1}`):                                       {params + "k VALUE_INVALID"},
	withEvent("custom", `"k":true,"level":"gold"`):                           {},
	withEvent("level_up", `"level":"5"`):                                     {params + "level VALUE_INVALID"},
	withEvent("login", `"method":5`):                                         {params + "method VALUE_INVALID"},
	withEvent("custom", `"session_number":"`+strings.Repeat("9", 101)+`"`):   {},
	withEvent("page_view", `"page_referrer":"`+strings.Repeat("r", 421)+`"`): {params + "page_referrer VALUE_OUT_OF_BOUNDS"},

	// money
	withEvent("custom", `"value":1`):                                            {params + "currency VALUE_REQUIRED"},
	withEvent("custom", `"value":1,"currency":"pln"`):                           {params + "currency VALUE_INVALID"},
	withEvent("custom", `"value":1,"currency":""`):                              {params + "currency VALUE_REQUIRED"},
	withEvent("custom", `"value":true,"currency":"PLN"`):                        {params + "value VALUE_INVALID"},
	withEvent("earn_virtual_currency", `"value":1,"virtual_currency_name":"x"`): {},
	withEvent("qualify_lead", ``):                                               {params + "value VALUE_REQUIRED?"},
	withEvent("search", ``):                                                     {params + "search_term VALUE_REQUIRED"},
	withEvent("post_score", `"score":"1"`):                                      {params + "score VALUE_INVALID"},
	withEvent("unlock_achievement", `"achievement_id":""`):                      {params + "achievement_id VALUE_REQUIRED"},

	withEvent("custom", `"currency":"PLN"`): {params + "value VALUE_REQUIRED?"},

	// items
	withEvent("view_item", `"items":{}`):                                      {params + "items VALUE_INVALID"},
	withItem(`"price":1`):                                                     {params + "items[0].item_id VALUE_REQUIRED"},
	withItem(`"item_id":"a","price":"1"`):                                     {params + "items[0].price VALUE_INVALID"},
	withItem(`"item_id":"a"`):                                                 {},
	withItem(`"item_name":"a"`):                                               {},
	withItem(`"item_id":7`):                                                   {params + "items[0].item_id VALUE_INVALID"},
	withItem(`"item_id":"a","ga_x":1`):                                        {params + "items[0].ga_x NAME_RESERVED"},
	withItem(`"item_id":"a","c":[1]`):                                         {params + "items[0].c VALUE_INVALID"},
	withItem(`"item_id":"a","item_id":"b"`):                                   {params + "items[0].item_id NAME_DUPLICATED"},
	withItem(`"item_id":"a","currency":"zł"`):                                 {params + "items[0].currency VALUE_INVALID"},
	withItem(`"item_id":"a",` + many(27, `"c#":1`)):                           {params + "items[0] EXCEEDED_MAX_ENTITIES?"},
	withItem(`"item_id":"a",` + many(28, `"c#":1`)):                           {params + "items[0] EXCEEDED_MAX_ENTITIES"},
	withEvent("view_item_list", `"items":[]`):                                 {params + "items VALUE_REQUIRED"},
	withEvent("view_item_list", `"items":[7]`):                                {params + "items[0] VALUE_INVALID"},
	withEvent("select_item", `"items":[{"item_id":"a"},{"item_id":"b"}]`):     {params + "items EXCEEDED_MAX_ENTITIES"},
	withEvent("view_item_list", `"items":[`+many(201, `{"item_id":"#"}`)+`]`): {params + "items EXCEEDED_MAX_ENTITIES"},
}

func TestRules_Check(t *testing.T) {
	t.Parallel()
	for payload, want := range verdicts {
		synctest.Test(t, func(t *testing.T) {
			got := brief(analytics.Rules{}.Check([]byte(payload)))
			require.Empty(t, cmp.Diff(want, got), payload[:min(len(payload), 300)])
		})
	}
}

func TestRules_Check_ClientID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string][]string{
		"123456.7654321": {}, "555": {"client_id VALUE_INVALID"}, "0.1": {"client_id VALUE_INVALID"}, "1.2.3": {"client_id VALUE_INVALID"},
		"35009a79-1a05-49d7-b876-2b884d0f825b": {"client_id VALUE_INVALID?"}, "GA1.1.123.456": {"client_id VALUE_INVALID?"},
		"": {"client_id VALUE_REQUIRED"},
	} {
		payload := strings.Replace(withTop(""), `"1.2"`, `"`+id+`"`, 1)
		require.Equal(t, want, brief(analytics.Rules{}.Check([]byte(payload))), id)
	}
}

func TestRules_Check_Session(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		`1`: "", `"1768478000"`: "", `0`: "VALUE_INVALID", `"0"`: "VALUE_INVALID", `-5`: "VALUE_INVALID", `"-5"`: "VALUE_INVALID",
		`1.5`: "VALUE_INVALID", `""`: "VALUE_INVALID", `true`: "VALUE_INVALID", `"{{session}}"`: "VALUE_INVALID?",
	} {
		payload := strings.Replace(withTop(""), `"1768478000"`, value, 1)
		got := strings.Join(brief(analytics.Rules{}.Check([]byte(payload))), " ")
		require.Equal(t, want, strings.TrimPrefix(got, params+"session_id "), value)
	}
	for value, want := range map[string]string{
		`1`: "", `0.5`: "", `0`: "VALUE_INVALID?", `-1`: "VALUE_INVALID", `"100"`: "VALUE_INVALID", `null`: "VALUE_INVALID",
	} {
		payload := strings.Replace(withTop(""), `"engagement_time_msec":1`, `"engagement_time_msec":`+value, 1)
		got := strings.Join(brief(analytics.Rules{}.Check([]byte(payload))), " ")
		require.Equal(t, want, strings.TrimPrefix(got, params+"engagement_time_msec "), value)
	}
}

func TestRules_Check_Variants(t *testing.T) {
	t.Parallel()
	long := withEvent("custom", `"k":"`+strings.Repeat("v", 101)+`"`)
	require.Len(t, analytics.Rules{}.Check([]byte(long)), 1)
	require.Empty(t, analytics.Rules{Property360: true}.Check([]byte(long)))

	items := withEvent("view_item_list", `"items":[`+many(201, `{"item_id":"#"}`)+`]`)
	require.Empty(t, analytics.Rules{MaxItems: -1}.Check([]byte(items)))
	require.Len(t, analytics.Rules{MaxItems: 200}.Check([]byte(items)), 1)

	app := strings.Replace(withEvent("screen_view", ""), `"client_id":"1.2"`, `"app_instance_id":"BC17b822c8c84a7e84ac7e010cc2f740"`, 1)
	require.Empty(t, analytics.Rules{App: true}.Check([]byte(app)))
	require.Equal(t, []string{"app_instance_id VALUE_REQUIRED"}, brief(analytics.Rules{App: true}.Check([]byte(withTop("")))))
}

func TestRules_Check_Size(t *testing.T) {
	t.Parallel()
	pad := func(n int) string {
		empty := withTop(`"user_agent":"",`)
		return withTop(`"user_agent":"` + strings.Repeat("x", n-len(empty)) + `",`)
	}
	require.Empty(t, analytics.Rules{}.Check([]byte(pad(129_999))))
	require.Equal(t, []string{"VALUE_OUT_OF_BOUNDS"}, brief(analytics.Rules{}.Check([]byte(pad(130_000)))))
	require.Empty(t, analytics.Rules{}.Check([]byte(strings.Repeat(" ", 200_000)+pad(1000))), "white space is not sent")
}

func TestRules_CheckQuery(t *testing.T) {
	t.Parallel()
	const web, app = "G-ABC1234567", "1:1234567890:android:321abc456def7890"
	for _, tc := range []struct {
		app                   bool
		measurement, firebase string
		want                  []string
	}{
		{false, web, "", []string{}}, {true, "", app, []string{}},
		{false, "", "", []string{"measurement_id VALUE_REQUIRED"}}, {true, "", "", []string{"firebase_app_id VALUE_REQUIRED"}},
		{false, web, app, []string{"measurement_id VALUE_INVALID"}}, {true, web, app, []string{"measurement_id VALUE_INVALID"}},
		{false, "UA-1-1", "", []string{"measurement_id VALUE_INVALID"}}, {true, "", "1:2", []string{"firebase_app_id VALUE_INVALID"}},
		{false, "", app, []string{"measurement_id VALUE_REQUIRED"}},
	} {
		q := url.Values{"api_secret": {"s"}, "measurement_id": {tc.measurement}, "firebase_app_id": {tc.firebase}}
		require.Equal(t, tc.want, brief(analytics.Rules{App: tc.app}.CheckQuery(q)), "%v", tc)
		q.Del("api_secret")
		require.Contains(t, brief(analytics.Rules{App: tc.app}.CheckQuery(q)), "api_secret VALUE_REQUIRED")
	}
}

func TestMapping_IsSound(t *testing.T) {
	t.Parallel()
	for _, e := range []analytics.Event{
		analytics.GenerateLead{Value: 1, Currency: "PLN", Source: "x"}.Event(), analytics.QualifyLead{Currency: "PLN"}.Event(),
		analytics.DisqualifyLead{Value: 1, Currency: "PLN", Reason: "x"}.Event(), analytics.WorkingLead{Value: 1, Currency: "PLN", Status: "x"}.Event(),
		analytics.CloseConvertLead{Value: 1, Currency: "PLN"}.Event(), analytics.CloseUnconvertLead{Value: 1, Currency: "PLN", Reason: "x"}.Event(),
		analytics.Purchase{
			TransactionID: "t", Value: 1, Currency: "PLN", Tax: 1, Shipping: 1, Coupon: "c", Items: []analytics.Item{{
				ID: "a", Name: "b", Brand: "c", Category: "d", Variant: "e", Coupon: "f", Price: 1, Discount: 1, Quantity: 1,
				Extra: analytics.Params{"index": 1},
			}},
		}.Event(),
		analytics.Refund{TransactionID: "t", Value: 1, Currency: "PLN"}.Event(),
	} {
		require.Empty(t, checkEvent(t, e), e.Name)
	}
	require.Equal(t, analytics.Event{Name: "generate_lead", Params: analytics.Params{}}, analytics.GenerateLead{}.Event(), "no value without money")
	require.NotContains(t, analytics.Purchase{TransactionID: "t"}.Event().Params, "items", "none are none, not an empty list")
	for _, a := range []analytics.ChatbotAction{
		analytics.ConversationStarted, analytics.ContactFormFilled, analytics.MeetingBooked, analytics.RedirectedToConsultant,
	} {
		for _, ch := range []analytics.Channel{analytics.Website, analytics.Instagram, analytics.WhatsApp} {
			e, err := analytics.ChatbotEvent{Action: a, Channel: ch, Value: new(0.0)}.Event()
			require.NoError(t, err)
			require.Equal(t, string(a), e.Name)
			require.Equal(t, analytics.Params{"event_category": "Chatbot", "event_label": string(ch), "event_value": 0.0}, e.Params)
			require.Empty(t, checkEvent(t, e))
		}
	}
}

// checkEvent sends e past the strict rules and returns the warnings.
func checkEvent(t *testing.T, e analytics.Event) []analytics.Finding {
	t.Helper()
	c, _ := connect()
	receipt, err := c.Send(t.Context(), analytics.Request{
		ClientID: analytics.ClientIDFor("x"), Session: analytics.NewSession(time.Now()), Events: []analytics.Event{e},
	})
	require.NoError(t, err)
	return receipt.Findings
}

func FuzzRules_Check(f *testing.F) {
	for payload := range verdicts {
		f.Add([]byte(payload), false)
	}
	f.Fuzz(func(t *testing.T, payload []byte, app bool) {
		found := analytics.Rules{App: app}.Check(payload)
		for i, a := range found {
			require.NotEmpty(t, a.Code)
			require.NotEmpty(t, a.Problem)
			require.False(t, slices.ContainsFunc(found[i+1:], func(b analytics.Finding) bool { return a.Path == b.Path && a.Code == b.Code }))
		}
		require.Equal(t, found, analytics.Rules{App: app}.Check(payload))
	})
}
