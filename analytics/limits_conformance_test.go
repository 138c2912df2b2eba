package analytics_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/analytics"
)

// limited are the vendor's limits, keys and exceptions.
type limited struct {
	Limits struct {
		EventsPerRequest, ParamsPerEvent, UserProperties int
		UserPropertyNameMax, UserPropertyValueMax        int
		EventNameMax, ParamNameMax                       int
		ParamValueMaxStandard, ParamValueMax360          int
		ParamValueMaxExceptions                          map[string]int
		ParamValueExempt                                 []string
		ItemCustomParamsWarn, ItemCustomParamsMax        int
		ItemsMax, BodyBytesMaxExclusive, BackdateHours   int
		UserIDMax, AppInstanceIDLen                      int
	}
	TopLevelKeys, EventKeys, UserPropertyKeys []string
	UserLocationKeys, DeviceKeys              []string
	UserDataKeys, UserDataAddressKeys         []string
	ValueWithoutCurrencyExempt                []string
	Enums                                     struct {
		Consent, ConsentKeys []string
		Behavior             []string `json:"validation_behavior"`
	}
}

// limit is a payload with n of something, and what is found when that is one
// too many; * stands for a name of that length.
type limit struct {
	most    int
	over    string
	payload func(n int) string
	rules   analytics.Rules
}

func (file *limited) cases() map[string]limit {
	l := file.Limits
	text := func(n int) string { return strings.Repeat("ż", n) }
	name := func(n int) string { return strings.Repeat("n", n) }
	return map[string]limit{
		"events": {most: l.EventsPerRequest, over: "events EXCEEDED_MAX_ENTITIES", payload: func(n int) string {
			return `{"client_id":"1.2","events":[` + many(n, `{"name":"e#","params":{`+sessionParams+`}}`) + `]}`
		}},
		"parameters": {most: l.ParamsPerEvent, over: "events[0].params EXCEEDED_MAX_ENTITIES", payload: func(n int) string {
			return withEvent("custom", many(n-2, `"p#":#`)) // two are the session's
		}},
		"user properties": {most: l.UserProperties, over: "user_properties EXCEEDED_MAX_ENTITIES", payload: func(n int) string {
			return withTop(`"user_properties":{` + many(n, `"p#":{"value":#}`) + `},`)
		}},
		"user property names": {most: l.UserPropertyNameMax, over: "user_properties.* NAME_INVALID", payload: func(n int) string {
			return withTop(`"user_properties":{"` + name(n) + `":{"value":1}},`)
		}},
		"user property values": {most: l.UserPropertyValueMax, over: "user_properties.p.value VALUE_OUT_OF_BOUNDS", payload: func(n int) string {
			return withTop(`"user_properties":{"p":{"value":"` + text(n) + `"}},`)
		}},
		"event names":     {most: l.EventNameMax, over: "events[0].name NAME_INVALID", payload: func(n int) string { return withEvent(name(n), "") }},
		"parameter names": {most: l.ParamNameMax, over: params + "* NAME_INVALID", payload: func(n int) string { return withEvent("custom", `"`+name(n)+`":1`) }},
		"item parameter names": {most: l.ParamNameMax, over: params + "items[0].* NAME_INVALID", payload: func(n int) string {
			return withItem(`"item_id":"a","` + name(n) + `":1`)
		}},
		"parameter values": {most: l.ParamValueMaxStandard, over: params + "k VALUE_OUT_OF_BOUNDS", payload: func(n int) string {
			return withEvent("custom", `"k":"`+text(n)+`"`)
		}},
		"item values": {most: l.ParamValueMaxStandard, over: params + "items[0].k VALUE_OUT_OF_BOUNDS", payload: func(n int) string {
			return withItem(`"item_id":"a","k":"` + text(n) + `"`)
		}},
		"parameter values on 360": {
			most: l.ParamValueMax360, over: params + "k VALUE_OUT_OF_BOUNDS", rules: analytics.Rules{Property360: true},
			payload: func(n int) string { return withEvent("custom", `"k":"`+text(n)+`"`) },
		},
		"items": {most: l.ItemsMax, over: params + "items EXCEEDED_MAX_ENTITIES", payload: func(n int) string {
			return withEvent("view_item_list", `"items":[`+many(n, `{"item_id":"#"}`)+`]`)
		}},
		"item parameters, advised": {most: l.ItemCustomParamsWarn, over: params + "items[0] EXCEEDED_MAX_ENTITIES?", payload: func(n int) string {
			return withItem(`"item_id":"a",` + many(n, `"c#":1`))
		}},
		"user ids": {most: l.UserIDMax, over: "user_id VALUE_OUT_OF_BOUNDS", payload: func(n int) string { return withTop(`"user_id":"` + text(n) + `",`) }},
		"bytes": {most: l.BodyBytesMaxExclusive - 1, over: "VALUE_OUT_OF_BOUNDS", payload: func(n int) string {
			return withTop(`"user_agent":"` + strings.Repeat("x", n-len(withTop(`"user_agent":"",`))) + `",`)
		}},
	}
}

func TestRules_Check_LimitsConformance(t *testing.T) {
	t.Parallel()
	var file limited
	conformance(t, "rules.json", &file)
	for what, tc := range file.cases() {
		require.Positive(t, tc.most, what)
		require.Empty(t, brief(tc.rules.Check([]byte(tc.payload(tc.most)))), what)
		want := strings.Replace(tc.over, "*", strings.Repeat("n", tc.most+1), 1)
		require.Equal(t, []string{want}, brief(tc.rules.Check([]byte(tc.payload(tc.most+1)))), what)
	}
	const item = params + "items[0] EXCEEDED_MAX_ENTITIES"
	for n, want := range map[int]string{file.Limits.ItemCustomParamsMax: item + "?", file.Limits.ItemCustomParamsMax + 1: item} {
		require.Equal(t, []string{want}, verdict(withItem(`"item_id":"a",`+many(n, `"c#":1`))))
	}
	for param, n := range file.Limits.ParamValueMaxExceptions {
		require.Empty(t, verdict(withEvent("page_view", fmt.Sprintf(`%q:%q`, param, strings.Repeat("ż", n)))))
		require.Equal(t, []string{params + param + " VALUE_OUT_OF_BOUNDS"},
			verdict(withEvent("page_view", fmt.Sprintf(`%q:%q`, param, strings.Repeat("ż", n+1)))))
	}
	for _, param := range file.Limits.ParamValueExempt {
		long := strings.Repeat("7", file.Limits.ParamValueMaxStandard+1)
		session := strings.Replace(sessionParams, `"session_id":"1768478000"`, `"session_id":"7"`, 1)
		if param == "session_id" {
			session = `"engagement_time_msec":1`
		}
		require.Empty(t, verdict(fmt.Sprintf(`{"client_id":"1.2","events":[{"name":"login","params":{%s,%q:%q}}]}`, session, param, long)))
	}
	for n, want := range map[int][]string{
		file.Limits.AppInstanceIDLen: {}, file.Limits.AppInstanceIDLen + 1: {"app_instance_id VALUE_INVALID"},
	} {
		payload := strings.Replace(withTop(""), `"client_id":"1.2"`, `"app_instance_id":"`+strings.Repeat("f", n)+`"`, 1)
		require.Equal(t, want, brief(analytics.Rules{App: true}.Check([]byte(payload))))
	}
	for _, event := range file.ValueWithoutCurrencyExempt {
		require.Empty(t, verdict(withEvent(event, `"value":1,"virtual_currency_name":"x"`)))
	}
}

func TestRules_Check_TimesConformance(t *testing.T) {
	t.Parallel()
	var file limited
	conformance(t, "rules.json", &file)
	synctest.Test(t, func(t *testing.T) {
		oldest := time.Now().Add(-time.Duration(file.Limits.BackdateHours) * time.Hour)
		for at, refused := range map[time.Time]bool{
			oldest: false, oldest.Add(-time.Microsecond): true, time.Now(): false, time.Now().Add(time.Microsecond): true,
		} {
			field := fmt.Sprintf(`"timestamp_micros":%d`, at.UnixMicro())
			for path, payload := range map[string]string{
				"timestamp_micros":                   withTop(field + ","),
				"events[0].timestamp_micros":         `{"client_id":"1.2","events":[{"name":"login",` + field + `,"params":{` + sessionParams + `}}]}`,
				"user_properties.p.timestamp_micros": withTop(`"user_properties":{"p":{"value":1,` + field + `}},`),
			} {
				want := []string{}
				if refused {
					want = []string{path + " VALUE_INVALID"}
				}
				require.Equal(t, want, verdict(payload), "%v", at)
			}
		}
	})
}

// Known keys are known and others are not.
func TestRules_Check_KeysConformance(t *testing.T) {
	t.Parallel()
	var file limited
	conformance(t, "rules.json", &file)
	for place, set := range map[string]struct {
		keys    []string
		payload string // * stands for the key
	}{
		"":                     {file.TopLevelKeys, `{"client_id":"1.2",*:{},"events":[]}`},
		"events[0]":            {file.EventKeys, `{"client_id":"1.2","events":[{*:{}}]}`},
		"user_properties.p":    {file.UserPropertyKeys, withTop(`"user_properties":{"p":{*:{}}},`)},
		"user_location":        {file.UserLocationKeys, withTop(`"user_location":{*:{}},`)},
		"device":               {file.DeviceKeys, withTop(`"device":{*:{}},`)},
		"user_data":            {file.UserDataKeys, withTop(`"user_data":{*:{}},`)},
		"user_data.address[0]": {file.UserDataAddressKeys, withTop(`"user_data":{"address":[{*:{}}]},`)},
		"consent":              {file.Enums.ConsentKeys, withTop(`"consent":{*:{}},`)},
	} {
		require.NotEmpty(t, set.keys, place)
		unknown := func(key string) bool {
			found := analytics.Rules{}.Check([]byte(strings.Replace(set.payload, "*", `"`+key+`"`, 1)))
			return slices.ContainsFunc(found, func(f analytics.Finding) bool { return f.Code == analytics.NameInvalid })
		}
		for _, key := range set.keys {
			require.False(t, unknown(key), "%s %s", place, key)
			require.True(t, unknown(key+"x"), "%s %s", place, key)
		}
	}
	for _, state := range file.Enums.Consent {
		require.Empty(t, verdict(withTop(`"consent":{"ad_user_data":"`+state+`"},`)))
	}
	for _, behavior := range file.Enums.Behavior {
		require.Empty(t, verdict(withTop(`"validation_behavior":"`+behavior+`",`)))
	}
}
