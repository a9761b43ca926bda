package plan

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/schema"
	"github.com/leat-dev/leat/lang/diag"
)

func document() *Document {
	a := Activation{Address: "activation.contacts", Name: "contacts", ID: []Column{{Name: "id", Type: "int"}},
		Counts: Counts{Archive: 3, Rekey: 1, Send: 250, Update: 100, Release: 2, Managed: 1000, SourceRows: 1200}}
	b := Activation{Address: "activation.quiet", Name: "quiet", ID: []Column{{Name: "id", Type: "int"}}}
	d := &Document{FormatVersion: FormatVersion, LeatVersion: "1.2.3", Environment: "dev", AsOf: "2026-01-02T03:04:05Z", Activations: []Activation{a, b}, Warnings: []Warning{}}
	d.Graph = BuildGraph(d.Activations, []bool{true, false})
	return d
}

func encoded(t testing.TB, d *Document) []byte {
	t.Helper()
	data, err := Encode(d)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// What looks up records is written after them, and removed before them.
func TestGraphOfLookups(t *testing.T) {
	contacts := Activation{Name: "contacts", Counts: Counts{Delete: 1, Send: 2}, Fields: []Column{{Name: "zip"}, {Name: "company", Lookup: &Lookup{Activation: "firms"}}}}
	firms := Activation{Name: "firms", Counts: Counts{Delete: 1, Send: 1}}
	file := contacts
	file.Target.Replace = true
	for _, c := range []struct {
		as   []Activation
		want string
	}{
		{[]Activation{contacts, firms}, `0 deliver a0 p0 delete []
1 deliver a1 p0 delete [0]
2 deliver a1 p2 send [1]
3 commit a1 p3  [1 2]
4 deliver a0 p2 send [0 3]
5 commit a0 p3  [0 4]`},
		{[]Activation{file, firms}, `0 deliver a1 p0 delete []
1 deliver a1 p2 send [0]
2 commit a1 p3  [0 1]
3 deliver a0 p0 delete [2]
4 deliver a0 p2 send [2 3]
5 commit a0 p3  [3 4]`},
		{[]Activation{contacts}, `0 deliver a0 p0 delete []
1 deliver a0 p2 send [0]
2 commit a0 p3  [0 1]`},
	} {
		var got []string
		for _, n := range BuildGraph(c.as, make([]bool, len(c.as))) {
			got = append(got, fmt.Sprintf("%d %s a%d p%d %s %v", n.ID, n.Kind, n.Activation, n.Phase, n.Op, n.After))
		}
		if strings.Join(got, "\n") != c.want {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), c.want)
		}
	}
}

func TestGraph(t *testing.T) {
	var got []string
	for _, n := range document().Graph {
		got = append(got, fmt.Sprintf("%d %s a%d p%d %s [%d,%d) %v", n.ID, n.Kind, n.Activation, n.Phase, n.Op, n.From, n.To, n.After))
	}
	want := `0 deliver a0 p0 archive [0,3) []
1 deliver a0 p1 rekey [3,4) [0]
2 deliver a0 p2 send [4,254) [0 1]
3 deliver a0 p2 update [254,354) [0 1]
4 commit a0 p3  [354,356) [0 1 2 3]`
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
}

func TestCosts(t *testing.T) {
	o := &schema.Object{Operations: []schema.Operation{
		{Name: "archive", MaxRecords: 100, Limits: []string{"burst"}, Retry: schema.Idempotent},
		{Name: "update", MaxRecords: 50, Limits: []string{"burst", "daily"}},
		{Name: "upsert", MaxRecords: 100, Limits: []string{"burst", "daily"}, CallsPerBatch: 2},
	}}
	limits := []schema.Limit{{Name: "daily", Amount: 100, Window: "24h", Counts: "records"}, {Name: "burst", Amount: 3, Window: "10s"}, {Name: "unused", Amount: 1, Window: "1s"}}
	ops, costs := Costs(o, limits, document().Activations[0].Counts)
	got := ""
	for _, x := range ops {
		got += fmt.Sprintf("%s by %s: %d records %d requests %s\n", x.Name, x.Operation, x.Records, x.Requests, x.Certainty)
	}
	for _, x := range costs {
		got += fmt.Sprintf("%s: %d %s, %d s\n", x.Limit, x.Used, x.Counts, x.Seconds)
	}
	want := `archive by archive: 3 records 1 requests certain
rekey by update: 1 records 1 requests certain
send by upsert: 250 records 6 requests known_after_apply
update by update: 100 records 2 requests certain
burst: 10 requests, 30 s
daily: 351 records, 259200 s
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestGuards(t *testing.T) {
	percent := func(v float64) ir.Limit { return ir.Limit{Set: true, Percent: true, Value: v} }
	number := func(v float64) ir.Limit { return ir.Limit{Set: true, Value: v} }
	for _, tt := range []struct {
		name string
		g    ir.Guard
		c    Counts
		want string
	}{
		{"none set", ir.Guard{}, Counts{Send: 9}, ""},
		{"percent at base 0", ir.Guard{MaxCreates: percent(1)}, Counts{Send: 9}, ""},
		{"percent at the limit", ir.Guard{MaxRemoves: percent(5)}, Counts{Delete: 5, Managed: 100}, ""},
		{"percent over", ir.Guard{MaxRemoves: percent(5)}, Counts{Delete: 5, Clear: 1, Managed: 100}, "max_removes"},
		{"number", ir.Guard{MaxUpdates: number(3)}, Counts{Update: 2, Rekey: 2}, "max_updates"},
		{"sends are creations", ir.Guard{MaxCreates: number(1)}, Counts{Send: 2}, "max_creates"},
		{"releases are no removals", ir.Guard{MaxRemoves: number(0)}, Counts{Release: 2}, ""},
		{"rows", ir.Guard{MinRows: 1}, Counts{}, "min_rows"},
	} {
		var got []string
		for _, g := range Guards(tt.g, tt.c) {
			if g.Tripped {
				got = append(got, g.Name)
			}
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: got %v, want %q", tt.name, got, tt.want)
		}
	}
}

func TestLimitText(t *testing.T) {
	for want, l := range map[string]ir.Limit{"": {}, "5%": {Set: true, Percent: true, Value: 5}, "0.5%": {Set: true, Percent: true, Value: .5}, "1000": {Set: true, Value: 1000}} {
		if got := LimitText(l); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestDecode(t *testing.T) {
	good := encoded(t, document())
	broken := func(f func(d *Document)) []byte {
		d := document()
		f(d)
		return encoded(t, d)
	}
	for _, tt := range []struct {
		name string
		data []byte
		want diag.Code
	}{
		{"whole", good, ""},
		{"newer minor", bytes.Replace(good, []byte(`"1.0"`), []byte(`"1.7"`), 1), ""},
		{"empty", nil, diag.PlanEmpty},
		{"white space", []byte(" \n"), diag.PlanEmpty},
		{"truncated", good[:len(good)/2], diag.PlanDamaged},
		{"text", []byte("hello"), diag.PlanForeign},
		{"number", []byte("42"), diag.PlanForeign},
		{"other JSON", []byte(`{"metadata": {"dbt_schema_version": "x"}}`), diag.PlanForeign},
		{"Terraform's", []byte(`{"format_version": "1.2", "terraform_version": "1.9"}`), diag.PlanForeign},
		{"other major", bytes.Replace(good, []byte(`"1.0"`), []byte(`"2.0"`), 1), diag.PlanVersion},
		{"shape", []byte(`{"format_version": "1.0", "leat_version": "1", "activations": 7}`), diag.PlanDamaged},
		{"graph out of range", broken(func(d *Document) { d.Graph[0].Activation = 9 }), diag.PlanDamaged},
		{"graph cycle", broken(func(d *Document) { d.Graph[0].After = []int{3} }), diag.PlanDamaged},
		{"negative range", broken(func(d *Document) { d.Graph[0].From = -1 }), diag.PlanDamaged},
		{"order", broken(func(d *Document) { d.Activations[0], d.Activations[1] = d.Activations[1], d.Activations[0] }), diag.PlanDamaged},
	} {
		d, ds := Decode(tt.data, "plan.json")
		if tt.want == "" {
			if ds.HasErrors() || d == nil {
				t.Errorf("%s: %v", tt.name, ds)
			}
			continue
		}
		if len(ds) != 1 || ds[0].Code != tt.want || d != nil {
			t.Errorf("%s: got %v, want %s", tt.name, ds, tt.want)
		}
	}
	d, _ := Decode(good, "plan.json")
	if !bytes.Equal(encoded(t, d), good) {
		t.Error("decoding and encoding changes the bytes")
	}
}

func FuzzDecode(f *testing.F) {
	good := encoded(f, document())
	f.Add(good)
	f.Add(good[:100])
	f.Add([]byte(`{"format_version":"1.0","leat_version":"","activations":[{"name":"x","address":"activation.x","id":[{}]}],"graph":[{"id":0,"kind":"commit"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, ds := Decode(data, "plan")
		if (d == nil) != ds.HasErrors() {
			t.Fatal("document and diagnostics disagree")
		}
		if d == nil {
			return
		}
		for _, n := range d.Graph {
			_ = d.Activations[n.Activation]
		}
		if _, err := Encode(d); err != nil {
			t.Fatal(err)
		}
	})
}

// A limit that is taken out of the configuration stays armed.
func TestKept(t *testing.T) {
	percent := func(v float64) ir.Limit { return ir.Limit{Set: true, Percent: true, Value: v} }
	for _, c := range []struct {
		now  ir.Guard
		was  GuardRules
		want GuardRules
		kept string
	}{
		{ir.Guard{MaxRemoves: percent(5), MinRows: 1}, GuardRules{MaxRemoves: "2%", MaxCreates: "10", MinRows: 100}, GuardRules{MaxRemoves: "2%", MaxCreates: "10", MinRows: 100}, "max_creates max_removes min_rows"},
		{ir.Guard{MaxRemoves: percent(5), MinRows: 1}, GuardRules{MaxRemoves: "100%"}, GuardRules{MaxRemoves: "5%", MinRows: 1}, ""}, // the default is stricter
		{ir.Guard{MaxRemoves: percent(5)}, GuardRules{MaxRemoves: "7"}, GuardRules{MaxRemoves: "7"}, "max_removes"},                  // what cannot be compared stays
		{ir.Guard{MaxRemoves: ir.Limit{Set: true, Given: true, Percent: true, Value: 50}, MinRowsGiven: true}, GuardRules{MaxRemoves: "2%", MinRows: 9}, GuardRules{MaxRemoves: "50%"}, ""},
		{ir.Guard{MaxRemoves: percent(5), MinRows: 1}, GuardRules{}, GuardRules{MaxRemoves: "5%", MinRows: 1}, ""},
	} {
		if got, names := Kept(c.now, c.was); RulesOf(got) != c.want || strings.Join(names, " ") != c.kept {
			t.Errorf("%+v over %+v: %+v %v", c.now, c.was, RulesOf(got), names)
		}
	}
}
