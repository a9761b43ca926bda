package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/leat-dev/leat/compiler/schema"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/syntax"
	"github.com/leat-dev/leat/lang/types"
)

// declared makes the schema of a destination whose objects the configuration
// declares. An object with a mistake is left out.
func (c *compiler) declared(d *syntax.Destination, set syntax.DestinationSettings, base Schema) Schema {
	s := *base.Schema
	s.Limits, s.Objects = c.configuredLimits(set, base.Schema.Limits), nil
	if len(d.Objects) == 0 && !d.Poisoned {
		c.diags.Append(diag.New(diag.NoDeclaredObject, d.DefRange, "Destinations of type %q have no schema of their own. Say what is there: object \"NAME\" { key, fields and the requests that write a record }.", s.Plugin).
			WithSummary("%s declares no object", d.Addr))
	}
	for _, o := range d.Objects {
		x := &declaration{compiler: c, block: o, object: schema.Object{Name: o.Name, Readable: schema.ReadNone}}
		if x.read(s.Limits) {
			s.Objects = append(s.Objects, x.object)
		}
	}
	slices.SortFunc(s.Objects, func(a, b schema.Object) int { return strings.Compare(a.Name, b.Name) })
	return Schema{Schema: &s, Digest: base.Digest}
}

// notDeclared refuses object blocks of a destination that knows its objects.
func (c *compiler) notDeclared(d *syntax.Destination, s *schema.Destination) {
	how := fmt.Sprintf("`leat destinations %s` lists them.", d.Addr.Type)
	if s.NeedsPull {
		how = fmt.Sprintf("`leat destinations schema pull %s` reads them from the account.", d.Addr)
	} else if s.Open {
		how = "Any name is one: write it after the destination in `to`."
	}
	for _, o := range d.Objects {
		c.diags.Append(diag.New(diag.ObjectsNotDeclared, o.DefRange, "A destination of type %q knows its objects itself, and a declaration could only contradict it. %s Remove the block.", d.Addr.Type, how).
			WithSummary("Objects of %s cannot be declared", d.Addr))
	}
}

// configuredLimits fills in what the config block says of limits, and drops
// those that come to nothing.
func (c *compiler) configuredLimits(set syntax.DestinationSettings, limits []schema.Limit) []schema.Limit {
	var out []schema.Limit
	for _, l := range limits {
		if n, ok := c.configNumber(set, l.AmountFrom); ok {
			l.Amount = n
		}
		if n, ok := c.configNumber(set, l.ConcurrentFrom); ok {
			l.Concurrent = int(n)
		}
		if l.Amount > 0 || l.Concurrent > 0 {
			out = append(out, l)
		}
	}
	return out
}

// configNumber returns a config attribute that plans calculate with.
func (c *compiler) configNumber(set syntax.DestinationSettings, name string) (int64, bool) {
	i := slices.IndexFunc(set.Config, func(s syntax.Setting) bool { return s.Name == name })
	if name == "" || i < 0 {
		return 0, false
	}
	s := set.Config[i]
	if s.Env == "" && s.Value.Type() == cty.Number && !s.Value.IsNull() {
		if n, acc := s.Value.AsBigFloat().Int64(); acc == 0 && n >= 1 && n <= 1_000_000 {
			return n, true
		}
	}
	c.diags.Append(diag.New(diag.BadConfig, s.Range, "Plans calculate with %s: write a whole number of at least 1, here and not in an environment variable.", name).
		WithSummary("Wrong value for %q", name))
	return 0, false
}

// declaration is one `object` block being made into an object.
type declaration struct {
	*compiler
	block  *syntax.Object
	set    syntax.ObjectSettings
	object schema.Object
	bad    bool
}

func (x *declaration) report(d diag.Diagnostic) {
	x.diags.Append(d)
	x.bad = true
}

// read reports whether the object is whole.
func (x *declaration) read(limits []schema.Limit) bool {
	set, ds := x.block.Settings(x.in.Constants)
	x.diags.Extend(ds)
	x.set = set
	x.names()
	x.key()
	x.fields()
	for _, r := range set.Operations {
		x.operation(r, limits)
	}
	if len(set.Operations) == 0 && set.Whole {
		x.report(diag.New(diag.NoDeclaredOperation, x.block.DefRange, "Say how its records are written: upsert { path = \"/...\" }, or create, update, delete, append.").
			WithSummary("Object %q has no operation", x.block.Name))
	}
	slices.SortFunc(x.object.Operations, func(a, b schema.Operation) int { return strings.Compare(a.Name, b.Name) })
	x.removal()
	return set.Whole && !x.bad
}

// names checks that the dotted names of the fields nest.
func (x *declaration) names() {
	at := map[string]diag.Range{}
	for _, f := range x.set.Fields {
		at[f.Name] = f.NameRange
	}
	for _, f := range x.set.Fields {
		parts := strings.Split(f.Name, ".")
		if slices.Contains(parts, "") {
			x.report(diag.New(diag.InvalidName, f.NameRange, "A dot nests a field in the body: write names on both sides of it.").WithSummary("Field name %q has an empty part", f.Name))
			continue
		}
		for n := 1; n < len(parts); n++ {
			parent := strings.Join(parts[:n], ".")
			if rng, both := at[parent]; both {
				x.report(diag.New(diag.NestedFieldConflict, f.NameRange, "In the body %q is a member of %q, which cannot have a value of its own then. Rename one of the two.", f.Name, parent).
					WithSummary("Field %q is a value and a parent at once", parent).WithRelated(rng, "it is a value here"))
			}
		}
	}
}

func (x *declaration) declaredField(name string) (syntax.DeclaredField, bool) {
	i := slices.IndexFunc(x.set.Fields, func(f syntax.DeclaredField) bool { return f.Name == name })
	if i < 0 {
		return syntax.DeclaredField{}, false
	}
	return x.set.Fields[i], true
}

// fieldNames resolves a list of field names.
func (x *declaration) fieldNames(list []syntax.Value[string], attribute string) []string {
	var out, known []string
	for _, f := range x.set.Fields {
		known = append(known, f.Name)
	}
	for _, v := range list {
		_, ok := x.declaredField(v.Value)
		switch {
		case !ok && x.set.Whole:
			x.report(diag.New(diag.UndeclaredField, v.Range, "`fields` of the object has no field %q.%s", v.Value, diag.DidYouMean(v.Value, known)).
				WithSummary("%q in `%s` is not a declared field", v.Value, attribute))
		case ok && !slices.Contains(out, v.Value):
			out = append(out, v.Value)
		}
	}
	return out
}

// unkeyable are the kinds of values that have several forms.
var unkeyable = []types.Kind{types.Float, types.JSON, types.List, types.Bytes}

func (x *declaration) key() {
	names := x.fieldNames(x.set.Key, "key")
	for _, name := range names {
		if f, _ := x.declaredField(name); slices.Contains(unkeyable, f.Type.Kind) {
			x.report(diag.New(diag.BadKeyFieldType, f.TypeRange, "%s is part of the key and of type %s, whose values have several forms. Declare a text, a number without a fraction, a date or a UUID.", name, f.Type).
				WithSummary("A %s cannot name a record", f.Type.Kind))
		}
	}
	if len(names) > 0 {
		x.object.Keys = []schema.Key{{Fields: names, Unique: true}}
		return
	}
	needs := slices.IndexFunc(x.set.Operations, func(r syntax.RequestSettings) bool { return r.Operation != "append" })
	if needs >= 0 && x.set.Whole && len(x.set.Key) == 0 {
		x.report(diag.New(diag.NoDeclaredKey, x.block.DefRange, "`%s` is about one record: say which fields name it, such as key = [\"id\"].", x.set.Operations[needs].Operation).
			WithSummary("Object %q has no key", x.block.Name).WithRelated(x.set.Operations[needs].DefRange, "it is needed here"))
	}
}

func (x *declaration) inKey(name string) bool {
	return len(x.object.Keys) > 0 && slices.Contains(x.object.Keys[0].Fields, name)
}

func (x *declaration) fields() {
	required := x.fieldNames(x.set.Required, "required")
	for _, f := range x.set.Fields {
		must := slices.Contains(required, f.Name)
		out := schema.Field{Name: f.Name, Type: f.Type, RequiredOnCreate: must, Nullable: !must && !x.inKey(f.Name), Clear: schema.ClearNull}
		if !out.Nullable {
			out.Clear = schema.ClearImpossible
		}
		x.object.Fields = append(x.object.Fields, out)
	}
	slices.SortFunc(x.object.Fields, func(a, b schema.Field) int { return strings.Compare(a.Name, b.Name) })
}

// operation adds the operation of a request. Every request is about one record.
func (x *declaration) operation(r syntax.RequestSettings, limits []schema.Limit) {
	if !r.Path.Set {
		return // reported by the parser
	}
	x.path(r)
	retry := schema.Neither
	again := r.Method.Value != "POST" || r.IdempotencyHeader.Set
	if r.Idempotent.Set {
		again = r.Idempotent.Value
	}
	if again {
		retry = schema.Idempotent
	}
	whole := r.Body.Value == "record" || (r.Body.Value == "" && r.Method.Value == "PUT")
	op := schema.Operation{Name: r.Operation, Endpoint: r.Method.Value + " " + r.Path.Value, Retry: retry, MaxRecords: 1,
		Request: &schema.Request{Method: r.Method.Value, Path: r.Path.Value, Envelope: r.Envelope.Value, Whole: whole && r.Operation != "delete",
			IdempotencyHeader: r.IdempotencyHeader.Value}}
	for _, l := range limits {
		op.Limits = append(op.Limits, l.Name)
	}
	x.object.Operations = append(x.object.Operations, op)
}

var (
	pathVariable = regexp.MustCompile(`\{([^{}]*)\}`)
	pathLiteral  = regexp.MustCompile(`^[A-Za-z0-9\-._~:/?@!$&'()*+,;=%]*$`) // RFC 3986, without fragments and brackets
)

// path checks the template of a request.
func (x *declaration) path(r syntax.RequestSettings) {
	refuse := func(summary, format string, args ...any) {
		x.report(diag.New(diag.BadRequestPath, r.Path.Range, format, args...).WithSummary("%s", summary))
	}
	if !strings.HasPrefix(r.Path.Value, "/") {
		refuse("Path does not begin with a slash", "The path follows base_url: begin it with a slash.")
		return
	}
	var keys, used []string
	if len(x.object.Keys) > 0 {
		keys = x.object.Keys[0].Fields
	}
	rest := r.Path.Value
	for _, m := range pathVariable.FindAllStringSubmatch(r.Path.Value, -1) {
		name := strings.TrimPrefix(m[1], "+")
		if !slices.Contains(keys, name) {
			if x.set.Whole && !x.bad {
				refuse(fmt.Sprintf("%q in the path is not a key field", name),
					"A path is made of the key, which is known of every record, also of one that is deleted. Key fields: %s.%s", strings.Join(keys, ", "), diag.DidYouMean(name, keys))
			}
			return
		}
		used = append(used, name)
		rest = strings.Replace(rest, m[0], "", 1)
	}
	head, _, _ := strings.Cut(r.Path.Value, "?")
	switch {
	case !pathLiteral.MatchString(rest):
		refuse("Path holds a character that no path has", "Write what is not a letter, a digit or one of -._~:/?@!$&'()*+,;= as a percent sign and two hex digits, and variables as {field} or {+field}.")
	case slices.ContainsFunc(strings.Split(head, "/"), func(s string) bool { return s == "." || s == ".." }):
		refuse("Path has a step of dots", "Write the path without . and .. steps.")
	case r.Method.Value == "DELETE":
		for _, k := range keys {
			if !slices.Contains(used, k) {
				refuse(fmt.Sprintf("DELETE without the key field %q", k), "A DELETE has no body, so the path must name the record: add {%s}, or use method = \"POST\", whose body holds the key.", k)
				return
			}
		}
	}
}

// removal lists what on_removed may be.
func (x *declaration) removal() {
	if _, ok := x.object.Operation("delete"); ok {
		x.object.Removal = append(x.object.Removal, "delete")
	}
	_, update := x.object.Operation("update")
	_, upsert := x.object.Operation("upsert")
	if update || upsert {
		x.object.Removal = append(x.object.Removal, "clear")
	}
	slices.Sort(x.object.Removal)
}

// declarationAt is where the target's object, or a field of it, is declared.
func (u *unit) declarationAt(field string) (diag.Range, bool) {
	if u.dest.Schema.Schema == nil || !u.dest.Schema.Schema.Declared {
		return diag.Range{}, false
	}
	for _, o := range u.dest.Block.Objects {
		if o.Name != u.block.To.Addr.Object {
			continue
		}
		for _, f := range o.Fields {
			if f.Name == field {
				return f.NameRange, true
			}
		}
		return o.DefRange, field == ""
	}
	return diag.Range{}, false
}
