package monday

import (
	"context"
	"iter"
	"slices"
	"time"
)

// userFragment has only what users have had in all supported versions.
const userFragment = `fragment user on User {
  id
  name
  email
  title
  phone
  mobile_phone
  url
  location
  time_zone_identifier
  country_code
  created_at
  teams { id name }
  account { id name slug }
}`

// User is a person of the account.
type User struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Email       string `json:"email"`
	Title       string `json:"title"`
	Phone       string `json:"phone"`
	MobilePhone string `json:"mobile_phone"`
	URL         string `json:"url"`
	Location    string `json:"location"`
	// TimeZone is an IANA name.
	TimeZone    string        `json:"time_zone_identifier"`
	CountryCode string        `json:"country_code"`
	CreatedAt   time.Time     `json:"-"`
	Teams       []TeamOfUser  `json:"teams"`
	Account     AccountOfUser `json:"account"`
}

// TeamOfUser is a team that a user belongs to.
type TeamOfUser struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// AccountOfUser is the account that a user belongs to.
type AccountOfUser struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Slug is the account's part of its web address.
	Slug string `json:"slug"`
}

// UnmarshalJSON reads a user.
func (u *User) UnmarshalJSON(raw []byte) error {
	type plain User
	var updated time.Time
	return withTimes(raw, (*plain)(u), &u.CreatedAt, &updated)
}

// Account is the account that the token belongs to.
type Account struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Slug        string `json:"slug"`
	Tier        string `json:"tier"`
	CountryCode string `json:"country_code"`
}

// Version is a version of the API.
type Version struct {
	// Value is "2026-10", Kind "current", "maintenance", "release_candidate" …
	Value string `json:"value"`
	Kind  string `json:"kind"`
	Name  string `json:"display_name"`
}

// Complexity is the state of the complexity budget of the current minute.
type Complexity struct {
	// Before and After are the points that were left, Query what the call cost.
	Before int `json:"before"`
	After  int `json:"after"`
	Query  int `json:"query"`
	// ResetSeconds is when the budget is full again.
	ResetSeconds int `json:"reset_in_x_seconds"`
}

var (
	opMe    = query("me", `query me { result: me { ...user } }`, userFragment)
	opUsers = query("users", `
query users($ids: [ID!], $emails: [String!], $name: String, $limit: Int!, $page: Int!) {
  result: users(ids: $ids, emails: $emails, name: $name, limit: $limit, page: $page) { ...user }
}`, userFragment)
	opAccount    = query("account", `query account { result: account { id name slug tier country_code } }`)
	opVersion    = query("version", `query version { result: version { value kind display_name } }`)
	opVersions   = query("versions", `query versions { result: versions { value kind display_name } }`)
	opComplexity = query("complexity", `query complexity { complexity { before after query reset_in_x_seconds } }`)
	opDailyLimit = query("daily_limit", `query dailyLimit { result: platform_api { daily_limit { base total } } }`)
)

// Me reads the user that the token belongs to.
func (c *Client) Me(ctx context.Context) (User, error) {
	return one[User](ctx, c, opMe, nil, Call{}, "user")
}

// UsersParams selects users; nil and "" mean all.
type UsersParams struct {
	IDs, Emails []string
	Name        string
	// Limit is the page size, 1 to 100; 0 means 100.
	Limit int
	// Page counts from 1; 0 means 1.
	Page int

	Call
}

// ListUsers reads one page of users.
func (c *Client) ListUsers(ctx context.Context, p UsersParams) ([]User, error) {
	limit, err := listSize(opUsers.Name, p.Limit)
	if err != nil {
		return nil, err
	}
	vars := variables("ids", p.IDs, "emails", p.Emails, "name", p.Name, "limit", limit)
	vars["page"] = max(p.Page, 1)
	return one[[]User](ctx, c, opUsers, vars, p.Call, "list of users")
}

// Users iterates over users, page by page.
func (c *Client) Users(ctx context.Context, p UsersParams) iter.Seq2[User, error] {
	p.IDs, p.Emails = slices.Clone(p.IDs), slices.Clone(p.Emails)
	return numbered(p.Page, p.Limit, func(page int) ([]User, error) {
		p.Page = page
		return c.ListUsers(ctx, p)
	})
}

// Account reads the account that the token belongs to.
func (c *Client) Account(ctx context.Context) (Account, error) {
	return one[Account](ctx, c, opAccount, nil, Call{}, "account")
}

// Version reads the API version that monday uses for this client's calls.
func (c *Client) Version(ctx context.Context) (Version, error) {
	return one[Version](ctx, c, opVersion, nil, Call{}, "version")
}

// Versions reads the API versions that there are.
func (c *Client) Versions(ctx context.Context) ([]Version, error) {
	return one[[]Version](ctx, c, opVersions, nil, Call{}, "list of versions")
}

// Complexity reads the state of the complexity budget.
func (c *Client) Complexity(ctx context.Context) (Complexity, error) {
	var data struct{ Complexity Complexity }
	_, err := c.do(ctx, opComplexity, nil, Call{}, &data)
	return data.Complexity, err
}

// DailyLimit reads how many calls the account may make in a day. When they are
// used up, calls fail with an error that matches transport.ErrQuota, without
// waiting.
func (c *Client) DailyLimit(ctx context.Context) (total int, err error) {
	type platform struct {
		Limit struct{ Base, Total int } `json:"daily_limit"`
	}
	p, err := one[platform](ctx, c, opDailyLimit, nil, Call{}, "daily limit")
	return max(p.Limit.Base, p.Limit.Total), err
}
