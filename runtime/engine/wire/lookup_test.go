//go:build unix && duckdb_arrow

package wire

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/plugins/fake"
	"github.com/leat-dev/leat/runtime/duck"
	"github.com/leat-dev/leat/runtime/engine"
	"github.com/leat-dev/leat/runtime/event"
)

// family is parents and children in one account; a child holds the id that its
// parent got there.
type family struct {
	*house
	random   *rand.Rand
	parents  map[int]string // id to name
	versions map[int]int    // id to the version of its key
	children map[int]int    // id to the id of the parent; 0 is none
}

func newFamily(t *testing.T, seed uint64) *family {
	f := &family{house: newHouse(t), random: rand.New(rand.NewPCG(seed, 1)), parents: map[int]string{}, versions: map[int]int{}, children: map[int]int{}}
	activation := func(name, source string, fields ...ir.Mapping) ir.Activation {
		a := f.act
		a.Name, a.Source.Relation, a.Source.Columns = name, `"shop"."main"."`+source+`"`, []string{"id"}
		a.ID = []ir.Column{{Name: "id", Type: types.IntType, Expr: ir.Expr{SQL: `r."id"`}}}
		a.Fields = fields
		return a
	}
	name := ir.Mapping{Field: "name", Type: types.StringType, Expr: ir.Expr{SQL: `r."name"`}, Nullable: true, Write: ir.WriteAlways, Nulls: ir.NullsClear}
	parent := ir.Mapping{Field: "visits", Type: types.IntType, Nullable: true, Write: ir.WriteAlways, Nulls: ir.NullsClear,
		Lookup: &ir.Lookup{Activation: "parents", IDs: true, ID: []ir.Column{{Name: "id", Type: types.IntType, Expr: ir.Expr{SQL: `r."parent"`}}}}}
	f.more = []ir.Activation{activation("parents", "parents", name)}
	f.act = activation("children", "children", parent)
	return f
}

// change makes the next state of the warehouse.
func (f *family) change() {
	for id := 1; id <= 5; id++ {
		switch f.random.IntN(6) {
		case 0:
			delete(f.parents, id)
		case 1:
			f.parents[id] = fake.Refused
		case 2, 3:
			f.parents[id] = string(rune('A' + f.random.IntN(3)))
		case 4:
			f.versions[id]++ // another key: a rekey
		}
	}
	for id := 1; id <= 6; id++ {
		switch f.random.IntN(4) {
		case 0:
			delete(f.children, id)
		case 1, 2:
			f.children[id] = f.random.IntN(7) // 6 never is a parent
		}
	}
	var rows []string
	for id, name := range f.parents {
		rows = append(rows, fmt.Sprintf("(%d, 'p%d-%d@x', '%s', NULL)", id, id, f.versions[id], name))
	}
	parents := strings.Join(append(rows, "(99, 'p99-0@x', 'Z', NULL)"), ", ") // never empty
	rows = nil
	for id, parent := range f.children {
		rows = append(rows, fmt.Sprintf("(%d, 'c%d@x', NULL, nullif(%d, 0))", id, id, parent))
	}
	children := strings.Join(append(rows, "(99, 'c99@x', NULL, 99)"), ", ")
	ctx := context.Background()
	db, err := duck.Open(ctx, duck.Options{TempDir: f.dir})
	f.ok(err, false)
	defer db.Close()
	table := " (id INTEGER, email VARCHAR, name VARCHAR, parent INTEGER)"
	for _, q := range []string{"ATTACH " + duck.Literal(filepath.Join(f.dir, "shop.duckdb")) + " AS shop",
		"CREATE OR REPLACE TABLE shop.main.parents" + table, "INSERT INTO shop.main.parents VALUES " + parents,
		"CREATE OR REPLACE TABLE shop.main.children" + table, "INSERT INTO shop.main.children VALUES " + children, "DETACH shop"} {
		f.ok(db.Exec(ctx, q), false)
	}
}

// held is what the account holds: the id of each parent's record, and which id
// each child's record holds ("" for none).
func (f *family) held() (parents, children map[int]string) {
	s, err := fake.OpenStore(f.records)
	f.ok(err, false)
	parents, children = map[int]string{}, map[int]string{}
	for _, r := range s.Records() {
		of, _, _ := strings.Cut(strings.TrimSuffix(r.Key[1:], "@x"), "-")
		id, err := strconv.Atoi(of)
		f.ok(err, false)
		if r.Key[0] == 'p' {
			parents[id] = r.ID
			continue
		}
		children[id] = ""
		if v := r.Fields["visits"]; v != nil {
			children[id] = *v
		}
	}
	return parents, children
}

// Whatever becomes of the parents, a child holds the id of its parent's record,
// or it is as it was; interrupted runs end the same.
func TestFamily(t *testing.T) {
	for seed := range uint64(4) {
		f := newFamily(t, seed)
		for step := range 5 {
			f.change()
			_, before := f.held()
			res := f.plan()
			if f.random.IntN(2) == 0 {
				f.onEvent = func(event.Event) {}
			}
			out := f.apply(res)
			f.onEvent = nil
			for tries := 0; out.Status == engine.StatusInterrupted || out.Status == engine.StatusIncomplete; tries++ {
				if tries > 3 {
					t.Fatalf("seed %d, step %d: %+v", seed, step, out)
				}
				out = f.apply(res)
			}
			parents, children := f.held()
			want := map[int]string{99: parents[99]}
			for id, parent := range f.children {
				if parent == 0 {
					want[id] = ""
				} else if record, there := parents[parent]; there {
					want[id] = record
				} else if was, had := before[id]; had {
					want[id] = was // held
				}
			}
			if !maps.Equal(want, children) {
				t.Fatalf("seed %d, step %d: children hold %v, want %v; parents %v, source %v %v", seed, step, children, want, parents, f.parents, f.children)
			}
			again := f.plan().Document
			for _, a := range again.Activations {
				if a.Counts.Deliverable() != 0 {
					t.Fatalf("seed %d, step %d: %s would change again: %+v", seed, step, a.Address, a.Counts)
				}
			}
		}
	}
}
