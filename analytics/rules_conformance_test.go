package analytics_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/analytics"
)

// documented is the vendor's lists of names and types.
type documented struct {
	Reserved struct {
		EventNames           []string `json:"eventNames"`
		EventNamesAppOnly    []string `json:"eventNamesAppOnly"`
		ParamNames           []string `json:"paramNames"`
		ParamPrefixes        []string `json:"paramPrefixes"`
		UserPropertyNames    []string `json:"userPropertyNames"`
		UserPropertyPrefixes []string `json:"userPropertyPrefixes"`
	} `json:"reserved"`
	RequiredParams    map[string][]string `json:"requiredParams"`
	RecommendedParams map[string][]string `json:"recommendedParams"`
	ItemParamTypes    map[string]string   `json:"itemParamTypes"`
	ParamTypes        map[string]string   `json:"paramTypes"`
	DeviceKeys        []string            `json:"deviceKeys"`
}

func loadRules(t *testing.T) documented {
	t.Helper()
	var rules documented
	conformance(t, "rules.json", &rules)
	require.NotEmpty(t, rules.Reserved.EventNames)
	return rules
}

// verdict is the findings of a web stream as text.
func verdict(payload string) []string { return brief(analytics.Rules{}.Check([]byte(payload))) }

func TestRules_Check_ReservedConformance(t *testing.T) {
	t.Parallel()
	reserved := loadRules(t).Reserved
	for _, name := range append(reserved.EventNames, reserved.EventNamesAppOnly...) {
		require.Equal(t, []string{"events[0].name NAME_RESERVED"}, verdict(withEvent(name, "")))
		require.Empty(t, verdict(withEvent(name+"x", "")))
	}
	for _, prefix := range reserved.ParamPrefixes {
		reserved.ParamNames = append(reserved.ParamNames, prefix+"x")
	}
	for _, name := range reserved.ParamNames {
		require.Equal(t, []string{params + name + " NAME_RESERVED"}, verdict(withEvent("custom", `"`+name+`":1`)))
		require.Equal(t, []string{params + "items[0]." + name + " NAME_RESERVED"}, verdict(withItem(`"item_id":"a","`+name+`":1`)))
	}
	for _, prefix := range reserved.UserPropertyPrefixes {
		reserved.UserPropertyNames = append(reserved.UserPropertyNames, prefix+"x")
	}
	for _, name := range reserved.UserPropertyNames {
		require.Equal(t, []string{"user_properties." + name + " NAME_RESERVED"}, verdict(withTop(`"user_properties":{"`+name+`":{"value":1}},`)))
	}
}

func TestRules_Check_RequiredConformance(t *testing.T) {
	t.Parallel()
	rules := loadRules(t)
	for event, names := range rules.RequiredParams {
		got := verdict(withEvent(event, ""))
		for _, name := range names {
			require.Contains(t, got, params+name+" VALUE_REQUIRED", event)
		}
		require.Len(t, errorsOf(got), len(names), "%s: %v", event, got)
	}
	for event := range rules.RecommendedParams {
		require.Contains(t, verdict(withEvent(event, "")), params+"value VALUE_REQUIRED?", event)
	}
}

// errorsOf leaves the warnings out.
func errorsOf(found []string) []string {
	var errs []string
	for _, f := range found {
		if !strings.HasSuffix(f, "?") {
			errs = append(errs, f)
		}
	}
	return errs
}

func TestRules_Check_TypesConformance(t *testing.T) {
	t.Parallel()
	rules := loadRules(t)
	wrong := map[string]string{"string": `7`, "number": `"7"`}
	for name, kind := range rules.ItemParamTypes {
		item := fmt.Sprintf(`"item_id":"a","item_name":"b",%q:%s`, name, wrong[kind])
		item = strings.Replace(item, `"`+name+`":"a",`, "", 1)
		item = strings.Replace(item, `"`+name+`":"b",`, "", 1)
		require.Equal(t, []string{params + "items[0]." + name + " VALUE_INVALID"}, verdict(withItem(item)), name)
	}
	for name, kind := range rules.ParamTypes {
		if name == "engagement_time_msec" {
			continue // every helper's payload has it; TestRules_Check_Session holds its type
		}
		got := errorsOf(verdict(withEvent("login", fmt.Sprintf(`%q:%s`, name, wrong[kind]))))
		require.Equal(t, []string{params + name + " VALUE_INVALID"}, got, name)
	}
	for _, key := range rules.DeviceKeys {
		require.Equal(t, []string{"device." + key + " VALUE_INVALID"}, verdict(withTop(`"device":{"`+key+`":7},`)))
	}
}
