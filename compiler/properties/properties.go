package properties

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/leat-dev/leat/lang/diag"
)

// Entry names something that a property file says.
type Entry struct {
	Section string // models, seeds, snapshots or sources
	Source  string // name of the source; "" elsewhere
	Name    string // of the model or table
	Column  string // "" for the model itself
	Key     string // an attribute of it, such as tags, here or under config; "" for its name
}

// Find returns the place of an entry in a file, as precisely as the file has
// it: the key, else the column's name, else the model's. ok is false when the
// file does not name the model.
func Find(text []byte, file string, e Entry) (rng diag.Range, ok bool) {
	f, err := parse(text)
	if err != nil {
		return diag.Range{}, false
	}
	for _, doc := range f.Docs {
		items := get(doc.Body, e.Section)
		if e.Source != "" {
			items = get(named(items, e.Source), "tables")
		}
		model := named(items, e.Name)
		if model == nil {
			continue
		}
		at := get(model, "name")
		inside := model
		if e.Column != "" {
			if inside = named(get(model, "columns"), e.Column); inside != nil {
				at = get(inside, "name")
			}
		}
		if at == nil {
			continue
		}
		tok := at.GetToken()
		if key := keyOf(inside, e.Key); e.Key != "" && key != nil {
			tok = key
		}
		return place(text, file, tok), true
	}
	return diag.Range{}, false
}

// parse reads YAML. The parser has panicked on odd input before, and a crash
// must not be the answer to a user's file.
func parse(text []byte) (f *ast.File, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("not parsable")
		}
	}()
	return parser.ParseBytes(text, 0)
}

// keyOf finds an attribute in a mapping or in its config. Where config is
// written elsewhere in the file, its alias stands for the attribute.
func keyOf(n ast.Node, key string) *token.Token {
	if v := entry(n, key); v != nil {
		return v.Key.GetToken()
	}
	config := entry(n, "config")
	if config == nil {
		return nil
	}
	if v := entry(config.Value, key); v != nil {
		return v.Key.GetToken()
	}
	if _, elsewhere := config.Value.(*ast.AliasNode); elsewhere {
		return config.Key.GetToken()
	}
	return nil
}

func unwrap(n ast.Node) ast.Node {
	for {
		switch x := n.(type) {
		case *ast.AnchorNode:
			n = x.Value
		case *ast.TagNode:
			n = x.Value
		default:
			return n
		}
	}
}

// entry returns a key of a mapping with its value.
func entry(n ast.Node, key string) *ast.MappingValueNode {
	var values []*ast.MappingValueNode
	switch m := unwrap(n).(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	}
	for _, v := range values {
		if t := v.Key.GetToken(); t != nil && t.Value == key {
			return v
		}
	}
	return nil
}

func get(n ast.Node, key string) ast.Node {
	if v := entry(n, key); v != nil {
		return unwrap(v.Value)
	}
	return nil
}

// named returns the mapping of a list whose name is the one given: exactly,
// else without regard to case.
func named(list ast.Node, name string) ast.Node {
	seq, ok := list.(*ast.SequenceNode)
	if !ok {
		return nil
	}
	var folded ast.Node
	for _, item := range seq.Values {
		n := get(item, "name")
		if n == nil || n.GetToken() == nil {
			continue
		}
		switch v := n.GetToken().Value; {
		case v == name:
			return unwrap(item)
		case folded == nil && strings.EqualFold(v, name):
			folded = unwrap(item)
		}
	}
	return folded
}

// place is the range of a token, counted from its line and column: offsets of
// the parser leave carriage returns out.
func place(text []byte, file string, t *token.Token) diag.Range {
	line, start := 1, 0
	for line < t.Position.Line {
		next := bytes.IndexByte(text[start:], '\n')
		if next < 0 {
			break
		}
		start += next + 1
		line++
	}
	at := start
	for c := 1; c < t.Position.Column && at < len(text) && text[at] != '\n'; c++ {
		_, size := utf8.DecodeRune(text[at:])
		at += size
	}
	end := at
	if word := strings.TrimSpace(t.Origin); bytes.HasPrefix(text[at:], []byte(word)) && !strings.Contains(word, "\n") {
		end += len(word)
	}
	rng := diag.Range{Filename: file}
	rng.Start.Line, rng.Start.Column, rng.Start.Byte = t.Position.Line, t.Position.Column, at
	rng.End.Line, rng.End.Column, rng.End.Byte = t.Position.Line, t.Position.Column+utf8.RuneCount(text[at:end]), end
	return rng
}
