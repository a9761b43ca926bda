package scaffold

import (
	"cmp"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/compiler/check"
	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/syntax"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/runtime/project"
)

// maxTried bounds how many models are compiled, maxRounds how often columns are
// taken out of one, maxFields how many columns a first activation maps.
const (
	maxTried  = 20
	maxRounds = 4
	maxFields = 12
)

// candidate is a model that could be the first one.
type candidate struct {
	rel   *manifest.Relation
	facts *manifest.Facts
	key   []string
	grade manifest.Grade
	rank  []int // higher is better, most important first
}

// choose picks the model best fit for a first activation and writes the
// activation, which compiles without a warning. first is nil when none does.
func choose(p *project.Project) (first *First, text []byte) {
	list := candidates(p.Input.Manifest, p.Input.Catalog, p.Input.Verdicts)
	for _, c := range list[:min(len(list), maxTried)] {
		if first, text = try(p, c); first != nil {
			return first, text
		}
	}
	return nil, nil
}

// candidates lists the models of the project itself that dbt builds and that
// have a key whose columns are proven unique and not null, best first.
func candidates(m *manifest.Manifest, catalog *manifest.Catalog, verdicts manifest.Verdicts) []candidate {
	readers := map[string]int{}
	for _, r := range m.Models {
		for _, id := range r.DependsOn {
			readers[id]++
		}
	}
	var out []candidate
	for _, r := range m.Models {
		if r.Resource != manifest.Model || r.Package != m.Metadata.Project || r.Ephemeral() || r.Access == "private" ||
			r.DeprecationDate != "" || r.Version != r.LatestVersion {
			continue
		}
		c := candidate{rel: r, facts: m.Facts(r, catalog, verdicts)}
		if len(c.facts.Columns) > 1 && c.pickKey() {
			c.rate(readers[r.UniqueID])
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b candidate) int {
		return cmp.Or(-slices.Compare(a.rank, b.rank), cmp.Compare(a.rel.UniqueID, b.rel.UniqueID))
	})
	return out
}

// pickKey takes the key of fewest columns that is wholly proven and not
// personal; among equals one that looks like an id.
func (c *candidate) pickKey() bool {
	best := 0
	for _, k := range c.facts.Keys {
		grade, ok := manifest.BestGrade(k.Proofs)
		for _, name := range k.Columns {
			col := c.facts.Column(name)
			if col.Found == nil {
				ok = false
				continue
			}
			g, proven := manifest.BestGrade(col.Found.NotNull)
			if ok = ok && proven && private(c.rel, *col.Found) == ""; g == manifest.Declared {
				grade = g
			}
		}
		if !ok {
			continue
		}
		score := -2 * len(k.Columns)
		if low := strings.ToLower(k.Columns[0]); low == "id" || strings.HasSuffix(low, "_id") || strings.HasSuffix(low, "_key") {
			score++
		}
		if c.key == nil || score > best {
			best, c.key, c.grade = score, k.Columns, grade
		}
	}
	return c.key != nil
}

// inner are the folders and prefixes of models that others are built on.
var inner = []string{"stg", "staging", "int", "intermediate", "base", "raw", "src", "tmp"}

// people are what most first activations are about.
var people = []string{"customer", "user", "account", "contact", "member", "compan", "organi", "client", "lead", "person", "people"}

// rate ranks a candidate: known columns, not an inner model, about people or
// companies, proven by a run, with more columns, read by few others.
func (c *candidate) rate(readers int) {
	flag := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	name := strings.ToLower(c.rel.Name)
	about := slices.ContainsFunc(people, func(p string) bool { return strings.Contains(name, p) })
	isInner := slices.ContainsFunc(inner, func(p string) bool { return strings.HasPrefix(name, p+"_") || slices.Contains(c.rel.FQN, p) })
	c.rank = []int{flag(c.facts.Complete), flag(!isInner), flag(about), flag(c.grade == manifest.Passed), flag(len(c.key) == 1), min(len(c.facts.Columns), maxFields), -readers}
}

// try writes an activation of a candidate and compiles it. Columns that draw a
// diagnostic are left out; a diagnostic anywhere else rules the model out.
func try(p *project.Project, c candidate) (*First, []byte) {
	d := draft{name: activationName(c.rel.Name), from: "ref(" + quote(c.rel.Name) + ")", key: c.key, grade: string(c.grade),
		description: "Rows of " + c.rel.Name + ", as a CSV file"}
	to := addr.Object{Destination: exports, Object: d.name}
	if i := slices.IndexFunc(p.Config.Destinations, func(b *syntax.Destination) bool { return b.Addr.Type == exports.Type }); i >= 0 {
		to.Destination = p.Config.Destinations[i].Addr
	} else {
		d.declare = true
	}
	d.to = to.String()
	for _, col := range c.facts.Columns {
		switch why := private(c.facts.Relation, col); {
		case slices.Contains(c.key, col.Name):
		case why != "":
			d.out = append(d.out, LeftOut{col.Name, why})
		case len(d.fields) == maxFields:
			d.out = append(d.out, LeftOut{col.Name, "for later"})
		default:
			d.fields = append(d.fields, mapped{col.Name, rowRef(col.Name)})
		}
	}
	file := freeName(p.Root, "activations", d.name)
	for range maxRounds {
		text := d.text()
		act, bad, ok := compile(p, file, d.name, text)
		if !ok {
			return nil, nil
		}
		changed := d.refine(act, bad)
		if len(d.fields) == 0 {
			return nil, nil
		}
		if !changed {
			first := &First{Name: d.name, From: d.from, To: d.to, File: file, Key: c.key, Grade: d.grade, Columns: len(c.facts.Columns), LeftOut: d.out}
			for _, f := range d.fields {
				first.Mapped = append(first.Mapped, f.column)
			}
			return first, text
		}
	}
	return nil, nil
}

// refine takes out the columns that cannot be sent as they are, and rounds
// floats, whose last digits vary. It reports whether the draft changed.
func (d *draft) refine(act *ir.Activation, bad map[string]bool) bool {
	changed := false
	kept := d.fields[:0:0]
	for _, f := range d.fields {
		if bad[f.column] {
			d.out = append(d.out, LeftOut{f.column, "cannot be sent as it is"})
			changed = true
			continue
		}
		if act != nil && f.expr == rowRef(f.column) && slices.ContainsFunc(act.Fields, func(m ir.Mapping) bool { return m.Field == f.column && m.Type.Kind == types.Float }) {
			f.expr = "round(" + f.expr + ", 2)"
			changed = true
		}
		kept = append(kept, f)
	}
	d.fields = kept
	return changed
}

// compile compiles the project with one more file. act is nil when it has
// errors; bad holds the fields that draw a diagnostic; ok is false when
// something else does.
func compile(p *project.Project, file, name string, text []byte) (act *ir.Activation, bad map[string]bool, ok bool) {
	files := []syntax.File{{Name: file, Bytes: text}}
	for _, n := range p.Files() {
		files = append(files, syntax.File{Name: n, Bytes: p.Source(n)})
	}
	config, ds := syntax.Parse(files)
	block, found := config.Activation(name)
	if ds.HasErrors() || !found {
		return nil, nil, false
	}
	in := p.Input
	in.Config = config
	constants, more := p.Evaluate(config)
	in.Constants = constants
	ds.Extend(more)
	in.Source = func(n string) []byte {
		if n == file {
			return text
		}
		return p.Source(n)
	}
	res, more := check.Compile(in)
	ds.Extend(more)
	bad = map[string]bool{}
	for _, d := range ds {
		i := slices.IndexFunc(block.Fields, func(f *syntax.Field) bool {
			return d.Range.Filename == file && f.Range.Start.Byte <= d.Range.Start.Byte && d.Range.End.Byte <= f.Range.End.Byte
		})
		if i < 0 {
			return nil, nil, false
		}
		bad[block.Fields[i].Name] = true
	}
	if len(res.Activations) == 1 {
		act = &res.Activations[0]
	}
	return act, bad, act != nil || len(bad) > 0
}

// freeName is a file name that nothing has yet.
func freeName(root, folder, name string) string {
	for n := 1; ; n++ {
		file := path.Join(folder, name+".leat.hcl")
		if n > 1 {
			file = path.Join(folder, name+"_"+strconv.Itoa(n)+".leat.hcl")
		}
		if _, err := os.Lstat(filepath.Join(root, filepath.FromSlash(file))); err != nil {
			return file // where it is more than absence, writing says so
		}
	}
}

// personal are parts of names of columns that hold what is about a person.
var personal = []string{"email", "mail_address", "phone", "mobile", "first_name", "last_name", "full_name", "given_name", "family_name", "surname",
	"street", "address", "postal", "zip", "birth", "ssn", "passport", "iban", "card_number", "password", "ip_addr", "token", "secret"}

// sensitive are parts of tags and meta entries that say a column is guarded.
var sensitive = []string{"pii", "personal", "sensitive", "gdpr", "confidential", "restricted", "secret", "phi"}

// private says why a column is not proposed: what dbt says of it, else its
// name. It is "" for a column that may be sent.
func private(r *manifest.Relation, c manifest.ColumnFacts) string {
	says := func(words []string) string {
		for _, w := range words {
			low := strings.ToLower(w)
			if slices.ContainsFunc(sensitive, func(s string) bool { return strings.Contains(low, s) }) {
				return strings.Join(strings.Fields(w), " ")
			}
		}
		return ""
	}
	words := slices.Clone(r.Tags)
	words = append(words, metaWords(r.Meta)...)
	if c.Documented != nil {
		words = append(append(words, c.Documented.Tags...), metaWords(c.Documented.Meta)...)
	}
	if w := says(words); w != "" {
		return "dbt says " + w
	}
	low := strings.ToLower(c.Name)
	if slices.ContainsFunc(personal, func(s string) bool { return strings.Contains(low, s) }) {
		return "may be personal, by its name"
	}
	return ""
}

// metaWords lists the names of entries that are not false, sorted.
func metaWords(meta map[string]any) []string {
	var out []string
	for name, v := range meta {
		if v != false && v != nil {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}
