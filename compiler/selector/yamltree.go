package selector

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

// tree is a YAML value with aliases followed: a mapping, a list or text.
type tree struct {
	kind    treeKind
	text    string // of a scalar
	list    []tree
	members []treeMember
	rng     diag.Range
}

type treeKind uint8

const (
	scalarTree treeKind = iota
	nullTree
	listTree
	mapTree
)

type treeMember struct {
	key   string
	rng   diag.Range
	value tree
}

func (t *tree) get(key string) (*tree, bool) {
	for i := range t.members {
		if t.members[i].key == key {
			return &t.members[i].value, true
		}
	}
	return nil, false
}

// yamlReader turns the library's nodes into trees.
type yamlReader struct {
	src     []byte
	name    string
	anchors map[string]ast.Node
	left    int // values that may still be read: aliases can multiply
}

var errTooLarge = errors.New("too large")

// readTree parses a YAML file. The range of the error is where the parser gave
// up; its words quote the file and are not passed on.
func readTree(src []byte, name string) (tree, diag.Range, error) {
	r := &yamlReader{src: src, name: name, anchors: map[string]ast.Node{}, left: 100_000}
	file, err := parseYAML(src)
	if err != nil {
		at := r.at(1, 1, 0)
		var y yaml.Error
		if errors.As(err, &y) && y.GetToken() != nil && y.GetToken().Position != nil {
			at = r.at(y.GetToken().Position.Line, y.GetToken().Position.Column, 0)
		}
		return tree{}, at, err
	}
	for _, doc := range file.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.CommentType && doc.Body.Type() != ast.DirectiveType {
			ast.Walk(r, doc.Body)
			t := r.tree(doc.Body, 0)
			if r.left <= 0 {
				return tree{}, r.at(1, 1, 0), errTooLarge
			}
			return t, diag.Range{}, nil
		}
	}
	return tree{kind: nullTree, rng: r.at(1, 1, 0)}, diag.Range{}, nil
}

// parseYAML turns a panic of the library into an error: a crash must not be
// the answer to a user's file.
func parseYAML(src []byte) (f *ast.File, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("not parsable")
		}
	}()
	return parser.ParseBytes(src, 0)
}

// Visit collects anchors.
func (r *yamlReader) Visit(n ast.Node) ast.Visitor {
	if a, ok := n.(*ast.AnchorNode); ok && a.Name != nil && a.Name.GetToken() != nil {
		r.anchors[a.Name.GetToken().Value] = a.Value
	}
	return r
}

func (r *yamlReader) tree(n ast.Node, depth int) tree {
	if r.left--; r.left <= 0 || depth > 50 {
		r.left = 0
		return tree{kind: nullTree}
	}
	rng := r.rangeOf(n)
	switch x := n.(type) {
	case *ast.AnchorNode:
		return r.tree(x.Value, depth+1)
	case *ast.TagNode:
		return r.tree(x.Value, depth+1)
	case *ast.MappingKeyNode:
		return r.tree(x.Value, depth+1)
	case *ast.AliasNode:
		if x.Value != nil && x.Value.GetToken() != nil {
			if to := r.anchors[x.Value.GetToken().Value]; to != nil {
				return r.tree(to, depth+1)
			}
		}
	case *ast.SequenceNode:
		out := tree{kind: listTree, rng: rng}
		for _, v := range x.Values {
			out.list = append(out.list, r.tree(v, depth+1))
		}
		return out
	case *ast.StringNode:
		return tree{text: x.Value, rng: rng}
	case *ast.LiteralNode:
		if x.Value != nil {
			return tree{text: strings.TrimRight(x.Value.Value, "\n"), rng: rng}
		}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return tree{text: strings.TrimSpace(n.GetToken().Value), rng: rng}
	case ast.MapNode:
		out := tree{kind: mapTree, rng: rng}
		for it := x.MapRange(); it.Next(); {
			if it.Key().IsMergeKey() {
				inherited := r.tree(it.Value(), depth+1)
				out.members = append(out.members, inherited.members...)
				continue
			}
			key := r.tree(it.Key(), depth+1)
			out.members = append(out.members, treeMember{key.text, key.rng, r.tree(it.Value(), depth+1)})
		}
		return out
	}
	return tree{kind: nullTree, rng: rng}
}

// at is the range of n bytes from a line and a column counted in characters.
func (r *yamlReader) at(line, column, n int) diag.Range {
	start := 0
	for range line - 1 {
		i := bytes.IndexByte(r.src[start:], '\n')
		if i < 0 {
			break
		}
		start += i + 1
	}
	for c := 1; c < column && start < len(r.src) && r.src[start] != '\n'; c++ {
		_, size := utf8.DecodeRune(r.src[start:])
		start += size
	}
	from := hcl.Pos{Line: max(line, 1), Column: max(column, 1), Byte: start}
	n = min(n, len(r.src)-start)
	to := from
	to.Byte += n
	to.Column += utf8.RuneCount(r.src[start : start+n])
	return diag.Range{Filename: r.name, Start: from, End: to}
}

// rangeOf is where a node is written, on its first line.
func (r *yamlReader) rangeOf(n ast.Node) diag.Range {
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return r.at(1, 1, 0)
	}
	tok := n.GetToken()
	out := r.at(tok.Position.Line, tok.Position.Column, 0)
	origin, _, _ := strings.Cut(strings.TrimLeft(tok.Origin, " \n\t"), "\n")
	origin = strings.TrimRight(origin, " \t\r")
	if bytes.HasPrefix(r.src[out.Start.Byte:], []byte(origin)) {
		return r.at(tok.Position.Line, tok.Position.Column, len(origin))
	}
	return out
}
