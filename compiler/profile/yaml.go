package profile

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/hashicorp/hcl/v2"

	"github.com/leat-dev/leat/lang/diag"
)

// document is a parsed YAML file with ranges.
type document struct {
	src     []byte
	name    string
	root    ast.Node
	anchors map[string]ast.Node
	env     Env
	diags   diag.Diagnostics
}

// pair is a member of a mapping, aliases followed and merge keys resolved.
type pair struct {
	key   string
	rng   diag.Range // of the key
	value ast.Node
}

// open parses src. It returns nil after adding a diagnostic with the code.
func open(src []byte, name string, env Env, code diag.Code) (*document, diag.Diagnostics) {
	if env == nil {
		env = func(string) (string, bool) { return "", false }
	}
	d := &document{src: src, name: name, env: env, anchors: make(map[string]ast.Node)}
	file, err := parse(src)
	if err != nil {
		at := d.at(1, 1, 0)
		var y yaml.Error
		if errors.As(err, &y) && y.GetToken() != nil && y.GetToken().Position != nil {
			pos := y.GetToken().Position
			at = d.at(pos.Line, pos.Column, 0)
		}
		// The parser's own words quote the file, which may hold secrets.
		d.diags.Append(diag.New(code, at, "%s is not valid YAML here. Check indentation, quotes and colons; `dbt debug` reports the same problem.", name))
		return nil, d.diags
	}
	for _, doc := range file.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.CommentType && doc.Body.Type() != ast.DirectiveType {
			d.root = doc.Body
			break
		}
	}
	if d.root != nil {
		ast.Walk(d, d.root)
	}
	return d, nil
}

// parse turns a panic of the YAML library into an error: the file is a user's,
// and a crash must not be the answer to it.
func parse(src []byte) (f *ast.File, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("not parsable")
		}
	}()
	return parser.ParseBytes(src, 0)
}

// Visit collects anchors.
func (d *document) Visit(n ast.Node) ast.Visitor {
	if a, ok := n.(*ast.AnchorNode); ok && a.Name != nil && a.Name.GetToken() != nil {
		d.anchors[a.Name.GetToken().Value] = a.Value
	}
	return d
}

// resolve follows anchors, aliases and tags to the node that has the content.
func (d *document) resolve(n ast.Node) ast.Node {
	for range 20 {
		switch x := n.(type) {
		case *ast.AnchorNode:
			n = x.Value
		case *ast.TagNode:
			n = x.Value
		case *ast.AliasNode:
			if x.Value == nil || x.Value.GetToken() == nil {
				return nil
			}
			n = d.anchors[x.Value.GetToken().Value]
		default:
			return n
		}
	}
	return nil
}

// pairs returns the members of a mapping in order; false when n is none.
func (d *document) pairs(n ast.Node) ([]pair, bool) { return d.merged(n, 0) }

func (d *document) merged(n ast.Node, depth int) ([]pair, bool) {
	m, ok := d.resolve(n).(ast.MapNode)
	if !ok || m == nil || depth > 10 {
		return nil, false
	}
	var own, inherited []pair
	seen := make(map[string]bool)
	for it := m.MapRange(); it.Next(); {
		if it.Key().IsMergeKey() {
			from := []ast.Node{it.Value()}
			if seq, ok := d.resolve(it.Value()).(*ast.SequenceNode); ok {
				from = seq.Values
			}
			for _, f := range from {
				more, _ := d.merged(f, depth+1)
				inherited = append(inherited, more...)
			}
			continue
		}
		key, ok := d.scalar(it.Key())
		if !ok {
			continue
		}
		own = append(own, pair{key, d.rangeOf(it.Key()), it.Value()})
		seen[key] = true
	}
	for _, p := range inherited {
		if !seen[p.key] {
			seen[p.key] = true
			own = append(own, p)
		}
	}
	return own, true
}

// scalar returns a scalar's text as YAML reads it; null is "".
func (d *document) scalar(n ast.Node) (string, bool) {
	switch x := d.resolve(n).(type) {
	case *ast.StringNode:
		return x.Value, true
	case *ast.LiteralNode:
		if x.Value == nil {
			return "", true
		}
		return x.Value.Value, true
	case *ast.NullNode:
		return "", true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return strings.TrimSpace(x.GetToken().Value), true
	case *ast.MappingKeyNode:
		return d.scalar(x.Value)
	}
	return "", false
}

// get returns a member by key.
func get(ps []pair, key string) (pair, bool) {
	for _, p := range ps {
		if p.key == key {
			return p, true
		}
	}
	return pair{}, false
}

func keys(ps []pair) []string {
	out := make([]string, len(ps))
	for i, p := range ps {
		out[i] = p.key
	}
	return out
}

// value renders a scalar; ok is false when n is not one, or a diagnostic was
// added.
func (d *document) value(key string, n ast.Node) (v Value, ok bool) {
	content := d.resolve(n)
	if content == nil {
		return Value{}, false
	}
	rng := d.rangeOf(n)
	text, ok := d.scalar(content)
	if !ok {
		return Value{}, false
	}
	v = Value{Range: rng, Hidden: secretKey(key), text: text, Kind: Text}
	switch content.(type) {
	case *ast.NullNode:
		v.Kind = Null
		return v, true
	case *ast.IntegerNode:
		v.Kind = Int
		return v, true
	case *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		v.Kind = Float
		return v, true
	case *ast.BoolNode:
		v.Kind, v.text = Bool, strings.ToLower(text)
		return v, true
	}
	r, err := render(text, d.env)
	var unsupported *unsupportedError
	if errors.As(err, &unsupported) && key == "password" {
		return v, true // dbt, too, takes a password it cannot render as it stands
	}
	if err != nil {
		d.problem(rng, key, err)
		return Value{}, false
	}
	v.Kind, v.text = r.kind, r.text
	v.Hidden = v.Hidden || r.secret || secretInURL(r.text)
	return v, true
}

func (d *document) problem(rng diag.Range, key string, err error) {
	var (
		unset       *unsetError
		unsupported *unsupportedError
		convert     *convertError
	)
	switch {
	case errors.As(err, &unset):
		d.diags.Append(diag.New(diag.ProfileEnvUnset, d.narrow(rng, unset.name),
			"%q reads the environment variable %s, which is not set. Set it, or give a default: {{ env_var('%s', '...') }}.", key, unset.name, unset.name).
			WithSummary("Environment variable %s is not set", unset.name))
	case errors.As(err, &convert):
		from := "The value"
		if convert.name != "" {
			from = "The environment variable " + convert.name
			rng = d.narrow(rng, convert.name)
		}
		d.diags.Append(diag.New(diag.ProfileConversion, rng, "%s does not hold a %s, as %q needs.", from, convert.to, key))
	case errors.As(err, &unsupported):
		d.diags.Append(diag.New(diag.ProfileJinja, rng,
			"%q uses %s. leat renders {{ env_var('NAME') }} and {{ env_var('NAME', 'default') }}, the filters as_text, as_number, as_bool and as_native, and text joined by ~ or +. Put anything else into an environment variable.", key, unsupported.what))
	}
}

// at is the range of n bytes that start at a line and a column counted in
// characters, both 1-based.
func (d *document) at(line, column, n int) diag.Range {
	start := 0
	for range line - 1 {
		i := bytes.IndexByte(d.src[start:], '\n')
		if i < 0 {
			break
		}
		start += i + 1
	}
	for c := 1; c < column && start < len(d.src) && d.src[start] != '\n'; c++ {
		_, size := utf8.DecodeRune(d.src[start:])
		start += size
	}
	from := hcl.Pos{Line: max(line, 1), Column: max(column, 1), Byte: start}
	n = min(n, len(d.src)-start)
	to := from
	to.Byte += n
	to.Column += utf8.RuneCount(d.src[start : start+n])
	return diag.Range{Filename: d.name, Start: from, End: to}
}

// rangeOf is where a node is written, on its first line.
func (d *document) rangeOf(n ast.Node) diag.Range {
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return d.at(1, 1, 0)
	}
	tok := n.GetToken()
	if m, ok := n.(*ast.MappingValueNode); ok && m.Key != nil {
		tok = m.Key.GetToken()
	}
	r := d.at(tok.Position.Line, tok.Position.Column, 0)
	origin, _, _ := strings.Cut(strings.TrimLeft(tok.Origin, " \n\t"), "\n")
	origin = strings.TrimRight(origin, " \t\r")
	if bytes.HasPrefix(d.src[r.Start.Byte:], []byte(origin)) {
		return d.at(tok.Position.Line, tok.Position.Column, len(origin))
	}
	return r
}

// narrow finds a variable's name inside a range of one line.
func (d *document) narrow(r diag.Range, name string) diag.Range {
	i := bytes.Index(d.src[r.Start.Byte:r.End.Byte], []byte(name))
	if i < 0 {
		return r
	}
	before := utf8.RuneCount(d.src[r.Start.Byte : r.Start.Byte+i])
	return d.at(r.Start.Line, r.Start.Column+before, len(name))
}
