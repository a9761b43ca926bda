package sandbox

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Property is the definition of a property, in the vendor's JSON shape.
type Property struct {
	Name                 string       `json:"name"`
	Label                string       `json:"label"`
	Type                 string       `json:"type"`      // string, number, bool, date, datetime, enumeration, phone_number
	FieldType            string       `json:"fieldType"` // text, textarea, number, select, checkbox, radio, booleancheckbox, date, phonenumber
	Description          string       `json:"description"`
	GroupName            string       `json:"groupName"`
	Options              []Option     `json:"options"`
	DisplayOrder         int          `json:"displayOrder"`
	Calculated           bool         `json:"calculated"`
	ExternalOptions      bool         `json:"externalOptions"`
	HasUniqueValue       bool         `json:"hasUniqueValue"`
	Hidden               bool         `json:"hidden"`
	HubspotDefined       bool         `json:"hubspotDefined"`
	ModificationMetadata Modification `json:"modificationMetadata"`
	FormField            bool         `json:"formField"`
	DataSensitivity      string       `json:"dataSensitivity"`
	CreatedAt            string       `json:"createdAt,omitempty"`
	UpdatedAt            string       `json:"updatedAt,omitempty"`
	Archived             bool         `json:"archived"`
}

// Option is one allowed value of an enumeration.
type Option struct {
	Label        string `json:"label"`
	Value        string `json:"value"`
	DisplayOrder int    `json:"displayOrder"`
	Hidden       bool   `json:"hidden"`
}

// Modification says what may be changed about a property and its values.
type Modification struct {
	Archivable         bool `json:"archivable"`
	ReadOnlyDefinition bool `json:"readOnlyDefinition"`
	ReadOnlyValue      bool `json:"readOnlyValue"`
	ReadOnlyOptions    bool `json:"readOnlyOptions"`
}

// fieldTypes are the field types the vendor allows for each type.
var fieldTypes = map[string][]string{
	"string":       {"text", "textarea", "file", "html", "phonenumber"},
	"number":       {"number", "calculation_equation"},
	"bool":         {"booleancheckbox"},
	"date":         {"date"},
	"datetime":     {"date"},
	"enumeration":  {"select", "radio", "checkbox", "booleancheckbox"},
	"phone_number": {"phonenumber"},
}

// maxValue is the longest value the vendor keeps in a text property, in characters.
const maxValue = 65_536

// detail is one thing that is wrong with a request or with a property of a record.
type detail struct {
	Message string              `json:"message"`
	Code    string              `json:"code,omitempty"`
	Context map[string][]string `json:"context,omitempty"`
}

// about makes a detail that names its property.
func about(property, code, message string) *detail {
	return &detail{Message: message, Code: code, Context: map[string][]string{"propertyName": {property}}}
}

// check says how a value is kept, or why it is refused. "" is no value and always allowed.
// Messages quote the value, because the vendor's do: who reads them must not let them through.
func (p *Property) check(value string) (kept string, refused *detail) {
	if p.unique("email") {
		value = strings.ToLower(strings.TrimSpace(value))
	}
	if value == "" {
		return "", nil
	}
	switch p.Type {
	case "number":
		if !numeral.MatchString(value) {
			return "", about(p.Name, "INVALID_INTEGER", value+" was not a valid number.")
		}
	case "bool":
		if value != "true" && value != "false" {
			return "", about(p.Name, "INVALID_OPTION", value+" was not one of the allowed options: true, false")
		}
	case "enumeration":
		return p.checkOptions(value)
	case "date":
		return p.checkDate(value)
	case "datetime":
		return p.checkTime(value)
	}
	if utf8.RuneCountInString(value) > maxValue {
		return "", about(p.Name, "VALUE_TOO_LONG", "Property "+p.Name+" takes no more than "+strconv.Itoa(maxValue)+" characters.")
	}
	if p.Name == "email" && !address.MatchString(value) {
		return "", about(p.Name, "INVALID_EMAIL", "Email address "+value+" is invalid")
	}
	return value, nil
}

// unique reports whether p is the unique property of that name.
func (p *Property) unique(name string) bool { return p.Name == name && p.HasUniqueValue }

var (
	// numeral is a number as the vendor takes it: no exponent, no sign but a minus, no space.
	numeral = regexp.MustCompile(`^-?(\d+(\.\d*)?|\.\d+)$`)
	// address is an e-mail address with a dot in its domain.
	address = regexp.MustCompile(`^[^\s@"(),:;<>\[\]\\]+@([\pL\pN-]+\.)+\pL[\pL\pN-]+$`)
)

// checkOptions holds a value against the options; a checkbox takes several, parted by semicolons.
func (p *Property) checkOptions(value string) (string, *detail) {
	parts := []string{value}
	if p.FieldType == "checkbox" {
		parts = strings.Split(strings.Trim(value, ";"), ";")
	}
	for _, part := range parts {
		if !slices.ContainsFunc(p.Options, func(o Option) bool { return o.Value == part }) {
			return "", about(p.Name, "INVALID_OPTION", part+" was not one of the allowed options")
		}
	}
	return value, nil
}

// checkDate takes a date, or the milliseconds of a midnight in UTC, and keeps a date.
func (p *Property) checkDate(value string) (string, *detail) {
	if ms, err := strconv.ParseInt(value, 10, 64); err == nil {
		at := time.UnixMilli(ms).UTC()
		if !at.Equal(at.Truncate(24 * time.Hour)) {
			return "", about(p.Name, "INVALID_DATE", value+" is not midnight in UTC.")
		}
		return at.Format(time.DateOnly), nil
	}
	if _, err := time.Parse(time.DateOnly, value); err != nil {
		return "", about(p.Name, "INVALID_DATE", value+" was not a valid date.")
	}
	return value, nil
}

// checkTime takes an instant in ISO 8601 with a zone, or in milliseconds, and keeps it in UTC to the millisecond.
func (p *Property) checkTime(value string) (string, *detail) {
	if ms, err := strconv.ParseInt(value, 10, 64); err == nil {
		return instant(time.UnixMilli(ms)), nil
	}
	at, err := time.Parse(time.RFC3339Nano, value)
	if err != nil {
		return "", about(p.Name, "INVALID_DATE", value+" was not a valid date and time.")
	}
	return instant(at), nil
}

// instant is the vendor's spelling of a point in time.
func instant(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

var propertyName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,99}$`)

// complete fills in what a new property leaves out and says what is wrong with it.
func (p *Property) complete() *detail {
	if !propertyName.MatchString(p.Name) {
		return about(p.Name, "INVALID_NAME", "A property's name is lower-case letters, digits and underscores, starting with a letter.")
	}
	allowed, ok := fieldTypes[p.Type]
	if !ok {
		return about(p.Name, "INVALID_TYPE", "Unknown property type "+p.Type)
	}
	if !slices.Contains(allowed, p.FieldType) {
		return about(p.Name, "INVALID_FIELD_TYPE", "Field type "+p.FieldType+" does not go with type "+p.Type)
	}
	if p.Label == "" || p.GroupName == "" {
		return about(p.Name, "REQUIRED_FIELD", "A property needs a label and a groupName.")
	}
	if p.HasUniqueValue && p.Type != "string" && p.Type != "number" {
		return about(p.Name, "INVALID_UNIQUE", "Only text and numbers can be unique.")
	}
	if p.FieldType == "booleancheckbox" && len(p.Options) == 0 {
		p.Options = options("true", "Yes", "false", "No")
	}
	if p.Type == "enumeration" && len(p.Options) == 0 {
		return about(p.Name, "REQUIRED_FIELD", "An enumeration needs options.")
	}
	if p.Options == nil {
		p.Options = []Option{}
	}
	p.Calculated, p.HubspotDefined, p.Archived = false, false, false
	p.ModificationMetadata = Modification{Archivable: true}
	if p.DataSensitivity == "" {
		p.DataSensitivity = "non_sensitive"
	}
	return nil
}
