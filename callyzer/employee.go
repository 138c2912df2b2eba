package callyzer

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"

	"github.com/centrala-go/centrala/transport"
)

// Employee is a person whose phone Callyzer records.
type Employee struct {
	Name, Code, CountryCode, Number string
	Tags                            []string
	AppVersion                      string
	// The times are texts in one of several forms, in the account's zone.
	RegisteredAt, ModifiedAt, LastCallAt, LastSyncAt string
	LeadActive, RecordingActive                      bool
	// DeviceModel and AndroidVersion describe the phone.
	DeviceModel, AndroidVersion string
	// AppUninstalled says that no further calls will come.
	AppUninstalled bool
	// Extra are fields this package does not know, as they came.
	Extra map[string]json.RawMessage
}

const employeeFields = " emp_name emp_code emp_country_code emp_number emp_tags app_version registered_at modified_at" +
	" last_call_at last_sync_req_at is_lead_active is_call_recording_active device_details device_preference "

// UnmarshalJSON reads an employee tolerantly.
func (e *Employee) UnmarshalJSON(b []byte) error {
	f, err := decodeFields(b)
	if err != nil {
		return err
	}
	device, _ := decodeFields(f["device_details"])
	preference, _ := decodeFields(f["device_preference"])
	*e = Employee{
		Name: f.text("emp_name"), Code: f.text("emp_code"), CountryCode: f.text("emp_country_code"),
		Number: f.text("emp_number"), Tags: f.tags(), AppVersion: f.text("app_version"),
		RegisteredAt: f.text("registered_at"), ModifiedAt: f.text("modified_at"),
		LastCallAt: f.text("last_call_at"), LastSyncAt: f.text("last_sync_req_at"),
		LeadActive: f.bool("is_lead_active"), RecordingActive: f.bool("is_call_recording_active"),
		DeviceModel: device.text("device_model"), AndroidVersion: device.text("android_version"),
		AppUninstalled: preference.bool("is_app_uninstalled"), Extra: f.rest(employeeFields),
	}
	return nil
}

// EmployeeParams select employees; the zero value selects all.
type EmployeeParams struct {
	// Numbers are "48-600100200", or without country code.
	Numbers []string
	Tags    []string
	Name    string
	Codes   []string
	// Page counts from 1, and 0 is 1 too. PageSize is at most 100, and 0 is 100.
	Page, PageSize int
}

type employeeQuery struct {
	Numbers  []string `json:"emp_numbers,omitempty"`
	Tags     []string `json:"emp_tags,omitempty"`
	Name     string   `json:"emp_name,omitempty"`
	Codes    []string `json:"emp_codes,omitempty"`
	Page     int      `json:"page_no"`
	PageSize int      `json:"page_size"`
}

// EmployeePage is one page of the roster.
type EmployeePage struct {
	Employees []Employee
	// Total is how many there are in all, 0 when the server does not say.
	Total int
	// More says that there may be another page.
	More bool
}

var opEmployees = &transport.Op{Name: "callyzer.employees", Safety: transport.Read, Judge: judgeRead}

// ListEmployees returns one page of the roster (GET or POST
// /employee/get). It is a read: repeated after any transient failure, and after
// 429 when the vendor says, in 2 s when it says nothing. It is an error, and
// nothing is sent, when PageSize is out of range.
func (c *Client) ListEmployees(ctx context.Context, p EmployeeParams) (EmployeePage, error) {
	if p.PageSize == 0 {
		p.PageSize = maxPageSize
	}
	if p.PageSize < 0 || p.PageSize > maxPageSize {
		return EmployeePage{}, transport.Invalid(opEmployees.Name, "PageSize", "is %d, want 1 to %d", p.PageSize, maxPageSize)
	}
	method := http.MethodGet
	if c.cfg.EmployeesByPost {
		method = http.MethodPost
	}
	q := employeeQuery{p.Numbers, p.Tags, p.Name, p.Codes, max(p.Page, 1), p.PageSize}
	var page EmployeePage
	env, err := c.do(ctx, opEmployees, method, "/employee/get", q, &page.Employees)
	if err != nil {
		return EmployeePage{}, err
	}
	page.Total = env.TotalRecords
	page.More = env.more(len(page.Employees), q.Page, q.PageSize)
	return page, nil
}

// Employees returns the whole roster, page by page, each like ListEmployees.
// The sequence can be ranged over again; an error comes once, last.
func (c *Client) Employees(ctx context.Context, p EmployeeParams) iter.Seq2[Employee, error] {
	return pages(p.Page, func(page int) ([]Employee, bool, error) {
		p := p
		p.Page = page
		got, err := c.ListEmployees(ctx, p)
		return got.Employees, got.More, err
	})
}
