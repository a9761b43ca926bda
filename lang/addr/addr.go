package addr

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// Activation names an activation, or with a Key one instance of an activation
// that has for_each.
type Activation struct {
	Name string
	Key  string // "" for an activation without for_each
}

// String returns the address as users write it: activation.contacts or
// activation.audience["eu"].
func (a Activation) String() string {
	s := "activation" + Step(a.Name)
	if a.Key != "" {
		s += index(a.Key)
	}
	return s
}

// Compare orders activations by name, then by instance key.
func (a Activation) Compare(b Activation) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Key, b.Key))
}

// Destination names a configured account of a destination type.
type Destination struct {
	Type string // the plugin's type, such as "hubspot"
	Name string
}

// String returns the address as users write it: destination.hubspot.crm.
func (d Destination) String() string { return "destination" + Step(d.Type) + Step(d.Name) }

// Compare orders destinations by type, then by name.
func (d Destination) Compare(b Destination) int {
	return cmp.Or(cmp.Compare(d.Type, b.Type), cmp.Compare(d.Name, b.Name))
}

// Object names an object of a destination.
type Object struct {
	Destination Destination
	Object      string // as the destination calls it, such as "contacts" or "2-3453932"
}

// String returns the address as users write it:
// destination.hubspot.crm.contacts or destination.hubspot.crm["2-3453932"].
func (o Object) String() string { return o.Destination.String() + Step(o.Object) }

// Compare orders objects by destination, then by object name.
func (o Object) Compare(b Object) int {
	return cmp.Or(o.Destination.Compare(b.Destination), cmp.Compare(o.Object, b.Object))
}

// Step prints one step of an address with what joins it to the step before:
// .name for an identifier, ["name"] for anything else.
func Step(name string) string {
	if hclsyntax.ValidIdentifier(name) {
		return "." + name
	}
	return index(name)
}

func index(name string) string {
	return "[" + string(hclwrite.TokensForValue(cty.StringVal(name)).Bytes()) + "]"
}

// ParseActivation reads activation.NAME or activation.NAME["KEY"]. The error
// is fit for users.
func ParseActivation(s string) (Activation, error) {
	steps, err := parse(s, "activation")
	if err != nil {
		return Activation{}, err
	}
	switch len(steps) {
	case 1:
		return Activation{Name: steps[0]}, nil
	case 2:
		return Activation{Name: steps[0], Key: steps[1]}, nil
	}
	return Activation{}, fmt.Errorf(`%q is not the address of an activation; write activation.NAME or activation.NAME["KEY"]`, s)
}

// ParseDestination reads destination.TYPE.NAME. The error is fit for users.
func ParseDestination(s string) (Destination, error) {
	steps, err := parse(s, "destination")
	if err != nil {
		return Destination{}, err
	}
	if len(steps) != 2 {
		return Destination{}, fmt.Errorf("%q is not the address of a destination; write destination.TYPE.NAME", s)
	}
	return Destination{Type: steps[0], Name: steps[1]}, nil
}

// ParseObject reads destination.TYPE.NAME.OBJECT or
// destination.TYPE.NAME["OBJECT"]. The error is fit for users.
func ParseObject(s string) (Object, error) {
	steps, err := parse(s, "destination")
	if err != nil {
		return Object{}, err
	}
	if len(steps) != 3 {
		return Object{}, fmt.Errorf("%q is not the address of an object; write destination.TYPE.NAME.OBJECT", s)
	}
	return Object{Destination{steps[0], steps[1]}, steps[2]}, nil
}

// parse returns the steps after the root.
func parse(s, root string) ([]string, error) {
	if !utf8.ValidString(s) {
		return nil, errors.New("an address is text in UTF-8")
	}
	trav, diags := hclsyntax.ParseTraversalAbs([]byte(s), "", hcl.InitialPos)
	if diags.HasErrors() || trav.RootName() != root {
		return nil, fmt.Errorf("%q is not an address; it must begin with %q", s, root+".")
	}
	var steps []string
	for _, t := range trav[1:] {
		name, ok := StepName(t)
		if !ok {
			return nil, fmt.Errorf(`%q is not an address; write names that are not identifiers as ["name"]`, s)
		}
		if strings.TrimSpace(name) == "" {
			return nil, errors.New("an address may not hold an empty name")
		}
		steps = append(steps, name)
	}
	return steps, nil
}

// StepName returns the name in one step of a traversal: an attribute, or an
// index by a string.
func StepName(t hcl.Traverser) (string, bool) {
	switch t := t.(type) {
	case hcl.TraverseAttr:
		return t.Name, true
	case hcl.TraverseIndex:
		if t.Key.IsKnown() && !t.Key.IsNull() && t.Key.Type() == cty.String {
			return t.Key.AsString(), true
		}
	}
	return "", false
}
