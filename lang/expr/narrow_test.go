package expr_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

// TestFlow shows what is known where. Each rule stands beside what it must not
// be taken for.
func TestFlow(t *testing.T) {
	tests := []struct {
		text, typ string
		nullable  bool
	}{
		// Tests for null, in both directions.
		{`row.first_name != null ? row.first_name : "x"`, "string", false},
		{`row.first_name != null ? "x" : row.first_name`, "string", true},
		{`row.first_name == null ? "x" : row.first_name`, "string", false},
		{`row.first_name == null ? row.first_name : "x"`, "string", true},
		{`!(row.first_name == null) ? row.first_name : ""`, "string", false},
		{`!(row.first_name != null) ? row.first_name : ""`, "string", true},
		{`null == row.first_name ? "" : row.first_name`, "string", false},
		// Chains: both sides of && hold, one of || does.
		{`row.first_name != null && row.active ? row.first_name : ""`, "string", false},
		{`row.first_name != null || row.active ? row.first_name : ""`, "string", true},
		{`row.first_name == null || row.active ? "" : row.first_name`, "string", false},
		{`row.first_name == null && row.active ? "" : row.first_name`, "string", true},
		{`!(row.first_name == null || row.active) ? row.first_name : ""`, "string", false},
		{`!(row.first_name == null && row.active) ? row.first_name : ""`, "string", true},
		{`row.n != null && row.n > 1`, "bool", false},
		{`row.n == null || row.n > 1`, "bool", false},
		{`row.n != null || row.n > 1`, "bool", true},
		{`row.active && row.n != null ? row.n : 0`, "int", false},
		// A comparison that is true had values on both sides; one that is not
		// true may have had none.
		{`row.n > 1 ? row.n : 0`, "int", false},
		{`row.n > 1 ? 0 : row.n`, "int", true},
		{`!(row.n > 1) ? row.n : 0`, "int", false},
		{`row.n == row.b ? row.n + row.b : 0`, "int", false},
		{`row.n != row.b ? row.n + row.b : 0`, "int", false},
		{`row.n == row.b ? 0 : row.n`, "int", true},
		{`row.n + 1 > 0 ? row.n : 0`, "int", false},
		{`"${row.n}" != "" ? row.n : 0`, "int", false},
		{`row.active ? row.active : true`, "bool", false},
		{`row.active ? true : row.active`, "bool", true},
		// Functions: what makes null of null proves, what replaces null does
		// only where the replacement would have decided otherwise.
		{`lower(trim(row.first_name)) == "x" ? row.first_name : ""`, "string", false},
		{`starts_with(row.first_name, "x") ? row.first_name : ""`, "string", false},
		{`starts_with(row.first_name, "x") ? "" : row.first_name`, "string", true},
		{`coalesce(row.first_name, "") != "" ? row.first_name : ""`, "string", false},
		{`coalesce(row.first_name, "a") != "" ? row.first_name : ""`, "string", true},
		{`coalesce(row.first_name, "") == "" ? "" : row.first_name`, "string", false},
		{`coalesce(row.first_name, row.email) != null ? row.first_name : ""`, "string", true},
		{`coalesce(row.active, false) ? row.active : true`, "bool", false},
		{`coalesce(row.active, true) ? row.active : true`, "bool", true},
		{`nullif(row.first_name, "") != null ? row.first_name : ""`, "string", false},
		{`nullif(row.first_name, "") == null ? "" : row.first_name`, "string", false},
		{`one_of(row.n, 1, 2) ? row.n : 0`, "int", false},
		{`!one_of(row.n, 1, 2) ? row.n : 0`, "int", false},
		{`one_of(row.n, 1, 2) ? 0 : row.n`, "int", true},
		{`(row.active ? row.n : row.b) != null ? row.n : 0`, "int", true},
		{`(row.active ? row.n : null) != null ? row.n : 0`, "int", false},
		{`(row.n == null ? false : row.active) ? row.n : 0`, "int", false},
		{`(row.n == null ? true : row.active) ? row.n : 0`, "int", true},
		// What is known ends where the side ends.
		{`(row.n != null ? row.n : 0) + row.n`, "int", true},
		{`row.n != null ? (row.b != null ? row.n + row.b : row.n) : 0`, "int", false},
		{`row.n != null ? (row.b != null ? row.n + row.b : row.n + row.b) : 0`, "int", true},
		// Values: of a closed list, and of open text that equals a constant.
		{`row.tier == "gold" ? row.tier : "none"`, `enum("gold", "none")`, false},
		{`row.tier == "gold" ? "none" : row.tier`, `enum("none", "silver")`, true},
		{`row.tier != "gold" ? row.tier : "none"`, `enum("silver", "none")`, false},
		{`row.tier != "gold" ? "none" : row.tier`, `enum("none", "gold")`, true},
		{`"gold" == row.tier ? row.tier : "none"`, `enum("gold", "none")`, false},
		{`!(row.tier == "gold") ? row.tier : "none"`, `enum("silver", "none")`, false},
		{`row.tier == "gold" && row.active ? row.tier : "none"`, `enum("gold", "none")`, false},
		{`row.tier == "gold" && row.active ? "none" : row.tier`, `enum("none", "gold", "silver")`, true},
		{`row.tier == "gold" || row.active ? row.tier : "none"`, `enum("gold", "silver", "none")`, true},
		{`row.tier == "gold" || row.active ? "none" : row.tier`, `enum("none", "silver")`, true},
		{`row.tier == "gold" || row.tier == "silver" ? row.tier : "none"`, `enum("gold", "silver", "none")`, false},
		{`row.tier == row.first_name ? row.tier : "none"`, `enum("gold", "silver", "none")`, false},
		{`row.tier == null ? "none" : row.tier`, `enum("none", "gold", "silver")`, false},
		{`lower(row.tier) == "gold" ? row.tier : "none"`, `enum("gold", "none")`, false},
		{`starts_with(row.tier, "s") ? row.tier : "none"`, `enum("silver", "none")`, false},
		{`length(row.tier) > 4 ? "none" : row.tier`, `enum("none", "gold")`, true},
		{`coalesce(row.tier, "gold") == "gold" ? row.tier : "none"`, `enum("gold", "none")`, true},
		{`coalesce(row.tier, "silver") == "gold" ? row.tier : "none"`, `enum("gold", "none")`, false},
		{`contains(["gold", "iron"], row.tier) ? row.tier : "none"`, `enum("gold", "none")`, false},
		{`!contains(["gold"], row.tier) ? row.tier : "none"`, `enum("silver", "none")`, false},
		{`contains(["gold", row.first_name], row.tier) ? row.tier : "none"`, `enum("gold", "silver", "none")`, false},
		{`contains(local.regions, row.first_name) ? row.first_name : "none"`, `enum("eu", "us", "none")`, false},
		{`one_of(row.first_name, "eu", "us") ? row.first_name : "none"`, `enum("eu", "us", "none")`, false},
		{`one_of(row.first_name, "eu", null) ? row.first_name : "none"`, `enum("eu", "none")`, false},
		{`one_of(row.first_name, "eu", "us") ? "none" : row.first_name`, "string", true},
		{`row.first_name == "eu" ? row.first_name : "none"`, `enum("eu", "none")`, false},
		{`row.first_name != "eu" ? row.first_name : "none"`, "string", false},
		{`row.first_name != "eu" ? "none" : row.first_name`, `enum("none", "eu")`, true},
		{`lower(row.first_name) == "eu" ? row.first_name : "none"`, "string", false},
		{`row.first_name == "eu" || row.first_name == "us" ? row.first_name : ""`, `enum("eu", "us", "")`, false},
		// Members are paths of their own.
		{`row.place.city != null ? row.place.city : ""`, "string(40)", false},
		{`row.place.city != null ? row.place.at : row.seen`, "timestamp", true},
		{`row.place.city == "Rome" ? row.place.city : "x"`, `enum("Rome", "x")`, false},
		{`row.tags[0] != null ? row.tags[0] : ""`, "string", false},
		{`row.tags[0] != null ? row.tags[1] : ""`, "string", true},
		{`row.doc.a.b != null ? row.doc.a.b : "x"`, "string", false},
		{`row.doc.a != null ? row.doc.a.b : "x"`, "string", true},
	}
	for _, tc := range tests {
		n, ds := compile(t, tc.text)
		if len(ds) > 0 || n.Type().String() != tc.typ || n.Info().Nullable != tc.nullable {
			t.Errorf("%s: %s nullable %v, want %s %v; %v", tc.text, n.Type(), n.Info().Nullable, tc.typ, tc.nullable, ds)
		}
	}
}

// TestFilterNarrows: what `where` proves holds in other expressions.
func TestFilterNarrows(t *testing.T) {
	tests := []struct {
		where, text, typ string
		nullable         bool
	}{
		{`row.tier == "gold"`, `row.tier`, `enum("gold")`, false},
		{`row.tier != "gold" && row.n > 0`, `row.tier`, `enum("silver")`, false},
		{`!(row.tier == "gold" || row.n == null)`, `"${row.tier}${row.n}"`, "string(26)", false},
		{`contains(["gold"], row.tier)`, `row.tier`, `enum("gold")`, false},
		{`row.active`, `row.active`, "bool", false},
		{`row.first_name == each.key`, `row.first_name`, `enum("eu")`, false},
		{`row.first_name == each.key || row.active`, `row.first_name`, "string", true},
		{`row.mystery == "x"`, `row.mystery`, "unknown", false},
	}
	for _, tc := range tests {
		filter, ds := compile(t, tc.where)
		if len(ds) > 0 {
			t.Fatal(tc.where, ds)
		}
		n, ds := compile(t, tc.text, func(s *expr.Scope) { s.Facts = expr.Narrow(filter) })
		if len(ds) > 0 || n.Type().String() != tc.typ || n.Info().Nullable != tc.nullable {
			t.Errorf("where %s, %s: %s nullable %v, want %s %v; %v", tc.where, tc.text, n.Type(), n.Info().Nullable, tc.typ, tc.nullable, ds)
		}
		plain, _ := compile(t, tc.text)
		if tc.text == "row.tier" && expr.Hash(plain) != expr.Hash(n) {
			t.Errorf("where %s changes the meaning of %s", tc.where, tc.text)
		}
	}
	filter, _ := compile(t, `row.tier == "gold" && row.n > 0 && row.place.city == "x"`)
	if got := fmt.Sprint(expr.Narrow(filter).Columns()); got != "[{n true []} {place true []} {tier true [gold]}]" {
		t.Errorf("columns %s", got)
	}
}

// TestNarrowedIsNoMistake: a comparison that the filter has decided is not
// reported; one that the declared values decide is.
func TestNarrowedIsNoMistake(t *testing.T) {
	filter, _ := compile(t, `row.tier == "gold"`)
	for text, want := range map[string]int{`row.tier == "silver"`: 0, `row.tier == "iron"`: 1, `row.tier == "gold" ? row.tier == "silver" : false`: 0} {
		if _, ds := compile(t, text, func(s *expr.Scope) { s.Facts = expr.Narrow(filter) }); len(ds) != want {
			t.Errorf("%s: %v", text, ds)
		}
	}
}

// TestNarrowingIsBounded: a hostile condition compiles, with less known.
func TestNarrowingIsBounded(t *testing.T) {
	var parts []string
	for i := range 150 {
		parts = append(parts, fmt.Sprintf(`(row.first_name != "w%d" || row.email == "x%d" || row.n > %d)`, i, i, i))
	}
	n, ds := compile(t, strings.Join(parts, " && ")+` && row.tier != null ? row.tier : "gold"`)
	if ds.HasErrors() || n.Type().Kind != types.Enum {
		t.Errorf("%s %v", n.Type(), ds)
	}
}

// words of random conditions, by the kind of what they yield.
type flow struct{ rng *rand.Rand }

func (f flow) pick(list ...string) string { return list[f.rng.IntN(len(list))] }

func (f flow) text(depth int) string {
	if depth == 0 || f.rng.IntN(3) == 0 {
		return f.pick("row.tier", "row.tier", "row.first_name", "row.email", `"gold"`, `"silver"`, `"eu"`, "row.place.city", "row.tags[0]")
	}
	switch f.rng.IntN(8) {
	case 0:
		return "coalesce(" + f.text(depth-1) + ", " + f.text(depth-1) + ")"
	case 1:
		return "lower(" + f.text(depth-1) + ")"
	case 2:
		return "nullif(" + f.text(depth-1) + ", " + f.text(0) + ")"
	case 3:
		return "(" + f.cond(depth-1) + " ? " + f.text(depth-1) + " : " + f.text(depth-1) + ")"
	case 4:
		return `"${` + f.text(depth-1) + `}x"`
	}
	return f.text(0)
}

func (f flow) number(depth int) string {
	switch f.rng.IntN(5) {
	case 0:
		return "row.n + row.b"
	case 1:
		return "coalesce(row.n, 0)"
	case 2:
		return "length(" + f.text(depth) + ")"
	}
	return f.pick("row.n", "row.b", "row.customer_id", "1", "2")
}

func (f flow) cond(depth int) string {
	if depth == 0 {
		return f.pick("row.active", "row.n == null", "row.tier != null", `row.tier == "gold"`, `row.first_name == "eu"`, "true", "row.n > 1")
	}
	switch f.rng.IntN(10) {
	case 0:
		return "!(" + f.cond(depth-1) + ")"
	case 1, 2:
		return "(" + f.cond(depth-1) + " && " + f.cond(depth-1) + ")"
	case 3, 4:
		return "(" + f.cond(depth-1) + " || " + f.cond(depth-1) + ")"
	case 5:
		return "(" + f.text(depth-1) + f.pick(" == ", " != ", " < ") + f.text(depth-1) + ")"
	case 6:
		return "(" + f.number(depth-1) + f.pick(" == ", " != ", " >= ") + f.number(depth-1) + ")"
	case 7:
		return "(" + f.pick(f.text(depth-1), f.number(depth-1)) + f.pick(" == null", " != null") + ")"
	case 8:
		return "contains([" + f.text(0) + ", " + f.text(0) + "], " + f.text(depth-1) + ")"
	}
	return "coalesce(" + f.cond(depth-1) + ", " + f.pick("true", "false", f.cond(depth-1)) + ")"
}

func (f flow) row() map[string]value.Value {
	text := func(kind types.Kind, words ...string) value.Value {
		if f.rng.IntN(3) == 0 {
			return value.Null
		}
		return value.Text(kind, f.pick(words...))
	}
	row := map[string]value.Value{
		"tier": text(types.Enum, "gold", "silver"), "first_name": text(types.String, "eu", "gold", "silver", "x", "EU"), "email": text(types.String, "eu", "gold", "y"),
		"place": text(types.Struct, `{"city":"eu"}`, `{"city":null}`, `{"city":"gold","at":null}`), "tags": []value.Value{value.Null, value.List(), value.List(value.String("eu")), value.List(value.Null, value.String("x")), value.List(value.String("gold"))}[f.rng.IntN(5)],
		"n": value.Null, "b": value.Null, "active": value.Null, "customer_id": value.Int(f.rng.Int64N(3)),
	}
	if f.rng.IntN(3) > 0 {
		row["n"], row["active"] = value.Int(f.rng.Int64N(4)-1), value.Bool(f.rng.IntN(2) == 0)
	}
	if f.rng.IntN(3) > 0 {
		row["b"] = value.Int(f.rng.Int64N(4) - 1)
	}
	return row
}

// TestFactsHold: what is known at compile time is never contradicted by a row.
// Expressions are random, rows are random, and the reference evaluates.
func TestFactsHold(t *testing.T) {
	const expressions, rows = 2000, 40
	f := flow{rand.New(rand.NewPCG(3, 1))}
	table := make([]map[string]value.Value, rows)
	for i := range table {
		table[i] = f.row()
	}
	narrowed := 0
	for range expressions {
		where := f.cond(3)
		text := "(" + f.cond(2) + " ? " + f.text(2) + " : " + f.text(2) + ")"
		filter, ds := compile(t, where)
		if ds.HasErrors() {
			t.Fatalf("%s: %v", where, ds)
		}
		facts := expr.Narrow(filter)
		n, ds := compile(t, text, func(s *expr.Scope) { s.Facts = facts })
		if ds.HasErrors() {
			t.Fatalf("%s: %v", text, ds)
		}
		if len(facts.Columns()) > 0 {
			narrowed++
		}
		for _, row := range table {
			env := expr.Env{Row: func(c string) value.Value { return row[c] }}
			if in, valid := expr.Eval(filter, env); !valid || !in.True() {
				continue
			}
			for _, c := range facts.Columns() {
				v := row[c.Column]
				if (c.NotNull && v.IsNull()) || (c.Values != nil && !v.IsNull() && !slices.Contains(c.Values, v.Str())) {
					t.Fatalf("where %s: %v, and a row has %s", where, c, v.Literal())
				}
			}
			v, valid := expr.Eval(n, env)
			info := n.Info()
			if valid && v.IsNull() && !info.Nullable {
				t.Fatalf("where %s, %s is not null, and a row gives null: %s", where, text, shownRow(row))
			}
			if valid && !v.IsNull() && info.Type.Kind == types.Enum && !slices.Contains(info.Type.Values, v.Str()) {
				t.Fatalf("where %s, %s is %s, and a row gives %s: %s", where, text, info.Type, v.Literal(), shownRow(row))
			}
		}
	}
	if narrowed < expressions/10 {
		t.Errorf("only %d of %d conditions proved something", narrowed, expressions)
	}
}

func shownRow(row map[string]value.Value) string {
	var out []string
	for name, v := range row {
		out = append(out, name+"="+v.Literal())
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}
