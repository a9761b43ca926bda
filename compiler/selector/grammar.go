package selector

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/lang/diag"
)

// Indirect says when a test is selected because of what it tests.
type Indirect string

// The modes, in dbt's words.
const (
	Eager     Indirect = "eager"     // any parent is selected; the default
	Cautious  Indirect = "cautious"  // every parent is selected
	Buildable Indirect = "buildable" // every parent is selected or an ancestor of what is
	Empty     Indirect = "empty"     // never
)

// Indirects are the modes, as flags and YAML selectors take them.
var Indirects = []Indirect{Eager, Cautious, Buildable, Empty}

// unlimited is the depth of a + without a number.
const unlimited = -1

// Criterion is one term of a selection: a method with its value, and how far
// to go from what it matches.
type Criterion struct {
	Method string   // "fqn", "tag", ...: a key of the table of methods
	Args   []string // config.meta.owner has the arguments meta and owner
	Value  string
	// Parents and Children are depths: 0 for none, -1 without limit.
	Parents, Children int
	Ancestry          bool     // @: the children, and all parents of those
	Indirect          Indirect // "" is the selection's own
	Raw               string   // as the user wrote it, for messages
	Range             diag.Range
}

// op says how the parts of an expression combine.
type op uint8

const (
	single     op = iota
	union         // any part
	intersect     // every part
	difference    // the first part without the others
)

// Expr is a parsed selection.
type Expr struct {
	op        op
	criterion Criterion // of single
	parts     []*Expr
	raw       string // warned of when nothing matches; "" is never warned of
	rng       diag.Range
}

// criterionPattern is dbt's own split of a criterion.
var criterionPattern = regexp.MustCompile(`^(?s)(@)?((\d*)\+)?(?:([\w.]+):)?(.*?)(\+(\d*))?$`)

// Parse parses what --select or --exclude were given: each argument is a union
// of terms separated by white space, each term an intersection of criteria
// separated by commas. The expression is nil when there are errors, or nothing.
func Parse(args []string) (*Expr, diag.Diagnostics) {
	var ds diag.Diagnostics
	out := &Expr{op: union}
	for _, arg := range args {
		for _, term := range split(arg, " \t\r\n") {
			if term != "" {
				out.parts = append(out.parts, parseTerm(term, diag.Range{}, &ds))
			}
		}
	}
	if ds.HasErrors() || len(out.parts) == 0 {
		return nil, ds
	}
	return out, ds
}

// parseTerm parses an intersection.
func parseTerm(term string, rng diag.Range, ds *diag.Diagnostics) *Expr {
	out := &Expr{op: intersect, raw: term, rng: rng}
	for _, text := range split(term, ",") {
		c, problem := parseCriterion(text)
		if problem != nil {
			problem.Range = rng
			ds.Append(*problem)
			continue
		}
		c.Range = rng
		out.parts = append(out.parts, &Expr{op: single, criterion: c})
	}
	return out
}

// parseCriterion parses one criterion.
func parseCriterion(text string) (Criterion, *diag.Diagnostic) {
	fail := func(detail string, args ...any) (Criterion, *diag.Diagnostic) {
		d := diag.New(diag.SelectionInvalid, diag.Range{}, detail, args...).WithSummary("%q is not a selection", text)
		return Criterion{}, &d
	}
	m := criterionPattern.FindStringSubmatch(text)
	c := Criterion{Raw: text, Value: m[5], Ancestry: m[1] != ""}
	switch {
	case c.Value == "":
		return fail("A name or METHOD:VALUE is missing. Commas join what must all hold, without spaces: tag:daily,destination:hubspot.")
	case c.Ancestry && m[6] != "":
		return fail("A term cannot begin with @ and end with +: @ selects the children already. Leave the + out.")
	case c.Ancestry && m[2] != "":
		return fail("A term cannot begin with both @ and +: @ selects the parents already. Leave the + out.")
	}
	var ok bool
	if c.Parents, ok = depth(m[2], m[3]); !ok {
		return fail("The number of generations before + is too large.")
	}
	if c.Children, ok = depth(m[6], m[7]); !ok {
		return fail("The number of generations after + is too large.")
	}
	if m[4] == "" {
		c.Method = defaultMethod(c.Value)
		return c, nil
	}
	name := strings.Split(m[4], ".")
	c.Method, c.Args = name[0], name[1:]
	if d := checkMethod(c); d != nil {
		return Criterion{}, d
	}
	return c, nil
}

// depth reads the number beside a +.
func depth(plus, digits string) (int, bool) {
	switch {
	case plus == "":
		return 0, true
	case digits == "":
		return unlimited, true
	}
	n, err := strconv.Atoi(digits)
	return n, err == nil
}

// defaultMethod is what a value without a method means: a path when it has a
// slash, a file when it ends like one, else a name.
func defaultMethod(value string) string {
	low := strings.ToLower(value)
	switch {
	case strings.Contains(value, `["`): // the address of an activation
		return "fqn"
	case strings.ContainsAny(value, `/\`):
		return "path"
	case strings.HasSuffix(low, ".sql"), strings.HasSuffix(low, ".py"), strings.HasSuffix(low, ".csv"), strings.HasSuffix(low, ".hcl"):
		return "file"
	}
	return "fqn"
}

// split cuts text at any of the separators, but not between [" and "], where
// the key of an activation's instance stands.
func split(text, separators string) []string {
	var out []string
	from, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch {
		case strings.HasPrefix(text[i:], `["`):
			quoted = true
		case strings.HasPrefix(text[i:], `"]`):
			quoted = false
		case !quoted && strings.IndexByte(separators, text[i]) >= 0:
			out = append(out, text[from:i])
			from = i + 1
		}
	}
	return append(out, text[from:])
}
