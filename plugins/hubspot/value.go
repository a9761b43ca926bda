package hubspot

import (
	"strconv"
	"strings"
	"time"

	"github.com/leat-dev/leat/plugins/protocol"
	"github.com/leat-dev/leat/plugins/sdk"
)

const instantLayout = "2006-01-02T15:04:05.000Z"

// vendorText writes a value as the API takes it: always a string, "" for none.
// Instants have milliseconds, which is what the vendor keeps.
func vendorText(v sdk.Values, row int) string {
	switch {
	case v.Null(row):
		return ""
	case protocol.TypeKind(v.Type) == "timestamptz":
		return v.Time(row).Truncate(time.Millisecond).Format(instantLayout)
	}
	return strings.Clone(v.Text(row))
}

// leatValue reads a property for a column: nil for no value, else a text that
// reads as the column's type where the vendor's value allows. Older properties
// hold times in milliseconds since 1970.
func leatValue(c sdk.Column, text *string) any {
	if text == nil || *text == "" {
		return nil
	}
	s := *text
	switch protocol.TypeKind(c.Type) {
	case "date":
		if ms, err := strconv.ParseInt(s, 10, 64); err == nil {
			return time.UnixMilli(ms).UTC().Format(time.DateOnly)
		}
		day, _, _ := strings.Cut(s, "T")
		return day
	case "timestamptz", "timestamp":
		if ms, err := strconv.ParseInt(s, 10, 64); err == nil {
			return time.UnixMilli(ms).UTC().Format(instantLayout)
		}
	case "int", "decimal":
		return plainNumber(s)
	case "bool":
		return strings.ToLower(s)
	}
	return s
}

// plainNumber writes out an exponent and drops zeros at the end of a fraction.
func plainNumber(s string) string {
	if strings.ContainsAny(s, "eE") {
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			s = strconv.FormatFloat(f, 'f', -1, 64)
		}
	}
	if strings.Contains(s, ".") {
		s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// keySeparator joins the parts of a key of several properties for comparison.
const keySeparator = "\x1f"

// matchText is the form in which a key value is compared: the vendor compares
// texts without regard to case, and numbers by value.
func matchText(c sdk.Column, text string) string {
	if protocol.TypeKind(c.Type) == "decimal" || protocol.TypeKind(c.Type) == "int" {
		return plainNumber(text)
	}
	return strings.ToLower(strings.TrimSpace(text))
}

// matchKey is the comparison form of a row's whole key.
func matchKey(key []sdk.Values, row int) string {
	parts := make([]string, len(key))
	for i, v := range key {
		parts[i] = matchText(v.Column, vendorText(v, row))
	}
	return strings.Join(parts, keySeparator)
}

// recordKey is the comparison form of a record's key; false when it lacks a
// part.
func recordKey(key []sdk.Values, properties map[string]*string) (string, bool) {
	parts := make([]string, len(key))
	for i, v := range key {
		text := properties[v.Name]
		if text == nil || *text == "" {
			return "", false
		}
		parts[i] = matchText(v.Column, *text)
	}
	return strings.Join(parts, keySeparator), true
}
