package check

import (
	"slices"
	"strings"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/expr"
	"github.com/leat-dev/leat/lang/types"
)

// The values of `proofs`.
const (
	proofsRequire = "require"
	proofsOff     = "off"
)

// keyType is the type of a key field of the object; unknown where the object
// does not say.
func (u *unit) keyType(field string) types.Type {
	for _, m := range u.out.Key {
		if m.Field == field {
			return m.Type
		}
	}
	return types.UnknownType
}

// prove grades uniqueness and not-null of an id or key, and reports what
// nothing proves, as `proofs` says.
func (u *unit) prove(of string, parts []part, rng diag.Range) {
	notNull := ir.Proof{Of: of, Fact: "not_null", Grade: ir.Passed}
	for _, p := range parts {
		grade, by := u.notNull(p.node)
		if grade == ir.Unproven {
			u.missing(diag.NullableKey, diag.NullableKeyRequired, u.nullablePart(of, p))
		}
		if weaker(grade, notNull.Grade) {
			notNull.Grade, notNull.By = grade, by
		} else if notNull.By == "" {
			notNull.By = by
		}
	}
	unique := ir.Proof{Of: of, Fact: "unique", Grade: ir.Unproven}
	k := u.known(parts)
	unique.Grade, unique.By = u.unique(k)
	if unique.Grade == ir.Unproven {
		u.missing(diag.UnprovenKey, diag.UnprovenKeyRequired, u.unproven(of, parts, k, rng))
	}
	u.out.Proofs = append(u.out.Proofs, notNull, unique)
}

// missing reports that a proof is missing: as a warning, as an error where
// proofs are required, or not at all.
func (u *unit) missing(code, required diag.Code, d diag.Diagnostic) {
	switch u.set.Proofs.Value {
	case proofsOff:
		return
	case proofsRequire:
		code = required
	}
	out := diag.New(code, d.Range, "%s", d.Detail)
	out.Summary, out.Related, out.Fixes = d.Summary, d.Related, d.Fixes
	if code == required {
		out.Detail += " This activation has proofs = \"require\"."
	}
	u.report(out)
}

var gradeOrder = []ir.Grade{ir.Unproven, ir.Declared, ir.Passed, ir.Checked}

func weaker(a, b ir.Grade) bool { return slices.Index(gradeOrder, a) < slices.Index(gradeOrder, b) }

// notNull grades that a part is never null.
func (u *unit) notNull(n *expr.Node) (ir.Grade, string) {
	if n.Info().Nullable {
		return ir.Unproven, ""
	}
	grade, by := ir.Passed, ""
	for _, name := range expr.Columns(n) {
		if u.filtered(name) {
			by = "where"
			continue
		}
		match := u.facts.Column(name)
		if match.Found == nil {
			continue
		}
		g, proofBy := best(match.Found.NotNull)
		if g != ir.Unproven && (by == "" || weaker(g, grade)) {
			grade, by = g, proofBy
		}
	}
	return grade, by
}

// filtered reports whether `where` leaves out the rows in which a column is
// null.
func (u *unit) filtered(column string) bool { return slices.Contains(u.narrowed.NotNull(), column) }

// knowledge is what the values of an id or key tell of a row.
type knowledge struct {
	columns    []string // whose values they give away, as the facts spell them
	signatures []string // the expressions themselves
	lost       []lost   // the parts that give nothing away
}

type lost struct {
	part part
	why  string
}

// known gathers what the parts of an id or key tell.
func (u *unit) known(parts []part) knowledge {
	var k knowledge
	for _, p := range parts {
		t := tell(p.node)
		if t.column != "" && !keepsApart(p.node.Type(), p.to) {
			t = told{why: "several texts are one " + p.to.Kind.String()}
		}
		if t.why != "" {
			k.lost = append(k.lost, lost{p, t.why})
			if s := signature(p.node); s != "" {
				k.signatures = append(k.signatures, s)
			}
			continue
		}
		if t.column != "" {
			k.columns = append(k.columns, u.spelling(t.column))
		}
	}
	return k
}

// spelling is how the facts write a column's name: the warehouse may write it
// in another case than dbt.
func (u *unit) spelling(column string) string {
	if m := u.facts.Column(column); m.Found != nil {
		return m.Found.Name
	}
	return column
}

func (k knowledge) covers(columns []string) bool {
	return !slices.ContainsFunc(columns, func(c string) bool {
		return !slices.Contains(k.columns, c) && !slices.Contains(k.signatures, tested(c))
	})
}

// unique grades that what is known tells every two rows apart.
func (u *unit) unique(known knowledge) (ir.Grade, string) {
	grade, by := ir.Unproven, ""
	for _, k := range u.facts.Keys {
		if !known.covers(k.Columns) {
			continue
		}
		if g, proofBy := best(k.Proofs); weaker(grade, g) {
			grade, by = g, proofBy
		}
	}
	return grade, by
}

// best returns the strongest whole proof.
func best(proofs []manifest.Proof) (ir.Grade, string) {
	g, ok := manifest.BestGrade(proofs)
	if !ok {
		return ir.Unproven, ""
	}
	for _, p := range proofs {
		if p.Partial == "" && p.Grade == g {
			return ir.Grade(g), p.By
		}
	}
	return ir.Grade(g), ""
}

func (u *unit) nullablePart(of string, p part) diag.Diagnostic {
	cols := expr.Columns(p.node)
	what := "This"
	if name, bare := expr.BareColumn(p.node); bare {
		what = rowRef(name)
	}
	detail := what + " may be null for all that dbt declares: rows where it is are invalid and left out"
	if of == "id" {
		detail += ", and while there is one, nothing is removed"
	}
	detail += "."
	var stated []manifest.Proof
	for _, name := range cols {
		if m := u.facts.Column(name); m.Found != nil {
			stated = append(stated, m.Found.NotNull...)
		}
	}
	if len(cols) > 0 {
		detail += u.insufficient(stated) + " Add a not_null test on " + strings.Join(cols, ", ") + " to " + u.facts.Relation.Name +
			", or add `where = " + rowRef(cols[0]) + " != null`."
	}
	return u.atProofs(diag.New(diag.NullableKey, p.expr.Range(), "%s", detail).WithSummary("The %s may be null", of), stated, cols)
}

func (u *unit) unproven(of string, parts []part, k knowledge, rng diag.Range) diag.Diagnostic {
	if len(parts) == 1 {
		rng = parts[0].expr.Range()
	}
	name := u.facts.Relation.Name
	var stated []manifest.Proof
	for _, key := range u.facts.Keys {
		if k.covers(key.Columns) {
			stated = append(stated, key.Proofs...)
		}
	}
	cols := strings.Join(k.columns, ", ")
	detail := "No dbt test or constraint says that " + cols + " is unique in " + name + "; rows that share a value are invalid and left out."
	remedy := " Add a `unique` test on it."
	switch {
	case len(k.lost) > 0:
		return u.unprovenExpression(of, k, rng)
	case len(k.columns) == 0:
		detail, remedy = "The "+of+" is the same for every row, so all of them are invalid and left out.", " Name the columns that tell rows apart."
	case len(k.columns) > 1:
		detail = "No dbt test or constraint says that " + cols + " are unique together in " + name + "; rows that share values are invalid and left out."
		remedy = " Add dbt_utils.unique_combination_of_columns."
	}
	if len(stated) > 0 {
		detail = "Nothing proves that " + cols + " tells rows of " + name + " apart; rows that share a value are invalid and left out." + u.insufficient(stated)
		remedy = remedies[stated[0].Partial]
	}
	return u.atProofs(diag.New(diag.UnprovenKey, rng, "%s", detail+remedy).WithSummary("Nothing proves that the %s is unique", of), stated, k.columns)
}

// unprovenExpression says which part of an id or key merges values, and how.
func (u *unit) unprovenExpression(of string, k knowledge, rng diag.Range) diag.Diagnostic {
	first := k.lost[0]
	if len(k.lost) == 1 && len(k.columns) == 0 {
		rng = first.part.expr.Range()
	}
	detail := "Two different rows may give one value here: " + first.why + "."
	cols := expr.Columns(first.part.node)
	var proven []string
	for _, key := range u.facts.Keys {
		if _, ok := manifest.BestGrade(key.Proofs); ok && !slices.ContainsFunc(key.Columns, func(c string) bool { return !slices.Contains(cols, c) && !slices.Contains(k.columns, c) }) {
			proven = append(proven, strings.Join(key.Columns, ", "))
		}
	}
	if len(proven) > 0 {
		detail += " So that " + proven[0] + " is unique in " + u.facts.Relation.Name + " proves nothing of it."
	}
	detail += " Rows that share a value are invalid and left out."
	switch s := signature(first.part.node); {
	case first.part.node.Op == expr.Concat && of == "id":
		detail += " Name the columns one by one: id = " + idText(cols) + "."
	case s != "" && len(k.lost) == 1 && len(k.columns) == 0:
		detail += " Add a `unique` test with column_name: \"" + s + "\" to " + u.facts.Relation.Name + ", or compute the value there, test it, and map the bare column."
	default:
		detail += " Compute the value in " + u.facts.Relation.Name + ", test it there with `unique`, and map the bare column."
	}
	return u.atColumn(diag.New(diag.UnprovenKey, rng, "%s", detail).WithSummary("Nothing proves that the %s is unique", of), cols)
}

// remedies say, for a test or constraint of uniqueness, what makes it a proof.
var remedies = map[string]string{
	manifest.PartialWhere:      " Remove its `where`.",
	manifest.PartialSeverity:   " Give it severity error.",
	manifest.PartialThreshold:  " Remove its error_if and fail_calc.",
	manifest.PartialFailed:     " Find the rows, and run `dbt test` again.",
	manifest.PartialUnenforced: " Add a `unique` test.",
	manifest.PartialNotApplied: " Add a `unique` test.",
}

// insufficient says why the tests and constraints that there are prove
// nothing.
func (u *unit) insufficient(stated []manifest.Proof) string {
	var out strings.Builder
	for _, p := range stated {
		name := " The " + strings.TrimPrefix(p.By, "constraint ") + " constraint "
		if p.Test != nil {
			name = " The test " + p.Test.Name + " "
		}
		switch p.Partial {
		case manifest.PartialWhere:
			out.WriteString(name + "looks at some of the rows only.")
		case manifest.PartialSeverity:
			out.WriteString(name + "has severity warn.")
		case manifest.PartialThreshold:
			out.WriteString(name + "tolerates failing rows.")
		case manifest.PartialFailed:
			out.WriteString(name + "failed when it last ran (" + p.Verdict.File + ").")
		case manifest.PartialUnenforced:
			out.WriteString(name + "is not enforced by " + u.in.Manifest.Metadata.Adapter + ".")
		case manifest.PartialNotApplied:
			out.WriteString(name + "is not applied by dbt, as that takes an enforced contract and a table.")
		}
	}
	return out.String()
}

// atProofs relates a diagnostic to the tests and constraints it speaks of,
// else to where the columns are described.
func (u *unit) atProofs(d diag.Diagnostic, stated []manifest.Proof, columns []string) diag.Diagnostic {
	related := false
	for _, p := range stated {
		if p.File == "" || p.Partial == "" {
			continue
		}
		name := p.By
		if p.Test != nil {
			name = "test " + p.Test.Name
		}
		d, related = d.WithRelated(u.places.Proof(u.facts.Relation, p), "%s is declared here", name), true
	}
	if related {
		return d
	}
	return u.atColumn(d, columns)
}
