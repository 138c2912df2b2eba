package monday

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/centrala-go/centrala/transport"
)

// ColumnsOf returns the column values of a struct whose fields carry a tag:
//
//	type Lead struct {
//		Name    string      `monday:"name"`
//		Email   string      `monday:"email,email"`
//		Phone   string      `monday:"phone,phone=PL"`
//		Status  string      `monday:"status,status"`
//		Meeting time.Time   `monday:"date,omitempty"`
//		Value   float64     `monday:"numbers"`
//		Owner   monday.People `monday:"people,omitempty"`
//	}
//
// The tag is the column id, then options. A field whose type is a [Value] needs
// no option. A string is a text unless an option names another type: text,
// long_text, email, phone or phone=COUNTRY, status, link, date, country. A
// time.Time is a date with its time, or a day with the option day; numbers and
// booleans are what they are. With omitempty a zero field is left out; without
// it, it empties its column. The column "name" is the item's name and is not
// among the columns: see [NameOf].
//
// Fields of embedded structs do not count. Errors name the field.
func ColumnsOf(v any) (Columns, error) {
	columns := Columns{}
	err := eachField(v, func(f boundField) error {
		if f.column == "name" || (f.omitEmpty && f.value.IsZero()) {
			return nil
		}
		value, err := f.read()
		if err != nil {
			return err
		}
		columns[f.column] = value
		return nil
	})
	return columns, err
}

// NameOf returns the item's name of a struct for [ColumnsOf], "" without a
// field for it.
func NameOf(v any) (string, error) {
	name := ""
	err := eachField(v, func(f boundField) error {
		if f.column == "name" {
			name = f.value.String()
		}
		return nil
	})
	return name, err
}

// Decode fills a struct for [ColumnsOf] from an item's columns; into is a
// pointer to it. Fields whose column is empty or was not read become zero.
func (i Item) Decode(into any) error {
	if p := reflect.ValueOf(into); p.Kind() != reflect.Pointer || p.IsNil() {
		return transport.Invalid("monday.Item.Decode", "into", "is not a pointer to a struct")
	}
	columns := i.Columns()
	return eachField(into, func(f boundField) error {
		if f.column == "name" {
			f.value.SetString(i.Name)
			return nil
		}
		f.value.SetZero()
		if v := columns[f.column]; v != nil {
			return f.write(v)
		}
		return nil
	})
}

// boundField is a field with a tag.
type boundField struct {
	name      string // Struct.Field
	column    string
	kind      string // what a string stands for
	country   string
	omitEmpty bool
	value     reflect.Value
}

func (f boundField) wrong(format string, args ...any) error {
	return transport.Invalid("monday.ColumnsOf", f.name+" (column "+f.column+")", "%s", fmt.Sprintf(format, args...))
}

// eachField calls do for every field with a tag, until an error.
func eachField(v any, do func(boundField) error) error {
	s := reflect.Indirect(reflect.ValueOf(v))
	if s.Kind() != reflect.Struct {
		return transport.Invalid("monday.ColumnsOf", "v", "is %T, want a struct", v)
	}
	for n := range s.NumField() {
		field := s.Type().Field(n)
		tag, tagged := field.Tag.Lookup("monday")
		if !tagged || tag == "-" || !field.IsExported() {
			continue
		}
		f := parseTag(tag)
		f.name, f.value = s.Type().Name()+"."+field.Name, s.Field(n)
		switch {
		case f.column == "":
			return f.wrong("has a tag without a column id")
		case f.column == "name" && f.value.Kind() != reflect.String:
			return f.wrong("is not a string")
		case !slices.Contains(kinds, f.kind):
			return f.wrong("has the unknown option %q", f.kind)
		}
		if err := do(f); err != nil {
			return err
		}
	}
	return nil
}

// kinds are the options that say what a field stands for.
var kinds = []string{"text", "long_text", "email", "phone", "status", "link", "date", "country", "day"}

func parseTag(tag string) boundField {
	column, options, _ := strings.Cut(tag, ",")
	f := boundField{column: column, kind: "text"}
	for option := range strings.SplitSeq(options, ",") {
		switch name, value, _ := strings.Cut(option, "="); name {
		case "":
		case "omitempty":
			f.omitEmpty = true
		default:
			f.kind, f.country = name, value
		}
	}
	return f
}

var timeType = reflect.TypeFor[time.Time]()

// read makes the column value of a field.
func (f boundField) read() (Value, error) {
	if v, ok := reflect.TypeAssert[Value](f.value); ok {
		return v, nil
	}
	if f.value.Kind() == reflect.Interface && f.value.IsNil() {
		return Clear{}, nil
	}
	if f.value.Type() == timeType {
		return f.readTime(), nil
	}
	switch k := f.value.Kind(); {
	case k == reflect.String:
		return f.readString()
	case k == reflect.Bool:
		return Checkbox(f.value.Bool()), nil
	case f.value.CanInt():
		n := f.value.Int()
		return f.readNumber(float64(n), n >= -maxExact && n <= maxExact)
	case f.value.CanUint():
		n := f.value.Uint()
		return f.readNumber(float64(n), n <= maxExact)
	case f.value.CanFloat():
		return Number(f.value.Float()), nil
	}
	return nil, f.wrong("has type %s, which stands for no column value", f.value.Type())
}

// maxExact is the last of the whole numbers that a Number holds without a gap.
const maxExact = 1 << 53

func (f boundField) readNumber(n float64, exact bool) (Value, error) {
	if !exact {
		return nil, f.wrong("is a whole number beyond 2^53, which a numbers column would round; use a text")
	}
	return Number(n), nil
}

func (f boundField) readTime() Value {
	t := f.value.Interface().(time.Time)
	switch {
	case t.IsZero():
		return Clear{}
	case f.kind == "day":
		return Day(t.Date())
	}
	return Instant(t)
}

func (f boundField) readString() (Value, error) {
	s := f.value.String()
	if s == "" {
		return Clear{}, nil
	}
	switch f.kind {
	case "text":
		return Text(s), nil
	case "long_text":
		return LongText(s), nil
	case "email":
		return Email{Address: s}, nil
	case "phone":
		return Phone{Number: s, Country: f.country}, nil
	case "status":
		return Status{Label: s}, nil
	case "link":
		return Link{URL: s}, nil
	case "date":
		return Date{Day: s}, nil
	case "country":
		return Country{Code: s}, nil
	}
	return nil, f.wrong("is a string, and the option %q is for times", f.kind)
}

// write puts a column value into a field.
func (f boundField) write(v Value) error {
	if rv := reflect.ValueOf(v); rv.Type().AssignableTo(f.value.Type()) {
		f.value.Set(rv)
		return nil
	}
	switch v := v.(type) {
	case Number:
		return f.writeNumber(float64(v))
	case Checkbox:
		if f.value.Kind() == reflect.Bool {
			f.value.SetBool(bool(v))
			return nil
		}
	case Date:
		if f.value.Type() == timeType {
			t, err := v.In(time.UTC)
			if err != nil {
				return f.wrong("cannot hold the date %q", v.Day)
			}
			f.value.Set(reflect.ValueOf(t))
			return nil
		}
	}
	if s, ok := plainText(v); ok && f.value.Kind() == reflect.String {
		f.value.SetString(s)
		return nil
	}
	return f.wrong("has type %s and cannot hold a %T", f.value.Type(), v)
}

func (f boundField) writeNumber(n float64) error {
	switch {
	case f.value.CanFloat():
		f.value.SetFloat(n)
	case f.value.CanInt() && math.Abs(n) <= maxExact && n == math.Trunc(n) && !f.value.OverflowInt(int64(n)):
		f.value.SetInt(int64(n))
	case f.value.CanUint() && n >= 0 && n <= maxExact && n == math.Trunc(n) && !f.value.OverflowUint(uint64(n)):
		f.value.SetUint(uint64(n))
	case f.value.Kind() == reflect.String:
		f.value.SetString(strconv.FormatFloat(n, 'f', -1, 64))
	default:
		return f.wrong("has type %s and cannot hold %v", f.value.Type(), n)
	}
	return nil
}

// plainText is the text that a string field holds of a value.
func plainText(v Value) (string, bool) {
	switch v := v.(type) {
	case Text:
		return string(v), true
	case LongText:
		return string(v), true
	case Email:
		return v.Address, true
	case Phone:
		return v.Number, true
	case Status:
		return v.Label, true
	case Link:
		return v.URL, true
	case Date:
		return v.Day, true
	case Country:
		return v.Code, true
	case ReadOnly:
		return v.Display, true
	}
	return "", false
}
