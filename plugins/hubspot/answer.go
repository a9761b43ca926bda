package hubspot

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/leat-dev/leat/plugins/sdk"
)

// answer is the body of a batch, of a search, or of a refusal.
type answer struct {
	vendorError               // of a refusal
	Results     []record      `json:"results"`
	Failed      []vendorError `json:"-"` // of a batch that went through in part
	Paging      struct {
		Next struct {
			After string `json:"after"`
		} `json:"next"`
	} `json:"paging"`
	refused bool // the whole request, nothing happened
}

// record is one record of an answer.
type record struct {
	ID         string             `json:"id"`
	Properties map[string]*string `json:"properties"`
	New        *bool              `json:"new"`
	Trace      string             `json:"objectWriteTraceId"`
}

// vendorError is one error in the vendor's shape; nested ones give details.
// Messages may hold values.
type vendorError struct {
	Category string          `json:"category"`
	Code     string          `json:"code"`
	Message  string          `json:"message"`
	Context  json.RawMessage `json:"context"`
	Errors   []vendorError   `json:"errors"`
}

// decode reads a body; false when it is not in the vendor's shape. An empty
// body is an empty answer, as of an archive.
func decode(status int, body []byte) (*answer, bool) {
	a := &answer{refused: status >= 400}
	if len(body) == 0 {
		return a, true
	}
	if err := json.Unmarshal(body, a); err != nil {
		return a, a.refused // a refusal without a readable body is still one
	}
	if !a.refused {
		a.Failed, a.Errors = a.Errors, nil
	}
	return a, true
}

// named returns the texts of a context entry, in whichever form they came.
func (e vendorError) named(name string) []string {
	var context map[string]json.RawMessage
	if json.Unmarshal(e.Context, &context) != nil {
		return nil
	}
	raw := context[name]
	var list []string
	if json.Unmarshal(raw, &list) == nil {
		return list
	}
	var one string
	if json.Unmarshal(raw, &one) == nil && one != "" {
		return []string{one}
	}
	return nil
}

var (
	embeddedCode = regexp.MustCompile(`"error"\s*:\s*"([A-Z_]+)"`)
	embeddedName = regexp.MustCompile(`"name"\s*:\s*"([a-z0-9_]+)"`)
	plainCode    = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,39}$`)
	plainName    = regexp.MustCompile(`^[a-z0-9_]{1,100}$`)
	existingID   = regexp.MustCompile(`Existing ID: ([0-9]{1,20})`)
)

// code returns the most telling code and the property it is about, from the
// first detail, from JSON that the vendor embeds into messages, or from the
// category. What does not have the form of a code is left out.
func (e vendorError) code() (code, field string) {
	consider := func(c, f string) {
		if code == "" && plainCode.MatchString(c) {
			code = c
		}
		if field == "" && plainName.MatchString(f) {
			field = f
		}
	}
	for _, d := range e.Errors {
		consider(d.Code, firstOf(d.named("propertyName")))
	}
	consider(e.Code, firstOf(e.named("propertyName")))
	consider(firstMatch(embeddedCode, e.Message), firstMatch(embeddedName, e.Message))
	consider(e.Category, "")
	return code, field
}

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func firstMatch(re *regexp.Regexp, text string) string {
	if m := re.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// classes maps codes to why a row is refused; the first prefix that fits
// counts. Source: HubSpot's page on error handling and observed property
// validation codes.
var classes = []struct {
	prefix string
	class  sdk.RejectClass
}{
	{"PROPERTY_DOESNT_EXIST", sdk.UnknownField},
	{"READ_ONLY", sdk.ReadOnly},
	{"MISSING_SCOPES", sdk.Permission},
	{"FORBIDDEN", sdk.Permission},
	{"REQUIRED", sdk.MissingRequired},
	{"MISSING", sdk.MissingRequired},
	{"CONFLICT", sdk.Conflict},
	{"DUPLICATE", sdk.Conflict},
	{"OBJECT_ALREADY_EXISTS", sdk.Conflict},
	{"MULTIPLE_MATCHES", sdk.Conflict},
	{"OBJECT_NOT_FOUND", sdk.NotFound},
	{"NOT_FOUND", sdk.NotFound},
	{"PROPERTY_VALUE_TOO_LONG", sdk.TooLarge},
	{"REQUEST_TOO_LARGE", sdk.TooLarge},
	{"INVALID", sdk.InvalidValue},
	{"VALIDATION_ERROR", sdk.InvalidValue},
}

func classOf(code string) sdk.RejectClass {
	for _, c := range classes {
		if strings.HasPrefix(code, c.prefix) {
			return c.class
		}
	}
	return sdk.OtherReason
}

func (e vendorError) rejection() sdk.Rejection {
	code, field := e.code()
	r := sdk.Rejection{Class: classOf(code), Code: code, Field: field, Text: e.Message}
	for _, d := range e.Errors {
		r.Text = strings.TrimSpace(r.Text + " " + d.Message)
	}
	return r
}

// is reports whether the error's category or code is this one.
func (e vendorError) is(category string) bool {
	code, _ := e.code()
	return e.Category == category || code == category
}
