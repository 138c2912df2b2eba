package mondaytest

import (
	"net/http"

	"github.com/centrala-go/centrala/transport/transporttest"
)

// Refusals are the forms in which monday is known to refuse a request, by name,
// ready for Server.Inject: those of its current error format, those that are
// older and still seen, and those of the gateway in front of it. Each call
// makes new ones.
func Refusals() map[string]transporttest.Fault {
	faults := map[string]transporttest.Fault{}
	for name, r := range refusals {
		f := transporttest.Fault{Status: r.status, Body: r.body, Header: http.Header{"X-Request-Id": {"refusal"}}}
		if r.retryAfter != "" {
			f.Header.Set("Retry-After", r.retryAfter)
		}
		faults[name] = f
	}
	return faults
}

type refusal struct {
	status           int
	retryAfter, body string
}

var refusals = map[string]refusal{
	"application error": {200, "", `{"data":{"result":null},"errors":[{"message":"The board does not exist","locations":[{"line":2,"column":3}],"path":["result"],` +
		`"extensions":{"code":"InvalidBoardIdException","status_code":200,"error_data":{"board_id":1}}}],"account_id":1234567,"extensions":{"request_id":"refusal"}}`},
	"complexity": {429, "", `{"errors":[{"message":"Complexity budget exhausted","extensions":{"code":"COMPLEXITY_BUDGET_EXHAUSTED","retry_in_seconds":17}}]}`},
	"complexity with figures": {429, "", `{"errors":[{"message":"Complexity budget exhausted","extensions":{"code":"COMPLEXITY_BUDGET_EXHAUSTED","status_code":429,` +
		`"complexity":30001,"complexity_budget_left":19986,"complexity_budget_limit":1000000,"retry_in_seconds":17}}]}`},
	"complexity, older": {200, "", `{"error_code":"ComplexityException","status_code":429,"error_message":"Complexity budget exhausted, query cost 30001 budget ` +
		`remaining 19986 out of 1000000 reset in 3 seconds","error_data":{},"errors":["Complexity budget exhausted"],"account_id":1234567}`},
	"minute":             {429, "23", `{"errors":[{"message":"Minute limit rate exceeded","extensions":{"code":"RATE_LIMIT_EXCEEDED"}}]}`},
	"minute, a text":     {429, "23", `{"errors":["Rate Limit Exceeded"]}`},
	"concurrency":        {429, "1", `{"errors":[{"message":"Concurrency limit exceeded","extensions":{"code":"maxConcurrencyExceeded"}}]}`},
	"address":            {429, "10", `{"errors":[{"message":"IP rate limit exceeded","extensions":{"code":"IP_RATE_LIMIT_EXCEEDED"}}]}`},
	"field":              {429, "", `{"errors":[{"message":"Field limit exceeded","extensions":{"code":"FIELD_LIMIT_EXCEEDED","error_data":{"retry_in_seconds":15,"entity":"boards"}}}]}`},
	"field, older":       {429, "", `{"error_message":"Field limit exceeded","error_code":"FIELD_LIMIT_EXCEEDED","error_data":{"retry_in_seconds":15,"entity":"boards"},"status_code":429,"account_id":1234567}`},
	"creations":          {429, "40", `{"errors":[{"message":"Call limit exceeded for CreateBoard"}]}`},
	"imports":            {429, "", `{"errors":[{"message":"Too many import jobs","extensions":{"code":"RATE_LIMIT_EXCEEDED","retryAfterMs":2500}}]}`},
	"day":                {429, "", `{"errors":[{"message":"Daily limit exceeded","extensions":{"code":"DAILY_LIMIT_EXCEEDED"}}]}`},
	"not authenticated":  {401, "", `{"errors":[{"message":"Not authenticated","extensions":{"code":"NOT_AUTHENTICATED"}}]}`},
	"address restricted": {401, "", `{"errors":["Your ip is restricted"]}`},
	"plan":               {403, "", `{"error_code":"UserUnauthorizedException","status_code":403,"error_message":"User unauthorized to perform action","error_data":{"failure_reason":"plan"}}`},
	"no access":          {403, "", `{"errors":[{"message":"Access denied","extensions":{"code":"USER_ACCESS_DENIED"}}]}`},
	"no scope":           {200, "", `{"errors":[{"message":"Missing scope","extensions":{"code":"missingRequiredPermissions"}}]}`},
	"validation rules": {422, "", `{"errors":[{"message":"data_validation_error","path":["result"],"extensions":{"code":"DATA_VALIDATIONS_ERROR","status_code":422,` +
		`"error_data":[{"itemId":null,"columnIds":["numbers"],"message":"too small"}]}}],"extensions":{"request_id":"refusal"}}`},
	"schema":          {200, "", `{"errors":[{"message":"Field 'x' doesn't exist","path":["query","boards","x"],"extensions":{"code":"undefinedField","typeName":"Board","fieldName":"x"}}]}`},
	"parse error":     {200, "", `{"errors":[{"message":"Parse error on \"}\" (RCURLY) at [1, 9]"}]}`},
	"version":         {200, "", `{"errors":[{"message":"Invalid version","extensions":{"code":"InvalidVersionException"}}]}`},
	"cursor":          {200, "", `{"errors":[{"message":"CursorExpiredError: The cursor provided for pagination has expired"}]}`},
	"last group":      {409, "", `{"errors":[{"message":"The last group cannot be deleted","extensions":{"code":"DeleteLastGroupException","status_code":409}}]}`},
	"key in use":      {409, "4", `{"errors":[{"message":"a request with this key is being processed","extensions":{"code":"IDEMPOTENCY_CONFLICT"}}]}`},
	"locked":          {423, "", `{"errors":[{"message":"Resource is currently locked, please try again later"}]}`},
	"blocked":         {200, "", `{"errors":[{"message":"API temporarily blocked","extensions":{"code":"API_TEMPORARILY_BLOCKED"}}]}`},
	"internal":        {200, "", `{"errors":[{"message":"Internal server error","extensions":{"code":"INTERNAL_SERVER_ERROR","status_code":500}}]}`},
	"gateway timeout": {504, "", `<html><head><title>504 Gateway Time-out</title></head></html>`},
	"empty":           {200, "", ``},
}
