package function

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

var jsonStep = regexp.MustCompile(`^(?:\.?([A-Za-z_][A-Za-z0-9_]*)|\[([0-9]{1,6})\])`)

func checkPath(v value.Value) string {
	rest := v.Str()
	for rest != "" && jsonStep.MatchString(rest) && !strings.HasPrefix(v.Str(), ".") {
		rest = jsonStep.ReplaceAllString(rest, "")
	}
	if rest != "" || v.Str() == "" {
		return `a path of names and places such as "address.city" or "items[0].sku"`
	}
	return ""
}

// duckPath is the path as DuckDB writes it.
func duckPath(c Call) string {
	p := c.constText(1)
	if p == "" || strings.HasPrefix(p, "[") {
		return "'$' || '" + p + "'"
	}
	return "'$.' || '" + p + "'"
}

func jsonDoc() Param { return accepting("json", types.JSON, types.String) }

func jsonFunctions() []Func {
	path := constText("path", checkPath)
	guarded := func(then string) func(Call) string {
		return func(c Call) string {
			return "(CASE WHEN json_valid($1) THEN " + strings.ReplaceAll(then, "#", "("+duckPath(c)+")") + " END)"
		}
	}
	return []Func{
		{Name: "json_value", Group: "JSON", Nulls: Strict, Labels: Union, MayBeNull: true, Params: []Param{jsonDoc(), path}, Result: returns(types.StringType),
			Summary: "The scalar at a path, as text: the characters of a string, true, false, or a number (a whole number digit by digit, another as string(float) writes it). Null when there is nothing at the path, a null, an object or a list, or when the text is no JSON.",
			Eval: func(c Call, a []value.Value) (value.Value, bool) {
				raw, ok := jsonAt(a[0].Str(), c.constText(1))
				if !ok {
					return value.Null, true
				}
				return scalarText(raw), true
			},
			DuckDB: guarded("CASE json_type($1, #) WHEN 'DOUBLE' THEN CASE WHEN regexp_matches(json_extract_string($1, #), '^-?[0-9]+$') THEN json_extract_string($1, #) " +
				"ELSE CAST(TRY_CAST(json_extract_string($1, #) AS DOUBLE) AS VARCHAR) END WHEN 'OBJECT' THEN NULL WHEN 'ARRAY' THEN NULL ELSE json_extract_string($1, #) END"),
			Examples: []Example{{`json_value("{\"a\": {\"b\": [1, \"x\"]}}", "a.b[1]")`, `"x"`}, {`json_value("{\"n\": 1.50}", "n")`, `"1.5"`}, {`json_value("{}", "a")`, "null"}, {`json_value("oops", "a")`, "null"}}},
		{Name: "json_exists", Group: "JSON", Nulls: Strict, Labels: Union, MayBeNull: true, Params: []Param{jsonDoc(), path}, Result: returns(types.BoolType),
			Summary: "Whether there is something at a path; a JSON null counts. Null when the text is no JSON.",
			Eval: func(c Call, a []value.Value) (value.Value, bool) {
				if !json.Valid([]byte(a[0].Str())) {
					return value.Null, true
				}
				_, ok := jsonAt(a[0].Str(), c.constText(1))
				return value.Bool(ok), true
			},
			DuckDB:   guarded("json_exists($1, #)"),
			Examples: []Example{{`json_exists("{\"a\": null}", "a")`, "true"}, {`json_exists("{\"a\": 1}", "b")`, "false"}}},
		{Name: "json_length", Group: "JSON", Nulls: Strict, Labels: Union, MayBeNull: true, Optional: 1, Params: []Param{jsonDoc(), path}, Result: returns(types.IntType),
			Summary: "How many elements the list at a path has, or the document itself when there is no path. Null when it is no list.",
			Eval: func(c Call, a []value.Value) (value.Value, bool) {
				raw, ok := jsonAt(a[0].Str(), c.constText(1))
				var list []json.RawMessage
				if !ok || !bytes.HasPrefix(raw, []byte("[")) || json.Unmarshal(raw, &list) != nil {
					return value.Null, true
				}
				return value.Int(int64(len(list))), true
			},
			DuckDB:   guarded("CASE WHEN json_type($1, #) = 'ARRAY' THEN CAST(json_array_length($1, #) AS BIGINT) END"),
			Examples: []Example{{`json_length("{\"items\": [1, 2]}", "items")`, "2"}, {`json_length("[]")`, "0"}, {`json_length("{}")`, "null"}}},
	}
}

// jsonAt returns what stands at a path; of members with one name the first.
func jsonAt(doc, path string) (json.RawMessage, bool) {
	if !json.Valid([]byte(doc)) {
		return nil, false
	}
	raw := json.RawMessage(strings.TrimSpace(doc))
	for path != "" {
		m := jsonStep.FindStringSubmatch(path)
		path = path[len(m[0]):]
		next, ok := jsonMember(raw, m[1], m[2])
		if !ok {
			return nil, false
		}
		raw = next
	}
	return raw, true
}

func jsonMember(raw json.RawMessage, name, place string) (json.RawMessage, bool) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	open, err := dec.Token()
	if want := map[bool]json.Delim{true: '{', false: '['}[place == ""]; err != nil || open != want {
		return nil, false
	}
	wanted, _ := strconv.Atoi(place)
	for i := 0; dec.More(); i++ {
		key, found := any(nil), i == wanted
		if place == "" {
			if key, err = dec.Token(); err != nil {
				return nil, false
			}
			found = key == name
		}
		var v json.RawMessage
		if dec.Decode(&v) != nil {
			return nil, false
		}
		if found {
			return v, true
		}
	}
	return nil, false
}

var wholeNumber = regexp.MustCompile(`^-?[0-9]+$`)

func scalarText(raw json.RawMessage) value.Value {
	switch s := string(raw); {
	case s == "null", s[0] == '{', s[0] == '[':
		return value.Null
	case s[0] == '"':
		var text string
		_ = json.Unmarshal(raw, &text)
		return value.String(text)
	case s == "-0":
		return value.String("0")
	case s == "true", s == "false", wholeNumber.MatchString(s):
		return value.String(s)
	default:
		f, _ := strconv.ParseFloat(s, 64)
		return value.String(value.Format(value.Float(f)))
	}
}
