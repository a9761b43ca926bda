package label

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"path"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/syntax"
)

// Labels with a meaning of their own.
const (
	// PII marks personal data. It exists without a label block.
	PII = "pii"
	// Public marks values that anybody may see. A value is public when all
	// columns it is made of are, and no destination needs to accept it.
	Public = "public"
	// hashed ends the label of a hash of a labelled value.
	hashed = ":hashed"
)

// Rules decide which labels columns carry. They are not changed after New;
// safe for concurrent use.
type Rules struct{ rules []rule }

type rule struct {
	name  string
	tags  []string
	meta  []syntax.MetaValue
	globs []syntax.Value[string]
}

// Mark is a label on a column, with its reason.
type Mark struct {
	Label string
	// Guessed says that nothing but the column's name gives the label.
	Guessed bool
	// Because is the reason, for people: `tag "pii" of column email`.
	Because string
	// Place is where the reason stands: the pattern in the configuration, or
	// the dbt file, then without lines.
	Place diag.Range
	// Key is the entry in the dbt file that gives the label: "tags" or "meta";
	// "" for a guess.
	Key   string
	Model bool // the model is marked, and so all of its columns
}

// Default are the rules of a project without label blocks.
func Default() *Rules {
	return &Rules{rules: []rule{{name: PII, tags: []string{PII},
		meta: []syntax.MetaValue{{Name: "contains_pii", Value: cty.True}, {Name: PII, Value: cty.True}}}}}
}

// New reads the label blocks of a configuration. The result is never nil. The
// diagnostics are not sorted.
func New(cfg *syntax.Config, consts *syntax.Constants) (*Rules, diag.Diagnostics) {
	var ds diag.Diagnostics
	out := &Rules{}
	declared := false
	for _, b := range cfg.Labels {
		declared = declared || b.Name == PII
		set, more := b.Settings(consts)
		ds.Extend(more)
		if b.Tags == nil && b.Meta == nil && b.Columns == nil && !b.Poisoned {
			ds.Append(diag.New(diag.EmptyLabel, b.DefRange, "Say what it marks: `tags` or `meta` as dbt has them, or `columns`, which are patterns of names.").
				WithSummary("Label %q marks nothing", b.Name))
		}
		r := rule{name: b.Name, meta: set.Meta}
		for _, t := range set.Tags {
			r.tags = append(r.tags, t.Value)
		}
		for _, g := range set.Columns {
			if _, err := path.Match(g.Value, ""); err != nil {
				ds.Append(diag.New(diag.InvalidPattern, g.Range, "In a pattern, * stands for any characters, ? for one and [a-z] for one of a range; a [ must be closed.").
					WithSummary("%q is not a pattern of names", g.Value))
				continue
			}
			r.globs = append(r.globs, g)
		}
		out.rules = append(out.rules, r)
	}
	if !declared {
		out.rules = append(out.rules, Default().rules...)
	}
	slices.SortStableFunc(out.rules, func(a, b rule) int { return cmp.Compare(a.name, b.name) })
	return out, ds
}

// Names returns every label a value may carry, sorted: those of the rules, and
// those of hashes.
func (r *Rules) Names() []string {
	var out []string
	for _, x := range r.rules {
		out = append(out, x.name)
		if x.name != Public {
			out = append(out, x.name+hashed)
		}
	}
	slices.Sort(out)
	return out
}

// Of returns the labels of a column, by name of the label, each once with its
// best reason. doc is what dbt documents of the column, nil for nothing.
func (r *Rules) Of(rel *manifest.Relation, name string, doc *manifest.Column) []Mark {
	var out []Mark
	for _, x := range r.rules {
		if m, ok := x.mark(rel, name, doc); ok {
			out = append(out, m)
		}
	}
	return out
}

func (r *rule) mark(rel *manifest.Relation, name string, doc *manifest.Column) (Mark, bool) {
	at := diag.Range{Filename: rel.File()}
	if doc != nil {
		if key, what, ok := r.match(doc.Tags, doc.Meta); ok {
			return Mark{Label: r.name, Because: what + " of column " + doc.Name, Place: at, Key: key}, true
		}
	}
	if key, what, ok := r.match(rel.Tags, rel.Meta); ok {
		return Mark{Label: r.name, Because: what + " of " + string(rel.Resource) + " " + rel.Name, Place: at, Key: key, Model: true}, true
	}
	for _, g := range r.globs {
		if glob(g.Value, name) {
			return Mark{Label: r.name, Guessed: true, Because: fmt.Sprintf("guessed: %s matches the pattern %q of label %q", name, g.Value, r.name), Place: g.Range}, true
		}
	}
	return Mark{}, false
}

// match looks for the rule in tags and meta, and says what it found.
func (r *rule) match(tags []string, meta map[string]any) (key, what string, ok bool) {
	for _, t := range r.tags {
		if slices.Contains(tags, t) {
			return "tags", fmt.Sprintf("tag %q", t), true
		}
	}
	for _, m := range r.meta {
		if v, found := meta[m.Name]; found && holds(v, m.Value) {
			return "meta", "meta " + m.Name, true
		}
	}
	return "", "", false
}

// holds reports whether a meta entry is a value, or a list with it.
func holds(have any, want cty.Value) bool {
	switch v := have.(type) {
	case bool:
		return want.Type() == cty.Bool && want.True() == v
	case string:
		return want.Type() == cty.String && want.AsString() == v
	case []any:
		return slices.ContainsFunc(v, func(item any) bool { return holds(item, want) })
	case float64, int, int64, uint64, json.Number:
		if want.Type() != cty.Number {
			return false
		}
		n, ok := new(big.Float).SetString(fmt.Sprint(v))
		return ok && n.Cmp(want.AsBigFloat()) == 0
	}
	return false
}

// glob matches a name without regard to case, as warehouses do. A slash is a
// character like any other.
func glob(pattern, name string) bool {
	plain := func(s string) string { return strings.ReplaceAll(strings.ToLower(s), "/", "\x00") }
	ok, err := path.Match(plain(pattern), plain(name))
	return ok && err == nil
}

// Names returns the labels of marks, in their order.
func Names(marks []Mark) []string {
	var out []string
	for _, m := range marks {
		out = append(out, m.Label)
	}
	return out
}

// Missing returns those of the labels that a destination does not accept.
// Who accepts values accepts their hashes, not the other way round, so that
// the label of a hash is left out beside its own label.
func Missing(labels, accepts []string) []string {
	var out []string
	for _, l := range labels {
		if IsHashed(l) && slices.Contains(labels, Base(l)) {
			continue
		}
		if l != Public && !slices.Contains(accepts, l) && !slices.Contains(accepts, Base(l)) {
			out = append(out, l)
		}
	}
	return out
}

// Base is the label of the value that was hashed; the label itself for others.
func Base(l string) string { return strings.TrimSuffix(l, hashed) }

// IsHashed reports whether a label is that of a hash.
func IsHashed(l string) bool { return strings.HasSuffix(l, hashed) }
