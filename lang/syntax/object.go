package syntax

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/types"
)

// ObjectSettings are the plain values of a block `object`. What has a mistake is
// left out, and Whole is then false: passes must not report that something is
// missing.
type ObjectSettings struct {
	Key        []Value[string]
	Required   []Value[string]
	Fields     []DeclaredField
	Operations []RequestSettings // in source order
	Whole      bool
}

// DeclaredField is a field of a declared object.
type DeclaredField struct {
	Name      string
	NameRange diag.Range
	Type      types.Type
	TypeRange diag.Range
}

// RequestSettings are the values of a block such as `upsert`.
type RequestSettings struct {
	Operation         string // upsert, create, update, delete or append
	DefRange          diag.Range
	Method            Value[string] // POST, PUT, PATCH or DELETE
	Path              Value[string]
	Envelope          Value[string]
	Body              Value[string] // record, changes, or "" for the method's own
	Idempotent        Value[bool]
	IdempotencyHeader Value[string]
}

// Settings evaluates the attributes of a block `object` and of its operations.
// The diagnostics are sorted.
func (o *Object) Settings(consts *Constants) (ObjectSettings, diag.Diagnostics) {
	e := &evaluator{consts: consts}
	s := ObjectSettings{Key: e.texts(o.Key, false), Required: e.texts(o.Required, false)}
	for _, f := range o.Fields {
		if t, ok := e.fieldType(f); ok {
			s.Fields = append(s.Fields, DeclaredField{f.Name, f.NameRange, t, f.Expr.Range()})
		}
	}
	for _, r := range o.Requests {
		s.Operations = append(s.Operations, e.request(r))
	}
	ds := e.diags.Sorted()
	s.Whole = !o.Poisoned && !ds.HasErrors()
	return s, ds
}

var (
	headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$") // RFC 9110, section 5.1
	dotted     = regexp.MustCompile(`^[^.\s]+(\.[^.\s]+)*$`)
)

func (e *evaluator) request(r *Request) RequestSettings {
	block, _ := objectBlock.Block(r.Operation)
	s := RequestSettings{Operation: r.Operation, DefRange: r.DefRange,
		Method: e.text(r.Method, block, "method"), Path: e.text(r.Path, block, "path"), Envelope: e.text(r.Envelope, block, "envelope"),
		Body: e.text(r.Body, block, "body"), IdempotencyHeader: e.text(r.IdempotencyHeader, block, "idempotency_header")}
	if r.Idempotent != nil {
		s.Idempotent = e.boolean(r.Idempotent)
	}
	if s.Envelope.Set && !dotted.MatchString(s.Envelope.Value) {
		e.invalid(s.Envelope.Range, "envelope", `Write the name the body stands under, such as "member", or "data.attributes" for one within another.`)
	}
	if s.IdempotencyHeader.Set && !headerName.MatchString(s.IdempotencyHeader.Value) {
		e.invalid(s.IdempotencyHeader.Range, "idempotency_header", `Write the name of a header, such as "Idempotency-Key".`)
	}
	return s
}

// fieldType reads the type of a declared field, which is written like a type
// and never evaluated.
func (e *evaluator) fieldType(f *Field) (types.Type, bool) {
	at := f.Expr.Range()
	text, bad := typeText(f.Expr)
	if bad != (diag.Range{}) {
		e.badType(bad, "It is no type.", "")
		return types.Type{}, false
	}
	t, err := types.Parse(text)
	if err != nil {
		_, word, _ := strings.Cut(err.Error(), `no type "`)
		why := upperFirst(err.Error()) + "."
		if strings.HasPrefix(text, types.Struct.String()) {
			why = "Declare the members of a struct as fields with dotted names, or the whole as json."
		}
		e.badType(at, why, strings.TrimSuffix(word, `"`))
		return types.Type{}, false
	}
	switch t.Kind {
	case types.Unknown, types.Null:
		e.badType(at, "A field of a declared object has a type that values can be held against.", "")
		return types.Type{}, false
	}
	return t, true
}

// declarable lists the types that fields may have, as users write them.
var declarable = []string{"bool", "int", "decimal(10,2)", "float", "string", "string(254)", "bytes", "date", "time", "timestamp",
	"timestamptz", "uuid", "json", "list(string)", `enum("a", "b")`}

func (e *evaluator) badType(at diag.Range, why, given string) {
	var words []string
	for _, t := range declarable {
		word, _, _ := strings.Cut(t, "(")
		words = append(words, word)
	}
	hint := ""
	if given != "" {
		hint = diag.DidYouMean(given, words)
	}
	e.diags.Append(diag.New(diag.UnknownFieldType, at, "%s Write a type such as %s.%s", why, strings.Join(declarable, ", "), hint))
}

// typeText writes an expression that stands for a type as [types.Parse] reads
// it. bad is the range of a part that cannot be one.
func typeText(x hcl.Expression) (text string, bad diag.Range) {
	if word := hcl.ExprAsKeyword(x); word != "" {
		return word, diag.Range{}
	}
	switch x := unwrap(x).(type) {
	case *hclsyntax.LiteralValueExpr:
		if n, ok := whole(x.Val); ok {
			return strconv.Itoa(n), diag.Range{}
		}
	case *hclsyntax.TemplateExpr:
		if s, _, ok := literal(x); ok {
			return strconv.Quote(s), diag.Range{}
		}
	case *hclsyntax.FunctionCallExpr:
		args := make([]string, len(x.Args))
		for i, a := range x.Args {
			if args[i], bad = typeText(a); bad != (diag.Range{}) {
				return "", bad
			}
		}
		if !x.ExpandFinal {
			return x.Name + "(" + strings.Join(args, ", ") + ")", diag.Range{}
		}
	}
	return "", x.Range()
}
