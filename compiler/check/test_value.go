package check

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/leat-dev/leat/lang/syntax"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

// guess is the type of a column that dbt does not tell, from the values a test
// gives it, with the warehouse's name for it; unknown where it gives none.
func (t *testing) guess(name string, rows []syntax.ConstantRow) (typ types.Type, dataType string) {
	kind := types.Unknown
	for _, r := range rows {
		for _, c := range r.Cells {
			if !strings.EqualFold(c.Name, name) || c.Value.IsNull() {
				continue
			}
			k := kindOf(c.Value)
			if kind == types.Int && k == types.Decimal || kind == types.Decimal && k == types.Int {
				k = types.Decimal
			} else if kind != types.Unknown && kind != k {
				k = types.String // what does not fit is reported where it stands
			}
			kind = k
		}
	}
	dialect := t.in.Manifest.Metadata.Adapter
	for _, data := range dataTypes[kind] {
		if typ, ok := types.FromWarehouse(dialect, data); ok && typ.Kind == kind {
			return typ, data
		}
	}
	return types.UnknownType, ""
}

var dataTypes = map[types.Kind][]string{
	types.Bool:    {"boolean", "bool"},
	types.Int:     {"bigint", "int64"},
	types.Decimal: {"decimal(38,9)", "numeric(38,9)", "numeric"},
	types.JSON:    {"json", "variant", "super"},
	types.String:  {"varchar", "string", "text"},
}

func kindOf(v cty.Value) types.Kind {
	switch v.Type() {
	case cty.Bool:
		return types.Bool
	case cty.String:
		return types.String
	case cty.Number:
		if v.AsBigFloat().IsInt() {
			return types.Int
		}
		return types.Decimal
	}
	return types.JSON
}

// testText is the text of a value as DuckDB reads it into a type. why says what
// does not fit, and is "" when all does.
func testText(v cty.Value, t types.Type) (text, why string) {
	if v.IsNull() {
		return "", ""
	}
	switch t.Kind {
	case types.Bool:
		if v.Type() != cty.Bool {
			return "", "Write true or false."
		}
		return boolText(v), ""
	case types.Int, types.Decimal, types.Float:
		if v.Type() != cty.Number {
			return "", "Write a number, without quotes."
		}
		text = numberText(v)
		if !value.CanParse(text, t) {
			return "", "Write a number that it can hold."
		}
		return text, ""
	case types.JSON, types.List, types.Struct:
		return structured(v, t)
	case types.Unknown:
		if v.Type() == cty.Bool {
			return boolText(v), ""
		}
		if v.Type() == cty.Number {
			return numberText(v), ""
		}
	}
	if v.Type() != cty.String {
		return "", "Write a text, in quotes."
	}
	text = v.AsString()
	switch {
	case t.Kind == types.String && t.Max > 0 && utf8.RuneCountInString(text) > t.Max:
		return "", fmt.Sprintf("This text has %d characters.", utf8.RuneCountInString(text))
	case t.Kind == types.Enum && !slices.Contains(t.Values, text):
		return "", "Its values are: " + list(t.Values, 12) + "."
	case !isText(t.Kind) && !value.CanParse(text, t):
		return "", examples[t.Kind]
	}
	return text, ""
}

func isText(k types.Kind) bool {
	return k == types.String || k == types.Enum || k == types.Bytes || k == types.Unknown
}

// examples say how values of a kind are written.
var examples = map[types.Kind]string{
	types.Date:        `Write a date such as "2026-05-01".`,
	types.Time:        `Write a time such as "08:30:00".`,
	types.Timestamp:   `Write a time such as "2026-05-01 08:30:00".`,
	types.TimestampTZ: `Write a time with its zone, such as "2026-05-01T08:30:00Z".`,
	types.UUID:        `Write a UUID such as "0a1b2c3d-0a1b-4c2d-8e3f-0a1b2c3d4e5f".`,
}

// structured is the JSON text of a value: JSON may also be given as text.
func structured(v cty.Value, t types.Type) (text, why string) {
	if t.Kind == types.JSON && v.Type() == cty.String {
		if !json.Valid([]byte(v.AsString())) {
			return "", "Write JSON text, or the value itself as a list or an object."
		}
		return v.AsString(), ""
	}
	ty := v.Type()
	isList := ty.IsTupleType() || ty.IsListType() || ty.IsSetType()
	isObject := ty.IsObjectType() || ty.IsMapType()
	switch {
	case t.Kind == types.List && !isList:
		return "", "Write a list: [1, 2]."
	case t.Kind == types.Struct && !isObject:
		return "", "Write an object: { name = value }."
	}
	b, err := ctyjson.Marshal(v, ty)
	if err != nil {
		return "", "Write a value that has a JSON form."
	}
	return string(b), ""
}

func boolText(v cty.Value) string {
	if v.True() {
		return "true"
	}
	return "false"
}

// numberText is a number with all its digits.
func numberText(v cty.Value) string {
	f := v.AsBigFloat()
	if f.IsInt() {
		i, _ := f.Int(new(big.Int))
		return i.String()
	}
	return f.Text('f', -1)
}
