package monday

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Email is the value of an e-mail column; Text is what is shown, "" for the
// address.
type Email struct{ Address, Text string }

func (v Email) wire() (any, error) {
	local, host, ok := strings.Cut(v.Address, "@")
	if !ok || local == "" || host == "" || strings.ContainsAny(v.Address, " \t\r\n") {
		return nil, problem("is not an e-mail address")
	}
	return map[string]string{"email": v.Address, "text": orElse(v.Text, v.Address)}, nil
}

// Phone is the value of a phone column. Country is the ISO 3166 code, "PL", for
// the flag that monday shows; "" leaves it out.
type Phone struct{ Number, Country string }

func (v Phone) wire() (any, error) {
	if v.Number == "" {
		return nil, problem("has no number")
	}
	if v.Country != "" && !isCountry(v.Country) {
		return nil, problemf("has country %q, want two capital letters", v.Country)
	}
	if v.Country == "" {
		return map[string]string{"phone": v.Number}, nil
	}
	return map[string]string{"phone": v.Number, "countryShortName": v.Country}, nil
}

func isCountry(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}

// Country is the value of a country column: the ISO 3166 code, "US", and the
// English name.
type Country struct{ Code, Name string }

func (v Country) wire() (any, error) {
	if !isCountry(v.Code) {
		return nil, problemf("has code %q, want two capital letters", v.Code)
	}
	if v.Name == "" {
		return map[string]string{"countryCode": v.Code}, nil
	}
	return map[string]string{"countryCode": v.Code, "countryName": v.Name}, nil
}

// Location is the value of a location column, in degrees.
type Location struct {
	Lat, Lng float64
	Address  string
}

func (v Location) wire() (any, error) {
	if v.Lat < -90 || v.Lat > 90 || v.Lng < -180 || v.Lng > 180 || v.Lat != v.Lat || v.Lng != v.Lng {
		return nil, problemf("is at %v, %v, want degrees", v.Lat, v.Lng)
	}
	return map[string]string{"lat": degrees(v.Lat), "lng": degrees(v.Lng), "address": v.Address}, nil
}

func degrees(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// WorldClock is the value of a world clock column: an IANA zone,
// "Europe/Warsaw".
type WorldClock string

func (v WorldClock) wire() (any, error) {
	if v == "" {
		return nil, problem("names no time zone")
	}
	return map[string]string{"timezone": string(v)}, nil
}

// People is the value of a people column; none empties it.
type People []Person

// Person is somebody in a people column.
type Person struct {
	ID string
	// Kind is "person", which "" also means, or "team". Reading may also give
	// "agent" or what monday adds.
	Kind string
}

func (v People) wire() (any, error) {
	if len(v) == 0 {
		return nil, nil //nolint:nilnil // nobody is an empty column
	}
	list := make([]map[string]any, 0, len(v))
	for _, p := range v {
		id, err := number(p.ID)
		if err != nil {
			return nil, err
		}
		list = append(list, map[string]any{"id": id, "kind": orElse(p.Kind, "person")})
	}
	return map[string]any{"personsAndTeams": list}, nil
}

// Tags are the ids of a tags column.
type Tags []string

func (v Tags) wire() (any, error) { return idList("tag_ids", v) }

// Relation are the ids of the items that a board relation column links to. It
// can be written by CreateItem and ChangeColumnValues, not by
// ChangeColumnValue.
type Relation []string

func (v Relation) wire() (any, error) { return idList("item_ids", v) }

// Dependency are the ids of the items that a dependency column names.
type Dependency []string

func (v Dependency) wire() (any, error) { return idList("item_ids", v) }

// Team is the team id of a team column.
type Team string

func (v Team) wire() (any, error) {
	id, err := number(string(v))
	return map[string]any{"team_id": id}, err
}

// idList writes ids as the numbers that they are; none empties the column.
func idList(key string, ids []string) (any, error) {
	if len(ids) == 0 {
		return nil, nil //nolint:nilnil // null empties any column
	}
	list := make([]json.Number, 0, len(ids))
	for _, id := range ids {
		n, err := number(id)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return map[string][]json.Number{key: list}, nil
}

// number writes an id as the number that monday wants inside column values.
func number(id string) (json.Number, error) {
	if id == "" || strings.Trim(id, "0123456789") != "" || (id[0] == '0' && len(id) > 1) {
		return "", problemf("has id %q, want digits", id)
	}
	return json.Number(id), nil
}
