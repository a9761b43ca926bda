package types_test

import (
	"math/rand/v2"
	"testing"

	"github.com/leat-dev/leat/lang/types"
)

func mustParse(t *testing.T, text string) types.Type {
	t.Helper()
	ty, err := types.Parse(text)
	if err != nil {
		t.Fatalf("Parse(%q): %v", text, err)
	}
	return ty
}

func TestParseRoundTrip(t *testing.T) {
	for _, text := range []string{"unknown", "int", "decimal", "decimal(10,2)", "string", "string(254)", `enum("a", "b\"c")`,
		"list(int)", "list", `struct("a b" int, "c" list(string(3)))`, "timestamptz"} {
		if got := mustParse(t, text).String(); got != text {
			t.Errorf("%q printed as %q", text, got)
		}
	}
	for _, text := range []string{"", "integer", "decimal(0)", "decimal(39)", "decimal(3,4)", "string(0)", "string(", "enum", "enum()", "int(3)", "int int", "list(nope)", "struct"} {
		if ty, err := types.Parse(text); err == nil {
			t.Errorf("Parse(%q) = %s, want an error", text, ty)
		}
	}
}

func TestConvert(t *testing.T) {
	tests := []struct {
		from, to string
		want     types.Class
		remedy   string
	}{
		{"int", "int", types.Identical, ""},
		{"unknown", "int", types.Checked, ""},
		{"int", "unknown", types.Lossless, ""},
		{"null", "date", types.Lossless, ""},
		{"int", "decimal(38,2)", types.Lossless, ""},
		{"int", "decimal(21,2)", types.Lossless, ""},
		{"int", "decimal(20,2)", types.Checked, ""},
		{"int", "float", types.Checked, ""},
		{"int", "string", types.Lossy, "string(x)"},
		{"decimal(18,4)", "decimal(10,2)", types.Lossy, "round(x, 2)"},
		{"decimal(18,2)", "decimal(10,2)", types.Checked, ""},
		{"decimal(8,2)", "decimal(10,4)", types.Lossless, ""},
		{"decimal", "decimal(10,2)", types.Checked, ""},
		{"decimal", "int", types.Checked, ""},
		{"decimal", "float", types.Checked, ""},
		{"float", "int", types.Lossy, "round(x)"},
		{"bool", "int", types.Impossible, "x ? 1 : 0"},
		{"int", "bool", types.Impossible, "x != 0"},
		{"bool", "json", types.Lossless, ""},
		{"float", "json", types.Checked, ""},
		{"list(int)", "json", types.Lossless, ""},
		{`struct("a" int)`, "json", types.Lossless, ""},
		{"json", "string", types.Lossless, ""},
		{"json", "int", types.Impossible, ""},
		{"list(int)", "int", types.Impossible, "x[0]"},
		{"list(date)", "int", types.Impossible, ""},
		{`struct("b" date, "city" string)`, "string", types.Impossible, "x.city"},
		{`struct("a" int, "b" int)`, `struct("b" int, "a" int)`, types.Lossless, ""},
		{`struct("a" int, "b" int)`, `struct("b" int)`, types.Lossy, ""},
		{`struct("a" int)`, `struct("a" int, "b" int)`, types.Impossible, ""},
		{`struct("a" timestamp)`, `struct("a" timestamptz)`, types.Impossible, ""},
		{`enum("1")`, "int", types.Lossy, "int(x)"},
		{"time", "timestamp", types.Impossible, ""},
		{"date", "timestamptz", types.Impossible, `timestamptz(timestamp(x), "UTC")`},
		{"bytes", "string", types.Impossible, ""},
		{"int", "null", types.Impossible, ""},
		{"decimal(18,0)", "int", types.Lossless, ""},
		{"decimal(19,0)", "int", types.Checked, ""},
		{"decimal(19,1)", "int", types.Lossy, "round(x)"},
		{"float", "decimal(10,2)", types.Lossy, "round(x, 2)"},
		{"string", "string(254)", types.Checked, ""},
		{"string(10)", "string(254)", types.Lossless, ""},
		{"string", `enum("a")`, types.Checked, ""},
		{`enum("b")`, `enum("a")`, types.Impossible, ""},
		{`enum("a")`, "string", types.Lossless, ""},
		{`enum("a", "b")`, `enum("a")`, types.Checked, ""},
		{"date", "timestamp", types.Lossless, ""},
		{"timestamp", "timestamptz", types.Impossible, `timestamptz(x, "UTC")`},
		{"timestamp", "date", types.Lossy, "date(x)"},
		{"uuid", "string", types.Lossless, ""},
		{"uuid", "string(20)", types.Checked, ""},
		{"bool", "string", types.Lossy, "string(x)"},
		{"bool", "date", types.Impossible, ""},
		{"list(int)", "list(float)", types.Checked, ""},
	}
	for _, tc := range tests {
		got := types.Convert(mustParse(t, tc.from), mustParse(t, tc.to))
		if got.Class != tc.want || got.Remedy != tc.remedy {
			t.Errorf("%s -> %s: %s %q, want %s %q", tc.from, tc.to, got.Class, got.Remedy, tc.want, tc.remedy)
		}
		if got.Reason == "" && (got.Class == types.Checked || got.Class == types.Lossy || got.Class == types.Impossible) {
			t.Errorf("%s -> %s: %s without a reason", tc.from, tc.to, got.Class)
		}
	}
}

func TestCommon(t *testing.T) {
	tests := []struct{ a, b, want string }{
		{"int", "decimal(10,2)", "decimal(21,2)"},
		{"int", "float", "float"},
		{"decimal(10,4)", "decimal(12,2)", "decimal(14,4)"},
		{"string(3)", "string(7)", "string(7)"},
		{`enum("a")`, `enum("b")`, `enum("a", "b")`},
		{`enum("abc")`, "string(2)", "string(3)"},
		{"null", "date", "date"},
		{"date", "timestamp", "timestamp"},
		{"unknown", "date", "unknown"},
		{"list(int)", "list(decimal(5,2))", "list(decimal(21,2))"},
		{"list(int)", "list(string)", "json"},
		{"list(int)", "json", "json"},
		{`struct("a" int)`, `struct("a" float)`, `struct("a" float)`},
		{`struct("a" int)`, `struct("b" int)`, "json"},
	}
	for _, tc := range tests {
		got, ok := types.Common(mustParse(t, tc.a), mustParse(t, tc.b))
		if !ok || got.String() != tc.want {
			t.Errorf("Common(%s, %s) = %s, %v; want %s", tc.a, tc.b, got, ok, tc.want)
		}
	}
	if got, ok := types.Common(types.IntType, types.StringType); ok {
		t.Errorf("Common(int, string) = %s", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"int", `enum("a", "b")`, "decimal(10,2)", `struct("a" list(string(3)))`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ty, err := types.Parse(text)
		if err != nil {
			return
		}
		again, err := types.Parse(ty.String())
		if err != nil || !again.Equal(ty) {
			t.Fatalf("%q: printed %q, read back as %v, %v", text, ty, again, err)
		}
	})
}

// randomType makes types of every kind, with names and values that need quotes.
func randomType(rng *rand.Rand, depth int) types.Type {
	words := []string{"a", "it's", `q"q`, "ünï", "", "a, b", "x\ny", ")", "\x00", "\xff"}
	word := func() string { return words[rng.IntN(len(words))] }
	simple := []types.Type{types.UnknownType, types.NullType, types.BoolType, types.IntType, types.FloatType, types.StringType, types.BytesType, types.DateType, types.TimeType, types.TimestampType,
		types.TimestampTZType, types.UUIDType, types.JSONType, {Kind: types.Decimal}, {Kind: types.List}}
	switch n := rng.IntN(6); {
	case n == 0:
		p := 1 + rng.IntN(38)
		return types.DecimalOf(p, rng.IntN(p+1))
	case n == 1:
		return types.StringOf(1 + rng.IntN(70000))
	case n == 2:
		return types.EnumOf(word(), word()+"2")
	case n == 3 && depth > 0:
		return types.ListOf(randomType(rng, depth-1))
	case n == 4 && depth > 0:
		return types.StructOf(types.Field{Name: word(), Type: randomType(rng, depth-1)}, types.Field{Name: word() + "2", Type: randomType(rng, depth-1)})
	}
	return simple[rng.IntN(len(simple))]
}

// TestRandomRoundTrip: every type reads back as it was written.
func TestRandomRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		ty := randomType(rng, 4)
		back, err := types.Parse(ty.String())
		if err != nil || !back.Equal(ty) {
			t.Fatalf("%s read back as %s: %v", ty, back, err)
		}
		if c := types.Convert(ty, back); c.Class != types.Identical {
			t.Fatalf("%s to itself is %s", ty, c.Class)
		}
	}
}
