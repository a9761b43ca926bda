package sdk

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/leat-dev/leat/plugins/protocol"
)

func one(t *testing.T, typ string, put func(array.Builder)) Values {
	t.Helper()
	at, err := protocol.ArrowType(typ)
	if err != nil {
		t.Fatal(err)
	}
	b := array.NewBuilder(memory.DefaultAllocator, at)
	defer b.Release()
	put(b)
	return newValues(Column{Name: "c", Type: typ}, b.NewArray())
}

func TestTextAndJSON(t *testing.T) {
	at := time.Date(2024, 2, 29, 13, 4, 5, 250_000_000, time.UTC)
	text := func(s string) func(array.Builder) {
		return func(b array.Builder) { b.(*array.StringBuilder).Append(s) }
	}
	dec := func(n int64) func(array.Builder) {
		return func(b array.Builder) { b.(*array.Decimal128Builder).Append(decimal128.FromI64(n)) }
	}
	float := func(f float64) func(array.Builder) {
		return func(b array.Builder) { b.(*array.Float64Builder).Append(f) }
	}
	stamp := func(at time.Time) func(array.Builder) {
		return func(b array.Builder) { b.(*array.TimestampBuilder).Append(arrow.Timestamp(at.UnixMicro())) }
	}
	for _, c := range []struct {
		typ        string
		put        func(array.Builder)
		text, json string
	}{
		{"bool", func(b array.Builder) { b.(*array.BooleanBuilder).Append(true) }, "true", "true"},
		{"int", func(b array.Builder) { b.(*array.Int64Builder).Append(math.MinInt64) }, "-9223372036854775808", "-9223372036854775808"},
		{"decimal(10,2)", dec(1250), "12.5", "12.5"},
		{"decimal(10,2)", dec(-100), "-1", "-1"},
		{"decimal(10,2)", dec(-5), "-0.05", "-0.05"},
		{"decimal(10,2)", dec(0), "0", "0"},
		{"decimal(10,0)", dec(100), "100", "100"},
		{"decimal", text("1.10"), "1.10", "1.10"},
		{"decimal", text("much"), "much", `"much"`},
		{"float", float(0.30000000000000004), "0.30000000000000004", "0.30000000000000004"},
		{"float", float(math.Copysign(0, -1)), "0", "0"},
		{"float", float(1e21), "1e+21", "1e+21"},
		{"float", float(100), "100", "100"},
		{"float", float(math.NaN()), "NaN", `"NaN"`},
		{"string", text("a\"b\\c\n\x01é\xff"), "a\"b\\c\n\x01é\xff", `"a\"b\\c\n\u0001é�"`},
		{`enum("x")`, text("x"), "x", `"x"`},
		{"json", text(`{"a":1}`), `{"a":1}`, `{"a":1}`},
		{"json", text(`{"a"`), `{"a"`, `"{\"a\""`},
		{"list(int)", text(`[1]`), `[1]`, `[1]`},
		{"bytes", func(b array.Builder) { b.(*array.BinaryBuilder).Append([]byte{0, 1, 2}) }, "AAEC", `"AAEC"`},
		{"date", func(b array.Builder) { b.(*array.Date32Builder).Append(arrow.Date32FromTime(at)) }, "2024-02-29", `"2024-02-29"`},
		{"date", func(b array.Builder) { b.(*array.Date32Builder).Append(-1) }, "1969-12-31", `"1969-12-31"`},
		{"time", func(b array.Builder) { b.(*array.Time64Builder).Append(47045_500000) }, "13:04:05.5", `"13:04:05.5"`},
		{"timestamp", stamp(at), "2024-02-29T13:04:05.250", `"2024-02-29T13:04:05.250"`},
		{"timestamptz", stamp(at), "2024-02-29T13:04:05.250Z", `"2024-02-29T13:04:05.250Z"`},
		{"timestamptz", stamp(at.Add(time.Microsecond)), "2024-02-29T13:04:05.250001Z", `"2024-02-29T13:04:05.250001Z"`},
		{"int", func(b array.Builder) { b.AppendNull() }, "", "null"},
	} {
		v := one(t, c.typ, c.put)
		if got := string(v.AppendText(nil, 0)); got != c.text || v.Text(0) != c.text {
			t.Errorf("%s: text %q, want %q", c.typ, got, c.text)
		}
		if got := string(v.AppendJSON(nil, 0)); got != c.json || !json.Valid([]byte(got)) {
			t.Errorf("%s: JSON %s, want %s", c.typ, got, c.json)
		}
	}
}

// FuzzAppendJSONString holds the encoder against encoding/json's reader.
func FuzzAppendJSONString(f *testing.F) {
	for _, s := range []string{"", "plain", "\"\\\n\r\t\x00\x1f\x7f", "é漢\U0001f600", "\xff\xfe", "\xfe\xff\xfe", "\u2028"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		if err := json.Unmarshal(AppendJSONString(nil, s), &got); err != nil {
			t.Fatal(err)
		}
		if want := string([]rune(s)); got != want { // each invalid byte for itself
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestRecordsParse(t *testing.T) {
	for _, c := range []struct {
		typ  string
		in   any
		want string // canonical text; "error" for a value that does not fit
	}{
		{"int", "42", "42"}, {"int", 42, "42"}, {"int", "4x", "error"}, {"int", "", "error"},
		{"decimal(10,2)", "12.50", "12.5"}, {"decimal(10,2)", int64(3), "3"},
		{"float", "1.5", "1.5"}, {"bool", true, "true"}, {"bool", "false", "false"},
		{"string", int64(7), "7"}, {"string", true, "true"},
		{"date", "2024-02-29", "2024-02-29"},
		{"timestamptz", "2024-02-29T13:04:05+01:00", "2024-02-29T12:04:05.000Z"},
		{"timestamptz", "2024-02-29T13:04:05.25Z", "2024-02-29T13:04:05.250Z"},
		{"timestamp", "2024-02-29 13:04:05", "2024-02-29T13:04:05.000"},
		{"timestamptz", time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), "2024-01-01T00:00:00.000Z"},
		{"time", time.Date(2024, 1, 1, 10, 30, 0, 0, time.UTC), "10:30:00"},
		{"bytes", []byte{0, 1, 2}, "AAEC"}, {"bytes", "AAEC", "AAEC"}, {"bytes", "%", "error"},
		{"string", nil, ""}, {"int", struct{}{}, "error"},
	} {
		at, err := protocol.ArrowType(c.typ)
		if err != nil {
			t.Fatal(err)
		}
		b := array.NewBuilder(memory.DefaultAllocator, at)
		got := "error"
		if err := appendAny(b, c.in); err == nil {
			got = newValues(Column{Type: c.typ}, b.NewArray()).Text(0)
		} else if s, ok := c.in.(string); ok && len(s) > 1 && strings.Contains(err.Error(), s) {
			t.Errorf("the error quotes the value: %v", err)
		}
		if got != c.want {
			t.Errorf("%v as %s is %q, want %q", c.in, c.typ, got, c.want)
		}
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	cfg := NewConfig(map[string]any{"token": "canary"})
	text, err := json.Marshal(map[string]any{"s": cfg.Secret("token")})
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		text = fmt.Appendf(text, verb+verb, cfg, cfg.Secret("token"))
	}
	if strings.Contains(string(text), "canary") || strings.Contains(string(text), "63616e617279") {
		t.Errorf("a secret prints: %s", text)
	}
	if cfg.Secret("token").Reveal() != "canary" {
		t.Error("a secret must be usable")
	}
}

func TestConfigDecoding(t *testing.T) {
	fields := []ConfigField{
		{Name: "host", Type: "string", Required: true}, {Name: "port", Type: "int", Default: "5432"},
		{Name: "mode", Type: `enum("a", "b")`, Default: "a"}, {Name: "tls", Type: "bool"}, {Name: "ratio", Type: "float"},
	}
	cfg, problems := decodeConfig(fields, &protocol.Config{Region: "eu", Values: map[string]string{"host": `"h"`, "tls": "true", "ratio": "2"}})
	if problems != nil || cfg.Text("host") != "h" || cfg.Int("port") != 5432 || cfg.Text("mode") != "a" || !cfg.Bool("tls") ||
		cfg.Float("ratio") != 2 || cfg.Region != "eu" || cfg.Has("nothing") {
		t.Errorf("got %v", problems)
	}
	_, problems = decodeConfig(fields, &protocol.Config{Values: map[string]string{"host": "null", "port": `"x"`, "mode": `"c"`, "other": "1"}})
	var named []string
	for _, p := range problems {
		named = append(named, p.Field)
	}
	if got := strings.Join(named, " "); got != "host port mode other" {
		t.Errorf("problems about %s", got)
	}
}
