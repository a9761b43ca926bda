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
	Version string // of the model; "" for none
	Column  string // "" for the model itself
	// One of the next three; with none of them, the name of the column or model
	// is meant.
	Key        string // an attribute, such as tags, here or under config
	Test       string // a generic test, without its package
	Constraint string // a constraint, by its type
	// Words tell tests or constraints of one name apart: the one that has most
	// of them is meant.
	Words []string
}

// File is a property file. A nil one says nothing.
type File struct {
	name string
	text []byte
	docs []*ast.DocumentNode
}

// Read reads a property file; nil when it is not YAML.
func Read(text []byte, name string) *File {
	f, err := parse(text)
	if err != nil {
		return nil
	}
	return &File{name: name, text: text, docs: f.Docs}
}

// Find returns the place of an entry, as precisely as the file has it: the
// entry itself, else the column's name, else the model's. ok is false when the
// file does not name the model.
func (f *File) Find(e Entry) (rng diag.Range, ok bool) {
	if f == nil {
		return diag.Range{}, false
	}
	for _, doc := range f.docs {
		items := get(doc.Body, e.Section)
		if e.Source != "" {
			items = get(named(items, e.Source), "tables")
		}
		model := named(items, e.Name)
		if model == nil {
			continue
		}
		if tok := within(model, e); tok != nil {
			return place(f.text, f.name, tok), true
		}
	}
	return diag.Range{}, false
}

// within finds an entry in what a file says of a model. What a version says of
// its own goes before what is said of all.
func within(model ast.Node, e Entry) *token.Token {
	scopes := []ast.Node{model}
	if v := versioned(model, e.Version); v != nil {
		scopes = []ast.Node{v, model}
	}
	for _, scope := range scopes {
		if tok := stated(scope, e); tok != nil {
			return tok
		}
	}
	for _, scope := range scopes {
		if tok := nameOf(named(get(scope, "columns"), e.Column), "name"); e.Column != "" && tok != nil {
			return tok
		}
	}
	if tok := nameOf(scopes[0], "v"); len(scopes) > 1 && tok != nil {
		return tok
	}
	return nameOf(model, "name")
}

// stated finds the attribute, test or constraint of an entry. Those of a
// column may stand at the model too.
func stated(scope ast.Node, e Entry) *token.Token {
	inside := scope
	if e.Column != "" {
		inside = named(get(scope, "columns"), e.Column)
	}
	find := func(n ast.Node) *token.Token {
		switch {
		case n == nil:
			return nil
		case e.Key != "":
			return keyOf(n, e.Key)
		case e.Test != "":
			return testIn(n, e)
		case e.Constraint != "":
			return listed(n, []string{"constraints"}, e.Words, func(item ast.Node) *token.Token {
				if tok := nameOf(item, "type"); tok != nil && strings.EqualFold(tok.Value, e.Constraint) {
					return tok
				}
				return nil
			})
		}
		return nil
	}
	if tok := find(inside); tok != nil || e.Column == "" || e.Key != "" {
		return tok
	}
	if tok := find(scope); tok != nil || e.Test == "" {
		return tok
	}
	return aliased(inside, testLists)
}

// testLists are the keys under which tests stand.
var testLists = []string{"data_tests", "tests"}

// aliased is the key of a list that is written elsewhere in the file.
func aliased(n ast.Node, keys []string) *token.Token {
	for _, key := range keys {
		if v := entry(n, key); v != nil {
			if _, elsewhere := v.Value.(*ast.AliasNode); elsewhere {
				return v.Key.GetToken()
			}
		}
	}
	return nil
}

// testIn finds a generic test among those of a column or a model. A test is
// its name, a mapping from its name, or a mapping that has it as test_name.
func testIn(n ast.Node, e Entry) *token.Token {
	is := func(tok *token.Token) bool {
		return tok != nil && tok.Value[strings.LastIndexByte(tok.Value, '.')+1:] == e.Test
	}
	return listed(n, testLists, e.Words, func(item ast.Node) *token.Token {
		if tok := nameOf(item, "test_name"); is(tok) {
			return tok
		}
		var tok *token.Token
		switch m := item.(type) {
		case *ast.MappingNode:
			if len(m.Values) > 0 {
				tok = m.Values[0].Key.GetToken()
			}
		case *ast.MappingValueNode:
			tok = m.Key.GetToken()
		case *ast.StringNode:
			tok = m.GetToken()
		}
		if is(tok) {
			return tok
		}
		return nil
	})
}

// listed finds an item of the lists under the keys: of those that match, the
// one with most of the words.
func listed(n ast.Node, keys, words []string, match func(ast.Node) *token.Token) *token.Token {
	var best *token.Token
	most := -1
	for _, key := range keys {
		v := entry(n, key)
		if v == nil {
			continue
		}
		seq, ok := unwrap(v.Value).(*ast.SequenceNode)
		if !ok {
			continue
		}
		for _, item := range seq.Values {
			item = unwrap(item)
			if tok := match(item); tok != nil {
				if count := mentions(item, words); count > most {
					best, most = tok, count
				}
			}
		}
	}
	return best
}

// mentions counts the words that a part of the file has.
func mentions(n ast.Node, words []string) int {
	if len(words) == 0 {
		return 0
	}
	seen := texts{}
	ast.Walk(seen, n)
	count := 0
	for _, w := range words {
		if seen[w] {
			count++
		}
	}
	return count
}

// texts gathers the scalars of a part of the file.
type texts map[string]bool

// Visit implements [ast.Visitor].
func (t texts) Visit(n ast.Node) ast.Visitor {
	if s, ok := n.(ast.ScalarNode); ok && s.GetToken() != nil {
		t[s.GetToken().Value] = true
	}
	return t
}

// versioned finds a version in the list of a model's versions.
func versioned(model ast.Node, version string) ast.Node {
	seq, ok := get(model, "versions").(*ast.SequenceNode)
	if !ok || version == "" {
		return nil
	}
	for _, item := range seq.Values {
		if tok := nameOf(item, "v"); tok != nil && strings.TrimSuffix(tok.Value, ".0") == version {
			return unwrap(item)
		}
	}
	return nil
}

// nameOf is the value of a key that names its mapping.
func nameOf(n ast.Node, key string) *token.Token {
	if v := get(n, key); v != nil {
		return v.GetToken()
	}
	return nil
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
